import type { Rounds } from "../dream/rounds.js";
import type { ModelSettings } from "../dream/models.js";
import type { Sqlite } from "../db/sql.js";
import type { Actor } from "../db/versions.js";
import type { Limits } from "../limits.js";
import type { Query } from "../wire/query.js";

/** A value, or a promise of one. */
export type Eventually<T> = T | Promise<T>;

/** A workspace: what is kept of it, and what is in memory beside that as long as its process lives. */
export interface Workspace {
  db: Sqlite;
  limits: Limits;
  models: ModelSettings;
  rounds: Rounds;
  /** Has the next round done soon, by a timer or an alarm. Without it a look at a dream does its next round. */
  later: (() => Eventually<void>) | undefined;
}

/** A request for a route. */
export interface Asked extends Pick<Workspace, "db" | "limits"> {
  work: Workspace;
  request: Request;
  query: Query;
  /** The decoded segments of the path in the places of the stars of the route. */
  ids: readonly string[];
  /** The caller as the one who changes something. */
  by: Actor;
}

/** Answers with a response, or with what is to be one in JSON. */
export type Answering = (asked: Asked) => Eventually<unknown>;
