// What people do with a store between dreams: they decide what a dream left open, or go back to an earlier revision.

import { type Decision, type NewRevision, type Reversal, apply, rebase, revert } from "dreaming";

import { moved } from "../wire/errors.js";
import { type Loaded, loadAt } from "../db/revisions.js";
import type { Sqlite } from "../db/sql.js";
import { observed, within } from "./snapshots.js";

/** The plan of a dream over its store as it is now: made again when the store has moved on since. */
export function open(loaded: Loaded, plan: string, instructions: string): string {
  return within(observed(loaded).contents, (snapshot) => rebase(snapshot, plan, instructions));
}

/**
 * The revisions that a decision makes.
 *
 * @throws ApiError, 409, when the plan over the store as it is now is another than the one that was decided about.
 */
export function decide(loaded: Loaded, plan: string, instructions: string, digest: string, decision: Decision): NewRevision[] {
  const { contents, edited } = observed(loaded);
  const made = within(contents, (snapshot) => {
    const now = rebase(snapshot, plan, instructions);
    if ((JSON.parse(now) as { digest: string }).digest !== digest) throw moved("the memory store");
    return apply(snapshot, now, decision);
  });
  return [...(edited === undefined ? [] : [edited]), made];
}

/** The revisions that go back to a store as it was at the revision with the number `at`. */
export function back(db: Sqlite, store: string, loaded: Loaded, at: number, by: Reversal): NewRevision[] {
  const { contents, edited } = observed(loaded);
  const target = loadAt(db, store, at);
  const made = within(contents, (snapshot) => within(target, (then) => revert(snapshot, then, by)));
  return [...(edited === undefined ? [] : [edited]), made];
}
