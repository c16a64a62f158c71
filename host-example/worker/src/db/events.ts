// The events of sessions, in order.

import { id, now, written } from "../ids.js";
import type { Range } from "../wire/query.js";
import { type Sqlite, Where, bytes, count, decoded, encoded, number } from "./sql.js";

/** Bytes of the events of a page, at most, unless a single one has more. Chosen by us, as for the server. */
const PAGE = 4 * 1024 * 1024;

/** An event that is to be added. */
export interface NewEvent {
  kind: string;
  /** When it happened, if the client says so. */
  processedAt?: number | undefined;
  fields: Readonly<Record<string, unknown>>;
}

/** An event of a session. */
export interface Event {
  /** Its place among the events of the session, from 1. */
  number: number;
  /** All its fields, `id`, `type` and `processed_at` among them, as JSON without line breaks. */
  body: string;
}

/** Adds events behind those that a session has. Returns them with all their fields. */
export function append(db: Sqlite, session: string, events: readonly NewEvent[]): Record<string, unknown>[] {
  let at = count(db, "SELECT COALESCE(MAX(number), 0) AS number FROM session_events WHERE session = ?", session);
  return events.map(({ kind, processedAt, fields }) => {
    at += 1;
    const time = now();
    const name = typeof fields["id"] === "string" ? fields["id"] : id("event", time);
    const body = { ...fields, id: name, type: kind, processed_at: written(processedAt ?? time) };
    const insert = "INSERT INTO session_events (session, number, id, kind, processed_at, body) VALUES (?, ?, ?, ?, ?, ?)";
    db.rows(insert, session, at, name, kind, processedAt ?? time, encoded(JSON.stringify(body)));
    return body;
  });
}

/** At most `limit` events of a session behind the one with the number `after` and up to the one with the number `last`. */
export function between(db: Sqlite, session: string, after: number, last: number, limit: number): Event[] {
  const select = "SELECT number, body FROM session_events WHERE session = ? AND number > ? AND number <= ? ORDER BY number LIMIT ?";
  return db.rows(select, session, after, last, limit).map((row) => ({ number: number(row, "number"), body: decoded(bytes(row, "body")) }));
}

/** The events of a session, as many as asked for and fit into {@link PAGE}, and whether there are more. */
export function list(
  db: Sqlite,
  session: string,
  asked: { kinds: readonly string[]; between: Range; isDescending: boolean; after: number | undefined; limit: number },
): { data: Event[]; hasMore: boolean } {
  const where = new Where().and("session = ?", [session]).and("processed_at BETWEEN ? AND ?", asked.between);
  // Names of types have no comma.
  where.and("instr(?, ',' || kind || ',') > 0", [`,${asked.kinds.join(",")},`], asked.kinds.length > 0);
  where.and(`number ${asked.isDescending ? "<" : ">"} ?`, [asked.after ?? 0], asked.after !== undefined);
  const ordered = `FROM session_events WHERE ${where} ORDER BY number ${asked.isDescending ? "DESC" : "ASC"} LIMIT ?`;
  // The sizes first: all bodies together may be more than an invocation holds.
  const sizes = db.rows(`SELECT LENGTH(body) AS bytes ${ordered}`, ...where.values, asked.limit + 1);
  let [fit, sum] = [0, 0];
  for (const row of sizes.slice(0, asked.limit)) {
    sum += number(row, "bytes");
    if (sum > PAGE && fit > 0) break;
    fit += 1;
  }
  const rows = db.rows(`SELECT number, body ${ordered}`, ...where.values, fit);
  const data = rows.map((row) => ({ number: number(row, "number"), body: decoded(bytes(row, "body")) }));
  return { data, hasMore: sizes.length > fit };
}

/** Whether a session has events. */
export function has(db: Sqlite, session: string): boolean {
  return db.rows("SELECT number FROM session_events WHERE session = ? LIMIT 1", session).length > 0;
}
