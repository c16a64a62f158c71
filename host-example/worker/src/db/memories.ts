// Memories. Each change of one is in a transaction with its version and the size of the store.

import { hexadecimal, id, now } from "../ids.js";
import { above, endOf } from "../path.js";
import { ofMemory, replaced } from "./size.js";
import { type Row, type Sqlite, bytes, decoded, encoded, first, number, text } from "./sql.js";
import { type Actor, type Operation, add } from "./versions.js";

/** A memory. */
export interface Memory {
  id: string;
  path: string;
  content: string;
  sha256: string;
  bytes: number;
  /** The id of the version that holds it. */
  version: string;
  created_at: number;
  updated_at: number;
}

/** A content with its digest, which platforms compute only while one waits: before a transaction, not in it. */
export interface Text {
  content: string;
  bytes: Uint8Array;
  sha256: string;
}

/** A content, to be written. */
export async function textOf(content: string): Promise<Text> {
  const bytes = encoded(content);
  return { content, bytes, sha256: hexadecimal(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))) };
}

/** The content of a memory, to be written again. */
export function asText({ content, sha256 }: Memory): Text {
  return { content, bytes: encoded(content), sha256 };
}

/** A memory of a store. */
export function find(db: Sqlite, store: string, id: string): Memory | undefined {
  return found(first(db, "SELECT * FROM memories WHERE id = ? AND store = ?", id, store));
}

/** The memory at a path. */
export function at(db: Sqlite, store: string, path: string): Memory | undefined {
  return found(first(db, "SELECT * FROM memories WHERE store = ? AND path = ?", store, path));
}

/** At most `limit` memories of a store whose paths are after `after` and before `end`, by the bytes of their paths. */
export function between(db: Sqlite, store: string, after: string, end: string, limit: number): Memory[] {
  const select = "SELECT * FROM memories WHERE store = ? AND path > ? AND path < ? ORDER BY path LIMIT ?";
  return db.rows(select, store, after, end, limit).map(memoryOf);
}

/** All memories of a store, by the bytes of their paths. */
export function all(db: Sqlite, store: string): Memory[] {
  return db.rows("SELECT * FROM memories WHERE store = ? ORDER BY path", store).map(memoryOf);
}

/** Makes a memory at `path`, or changes `before`, with a new version. */
export function write(db: Sqlite, store: string, before: Memory | undefined, path: string, content: Text, by: Actor): Memory {
  const time = now();
  const about = { id: before?.id ?? id("memory", time), path, created_at: before?.created_at ?? time, updated_at: time };
  return keep(db, store, before, about, content, before === undefined ? "created" : "modified", by, time);
}

/** Writes a copy of a memory of another store, which keeps its times. */
export function copy(db: Sqlite, store: string, memory: Memory, by: Actor): void {
  const time = now();
  const { path, created_at, updated_at } = memory;
  const about = { id: id("memory", time), path, created_at, updated_at };
  keep(db, store, undefined, about, asText(memory), "created", by, time);
}

/** Takes a memory away; its versions stay. */
export function remove(db: Sqlite, store: string, memory: Memory, by: Actor): void {
  db.rows("DELETE FROM memories WHERE id = ?", memory.id);
  add(db, store, memory, "deleted", undefined, by, now());
  replaced(db, store, ofMemory(memory.path, memory.content), ofMemory(memory.path, undefined));
}

/**
 * Another memory than `except` that a memory at `path` cannot stand beside: one with this path, one that would be a folder
 * of it, or one for which it would be a folder.
 */
export function inTheWay(db: Sqlite, store: string, path: string, except = ""): { id: string; path: string } | undefined {
  const select = "SELECT id, path FROM memories WHERE store = ? AND id <> ?";
  for (const taken of [...above(path), path]) {
    const row = first(db, `${select} AND path = ?`, store, except, taken);
    if (row !== undefined) return { id: text(row, "id"), path: text(row, "path") };
  }
  const row = first(db, `${select} AND path > ? AND path < ? ORDER BY path LIMIT 1`, store, except, `${path}/`, endOf(path));
  return row === undefined ? undefined : { id: text(row, "id"), path: text(row, "path") };
}

function keep(
  db: Sqlite,
  store: string,
  before: Memory | undefined,
  about: Pick<Memory, "id" | "path" | "created_at" | "updated_at">,
  text: Text,
  operation: Operation,
  by: Actor,
  time: number,
): Memory {
  const version = add(db, store, about, operation, text, by, time);
  const upsert =
    "INSERT INTO memories (id, store, path, content, sha256, bytes, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) " +
    "ON CONFLICT (id) DO UPDATE SET path = excluded.path, content = excluded.content, sha256 = excluded.sha256, " +
    "bytes = excluded.bytes, version = excluded.version, updated_at = excluded.updated_at";
  const { id, path, created_at, updated_at } = about;
  db.rows(upsert, id, store, path, text.bytes, text.sha256, text.bytes.length, version, created_at, updated_at);
  replaced(db, store, ofMemory(before?.path ?? "", before?.content), ofMemory(path, text.content));
  return { ...about, content: text.content, sha256: text.sha256, bytes: text.bytes.length, version };
}

function found(row: Row | undefined): Memory | undefined {
  return row === undefined ? undefined : memoryOf(row);
}

function memoryOf(row: Row): Memory {
  return {
    id: text(row, "id"),
    path: text(row, "path"),
    content: decoded(bytes(row, "content")),
    sha256: text(row, "sha256"),
    bytes: number(row, "bytes"),
    version: text(row, "version"),
    created_at: number(row, "created_at"),
    updated_at: number(row, "updated_at"),
  };
}
