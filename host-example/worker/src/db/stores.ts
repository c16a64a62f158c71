// Memory stores.

import { id, now, secret } from "../ids.js";
import type { Range } from "../wire/query.js";
import { type Row, type Sqlite, Where, first, maybeNumber, number, text } from "./sql.js";

/** A memory store. */
export interface Store {
  id: string;
  name: string;
  description: string;
  /** A person's own notes of it. */
  metadata: Record<string, string>;
  created_at: number;
  /** When one of the fields above was changed, or it was archived. */
  updated_at: number;
  archived_at: number | null;
}

/** Makes a store, with a salt of its own unless it is the copy of another. */
export function insert(db: Sqlite, { name, description, metadata }: Pick<Store, "name" | "description" | "metadata">, salt = secret(16)): Store {
  const time = now();
  const store = { id: id("store", time), name, description, metadata, created_at: time, updated_at: time, archived_at: null };
  const insert = "INSERT INTO memory_stores (id, name, description, metadata, created_at, updated_at, salt) VALUES (?, ?, ?, ?, ?, ?, ?)";
  db.rows(insert, store.id, name, description, JSON.stringify(metadata), time, time, salt);
  return store;
}

/** The store with an id. */
export function find(db: Sqlite, id: string): Store | undefined {
  const row = first(db, "SELECT * FROM memory_stores WHERE id = ?", id);
  return row === undefined ? undefined : storeOf(row);
}

/** Stores, the newest first, and one more than asked for if there is one. */
export function list(db: Sqlite, asked: { between: Range; archived: boolean; after: string | undefined; limit: number }): Store[] {
  const where = new Where().and("created_at BETWEEN ? AND ?", asked.between).and("archived_at IS NULL", [], !asked.archived);
  where.and("id < ?", [asked.after ?? ""], asked.after !== undefined);
  return db.rows(`SELECT * FROM memory_stores WHERE ${where} ORDER BY id DESC LIMIT ?`, ...where.values, asked.limit + 1).map(storeOf);
}

/** Writes the fields of a store that people change. */
export function update(db: Sqlite, { id, name, description, metadata, archived_at }: Store): Store {
  const change = "UPDATE memory_stores SET name = ?, description = ?, metadata = ?, updated_at = ?, archived_at = ? WHERE id = ?";
  db.rows(change, name, description, JSON.stringify(metadata), now(), archived_at, id);
  return find(db, id) as Store;
}

/** Takes a store away with all that belongs to it; dreams over it stay known. */
export function remove(db: Sqlite, id: string): void {
  const tables = ["memories", "memory_versions", "ledger", "revisions", "revision_memories", "revision_rows", "model_answers", "nights"];
  for (const table of tables) db.rows(`DELETE FROM ${table} WHERE store = ?`, id);
  db.rows("DELETE FROM memory_stores WHERE id = ?", id);
}

function storeOf(row: Row): Store {
  return {
    id: text(row, "id"),
    name: text(row, "name"),
    description: text(row, "description"),
    metadata: JSON.parse(text(row, "metadata")) as Record<string, string>,
    created_at: number(row, "created_at"),
    updated_at: number(row, "updated_at"),
    archived_at: maybeNumber(row, "archived_at"),
  };
}
