// What became of a dream's changes: those that it applied by itself, and those that somebody decided since.

import type { Plan, PlanChange } from "dreaming";

import type { Settled } from "../view/summary.js";
import { effect } from "../words.js";
import type { Api } from "./api.js";
import { waiting } from "./open.js";
import { type Dream, type Page, type Revision, sessionsOf } from "./wire.js";

/** Whether the dream applied a change of its plan before anybody looked. */
function isApplied(dream: Dream, { gate, alone }: PlanChange): boolean {
  // What an agent proposed waits, however safe it is.
  if (sessionsOf(dream).length === 0) return false;
  // Looking at a new store is the review, so that more is applied there.
  return gate === "auto" || (dream.output_behavior.type === "create_new" && gate === "review" && alone !== true);
}

/** The newest verdict on each change since a time, by its id: `true` for accepted. */
async function verdicts(api: Api, store: string, since: number, signal: AbortSignal): Promise<Map<string, boolean>> {
  const newest = new Map<string, boolean>();
  const open = new Set<string>();
  for (let page: string | null = ""; page !== null; ) {
    const from: string = page === "" ? "" : `&page=${encodeURIComponent(page)}`;
    const path = `v1/x/memory_stores/${store}/revisions?limit=100${from}`;
    const found: Page<Revision> = await api.ask<Page<Revision>>("GET", path, undefined, signal);
    for (const { record } of found.data) {
      if (record.now < since) return newest;
      for (const { change, accepted, reopened } of record.verdicts) {
        if (newest.has(change) || open.has(change)) continue;
        if (reopened === true) open.add(change);
        else newest.set(change, accepted);
      }
    }
    page = found.next_page;
  }
  return newest;
}

/** What became of the changes of a dream that `left`, its plan over the store as it is now, shows no more. */
export async function settled(api: Api, dream: Dream, store: string, left: Plan, signal: AbortSignal): Promise<Settled | undefined> {
  const plan = await api.ask<Plan>("GET", `v1/x/dreams/${dream.id}/plan`, undefined, signal);
  const applied = plan.changes.filter((change) => isApplied(dream, change));
  const said = await verdicts(api, store, plan.now, signal);
  const shown = new Set(left.changes.map(({ id }) => id));
  const isIts = new Set(applied.map(({ id }) => id));
  const others = plan.changes.filter(({ id }) => !isIts.has(id) && !shown.has(id) && said.has(id));
  const accepted = others.filter(({ id }) => said.get(id) === true).length;
  const back = applied.filter(({ id }) => said.get(id) === false).length;
  if (applied.length + others.length === 0) return undefined;
  const [was, decided] = [were(applied.length, "applied"), were(others.length, "decided")];
  const wait = waiting(left);
  return {
    proposed: left.changes.length + applied.length + others.length,
    said: [was, decided, wait === 0 ? [] : [wait === 1 ? "1 waits for you" : `${wait} wait for you`]].flat().join(", "),
    rows: [
      ...was.map((title) => [title, `by the dream itself: ${effect(applied)}`] as const),
      ...were(back, "taken back").map((title) => [title, "of what the dream applied: somebody went back to an earlier revision"] as const),
      ...decided.map((title) => [title, `${accepted} accepted, ${others.length - accepted} rejected`] as const),
    ],
  };
}

/** How many were done something to; nothing for none. */
function were(number: number, done: string): string[] {
  return number === 0 ? [] : [number === 1 ? `1 was ${done}` : `${number.toLocaleString("en")} were ${done}`];
}
