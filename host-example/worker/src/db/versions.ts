// Versions of memories: one for each change, kept when the memory is gone.

import { id, now } from "../ids.js";
import type { Range } from "../wire/query.js";
import type { Text } from "./memories.js";
import { type Row, type Sqlite, Where, bytes, decoded, first, maybe, maybeNumber, number, text } from "./sql.js";

/** Who did something: its type and id as the API names them. */
export interface Actor {
  kind: "api_actor" | "session_actor";
  id: string;
}

/** What can happen to a memory. */
export type Operation = "created" | "modified" | "deleted";

/** A version of a memory. */
export interface Version {
  id: string;
  memory: string;
  operation: string;
  /** None after redaction. */
  path: string | null;
  /** None of a deletion and after redaction, as the next two. */
  content: string | null;
  sha256: string | null;
  bytes: number | null;
  created_at: number;
  actor: Actor;
  redacted_at: number | null;
  redactor: Actor | null;
}

/** Which versions are listed; what is `undefined` chooses nothing. */
export interface Listed {
  store: string;
  memory: string | undefined;
  operation: Operation | undefined;
  /** Of all of these actors: no version has two. */
  actors: readonly [kind: string, id: string][];
  between: Range;
  after: string | undefined;
  limit: number;
}

/** Adds a version of what happened to a memory at `time`. Returns its id. */
export function add(
  db: Sqlite,
  store: string,
  memory: { id: string; path: string },
  operation: Operation,
  content: Text | undefined,
  by: Actor,
  time: number,
): string {
  const version = id("version", time);
  const insert =
    "INSERT INTO memory_versions (id, store, memory, operation, path, content, sha256, bytes, created_at, actor, actor_id) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  const held = [content?.bytes ?? null, content?.sha256 ?? null, content?.bytes.length ?? null];
  db.rows(insert, version, store, memory.id, operation, memory.path, ...held, time, by.kind, by.id);
  return version;
}

/** A version of a store. */
export function find(db: Sqlite, store: string, id: string): Version | undefined {
  const row = first(db, "SELECT * FROM memory_versions WHERE id = ? AND store = ?", id, store);
  return row === undefined ? undefined : versionOf(row);
}

/** Versions, the newest first, and one more than asked for if there is one. */
export function list(db: Sqlite, { store, memory, operation, actors, between, after, limit }: Listed): Version[] {
  const where = new Where().and("store = ?", [store]).and("created_at BETWEEN ? AND ?", between);
  where.and("memory = ?", [memory ?? ""], memory !== undefined).and("operation = ?", [operation ?? ""], operation !== undefined);
  for (const actor of actors) where.and("actor = ? AND actor_id = ?", actor);
  where.and("id < ?", [after ?? ""], after !== undefined);
  return db.rows(`SELECT * FROM memory_versions WHERE ${where} ORDER BY id DESC LIMIT ?`, ...where.values, limit + 1).map(versionOf);
}

/** Takes content, digest, size and path out of a version. `false`: the memory holds it now, so it stays. */
export function redact(db: Sqlite, store: string, id: string, by: Actor): boolean {
  if (first(db, "SELECT id FROM memories WHERE store = ? AND version = ?", store, id) !== undefined) return false;
  const update =
    "UPDATE memory_versions SET path = NULL, content = NULL, sha256 = NULL, bytes = NULL, redacted_at = ?, redactor = ?, redactor_id = ? " +
    "WHERE id = ? AND store = ? AND redacted_at IS NULL";
  db.rows(update, now(), by.kind, by.id, id, store);
  return true;
}

function versionOf(row: Row): Version {
  const redactor = maybe(row, "redactor");
  return {
    id: text(row, "id"),
    memory: text(row, "memory"),
    operation: text(row, "operation"),
    path: maybe(row, "path"),
    content: row["content"] === null ? null : decoded(bytes(row, "content")),
    sha256: maybe(row, "sha256"),
    bytes: maybeNumber(row, "bytes"),
    created_at: number(row, "created_at"),
    actor: { kind: text(row, "actor") as Actor["kind"], id: text(row, "actor_id") },
    redacted_at: maybeNumber(row, "redacted_at"),
    redactor: redactor === null ? null : { kind: redactor as Actor["kind"], id: text(row, "redactor_id") },
  };
}
