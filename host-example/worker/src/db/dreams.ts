// Dreams: what was asked for, how far they are, and what became of them.

import type { Policy, Session as Transcript, Usage } from "dreaming";

import { id, now } from "../ids.js";
import type { Range } from "../wire/query.js";
import { conflict, invalid } from "../wire/errors.js";
import * as documents from "./documents.js";
import * as events from "./events.js";
import * as parts from "./parts.js";
import * as sessions from "./sessions.js";
import { type Row, type Sqlite, Where, first, maybe, maybeNumber, number, text } from "./sql.js";
import * as stores from "./stores.js";
import type { Actor } from "./versions.js";

/** How far a dream is. */
export type Status = "pending" | "running" | "completed" | "failed" | "canceled";

/** Why a dream failed: the type of the error, as the API names it, and words for people. */
export interface Failure {
  type: "internal_error" | "timeout" | "input_memory_store_too_large" | "input_memory_store_unavailable" | "input_session_unavailable";
  message: string;
}

/** What a dream is asked for. */
export interface Asked {
  /** The store that it reads. */
  store: string;
  /** Whether it writes into that store; else into a new one. */
  isUpdate: boolean;
  /** The sessions that it reads, sorted. */
  sessions: string[];
  /** The model by its name. */
  model: string;
  instructions: string | null;
  /** Settings of the engine that differ from the defaults. */
  policy: Policy;
}

/** A dream. */
export interface Dream extends Asked {
  id: string;
  status: Status;
  /** The store that it writes, once it is known. */
  output: string | null;
  /** The session that is its trace. */
  session: string | null;
  error: Failure | null;
  /** What its model took. */
  usage: Usage;
  created_at: number;
  ended_at: number | null;
  archived_at: number | null;
  /** The number of the revision that its checkpoint is about. */
  base: number | null;
  /** The invocation that has it. */
  owner: string;
  /** Invocations in a row that computed and kept nothing, and that waited for a model and got no answer. */
  attempts: number;
  waits: number;
}

/** The statuses of a dream that is not over. */
const OPEN = "('pending', 'running')";
const UNUSED: Usage = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 };

/**
 * Makes a dream, which waits for its turn. A message of a queue that comes again gets the dream that it made.
 *
 * @throws ApiError when an input is not there, or another dream writes into the store.
 */
export function create(db: Sqlite, asked: Asked, message: string | null = null): Dream {
  return db.transaction(() => {
    const before = first(db, "SELECT id FROM dreams WHERE message = ?", message);
    if (before !== undefined) return find(db, text(before, "id")) as Dream;
    const store = stores.find(db, asked.store);
    if (store === undefined) throw invalid("inputs", `there is no memory store with the id \`${asked.store}\``);
    if (store.archived_at !== null) throw invalid("inputs", `the memory store \`${asked.store}\` is archived`);
    const held = `SELECT id FROM dreams WHERE store = ? AND is_update = 1 AND status IN ${OPEN}`;
    const holder = asked.isUpdate ? first(db, held, asked.store) : undefined;
    if (holder !== undefined) throw conflict(`the dream \`${text(holder, "id")}\` writes into this store: wait until it is over, or cancel it`);
    for (const session of asked.sessions) {
      const found = sessions.find(db, session);
      if (found === undefined) throw invalid("inputs", `there is no session with the id \`${session}\``);
      if (found.dream !== null) throw invalid("inputs", `the session \`${session}\` is the trace of a dream, which no dream reads`);
    }
    const time = now();
    const made = id("dream", time);
    const insert =
      "INSERT INTO dreams (id, status, store, is_update, model, instructions, policy, usage, created_at, message) VALUES (?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)";
    const { store: input, isUpdate, model, instructions, policy } = asked;
    db.rows(insert, made, input, Number(isUpdate), model, instructions, JSON.stringify(policy), JSON.stringify(UNUSED), time, message);
    for (const session of asked.sessions) db.rows("INSERT INTO dream_sessions (dream, session) VALUES (?, ?)", made, session);
    return find(db, made) as Dream;
  });
}

