// `/v1/sessions`: sessions are registered here so that dreams can read them; no agent runs.

import * as dreams from "../db/dreams.js";
import * as events from "../db/events.js";
import * as sessions from "../db/sessions.js";
import type { Sqlite } from "../db/sql.js";
import * as stores from "../db/stores.js";
import { type Fields, body } from "../wire/body.js";
import { conflict, invalid, missing } from "../wire/errors.js";
import { type Page, after, cut } from "../wire/page.js";
import type { Asked } from "./asked.js";
import { eventsOf } from "./events.js";
import * as show from "./show.js";
import { checkMetadata, length } from "./stores.js";

/** Memory stores of a session, at most, and characters of what an agent is told of one. Source: sections 4.2 and 5 of the contract. */
const [MAX_STORES, MAX_INSTRUCTIONS] = [8, 4_096];

const FIELDS = ["agent", "environment_id", "title", "metadata", "initial_events", "resources", "vault_ids"];
const RESOURCE = ["type", "memory_store_id", "access", "instructions"];

export async function create({ request, db }: Asked): Promise<object> {
  const asked = await body(request, FIELDS);
  const metadata = (asked.pairs("metadata", false) ?? {}) as Record<string, string>;
  checkMetadata(metadata);
  const resources = attached(db, asked.objects("resources", RESOURCE));
  if (asked.list("vault_ids").length > 0) throw invalid("vault_ids", "must be empty: this server runs no agent that could use them");
  const [agent, version] = agentOf(asked);
  const environment = asked.text("environment_id");
  if (agent === "" || environment === "") throw invalid("agent", "and `environment_id` must have a character or more");
  const first = eventsOf(asked.objects("initial_events"), isImport(metadata));
  return db.transaction(() => {
    const made = { agent: sessions.agentOf(agent, version), environment, title: asked.maybe("title") ?? null, metadata, resources, dream: null };
    const session = sessions.insert(db, made);
    events.append(db, session.id, first);
    return show.session(session);
  });
}

export function retrieve({ db, ids: [id = ""] }: Asked): object {
  return show.session(known(db, id));
}

export function archive({ db, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    known(db, id);
    sessions.archive(db, id);
    return show.session(known(db, id));
  });
}

export function remove({ db, work, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    const dream = dreams.find(db, known(db, id).dream ?? "");
    if (dream !== undefined && !dreams.isOver(dream)) {
      throw conflict(`the session is the trace of a dream: wait until \`${dream.id}\` is over, or cancel it`);
    }
    work.rounds.stop(dreams.loseSession(db, id));
    sessions.remove(db, id);
    return { id, type: "session_deleted" };
  });
}

export function list({ db, query }: Asked): object {
  // Of the four states a session here has two: idle, and terminated once it is archived.
  const statuses = query.list("statuses");
  const wants = (status: string): boolean => statuses.length === 0 || statuses.includes(status);
  const limit = query.limit();
  const asked = {
    agent: query.chosen("agent_id"),
    store: query.chosen("memory_store_id"),
    between: query.between("created_at"),
    open: wants("idle"),
    archived: query.is("include_archived") && wants("terminated"),
    isAscending: query.word("order", ["asc", "desc"], "desc") === "asc",
    after: after(query),
    limit,
  };
  // No session has a deployment.
  const found = query.get("deployment_id") === undefined ? sessions.list(db, asked) : [];
  const page: Page = cut(found, limit, ({ id }) => id, show.session);
  return { ...page, prev_page: null };
}

/** The session with this id. */
export function known(db: Sqlite, id: string): sessions.Session {
  const session = sessions.find(db, id);
  if (session === undefined) throw missing("session", id);
  return session;
}

/** Whether the events or files of a session come from elsewhere. */
export function isImport(metadata: Readonly<Record<string, string>>): boolean {
  return metadata["x_import"] === "true";
}

function agentOf(asked: Fields): [id: string, version: number] {
  if (typeof asked.all["agent"] === "string") return [asked.all["agent"], 1];
  const agent = asked.object("agent");
  if (agent === undefined) throw asked.wrong("agent", "must be the id of an agent");
  const version = agent.all["version"] ?? 1;
  if (typeof version !== "number" || !Number.isSafeInteger(version)) throw agent.wrong("version", "must be a whole number");
  return [agent.text("id"), version];
}

/**
 * The memory stores of a session as the API shows them: with name and description as they are now, and the folder where an
 * agent finds them.
 */
function attached(db: Sqlite, resources: readonly Fields[]): object[] {
  if (resources.length > MAX_STORES) throw invalid("resources", `must have at most ${MAX_STORES} stores`);
  const folders = new Set<string>();
  return resources.map((resource) => {
    if (resource.text("type") !== "memory_store") throw resource.wrong("type", "must be `memory_store`");
    const access = resource.maybe("access") ?? "read_write";
    if (access !== "read_write" && access !== "read_only") throw resource.wrong("access", "must be `read_write` or `read_only`");
    const instructions = resource.maybe("instructions") ?? null;
    if (length(instructions ?? "") > MAX_INSTRUCTIONS) throw resource.wrong("instructions", "must have at most 4,096 characters");
    const id = resource.text("memory_store_id");
    const store = stores.find(db, id);
    if (store === undefined || store.archived_at !== null) {
      throw resource.wrong("memory_store_id", `there is no memory store with the id \`${id}\` that is not archived`);
    }
    const mount_path = mountPath(store.name);
    if (folders.has(mount_path)) throw resource.wrong("memory_store_id", `must not share its folder, \`${mount_path}\`, with another store of the session`);
    folders.add(mount_path);
    const { name, description } = store;
    return { type: "memory_store", memory_store_id: id, access, instructions, name, description, mount_path };
  });
}

/** The folder where an agent finds the memories of a store. Source: section 4 of the contract. */
function mountPath(name: string): string {
  const words = name.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== "");
  return `/mnt/memory/${words.join("-")}`;
}
