// `/v1/memory_stores`.

import { forget, loseStore } from "../db/dreams.js";
import type { Sqlite } from "../db/sql.js";
import * as stores from "../db/stores.js";
import { now } from "../ids.js";
import { body } from "../wire/body.js";
import { type ApiError, invalid, missing } from "../wire/errors.js";
import { type Page, after, cut } from "../wire/page.js";
import type { Asked } from "./asked.js";
import * as show from "./show.js";

/** Characters of a name, at most. Source of this and the next ones: section 4 of the contract. */
const MAX_NAME = 255;
const MAX_DESCRIPTION = 1_024;
/** Pairs of metadata, at most, and characters of a key and of a value. */
const [MAX_PAIRS, MAX_KEY, MAX_VALUE] = [16, 64, 512];

export async function create({ request, db }: Asked): Promise<object> {
  const asked = await body(request, ["name", "description", "metadata"]);
  const [name, description] = [asked.text("name"), asked.maybe("description") ?? ""];
  const metadata = (asked.pairs("metadata", false) ?? {}) as Record<string, string>;
  check(name, description, metadata);
  return show.store(stores.insert(db, { name, description, metadata }));
}

export function retrieve({ db, ids: [id = ""] }: Asked): object {
  return show.store(known(db, id));
}

export async function update({ request, db, ids: [id = ""] }: Asked): Promise<object> {
  const asked = await body(request, ["name", "description", "metadata"]);
  const patch = asked.pairs("metadata", true) ?? {};
  return db.transaction(() => {
    const before = changeable(db, id);
    const metadata = Object.entries({ ...before.metadata, ...patch }).filter((pair): pair is [string, string] => pair[1] !== null);
    const store = {
      ...before,
      name: asked.maybe("name") ?? before.name,
      description: asked.maybe("description") ?? before.description,
      metadata: Object.fromEntries(metadata),
    };
    check(store.name, store.description, store.metadata);
    const isSame = store.name === before.name && store.description === before.description && same(store.metadata, before.metadata);
    return show.store(isSame ? before : stores.update(db, store));
  });
}

export function archive({ db, work, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    const store = known(db, id);
    if (store.archived_at !== null) return show.store(store);
    work.rounds.stop(loseStore(db, id, "archived"));
    return show.store(stores.update(db, { ...store, archived_at: now() }));
  });
}

export function remove({ db, work, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    known(db, id);
    stores.remove(db, id);
    forget(db, id);
    work.rounds.stop(loseStore(db, id, "deleted"));
    return { id, type: "memory_store_deleted" };
  });
}

export function list({ db, query }: Asked): Page {
  const limit = query.limit();
  const asked = { between: query.between("created_at"), archived: query.is("include_archived"), after: after(query), limit };
  return cut(stores.list(db, asked), limit, ({ id }) => id, show.store);
}

/** The store with this id. */
export function known(db: Sqlite, id: string): stores.Store {
  const store = stores.find(db, id);
  if (store === undefined) throw missing("memory store", id);
  return store;
}

/** The store with this id, unless it is archived. */
export function changeable(db: Sqlite, id: string): stores.Store {
  const store = known(db, id);
  if (store.archived_at !== null) throw archived(id);
  return store;
}

/** The error for a change of an archived store. */
export function archived(id: string): ApiError {
  return invalid("memory_store_id", `\`${id}\` is archived: it can be read, and takes no change`);
}

/** Refuses metadata that no resource may have. */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(metadata);
  if (pairs.length > MAX_PAIRS) throw invalid("metadata", "must have at most 16 pairs");
  for (const [key, value] of pairs) {
    if (key === "" || length(key) > MAX_KEY) throw invalid("metadata", "must have keys of 1 to 64 characters");
    if (length(value) > MAX_VALUE) throw invalid(`metadata.${key}`, "must have at most 512 characters");
    if (`${key}${value}`.includes("\0")) throw invalid("metadata", "must have no U+0000");
  }
}

/** The characters of a text. */
export function length(text: string): number {
  return [...text].length;
}

function check(name: string, description: string, metadata: Readonly<Record<string, string>>): void {
  if (name === "" || length(name) > MAX_NAME) throw invalid("name", "must have from 1 to 255 characters");
  if (/\p{Cc}/u.test(name)) throw invalid("name", "must have no control character");
  if (length(description) > MAX_DESCRIPTION) throw invalid("description", "must have at most 1,024 characters");
  if (description.includes("\0")) throw invalid("description", "must have no U+0000");
  checkMetadata(metadata);
}

function same(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
