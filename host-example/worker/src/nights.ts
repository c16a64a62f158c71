// Dreams at night: over a store, into the store itself, about the sessions that have it attached and were changed since the
// last such dream, and about those that a model was to be asked about and gave no answer.

import type { Workspace } from "./api/asked.js";
import { MAX_SESSIONS, begin, terms } from "./api/dreams.js";
import { find, isOver } from "./db/dreams.js";
import { type Row, type Sqlite, first, maybe, number, text } from "./db/sql.js";
import * as stores from "./db/stores.js";
import { Fields } from "./wire/body.js";
import { told } from "./wire/errors.js";

/** A session that waits for a dream, and when it was last changed. */
interface Waiting {
  id: string;
  changedAt: number;
}

/**
 * Begins the dream of a night. What a dream that failed or was canceled was to read is read by the next. `given` is JSON
 * with `model` (none unless said), `instructions` and `x_policy`, as in a dream that a client asks for.
 *
 * @returns The id of the dream, or why there is none.
 */
export async function night(work: Workspace, store: string, given: string): Promise<string> {
  const { db } = work;
  try {
    if (stores.find(db, store) === undefined) return "there is no such memory store";
    const row = first(db, "SELECT * FROM nights WHERE store = ?", store) ?? { read_until: 0, dream: null, dream_until: 0 };
    const last = find(db, maybe(row, "dream") ?? "");
    if (last !== undefined && !isOver(last)) return `the dream \`${last.id}\` is not over`;
    const readUntil = Math.max(number(row, "read_until"), last?.status === "completed" ? number(row, "dream_until") : 0);
    const asked = terms(Fields.of(JSON.parse(given || "{}"), "", ["model", "instructions", "x_policy"]), "x_none");
    const changed = changedSince(db, store, readUntil);
    // New ones first, or those that no model ever answers would keep them out.
    const waiting = asked.model === "x_none" ? [] : unanswered(db, store);
    const sessions = [...new Set([...changed.map(({ id }) => id), ...waiting])].slice(0, MAX_SESSIONS);
    if (sessions.length === 0) return "there are no new sessions";
    const dream = await begin(db, work, { store, isUpdate: true, sessions: sessions.sort(), ...asked });
    const until = Math.max(readUntil, ...changed.map(({ changedAt }) => changedAt));
    db.rows("INSERT OR REPLACE INTO nights (store, read_until, dream, dream_until) VALUES (?, ?, ?, ?)", store, readUntil, dream.id, until);
    return dream.id;
  } catch (error) {
    return told(error).message;
  }
}

/** The sessions that a store has read and that wait for an answer of a model, the longest unchanged first. */
function unanswered(db: Sqlite, store: string): string[] {
  const select =
    "SELECT s.id AS id, l.value AS value FROM ledger l JOIN sessions s ON l.key = 'session/' || s.id WHERE l.store = ? AND s.dream IS NULL ORDER BY s.updated_at, s.id";
  const waits = (row: Row): boolean => {
    const record = JSON.parse(text(row, "value")) as { unanswered?: object; withdrawn?: boolean };
    return record.unanswered !== undefined && record.withdrawn !== true;
  };
  return db.rows(select, store).filter(waits).map((row) => text(row, "id"));
}

/** The sessions with a store attached that were changed after a time, the longest unchanged first. Traces of dreams are none. */
function changedSince(db: Sqlite, store: string, time: number): Waiting[] {
  const select =
    "SELECT id, updated_at FROM sessions WHERE dream IS NULL AND instr(resources, ?) > 0 AND updated_at > ? ORDER BY updated_at, id LIMIT ?";
  const rows = db.rows(select, JSON.stringify(store), time, MAX_SESSIONS);
  return rows.map((row) => ({ id: text(row, "id"), changedAt: number(row, "updated_at") }));
}
