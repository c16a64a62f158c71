// `/v1/memory_stores/{store}/memory_versions`.

import * as versions from "../db/versions.js";
import { invalid, missing } from "../wire/errors.js";
import { type Page, after, cut } from "../wire/page.js";
import type { Asked } from "./asked.js";
import * as show from "./show.js";
import * as stores from "./stores.js";

/** What can happen to a memory. */
const OPERATIONS = ["created", "modified", "deleted"] as const;

/** The filters by who did it, each with the type of the actor. */
const ACTORS = [
  ["session_id", "session_actor"],
  ["api_key_id", "api_actor"],
  ["service_account_id", "service_account_actor"],
] as const;

export function list({ query, db, ids: [store = ""] }: Asked): Page {
  const isFull = query.isFull(false);
  const limit = query.limit(isFull);
  const given = query.chosen("operation");
  const operation = OPERATIONS.find((known) => known === given);
  if (given !== undefined && operation === undefined) throw invalid("operation", `must be one of ${OPERATIONS.join(", ")}`);
  const actors = ACTORS.flatMap(([name, kind]): [string, string][] => {
    const id = query.get(name);
    return id === undefined ? [] : [[kind, id]];
  });
  stores.known(db, store);
  const asked = { store, memory: query.chosen("memory_id"), operation, actors, between: query.between("created_at"), after: after(query), limit };
  return cut(versions.list(db, asked), limit, ({ id }) => id, (version) => show.version(version, store, isFull));
}

export function retrieve({ query, db, ids: [store = "", id = ""] }: Asked): object {
  const isFull = query.isFull(true);
  stores.known(db, store);
  const version = versions.find(db, store, id);
  if (version === undefined) throw missing("memory version", id);
  return show.version(version, store, isFull);
}

export function redact({ db, by, ids: [store = "", id = ""] }: Asked): object {
  return db.transaction(() => {
    stores.known(db, store);
    if (!versions.redact(db, store, id, by)) throw invalid("memory_version_id", "is what the memory holds now: change or delete the memory first");
    const version = versions.find(db, store, id);
    if (version === undefined) throw missing("memory version", id);
    return show.version(version, store, true);
  });
}
