// Lines of the index that follow from other changes of a plan. The decisions about those changes
// decide the lines too, as in the command's review (commands/review/lines.rs).

import type { PlanChange } from "dreaming";

/**
 * A change of a line of the index, and the ids of the changes that it follows from, at least one.
 */
export interface Line {
  change: PlanChange;
  of: string[];
}

/** Cache of {@link find}: plans never change, and every answer asks for their lines. */
const known = new WeakMap<readonly PlanChange[], Line[]>();

/** The lines of the index that follow from other changes, in the order of the plan. */
export function lines(changes: readonly PlanChange[]): Line[] {
  const found = known.get(changes) ?? find(changes);
  known.set(changes, found);
  return found;
}

/** Whether the change adds the line; else it takes the line out. */
export function comes({ cause }: PlanChange): boolean {
  return cause === "index";
}

/**
 * The decision about a line that the answers to other changes make. A new line is accepted with the
 * first change that adds to its memory; a line that goes, when all changes are accepted that empty
 * its memory; either is rejected when all of them are rejected.
 */
export function verdict(
  { change, of }: Line,
  said: (id: string) => "accept" | "reject" | undefined,
): "accept" | "reject" | undefined {
  const isAccepted = (id: string): boolean => said(id) === "accept";
  if (comes(change) ? of.some(isAccepted) : of.every(isAccepted)) return "accept";
  return of.every((id) => said(id) === "reject") ? "reject" : undefined;
}

function find(changes: readonly PlanChange[]): Line[] {
  const open = changes.filter(({ gate }) => gate !== "blocked");
  const added = new Map<string, string[]>();
  const emptied = new Map<string, string[]>();
  for (const { id, cause, operation, path, targets } of open) {
    if (cause === "index" || cause === "dangling") continue;
    if (operation === "add") put(added, path, id);
    for (const path of new Set(targets.map(({ path }) => path))) put(emptied, path, id);
  }
  return open.flatMap((change) => {
    if (change.cause !== "index" && change.cause !== "dangling") return [];
    const text = (comes(change) ? change.text : change.targets[0]?.text) ?? "";
    const named = [...(comes(change) ? added : emptied)].filter(([path]) => names(text, path));
    const of = named.flatMap(([, ids]) => ids);
    return of.length === 0 ? [] : [{ change, of }];
  });
}

/** Whether a line links to a memory or imports it. */
function names(line: string, path: string): boolean {
  return line.includes(`](${path})`) || line.includes(`[[${path.replace(/\.md$/, "")}]]`) || line === `@${path}`;
}

function put(map: Map<string, string[]>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, [id]);
  else ids.push(id);
}