/** The dream with an id. */
export function find(db: Sqlite, id: string): Dream | undefined {
  const row = first(db, "SELECT * FROM dreams WHERE id = ?", id);
  return row === undefined ? undefined : dreamOf(db, row);
}

/** Dreams, the newest first, and one more than asked for if there is one. */
export function list(
  db: Sqlite,
  asked: { statuses: readonly string[]; between: Range; archived: boolean; after: string | undefined; limit: number },
): Dream[] {
  const where = new Where().and("created_at BETWEEN ? AND ?", asked.between).and("archived_at IS NULL", [], !asked.archived);
  where.and("instr(?, ',' || status || ',') > 0", [`,${asked.statuses.join(",")},`], asked.statuses.length > 0);
  where.and("id < ?", [asked.after ?? ""], asked.after !== undefined);
  const select = `SELECT * FROM dreams WHERE ${where} ORDER BY id DESC LIMIT ?`;
  return db.rows(select, ...where.values, asked.limit + 1).map((row) => dreamOf(db, row));
}

/** The dreams that are not over, and have their turn in this order. */
export function open(db: Sqlite): string[] {
  return db.rows(`SELECT id FROM dreams WHERE status IN ${OPEN} ORDER BY turn, id`).map((row) => text(row, "id"));
}

/** Archives a dream that is over. */
export function archive(db: Sqlite, id: string): void {
  db.rows("UPDATE dreams SET archived_at = ? WHERE id = ? AND archived_at IS NULL", now(), id);
}

/** Whether nothing more happens to a dream. */
export function isOver({ status }: Pick<Dream, "status">): boolean {
  return status !== "pending" && status !== "running";
}

/** The trace of a dream as the one who changes memories. */
export function actorOf(dream: Dream): Actor {
  return { kind: "session_actor", id: dream.session ?? "" };
}

/** Ends a dream in a transaction of the caller: its status, the end of its trace, and no checkpoint any more. */
export function end(db: Sqlite, dream: Dream, status: Status, error: Failure | null = null, told: readonly events.NewEvent[] = []): void {
  const failure = error === null ? null : JSON.stringify(error);
  db.rows("UPDATE dreams SET status = ?, error = ?, ended_at = ? WHERE id = ?", status, failure, now(), dream.id);
  documents.remove(db, dream.id, "checkpoint");
  documents.remove(db, dream.id, "failure");
  // A worker before this one let the trace of a dream that was not over be deleted.
  if (dream.session === null || sessions.find(db, dream.session) === undefined) return;
  const last = [...told];
  if (error !== null) {
    const message = `${error.type}: ${error.message}`;
    last.push({ kind: "session.error", fields: { error: { type: "unknown_error", message, retry_status: { type: "terminal" } } } });
  }
  if (status === "completed") last.push({ kind: "session.status_idle", fields: { stop_reason: { type: "end_turn" } } });
  else last.push({ kind: "session.status_terminated", fields: {} });
  events.append(db, dream.session, last);
  sessions.archive(db, dream.session);
}

/** Fails the open dreams that read or write the store `id`, because it was archived or deleted. Returns their ids. */
export function loseStore(db: Sqlite, id: string, what: "archived" | "deleted"): string[] {
  const unavailable: Failure = { type: "input_memory_store_unavailable", message: `the memory store \`${id}\` was ${what}` };
  const readers = failAll(db, `store = ? AND status IN ${OPEN}`, id, unavailable);
  const gone: Failure = { type: "internal_error", message: `the store that it writes, \`${id}\`, was ${what}` };
  return [...readers, ...failAll(db, `output = ? AND status IN ${OPEN}`, id, gone)];
}

/**
 * Forgets what dreams over the deleted store `id`, or into it, say, unless they have another store that is there: with
 * that one they are reviewed. Those that are open fail, and say nothing.
 */
