// The turns of a dream: each is an invocation that has it. What an invocation writes counts only while it has the dream, so
// one that was ended, or left behind by another process, writes nothing.
//
// Turns that ended before their round did are counted. Computing a round takes the same resources every time, so a round
// that ended an invocation three times will end a fourth. Invocations that end while they wait for a model are counted
// apart: mostly a deployment or an eviction ended them. An answer that is kept sets both counts back. Each is counted
// before it begins, because one that is ended cannot count itself.

import type { Usage } from "dreaming";

import { now, secret } from "../ids.js";
import { type Dream, find } from "./dreams.js";
import type { Sqlite } from "./sql.js";

/** A dream of an invocation, which is not over. */
const MINE = "id = ? AND owner = ? AND status IN ('pending', 'running')";

/** Takes a dream for a new invocation; the dream as it was before, with its new owner. */
export function take(db: Sqlite, id: string): Dream | undefined {
  return db.transaction(() => {
    const before = find(db, id);
    const owner = secret(8);
    const update =
      "UPDATE dreams SET owner = ?, turn = ?, attempts = attempts + 1 WHERE id = ? AND status IN ('pending', 'running') RETURNING id";
    return before !== undefined && db.rows(update, owner, now(), id).length > 0 ? { ...before, owner } : undefined;
  });
}

/** Whether an invocation still has its dream. */
export function has(db: Sqlite, { id, owner }: Dream): boolean {
  return db.rows(`SELECT id FROM dreams WHERE ${MINE}`, id, owner).length > 0;
}

/** Notes, before the first model call of a turn, that the invocation waits from now on. */
export function waits(db: Sqlite, { id, owner, attempts }: Dream): boolean {
  return changed(db, "attempts = ?, waits = waits + 1", [attempts], id, owner);
}

/** Notes that the dream has come further, and what its model took so far. */
export function further(db: Sqlite, { id, owner }: Dream, usage: Usage, rounds: 0 | 1): boolean {
  return changed(db, "attempts = 0, waits = 0, usage = ?, rounds = rounds + ?", [JSON.stringify(usage), rounds], id, owner);
}

/** Notes what a dream's first turn made: the store that it writes, its trace, and the revision that it is about. */
export function begun(db: Sqlite, { id, owner }: Dream, output: string, session: string, base: number): boolean {
  return changed(db, "status = 'running', output = ?, session = ?, base = ?, attempts = 0, waits = 0", [output, session, base], id, owner);
}

/** Whether a change was made. */
function changed(db: Sqlite, set: string, values: (string | number)[], id: string, owner: string): boolean {
  return db.rows(`UPDATE dreams SET ${set} WHERE ${MINE} RETURNING id`, ...values, id, owner).length > 0;
}
