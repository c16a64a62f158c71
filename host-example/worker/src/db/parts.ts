// Transcripts as an agent wrote them: the files of a session, which have it in place of events. A file streams in by
// pieces, and takes the place of the one before once it is whole.

import { secret } from "../ids.js";
import { conflict, invalid, tooLarge } from "../wire/errors.js";
import { messageText } from "../wire/message.js";
import * as events from "./events.js";
import * as sessions from "./sessions.js";
import { type Sqlite, bytes, count, first, number, text } from "./sql.js";

/** Bytes of a piece: the most that a dream takes at once, and below the limit of a row in any database. */
export const PIECE = 1 << 20;
/** Microseconds after which an unfinished upload is removed. Chosen by us: no upload takes an hour. */
const STALE = 3_600_000_000;

/** Begins an upload at `time`, and removes those that never ended. */
export function begin(db: Sqlite, time: number): string {
  return db.transaction(() => {
    for (const row of db.rows("SELECT id FROM uploads WHERE begun_at < ?", time - STALE)) end(db, text(row, "id"));
    const upload = secret(16);
    db.rows("INSERT INTO uploads (id, begun_at) VALUES (?, ?)", upload, time);
    return upload;
  });
}

/** Adds a piece to an upload. */
export function add(db: Sqlite, upload: string, piece: number, some: Uint8Array): void {
  db.rows("INSERT INTO pieces (upload, piece, bytes) VALUES (?, ?, ?)", upload, piece, some);
}

/** Removes an upload with its pieces. */
export function end(db: Sqlite, upload: string): void {
  db.rows("DELETE FROM pieces WHERE upload = ?", upload);
  db.rows("DELETE FROM uploads WHERE id = ?", upload);
}

/**
 * Refuses a part of a session that is archived, has events, or is read by a dream.
 *
 * @throws ApiError
 */
export function mayPut(db: Sqlite, session: string): void {
  const found = sessions.find(db, session);
  if (found === undefined || found.archived_at !== null) throw invalid("session_id", `\`${session}\` is archived: it takes no part`);
  if (events.has(db, session)) throw invalid("session_id", `\`${session}\` has events: it takes no part`);
  const reads =
    "SELECT d.id FROM dreams d JOIN dream_sessions s ON s.dream = d.id WHERE s.session = ? AND d.status IN ('pending', 'running') LIMIT 1";
  const reader = first(db, reads, session);
  if (reader !== undefined) throw conflict(`the dream \`${text(reader, "id")}\` reads this: wait until it is over, or cancel it`);
}

/**
 * Makes an upload a part of a session, in the place of the one of its name. What a message of a queue brings is dropped when
 * it, or a later one, is there.
 */
export function place(db: Sqlite, session: string, name: string, upload: string, size: number, most: number, message?: string): void {
  db.transaction(() => {
    mayPut(db, session);
    if (db.rows("DELETE FROM uploads WHERE id = ? RETURNING id", upload).length === 0) throw conflict("the upload took too long: begin it again");
    const old = first(db, "SELECT upload, message FROM session_parts WHERE session = ? AND name = ?", session, name);
    if (message !== undefined && old !== undefined && message <= text(old, "message")) {
      db.rows("DELETE FROM pieces WHERE upload = ?", upload);
      return;
    }
    const others = count(db, "SELECT COUNT(*) AS number FROM session_parts WHERE session = ? AND name <> ?", session, name);
    if (others >= most) throw tooLarge(`a session has at most ${most} parts`);
    if (old !== undefined) db.rows("DELETE FROM pieces WHERE upload = ?", text(old, "upload"));
    const insert = "INSERT OR REPLACE INTO session_parts (session, name, bytes, upload, message) VALUES (?, ?, ?, ?, ?)";
    db.rows(insert, session, name, size, upload, message ?? messageText(Date.now()));
    sessions.touch(db, session);
  });
}

/** The parts of a session with their bytes, by name. */
export function list(db: Sqlite, session: string): { name: string; bytes: number }[] {
  const rows = db.rows("SELECT name, bytes FROM session_parts WHERE session = ? ORDER BY name", session);
  return rows.map((row) => ({ name: text(row, "name"), bytes: number(row, "bytes") }));
}

/** The bytes of a part in pieces; one of them is in memory at a time. */
export function* read(db: Sqlite, session: string, name: string): Generator<Uint8Array, void> {
  const part = first(db, "SELECT upload FROM session_parts WHERE session = ? AND name = ?", session, name);
  if (part === undefined) return;
  for (let piece = 0; ; piece += 1) {
    const row = first(db, "SELECT bytes FROM pieces WHERE upload = ? AND piece = ?", text(part, "upload"), piece);
    if (row === undefined) return;
    yield bytes(row, "bytes");
  }
}
