// What the engine keeps of a store beside its memories: a salt, its ledger, and the chain of its revisions.

import type { Contents, NewRevision } from "dreaming";

import type { Limits } from "../limits.js";
import { leftOut } from "../path.js";
import { invalid, moved } from "../wire/errors.js";
import * as memories from "./memories.js";
import { type Size, mayGrow, mayLoad, ofRow, replaced, sizeOf } from "./size.js";
import { type Row, type Sqlite, bytes, count, decoded, first, maybe, number, text } from "./sql.js";
import type { Actor } from "./versions.js";

/** A store as the engine takes it. */
export interface Loaded {
  contents: Contents;
  /** The id of the newest revision. */
  head: string | null;
  /** The version that each memory had when it was read, by the engine's paths. */
  versions: ReadonlyMap<string, string>;
  /** The paths of memories that the engine does not take, and why; they stay as they are. */
  leftOut: readonly (readonly [path: string, why: string])[];
}

/** A revision of a store. */
export interface Revision {
  number: number;
  id: string;
  record: string;
}

/**
 * A store as it is now.
 *
 * @throws ApiError, 413, when it is larger than a dream over it may be.
 */
export function load(db: Sqlite, store: string, limits: Limits): Loaded {
  mayLoad(sizeOf(db, store), limits);
  const [versions, left] = [new Map<string, string>(), [] as (readonly [string, string])[]];
  const taken = memories.all(db, store).flatMap(({ path, content, version, updated_at }) => {
    const inside = path.slice(1);
    const why = leftOut(inside);
    if (why !== undefined) left.push([path, why]);
    else versions.set(inside, version);
    return why === undefined ? [{ path: inside, text: content, observedAt: Math.floor(updated_at / 1_000) }] : [];
  });
  const { salt, head } = known(db, store);
  return { contents: contentsOf(salt, taken, ledgerOf(db, store), records(db, store)), head, versions, leftOut: left };
}

/**
 * A store as it was at a revision, without the records of later ones.
 *
 * @throws ApiError, 400, when it cannot be told: the version of a memory was redacted.
 */
export function loadAt(db: Sqlite, store: string, at: number): Contents {
  const select =
    "SELECT m.path, m.version, v.content, v.created_at FROM revision_memories m LEFT JOIN memory_versions v ON v.id = m.version " +
    "WHERE m.store = ? AND m.number = (SELECT MAX(number) FROM revision_memories n WHERE n.store = m.store AND n.path = m.path " +
    "AND n.number <= ?) ORDER BY m.path";
  const taken = db.rows(select, store, at).flatMap((row) => {
    const path = text(row, "path").slice(1);
    if (maybe(row, "version") === null || leftOut(path) !== undefined) return [];
    if (row["content"] === null) throw invalid("revision", `the version of \`/${path}\` at revision ${at} was redacted`);
    return [{ path, text: decoded(bytes(row, "content")), observedAt: Math.floor(number(row, "created_at") / 1_000) }];
  });
  if (at === last(db, store)) return contentsOf(known(db, store).salt, taken, ledgerOf(db, store), records(db, store));
  const rows =
    "SELECT r.key, r.value FROM revision_rows r WHERE r.store = ? AND r.number = (SELECT MAX(number) FROM revision_rows n " +
    "WHERE n.store = r.store AND n.key = r.key AND n.number <= ?) ORDER BY r.key";
  const ledger = db.rows(rows, store, at).filter((row) => row["value"] !== null).map(rowOf);
  return contentsOf(known(db, store).salt, taken, ledger, records(db, store, at));
}

/**
 * The number of a revision that a store can go back to.
 *
 * @throws ApiError, 400, when there is none.
 */
export function numberOf(db: Sqlite, store: string, id: string): number {
  const row = first(db, "SELECT number FROM revisions WHERE store = ? AND id = ?", store, id);
  if (row === undefined) throw invalid("revision", `the store has no revision \`${id}\``);
  const at = number(row, "number");
  if (at < known(db, store).first) throw invalid("revision", `revision ${at} is older than this store, which was copied later`);
  return at;
}

/** At most `limit` revisions of a store before the one with the number `before`, the newest first. */
export function list(db: Sqlite, store: string, before: number, limit: number): Revision[] {
  const select = "SELECT number, id, record FROM revisions WHERE store = ? AND number < ? ORDER BY number DESC LIMIT ?";
  return db.rows(select, store, before, limit).map((row) => ({ number: number(row, "number"), id: text(row, "id"), record: text(row, "record") }));
}

/** The number of the newest revision; 0 without one. */
export function last(db: Sqlite, store: string): number {
  return count(db, "SELECT COALESCE(MAX(number), 0) AS number FROM revisions WHERE store = ?", store);
}

/** Copies memories, ledger and revisions of the store `from` into the new store `to`, which has the salt of `from`. */
export function copy(db: Sqlite, from: string, to: string, by: Actor): void {
  const newest = last(db, from);
  db.rows("UPDATE memory_stores SET head = ?, first = ? WHERE id = ?", known(db, from).head, newest + 1, to);
  db.rows("INSERT INTO ledger (store, key, value) SELECT ?, key, value FROM ledger WHERE store = ?", to, from);
  db.rows("INSERT INTO revisions (store, number, id, record) SELECT ?, number, id, record FROM revisions WHERE store = ?", to, from);
  for (const memory of memories.all(db, from)) memories.copy(db, to, memory, by);
  db.rows("UPDATE memory_stores SET ledger = (SELECT ledger FROM memory_stores WHERE id = ?) WHERE id = ?", from, to);
  // What later revisions do not write is as it was copied.
  const held = "INSERT INTO revision_memories (store, number, path, version) SELECT store, ?, path, version FROM memories WHERE store = ?";
  db.rows(held, newest, to);
  db.rows("INSERT INTO revision_rows (store, number, key, value) SELECT store, ?, key, value FROM ledger WHERE store = ?", newest, to);
}

