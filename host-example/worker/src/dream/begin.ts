// The first turn of a dream: its trace, the store that it writes, how far it reads its sessions, and its first checkpoint.
// All of it is one transaction.

import { Dream as Machine } from "dreaming";

import * as documents from "../db/documents.js";
import { type Dream, actorOf, mark, transcripts } from "../db/dreams.js";
import * as events from "../db/events.js";
import * as revisions from "../db/revisions.js";
import * as sessions from "../db/sessions.js";
import { type Sqlite, first, text } from "../db/sql.js";
import * as stores from "../db/stores.js";
import * as turns from "../db/turns.js";
import type { Limits } from "../limits.js";
import { Stopped } from "./asking.js";
import { requestOf } from "./request.js";
import { observed, within } from "./snapshots.js";

/** Characters of the name of a store, at most. */
const MAX_NAME = 255;
/** The agent and the environment of the sessions that are traces of dreams. */
const AGENT = "dreaming";

/** Begins a dream that waited. */
export function begin(db: Sqlite, dream: Dream, asks: boolean, limits: Limits): void {
  db.transaction(() => {
    const input = stores.find(db, dream.store);
    if (input === undefined || !turns.has(db, dream)) throw new Stopped();
    const trace = sessions.insert(db, {
      agent: sessions.agentOf(AGENT, 1),
      environment: AGENT,
      title: `Dream ${dream.id}`,
      metadata: { x_dream_id: dream.id },
      resources: [],
      dream: dream.id,
    });
    events.append(db, trace.id, [{ kind: "session.status_running", fields: {} }]);
    const begun = { ...dream, session: trace.id };
    const output = dream.isUpdate ? input.id : copied(db, begun, input);
    mark(db, dream.id);
    const base = start(db, begun, output, asks, limits);
    if (!turns.begun(db, dream, output, trace.id, base)) throw new Stopped();
  });
}

/** What the engine is asked for by a dream that leaves out memories at these paths. */
export function request(db: Sqlite, dream: Dream, asks: boolean, leftOut: revisions.Loaded["leftOut"]): ReturnType<typeof requestOf> {
  const wanted = { ...dream, asks, now: Math.floor(dream.created_at / 1_000) };
  return requestOf(wanted, transcripts(db, dream), leftOut.map(([path]) => path.slice(1)));
}

/** Makes what people wrote into the store a revision, and the first checkpoint over it. Returns the number of that revision. */
function start(db: Sqlite, dream: Dream, output: string, asks: boolean, limits: Limits): number {
  const loaded = revisions.load(db, output, limits);
  const asked = request(db, dream, asks, loaded.leftOut);
  const { contents, edited } = observed(loaded, asked.now);
  // It writes the memories as they are, so no text needs a digest.
  if (edited !== undefined) revisions.commit(db, output, loaded, [edited], new Map(), actorOf(dream), limits);
  const checkpoint = within(contents, (snapshot) => {
    const machine = Machine.start(asked, snapshot);
    try {
      return machine.checkpoint();
    } finally {
      machine.free();
    }
  });
  documents.put(db, dream.id, "checkpoint", checkpoint);
  return revisions.last(db, output);
}

/** The new store of a dream, which begins as a copy of its input. */
function copied(db: Sqlite, dream: Dream, input: stores.Store): string {
  const suffix = ` (dream ${dream.id})`;
  const name = [...input.name].slice(0, MAX_NAME - suffix.length).join("");
  const metadata = { x_dream_id: dream.id, x_source_memory_store_id: input.id };
  const salt = text(first(db, "SELECT salt FROM memory_stores WHERE id = ?", input.id) ?? {}, "salt");
  const output = stores.insert(db, { name: `${name}${suffix}`, description: input.description, metadata }, salt);
  revisions.copy(db, input.id, output.id, actorOf(dream));
  return output.id;
}
