// What the records of a dream's sessions count, for a person who wonders why little or nothing was proposed.

import type { Plan, SessionRecord } from "dreaming";

/** Sessions in which a command must have worked without the word in front: `LEAST` of the engine's `mine/mistakes`. */
const RETRIED = 3;

/** Something that happened, with the sessions in which it did. Copies of a session count once. */
export interface Happened {
  /** What failed: a command, or a tool. */
  what: string;
  /** Its message; of a wrong value that value. */
  message: string;
  /** What worked in its place, when something did. */
  next: string | undefined;
  sessions: number;
}

export interface Counted {
  /** Calls of tools, and those that failed. */
  calls: number;
  failed: number;
  /** Failures that came in more than one session, most sessions first. */
  again: Happened[];
  /** What another value, or the same command without the word in front, mended in too few sessions. */
  waiting: Happened[];
  /** Sessions that no model has seen. */
  unseen: number;
}

/** Counts what the sessions show that this dream read. */
export function counted({ sessions }: Pick<Plan, "sessions">): Counted {
  const records = sessions.flatMap(({ outcome }) => (outcome.state === "read" ? [outcome.record] : []));
  const failures = records.flatMap((record) =>
    record.notes.failures.map(({ tool, template, cure }) => ({
      from: origin(record),
      what: command(tool),
      message: template,
      // A tool that worked when it was called again mends nothing.
      next: cure !== null && isCommand(tool) && isCommand(cure.step) && cure.step !== tool ? command(cure.step) : undefined,
    })),
  );
  const retries = records.flatMap((record) =>
    record.notes.failures.flatMap(({ template, cure }) =>
      cure?.retry === undefined
        ? []
        : [{ from: origin(record), what: cure.retry.failed, message: template, next: cure.retry.failed.slice(cure.retry.left_out.length + 1) }],
    ),
  );
  const values = records.flatMap((record) =>
    record.notes.refutations.map(({ given_to, wrong, right }) => ({
      from: origin(record),
      what: command(given_to ?? ""),
      message: wrong,
      next: right === "" ? undefined : right,
    })),
  );
  const failed = together(failures);
  const tools = records.flatMap(({ notes }) => notes.tools ?? []);
  return {
    calls: tools.reduce((sum, { calls }) => sum + calls, 0),
    failed: tools.reduce((sum, { failed }) => sum + failed, 0),
    again: failed.filter(({ sessions }) => sessions > 1),
    waiting: [
      ...together(retries).filter(({ sessions }) => sessions < RETRIED),
      ...together(values).filter(({ sessions, next }) => sessions === 1 && next !== undefined),
    ],
    unseen: records.filter(({ unseen }) => unseen === true).length,
  };
}

/** What is the same but for the session, in the order of the most sessions and then of its words. */
function together(all: readonly (Omit<Happened, "sessions"> & { from: string })[]): Happened[] {
  const groups = new Map<string, { what: string; message: string; next: Set<string>; from: Set<string> }>();
  for (const { from, what, message, next } of all) {
    const key = JSON.stringify([what, message]);
    const group = groups.get(key) ?? { what, message, next: new Set(), from: new Set() };
    group.from.add(from);
    if (next !== undefined) group.next.add(next);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a, { from: some }], [b, { from: others }]) => others.size - some.size || (a < b ? -1 : 1))
    .map(([, { what, message, next, from }]) => ({ what, message, next: [...next][0], sessions: from.size }));
}

/** Which session it is: a copy or a fork begins with the same message. */
function origin({ id, notes }: SessionRecord): string {
  return notes.root ?? (notes.origin || id);
}

/** Only commands of a shell have a space in their names: the tool, and the command. */
function isCommand(tool: string): boolean {
  return tool.includes(" ");
}

function command(tool: string): string {
  return tool.slice(tool.indexOf(" ") + 1);
}
