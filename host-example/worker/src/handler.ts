// The routes, for any edge that takes a `Request` and returns a `Response`. This file, and all that it imports, knows no
// edge and no database but the few functions of `db/sql.ts`.

import type { Answering, Asked, Eventually, Workspace } from "./api/asked.js";
import * as dreams from "./api/dreams.js";
import * as events from "./api/events.js";
import * as keep from "./api/keep.js";
import * as memories from "./api/memories.js";
import * as parts from "./api/parts.js";
import * as sessions from "./api/sessions.js";
import * as statements from "./api/statements.js";
import * as stores from "./api/stores.js";
import { stream } from "./api/stream.js";
import * as versions from "./api/versions.js";
import { type Sqlite, prepare } from "./db/sql.js";
import type { ModelSettings } from "./dream/models.js";
import { Rounds } from "./dream/rounds.js";
import { id, now } from "./ids.js";
import { LIMITS, limitsOf } from "./limits.js";
import { ApiError, invalid, refused, told } from "./wire/errors.js";
import { type Keys, workspaceOf } from "./wire/keys.js";
import { Query } from "./wire/query.js";

/** What whoever runs an edge sets. */
export interface Settings extends Keys, ModelSettings {
  /** Limits that differ from those of `limits.ts`, as JSON. */
  LIMITS?: string | undefined;
  /** `requests`: nothing has rounds done but looks at a dream. For tests, and to watch a dream step by step. */
  DRIVE?: string | undefined;
}

/** Method, path (`*` is a segment) and the function that answers. */
const ROUTES: readonly (readonly [method: string, path: string, answer: Answering])[] = [
  ["GET", "v1/memory_stores", stores.list],
  ["POST", "v1/memory_stores", stores.create],
  ["GET", "v1/memory_stores/*", stores.retrieve],
  ["POST", "v1/memory_stores/*", stores.update],
  ["DELETE", "v1/memory_stores/*", stores.remove],
  ["POST", "v1/memory_stores/*/archive", stores.archive],
  ["GET", "v1/memory_stores/*/memories", memories.list],
  ["POST", "v1/memory_stores/*/memories", memories.create],
  ["GET", "v1/memory_stores/*/memories/*", memories.retrieve],
  ["POST", "v1/memory_stores/*/memories/*", memories.update],
  ["DELETE", "v1/memory_stores/*/memories/*", memories.remove],
  ["GET", "v1/memory_stores/*/memory_versions", versions.list],
  ["GET", "v1/memory_stores/*/memory_versions/*", versions.retrieve],
  ["POST", "v1/memory_stores/*/memory_versions/*/redact", versions.redact],
  ["GET", "v1/sessions", sessions.list],
  ["POST", "v1/sessions", sessions.create],
  ["GET", "v1/sessions/*", sessions.retrieve],
  ["DELETE", "v1/sessions/*", sessions.remove],
  ["POST", "v1/sessions/*/archive", sessions.archive],
  ["GET", "v1/sessions/*/events", events.list],
  ["POST", "v1/sessions/*/events", events.send],
  ["GET", "v1/sessions/*/events/stream", stream],
  ["GET", "v1/dreams", dreams.list],
  ["POST", "v1/dreams", dreams.create],
  ["GET", "v1/dreams/*", dreams.retrieve],
  ["POST", "v1/dreams/*/cancel", dreams.cancel],
  ["POST", "v1/dreams/*/archive", dreams.archive],
  ["PUT", "v1/x/sessions/*/parts/*", parts.put],
  ["GET", "v1/x/dreams/*/plan", dreams.plan],
  ["GET", "v1/x/dreams/*/report", dreams.report],
  ["GET", "v1/x/dreams/*/review", keep.review],
  ["POST", "v1/x/dreams/*/review", keep.decide],
  ["GET", "v1/x/memory_stores/*/revisions", keep.list],
  ["POST", "v1/x/memory_stores/*/revert", keep.revert],
  ["GET", "v1/x/memory_stores/*/pack", keep.pack],
];

/** The path of functions that need no workspace. */
const STATEMENTS = /^\/v1\/x\/statements\/([a-z]+)$/;

/** A workspace over its database. `later` has {@link Rounds.drive} called soon. */
export function workspace(db: Sqlite, settings: Settings, later: () => Eventually<void>): Workspace {
  prepare(db);
  const limits = { ...LIMITS, ...limitsOf(settings.LIMITS) };
  const rounds = new Rounds(db, limits, settings);
  return { db, limits, models: settings, rounds, later: settings.DRIVE === "requests" ? undefined : later };
}

/**
 * Answers a request of whoever sent it. `pass` answers in the name of a workspace; it is called only for a request whose key
 * opens one. Never throws.
 */
export async function handler(request: Request, keys: Keys, pass: (workspace: string) => Eventually<Response>): Promise<Response> {
  return await guarded(async () => {
    const name = await workspaceOf(request, keys);
    const verb = STATEMENTS.exec(new URL(request.url).pathname)?.[1] ?? "";
    if (!statements.VERBS.includes(verb)) return await pass(name);
    if (request.method !== "POST") throw wrongMethod(request, ["POST"]);
    return json(await statements.answer(request, verb));
  });
}

/** Answers a request in the name of a workspace. Never throws. */
export async function answer(request: Request, name: string, work: Workspace): Promise<Response> {
  return await guarded(async () => {
    const { pathname, searchParams } = new URL(request.url);
    const [answering, ids] = route(request, pathname);
    const by = { kind: "api_actor", id: `apikey_${name}` } as const;
    const { db, limits } = work;
    const asked: Asked = { work, db, limits, request, query: new Query(searchParams), ids, by };
    const answer = await answering(asked);
    return answer instanceof Response ? answer : json(answer);
  });
}

/** Adds the id of the request, and tells errors as the API does. */
async function guarded(work: () => Promise<Response>): Promise<Response> {
  const request = id("request", now());
  let response: Response;
  try {
    response = await work();
    // It has one already when it was passed on.
    if (response.headers.has("request-id")) return response;
  } catch (error) {
    response = refused(told(error), request);
  }
  response.headers.set("request-id", request);
  return response;
}

/** The function for a request, and the segments in the places of stars. */
function route(request: Request, pathname: string): [Answering, string[]] {
  const path = segments(pathname);
  // What a `HEAD` shows of a `GET`, the edge leaves the body out of.
  const asked = request.method === "HEAD" ? "GET" : request.method;
  const fitting = ROUTES.flatMap(([method, pattern, answering]) => {
    const ids = match(pattern.split("/"), path);
    return ids === undefined ? [] : [{ method, answering, ids }];
  });
  const found = fitting.find(({ method }) => method === asked);
  if (found !== undefined) return [found.answering, found.ids];
  if (fitting.length === 0) throw new ApiError(404, "not_found_error", `this server has no \`${pathname}\``);
  throw wrongMethod(request, fitting.map(({ method }) => method));
}

function wrongMethod({ method }: Request, taken: readonly string[]): ApiError {
  const allow = taken.flatMap((known) => (known === "GET" ? ["GET", "HEAD"] : [known])).join(",");
  return new ApiError(405, "invalid_request_error", `this route does not take ${method}`, {}, { allow });
}

function match(pattern: readonly string[], path: readonly string[]): string[] | undefined {
  if (pattern.length !== path.length) return undefined;
  const fits = pattern.every((word, at) => (word === "*" ? path[at] !== "" : word === path[at]));
  return fits ? path.filter((_, at) => pattern[at] === "*") : undefined;
}

function segments(path: string): string[] {
  try {
    return path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    throw invalid("path", "is badly encoded");
  }
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
}