/** The texts that revisions write, with their digests: computed before a transaction, for {@link commit} in it. */
export async function textsOf(revisions: readonly NewRevision[]): Promise<Map<string, memories.Text>> {
  const texts = new Map<string, memories.Text>();
  for (const { memories: writes } of revisions) {
    for (const { text: words } of writes) {
      if (words !== undefined && !texts.has(words)) texts.set(words, await memories.textOf(words));
    }
  }
  return texts;
}

/**
 * Stores revisions that were made over `loaded`, in a transaction of the caller, which has to end when this throws.
 *
 * @throws ApiError, 409, when the store is not as it was read; 400 when a memory is in the way of one that is written; 413
 * when the store would be larger than a dream over it may be.
 */
export function commit(
  db: Sqlite,
  store: string,
  loaded: Loaded,
  revisions: readonly NewRevision[],
  texts: ReadonlyMap<string, memories.Text>,
  by: Actor,
  limits: Limits,
): void {
  const before: Size = sizeOf(db, store);
  if (known(db, store).head !== loaded.head) throw moved("the newest revision");
  const seen = new Map(loaded.versions);
  for (const revision of revisions) {
    const at = last(db, store) + 1;
    // What goes makes room first: a memory may come where another one's folder was.
    const writes = [...revision.memories].sort((a, b) => Number(a.text !== undefined) - Number(b.text !== undefined));
    for (const { path, text: words } of writes) writeMemory(db, store, at, path, words, seen, texts, by);
    for (const { key, value } of revision.ledger) writeRow(db, store, at, key, value);
    db.rows("INSERT INTO revisions (store, number, id, record) VALUES (?, ?, ?, ?)", store, at, revision.revision, revision.record);
    db.rows("UPDATE memory_stores SET head = ? WHERE id = ?", revision.revision, store);
  }
  mayGrow(db, store, before, limits);
}

function writeMemory(
  db: Sqlite,
  store: string,
  at: number,
  inside: string,
  words: string | undefined,
  seen: Map<string, string>,
  texts: ReadonlyMap<string, memories.Text>,
  by: Actor,
): void {
  const path = `/${inside}`;
  const before = memories.at(db, store, path);
  if (before?.version !== seen.get(inside)) throw moved(path);
  let version = before?.version;
  if (before !== undefined && words === undefined) {
    memories.remove(db, store, before, by);
    version = undefined;
  } else if (words !== undefined && words !== before?.content) {
    const taken = before === undefined ? memories.inTheWay(db, store, path) : undefined;
    if (taken !== undefined) throw invalid("body", `the memory \`${taken.path}\` is in the way of one that would be written`);
    const text = texts.get(words);
    if (text === undefined) throw new Error(`no digest of the text for ${path}`);
    version = memories.write(db, store, before, path, text, by).version;
  }
  if (version === undefined) seen.delete(inside);
  else seen.set(inside, version);
  db.rows("INSERT INTO revision_memories (store, number, path, version) VALUES (?, ?, ?, ?)", store, at, path, version ?? null);
}

function writeRow(db: Sqlite, store: string, at: number, key: string, value: string | undefined): void {
  const row = first(db, "SELECT value FROM ledger WHERE store = ? AND key = ?", store, key);
  if (value === undefined) db.rows("DELETE FROM ledger WHERE store = ? AND key = ?", store, key);
  else db.rows("INSERT OR REPLACE INTO ledger (store, key, value) VALUES (?, ?, ?)", store, key, value);
  replaced(db, store, ofRow(key, row === undefined ? undefined : text(row, "value")), ofRow(key, value));
  db.rows("INSERT INTO revision_rows (store, number, key, value) VALUES (?, ?, ?, ?)", store, at, key, value ?? null);
}

function known(db: Sqlite, store: string): { salt: string; head: string | null; first: number } {
  const row = first(db, "SELECT salt, head, first FROM memory_stores WHERE id = ?", store) ?? {};
  return { salt: text(row, "salt"), head: maybe(row, "head"), first: number(row, "first") };
}

/** The ledger, which only revisions change. */
function ledgerOf(db: Sqlite, store: string): Contents["ledger"] {
  return db.rows("SELECT key, value FROM ledger WHERE store = ? ORDER BY key", store).map(rowOf);
}

function records(db: Sqlite, store: string, until = Number.MAX_SAFE_INTEGER): string[] {
  const select = "SELECT record FROM revisions WHERE store = ? AND number <= ? ORDER BY number";
  return db.rows(select, store, until).map((row) => text(row, "record"));
}

function rowOf(row: Row): { key: string; value: string } {
  return { key: text(row, "key"), value: text(row, "value") };
}

function contentsOf(salt: string, taken: Contents["memories"], ledger: Contents["ledger"], chain: readonly string[]): Contents {
  const head = chain.at(-1);
  return { salt, ...(head === undefined ? {} : { head }), memories: taken, ledger, revisions: chain };
}
