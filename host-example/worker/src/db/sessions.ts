// Sessions, registered so that dreams can read them.

import { id, now } from "../ids.js";
import type { Range } from "../wire/query.js";
import { type Row, type Sqlite, Where, first, maybe, maybeNumber, number, text } from "./sql.js";

/** A session. */
export interface Session {
  id: string;
  /** The agent as it was when the session was made, in the form of the API. */
  agent: { id: string };
  environment: string;
  title: string | null;
  metadata: Record<string, string>;
  /** The memory stores that are attached to it, in the form of the API. */
  resources: unknown[];
  created_at: number;
  /** When it was last changed, or an event or a part was added. */
  updated_at: number;
  archived_at: number | null;
  /** The dream whose trace it is. */
  dream: string | null;
}

/** Which sessions are listed; what is `undefined` chooses nothing. */
export interface Listed {
  agent: string | undefined;
  /** With this memory store attached. */
  store: string | undefined;
  between: Range;
  /** Whether open ones and whether archived ones are listed. */
  open: boolean;
  archived: boolean;
  isAscending: boolean;
  after: string | undefined;
  limit: number;
}

/** An agent that is only known by its id. */
export function agentOf(id: string, version: number): Session["agent"] {
  const nothing = { tools: [], mcp_servers: [], skills: [], system: null, description: null, multiagent: null };
  const is = { id, type: "agent", version, name: id, model: { id: "unknown" }, execution_identity: { type: "service_account" } };
  return { ...is, ...nothing };
}

/** Makes a session. */
export function insert(db: Sqlite, made: Pick<Session, "agent" | "environment" | "title" | "metadata" | "resources" | "dream">): Session {
  const time = now();
  const session = { ...made, id: id("session", time), created_at: time, updated_at: time, archived_at: null };
  const insert =
    "INSERT INTO sessions (id, agent, agent_id, environment, title, metadata, resources, created_at, updated_at, dream) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  const { agent, environment, title, metadata, resources, dream } = session;
  const texts = [JSON.stringify(agent), agent.id, environment, title, JSON.stringify(metadata), JSON.stringify(resources)];
  db.rows(insert, session.id, ...texts, time, time, dream);
  return session;
}

/** The session with an id. */
export function find(db: Sqlite, id: string): Session | undefined {
  const row = first(db, "SELECT * FROM sessions WHERE id = ?", id);
  return row === undefined ? undefined : sessionOf(row);
}

/** Sessions, and one more than asked for if there is one. */
export function list(db: Sqlite, { agent, store, between, open, archived, isAscending, after, limit }: Listed): Session[] {
  const where = new Where().and("created_at BETWEEN ? AND ?", between).and("agent_id = ?", [agent ?? ""], agent !== undefined);
  where.and("archived_at IS NULL", [], !archived).and("archived_at IS NOT NULL", [], !open);
  // The id as it stands in JSON.
  where.and("instr(resources, ?) > 0", [JSON.stringify(store ?? "")], store !== undefined);
  where.and(`id ${isAscending ? ">" : "<"} ?`, [after ?? ""], after !== undefined);
  const order = isAscending ? "ASC" : "DESC";
  return db.rows(`SELECT * FROM sessions WHERE ${where} ORDER BY id ${order} LIMIT ?`, ...where.values, limit + 1).map(sessionOf);
}

/** Archives a session: it takes nothing more. */
export function archive(db: Sqlite, id: string): void {
  const time = now();
  db.rows("UPDATE sessions SET archived_at = ?, updated_at = ? WHERE id = ? AND archived_at IS NULL", time, time, id);
}

/** Notes that something was added. `false`: the session is archived, or there is none. */
export function touch(db: Sqlite, id: string): boolean {
  return db.rows("UPDATE sessions SET updated_at = ? WHERE id = ? AND archived_at IS NULL RETURNING id", now(), id).length > 0;
}

/** Takes a session away with all that it holds, and what models answered about it and others. */
export function remove(db: Sqlite, id: string): void {
  const read = "SELECT d.store FROM dreams d JOIN dream_sessions s ON s.dream = d.id WHERE s.session = ?";
  db.rows(`DELETE FROM model_answers WHERE store IN (${read})`, id);
  db.rows("DELETE FROM pieces WHERE upload IN (SELECT upload FROM session_parts WHERE session = ?)", id);
  for (const table of ["session_events", "session_parts"]) db.rows(`DELETE FROM ${table} WHERE session = ?`, id);
  db.rows("DELETE FROM sessions WHERE id = ?", id);
}

function sessionOf(row: Row): Session {
  return {
    id: text(row, "id"),
    agent: JSON.parse(text(row, "agent")) as Session["agent"],
    environment: text(row, "environment"),
    title: maybe(row, "title"),
    metadata: JSON.parse(text(row, "metadata")) as Record<string, string>,
    resources: JSON.parse(text(row, "resources")) as unknown[],
    created_at: number(row, "created_at"),
    updated_at: number(row, "updated_at"),
    archived_at: maybeNumber(row, "archived_at"),
    dream: maybe(row, "dream"),
  };
}