export function forget(db: Sqlite, id: string): void {
  const left = "SELECT m.id FROM memory_stores m WHERE m.id IN (d.store, d.output)";
  const found = db.rows(`SELECT id FROM dreams d WHERE ? IN (store, output) AND status NOT IN ${OPEN} AND NOT EXISTS (${left})`, id);
  for (const row of found) {
    const dream = text(row, "id");
    for (const name of ["plan", "report"] as const) documents.remove(db, dream, name);
    const said = "session = (SELECT session FROM dreams WHERE id = ?) AND kind IN ('agent.message', 'session.error')";
    db.rows(`DELETE FROM session_events WHERE ${said}`, dream);
    db.rows("UPDATE dreams SET error = json_set(error, '$.message', '[erased]') WHERE id = ? AND error IS NOT NULL", dream);
  }
}

/** Fails the open dreams that read a session that is deleted. Returns their ids. */
export function loseSession(db: Sqlite, id: string): string[] {
  const failure: Failure = { type: "input_session_unavailable", message: `the session \`${id}\` was deleted` };
  return failAll(db, `status IN ${OPEN} AND id IN (SELECT dream FROM dream_sessions WHERE session = ?)`, id, failure);
}

/** What a dream reads, as far as it went when the dream began. */
export function transcripts(db: Sqlite, dream: Dream): Transcript[] {
  return dream.sessions.flatMap((session) => {
    const found = sessions.find(db, session);
    if (found === undefined) return [];
    const files = parts.list(db, session);
    const read = files.length > 0 ? files : [{ name: "main", bytes: marks(db, dream.id, session).bytes }];
    const principal = found.metadata["x_principal"];
    return [{ id: session, agent: found.agent.id, ...(principal === undefined ? {} : { principal }), parts: read }];
  });
}

/** How far a dream reads the events of a session: the number of the last one, and bytes with a line break behind each. */
export function marks(db: Sqlite, dream: string, session: string): { last: number; bytes: number } {
  const row = first(db, "SELECT last, bytes FROM dream_sessions WHERE dream = ? AND session = ?", dream, session) ?? {};
  return { last: number(row, "last"), bytes: number(row, "bytes") };
}

/** Notes how far the events of its sessions go when a dream begins. */
export function mark(db: Sqlite, dream: string): void {
  const of = "FROM session_events e WHERE e.session = dream_sessions.session";
  db.rows(
    `UPDATE dream_sessions SET last = (SELECT COALESCE(MAX(number), 0) ${of}), bytes = (SELECT COALESCE(SUM(length(body) + 1), 0) ${of}) WHERE dream = ?`,
    dream,
  );
}

function failAll(db: Sqlite, condition: string, value: string, failure: Failure): string[] {
  const lost = db.rows(`SELECT * FROM dreams WHERE ${condition}`, value).map((row) => dreamOf(db, row));
  for (const dream of lost) end(db, dream, "failed", failure);
  return lost.map((dream) => dream.id);
}

function dreamOf(db: Sqlite, row: Row): Dream {
  const dream = text(row, "id");
  const error = maybe(row, "error");
  return {
    id: dream,
    status: text(row, "status") as Status,
    store: text(row, "store"),
    isUpdate: number(row, "is_update") === 1,
    sessions: db.rows("SELECT session FROM dream_sessions WHERE dream = ? ORDER BY session", dream).map((of) => text(of, "session")),
    model: text(row, "model"),
    instructions: maybe(row, "instructions"),
    policy: JSON.parse(text(row, "policy")) as Policy,
    output: maybe(row, "output"),
    session: maybe(row, "session"),
    error: error === null ? null : (JSON.parse(error) as Failure),
    usage: JSON.parse(text(row, "usage")) as Usage,
    created_at: number(row, "created_at"),
    ended_at: maybeNumber(row, "ended_at"),
    archived_at: maybeNumber(row, "archived_at"),
    base: maybeNumber(row, "base"),
    owner: text(row, "owner"),
    attempts: number(row, "attempts"),
    waits: number(row, "waits"),
  };
}
