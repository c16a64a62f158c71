// Checkpoint, plan and report of a dream, and why its model first gave no answer: texts of any length, in pieces that fit into a row.

import { PIECE } from "./parts.js";
import { type Sqlite, bytes, encoded } from "./sql.js";

/** A document of a dream. */
export type Name = "checkpoint" | "plan" | "report" | "failure";

/** A document; `undefined` when there is none. */
export function get(db: Sqlite, dream: string, name: Name): string | undefined {
  const rows = db.rows("SELECT bytes FROM documents WHERE dream = ? AND name = ? ORDER BY piece", dream, name);
  if (rows.length === 0) return undefined;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return rows.map((row) => decoder.decode(bytes(row, "bytes"), { stream: true })).join("") + decoder.decode();
}

/** Replaces a document, in a transaction of the caller. */
export function put(db: Sqlite, dream: string, name: Name, text: string): void {
  remove(db, dream, name);
  const all = encoded(text);
  for (let piece = 0; piece * PIECE < Math.max(1, all.length); piece += 1) {
    const some = all.slice(piece * PIECE, (piece + 1) * PIECE);
    db.rows("INSERT INTO documents (dream, name, piece, bytes) VALUES (?, ?, ?, ?)", dream, name, piece, some);
  }
}

/** Removes a document. */
export function remove(db: Sqlite, dream: string, name: Name): void {
  db.rows("DELETE FROM documents WHERE dream = ? AND name = ?", dream, name);
}
