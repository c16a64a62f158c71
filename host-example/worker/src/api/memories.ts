// `/v1/memory_stores/{store}/memories`.

import * as memories from "../db/memories.js";
import { mayGrow, sizeOf } from "../db/size.js";
import type { Sqlite } from "../db/sql.js";
import { endOf, refused } from "../path.js";
import { body, digest } from "../wire/body.js";
import { ApiError, invalid, missing } from "../wire/errors.js";
import { type Page, after, page } from "../wire/page.js";
import type { Asked } from "./asked.js";
import * as show from "./show.js";
import * as stores from "./stores.js";

/** Bytes of a content, at most. Source: section 4.1 of the contract. */
const MAX_CONTENT = 102_400;

export async function create({ request, query, db, limits, by, ids: [store = ""] }: Asked): Promise<object> {
  const isFull = query.isFull(false);
  const asked = await body(request, ["path", "content"]);
  const path = pathOf(asked.text("path"));
  const content = await contentOf(asked.text("content"));
  return db.transaction(() => {
    stores.changeable(db, store);
    free(db, store, path);
    const size = sizeOf(db, store);
    const memory = memories.write(db, store, undefined, path, content, by);
    mayGrow(db, store, size, limits);
    return show.memory(memory, store, isFull);
  });
}

export function retrieve({ query, db, ids: [store = "", id = ""] }: Asked): object {
  const isFull = query.isFull(true);
  stores.known(db, store);
  return show.memory(known(db, store, id), store, isFull);
}

export async function update({ request, query, db, limits, by, ids: [store = "", id = ""] }: Asked): Promise<object> {
  const isFull = query.isFull(false);
  const asked = await body(request, ["content", "path", "precondition"]);
  const [path, words] = [asked.maybe("path"), asked.maybe("content")];
  const given = words === undefined ? undefined : await contentOf(words);
  if (path !== undefined) pathOf(path);
  const precondition = asked.object("precondition", ["type", "content_sha256"]);
  if (precondition !== undefined && precondition.text("type") !== "content_sha256") throw precondition.wrong("type", "must be `content_sha256`");
  const expected = precondition === undefined ? undefined : digest("precondition.content_sha256", precondition.text("content_sha256"));
  return db.transaction(() => {
    stores.known(db, store);
    const before = known(db, store, id);
    stores.changeable(db, store);
    const to = path ?? before.path;
    // When it already is as asked for, nothing is written, whatever content was expected.
    if (to === before.path && (given === undefined || given.content === before.content)) return show.memory(before, store, isFull);
    expect(before, expected);
    free(db, store, to, id);
    const size = sizeOf(db, store);
    const memory = memories.write(db, store, before, to, given ?? memories.asText(before), by);
    mayGrow(db, store, size, limits);
    return show.memory(memory, store, isFull);
  });
}

export function remove({ query, db, by, ids: [store = "", id = ""] }: Asked): object {
  const name = "expected_content_sha256";
  const given = query.get(name);
  const expected = given === undefined ? undefined : digest(name, given);
  return db.transaction(() => {
    stores.known(db, store);
    const memory = known(db, store, id);
    expect(memory, expected);
    memories.remove(db, store, memory, by);
    return { id, type: "memory_deleted" };
  });
}

export function list({ query, db, ids: [store = ""] }: Asked): Page {
  const isFull = query.isFull(false);
  const limit = query.limit(isFull);
  const prefix = query.get("path_prefix") ?? "/";
  if (!prefix.startsWith("/") || !prefix.endsWith("/") || prefix.includes("\0")) throw invalid("path_prefix", "must begin and end with `/`");
  if (prefix.includes("//")) throw invalid("path_prefix", "must have no empty part");
  const depth = query.get("depth") ?? "0";
  if (depth !== "0" && depth !== "1") throw invalid("depth", "must be 0 or 1");
  const from = after(query) ?? "";
  stores.known(db, store);
  const items = [...walk(db, store, prefix, depth === "1", from, limit + 1)];
  const kept = items.slice(0, limit);
  const shown = kept.map((item) => (typeof item === "string" ? { type: "memory_prefix", path: item } : show.memory(item, store, isFull)));
  const last = kept.at(-1);
  return page(shown, items.length > limit && last !== undefined ? keyOf(last) : undefined);
}

/**
 * At most `most` memories of a store below the folder `prefix`, which ends in `/`, behind the text `after`, in the order of
 * their paths. If `isFlat`, a folder in it stands for all that it holds, as its path with `/` at its end.
 */
function* walk(db: Sqlite, store: string, prefix: string, isFlat: boolean, after: string, most: number): Generator<memories.Memory | string, void> {
  const end = endOf(prefix.slice(0, -1));
  let behind = isBefore(after, prefix) ? prefix : after;
  for (let left = most; left > 0; ) {
    const found = memories.between(db, store, behind, end, left);
    let skips = false;
    for (const memory of found) {
      const [folder = "", ...rest] = memory.path.slice(prefix.length).split("/");
      const item = isFlat && rest.length > 0 ? `${prefix}${folder}/` : memory;
      behind = keyOf(item);
      left -= 1;
      yield item;
      // The rest of what was found may be in the same folder.
      skips = typeof item === "string";
      if (skips) break;
    }
    if (!skips) return;
  }
}

/** The text behind which the rest of a list begins. */
function keyOf(item: memories.Memory | string): string {
  return typeof item === "string" ? endOf(item.slice(0, -1)) : item.path;
}

/** The order of the bytes of two texts, as the database has it. */
function isBefore(one: string, other: string): boolean {
  const [left, right] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
  const at = left.findIndex((byte, place) => byte !== right[place]);
  return at === -1 ? left.length < right.length : (left[at] ?? 0) < (right[at] ?? -1);
}

function known(db: Sqlite, store: string, id: string): memories.Memory {
  const memory = memories.find(db, store, id);
  if (memory === undefined) throw missing("memory", id);
  return memory;
}

/** Refuses a path at which another memory than `except` is in the way. */
function free(db: Sqlite, store: string, path: string, except?: string): void {
  const taken = memories.inTheWay(db, store, path, except);
  if (taken === undefined) return;
  const more = { conflicting_memory_id: taken.id, conflicting_path: taken.path };
  throw new ApiError(409, "memory_path_conflict_error", `a memory at \`${taken.path}\` is in the way`, more);
}

/** Refuses to change a memory that has another content than the caller believes. */
function expect({ sha256 }: memories.Memory, expected: string | undefined): void {
  if (expected === undefined || expected === sha256) return;
  throw new ApiError(409, "memory_precondition_failed_error", `the memory has another content by now: its SHA-256 is not \`${expected}\``);
}

function pathOf(path: string): string {
  const why = refused(path);
  if (why !== undefined) throw invalid("path", why);
  return path;
}

async function contentOf(content: string): Promise<memories.Text> {
  const text = await memories.textOf(content);
  if (text.bytes.length > MAX_CONTENT) throw invalid("content", "must have at most 102,400 bytes");
  return text;
}
