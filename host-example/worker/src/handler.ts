// The memory store behind HTTP, for any edge that takes a `Request` and returns a `Response`. This
// file knows no edge and no database.

import { type Model, Snapshot, changes, pack } from "dreaming";

import type { Dreamed, Tools, Verdict } from "./dreamed.js";
import { Dreams } from "./dreams.js";
import { bounded, countOf, document, fields, isAdmitted, json, listOf, object, refused, textBody, textOf, timeOf, unauthorized } from "./http.js";
import { LIMITS, type Limits, MAX_MEMORY } from "./limits.js";
import { Records, within } from "./records.js";
import { Refused, conflict, invalid, missing, refusal } from "./refused.js";
import { Sessions } from "./sessions.js";
import { bytesOf, totalOf } from "./size.js";
import { statements } from "./statements.js";
import type { Eventually, Storage } from "./storage.js";

/** What an edge provides. */
export interface Edge {
  /** The storage of a store, by its name: the same object as long as it is in memory. */
  store: (name: string) => Storage;
  /** Whoever sends it may do everything. An empty one admits nobody. */
  token: string;
  /** Answers model calls; without one, dreams make none. */
  model?: Model | undefined;
  /** Limits that differ from {@link LIMITS}. */
  limits?: Partial<Limits> | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
  /**
   * Arranges a call of {@link drive} for the store soon. Without it somebody has to post to
   * `…/round`.
   */
  later?: ((name: string) => Eventually<void>) | undefined;
}

/** The target of a request, once its token was checked. */
export interface Admitted {
  /** The store; absent for requests that need none. */
  store?: string;
  /** The rest of the path, in decoded segments. */
  path: string[];
}

interface Asked {
  request: Request;
  query: URLSearchParams;
  name: string;
  storage: Storage;
  edge: Edge;
  tools: Tools;
  /** The segments in the places of the stars of a route. */
  rest: string[];
}

type Answering = (asked: Asked) => Promise<Response>;

/** Method, path below the store (`*` a segment, `**` the rest) and the function that answers. */
const ROUTES: readonly (readonly [method: string, path: string, answer: Answering])[] = [
  ["GET", "", about],
  ["GET", "memories", memories],
  ["GET", "memories/**", memory],
  ["PUT", "memories/**", putMemory],
  ["DELETE", "memories/**", deleteMemory],
  ["GET", "sessions", sessions],
  ["GET", "sessions/*", session],
  ["DELETE", "sessions/*", deleteSession],
  ["PUT", "sessions/*/parts/**", putPart],
  ["POST", "dreams", start],
  ["GET", "dreams", dreams],
  ["GET", "dreams/*", dream],
  ["DELETE", "dreams/*", cancel],
  ["POST", "dreams/*/round", round],
  ["GET", "dreams/*/plan", plan],
  ["GET", "dreams/*/report", report],
  ["GET", "dreams/*/changes", reviewed],
  ["POST", "dreams/*/decision", decide],
  ["GET", "revisions", revisions],
  ["GET", "revisions/*", revision],
  ["POST", "revert", revert],
  ["POST", "pack", packed],
  ["GET", "export", exported],
];

const STORE = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const SESSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const VERBS = ["reconcile", "score", "prune"];

/**
 * Checks token and path, and nothing else of a request.
 *
 * @returns The response when the token is wrong or the path unknown.
 */
export async function admit(request: Request, edge: Pick<Edge, "token">): Promise<Admitted | Response> {
  if (!(await isAdmitted(request, edge.token))) return unauthorized();
  try {
    const { pathname } = new URL(request.url);
    const [version, area, ...path] = segments(pathname);
    if (version === "v1" && area === "statements") return { path };
    const [store, ...rest] = path;
    if (version !== "v1" || area !== "memory_stores" || store === undefined) throw missing("path", pathname);
    if (!STORE.test(store)) throw invalid("the name of a store has 1 to 64 of a-z, 0-9, _ and -", "store");
    return { store, path: rest };
  } catch (thrown) {
    return refused(refusal(thrown));
  }
}

/** Answers a request. It never throws. */
export async function handler(request: Request, edge: Edge): Promise<Response> {
  const admitted = await admit(request, edge);
  if (admitted instanceof Response) return admitted;
  try {
    const limits: Limits = { ...LIMITS, ...edge.limits };
    const { store, path } = admitted;
    if (store === undefined) {
      const [verb = ""] = path;
      if (path.length !== 1 || !VERBS.includes(verb)) throw missing("path", new URL(request.url).pathname);
      if (request.method !== "POST") throw new Refused(405, "no-such-method", "statements are posted");
      return await statements(request, verb, limits, edge.now());
    }
    const { pathname, searchParams: query } = new URL(request.url);
    const [answer, rest] = route(request.method, path, pathname);
    const tools = { limits, model: edge.model, now: edge.now };
    return await answer({ request, query, name: store, storage: edge.store(store), edge, tools, rest });
  } catch (thrown) {
    return refused(refusal(thrown));
  }
}

/** The rounds that run now. */
const driven = new WeakMap<Storage, Promise<Dreamed | undefined>>();

/**
 * Does one round of the open dream of a store. A second call waits for the first and does nothing
 * more, so that no model call is made twice.
 *
 * @returns Whether there is more to do.
 */
export async function drive(storage: Storage, edge: Omit<Edge, "store" | "token">): Promise<boolean> {
  const going = driven.get(storage);
  if (going !== undefined) return (await going)?.status === "running";
  const limits = { ...LIMITS, ...edge.limits };
  const done = new Dreams(storage, { limits, model: edge.model, now: edge.now }).round();
  driven.set(storage, done);
  try {
    return (await done)?.status === "running";
  } finally {
    driven.delete(storage);
  }
}

async function about({ storage }: Asked): Promise<Response> {
  const records = new Records(storage);
  await records.salt();
  const [head, open] = [await records.head(), await dreamsOf(storage).open()];
  return json({ revision: head?.id ?? null, number: head?.number ?? 0, size: (await totalOf(storage)) ?? null, open: open ?? null });
}

async function memories({ storage, query }: Asked): Promise<Response> {
  const data: { path: string; sha256: string; bytes: number }[] = [];
  const found = new Records(storage).memories(query.get("after") ?? undefined, countOf(query.get("limit"), "limit", 100, 1000));
  for await (const { path, text } of found) data.push({ path, sha256: await sha256(text), bytes: bytesOf(text) });
  return json({ data });
}

async function memory({ storage, rest }: Asked): Promise<Response> {
  const path = rest.join("/");
  const found = await new Records(storage).memory(path);
  if (found === undefined) throw missing("memory", path);
  return new Response(found.text, { headers: { "content-type": "text/markdown; charset=utf-8", etag: `"${await sha256(found.text)}"` } });
}

async function putMemory({ request, storage, query, rest, tools }: Asked): Promise<Response> {
  const path = rest.join("/");
  const text = await textBody(request, MAX_MEMORY);
  const given = query.get("observed_at");
  const observedAt = given === null ? undefined : timeOf(/^-?\d+$/.test(given) ? Number(given) : given, "observed_at", 0);
  const kept = { text, ...(observedAt === undefined ? {} : { observedAt }) };
  usable(path, text, observedAt);
  const records = new Records(storage, tools.limits);
  await records.create();
  await records.put(path, kept, (before) => precondition(request, path, before));
  return json({ path, sha256: await sha256(text), bytes: bytesOf(text) });
}

async function deleteMemory({ request, storage, rest, tools }: Asked): Promise<Response> {
  const path = rest.join("/");
  await new Records(storage, tools.limits).put(path, undefined, async (before) => {
    if (before === undefined) throw missing("memory", path);
    await precondition(request, path, before);
  });
  return new Response(null, { status: 204 });
}

async function sessions({ storage, query, tools }: Asked): Promise<Response> {
  const limit = countOf(query.get("limit"), "limit", 100, 1000);
  return json({ data: await new Sessions(storage, tools.limits).list(query.get("after") ?? undefined, limit) });
}

async function session({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  return json(await new Sessions(storage, tools.limits).get(id));
}

async function deleteSession({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  await new Sessions(storage, tools.limits).remove(id, () => still(storage, tools, id));
  return new Response(null, { status: 204 });
}

async function putPart({ request, storage, query, rest: [id = "", ...name], tools }: Asked): Promise<Response> {
  if (!SESSION.test(id)) throw invalid("the id of a session has 1 to 128 of A-Z, a-z, 0-9, `.`, `_` and `-`", "session");
  const part = partName(name.join("/"));
  const who = { agent: query.get("agent") ?? undefined, principal: query.get("principal") ?? undefined };
  if ([who.agent, who.principal].some((text) => text !== undefined && bytesOf(text) > 200)) throw invalid("agent and principal have at most 200 bytes", "agent");
  await new Records(storage).create();
  const all = new Sessions(storage, tools.limits);
  const chunks = bounded(request, tools.limits.part);
  return json(await all.put(id, part, who, chunks, tools.now(), () => still(storage, tools, id)));
}

async function start({ request, storage, tools, edge, name }: Asked): Promise<Response> {
  const body = await fields(request, tools.limits.json, ["policy", "instructions", "now", "mode"]);
  const mode = body["mode"] ?? "propose";
  if (mode !== "propose" && mode !== "auto") throw invalid("mode: it is `propose` or `auto`", "mode");
  const policy = body["policy"] ?? {};
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) throw invalid("policy: it is no object", "policy");
  const begun = await dreamsOf(storage, tools).start({
    policy: policy as Record<string, never>,
    instructions: textOf(body["instructions"], "instructions", ""),
    now: timeOf(body["now"], "now", edge.now()),
    mode,
  });
  await edge.later?.(name);
  return json(begun, 202);
}

async function dreams({ storage, query, tools }: Asked): Promise<Response> {
  const limit = countOf(query.get("limit"), "limit", 100, 1000);
  return json({ data: await dreamsOf(storage, tools).list(query.get("after") ?? undefined, limit) });
}

async function dream({ storage, rest: [id = ""], tools, edge, name }: Asked): Promise<Response> {
  const found = await dreamsOf(storage, tools).get(id);
  // A look at a dream arranges its next round, in case the timer was lost with its process.
  if (found.status === "running") await edge.later?.(name);
  return json(found);
}

async function cancel({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  return json(await dreamsOf(storage, tools).cancel(id));
}

async function round({ storage, rest: [id = ""], tools, edge }: Asked): Promise<Response> {
  const all = dreamsOf(storage, tools);
  if ((await all.get(id)).status === "running") await drive(storage, edge);
  return json(await all.get(id));
}

async function plan({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  return document(await dreamsOf(storage, tools).document(id, "plan"));
}

async function report({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  return document(await dreamsOf(storage, tools).document(id, "report"));
}

async function reviewed({ storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  const all = dreamsOf(storage, tools);
  const { revision } = await all.get(id);
  return json({ revision: revision ?? null, changes: changes(await all.document(id, "plan")) });
}

async function decide({ request, storage, rest: [id = ""], tools }: Asked): Promise<Response> {
  const body = await fields(request, tools.limits.json, ["revision", "accept", "reject", "edits", "reviewer", "note"]);
  const verdict = {
    revision: textOf(body["revision"] ?? undefined, "revision", undefined),
    accept: accepted(body["accept"]),
    reject: listOf(body["reject"], "reject"),
    edits: listOf(body["edits"], "edits").map((edit) => object(edit, ["change", "text"], "edits")),
    reviewer: textOf(body["reviewer"], "reviewer", ""),
    note: textOf(body["note"], "note", ""),
  };
  // The engine checks the items of the lists.
  return json(await dreamsOf(storage, tools).decide(id, verdict as unknown as Verdict));
}

async function revisions({ storage, query }: Asked): Promise<Response> {
  const after = query.get("after") === null ? 0 : countOf(query.get("after"), "after", 0, 999_999_999);
  const page = await new Records(storage).revisions(after, countOf(query.get("limit"), "limit", 100, 1000));
  return json({ data: page.map(({ number, id }) => ({ number, revision: id })) });
}

async function revision({ storage, rest: [number = ""] }: Asked): Promise<Response> {
  const wanted = countOf(number, "revision", 0, 999_999_999);
  const [found] = await new Records(storage).revisions(wanted - 1, 1);
  if (found?.number !== wanted) throw missing("revision", number);
  return document(found.record);
}

async function revert({ request, storage, tools }: Asked): Promise<Response> {
  const body = await fields(request, tools.limits.json, ["to", "revision", "reviewer", "note"]);
  const to = textOf(body["to"], "to", undefined);
  if (to === undefined) throw invalid("to: the revision to go back to", "to");
  const from = textOf(body["revision"] ?? undefined, "revision", undefined);
  const [reviewer, note] = [textOf(body["reviewer"], "reviewer", ""), textOf(body["note"], "note", "")];
  const head = await dreamsOf(storage, tools).revert(to, from, reviewer, note);
  return json({ number: head.number, revision: head.id });
}

async function packed({ request, storage, tools }: Asked): Promise<Response> {
  const body = await fields(request, tools.limits.json, ["query", "budget", "principal"]);
  const { budget = 2000 } = body;
  if (typeof budget !== "number") throw invalid("budget: how many tokens may be packed", "budget");
  const options = { budget, query: textOf(body["query"], "query", ""), principal: textOf(body["principal"], "principal", undefined) };
  const { contents } = await new Records(storage, tools.limits).load("now");
  return json({ entries: within(contents, (snapshot) => pack(snapshot, options)) });
}

async function exported({ storage }: Asked): Promise<Response> {
  const { contents } = await new Records(storage).whole("now");
  return json(contents);
}

/**
 * The function for a request, and the segments in the places of stars. `path` is the part of
 * `pathname` after the store.
 */
function route(method: string, path: readonly string[], pathname: string): [Answering, string[]] {
  const fitting = ROUTES.flatMap(([known, pattern, answer]) => {
    const rest = match(pattern === "" ? [] : pattern.split("/"), path);
    return rest === undefined ? [] : [{ known, answer, rest }];
  });
  const found = fitting.find(({ known }) => known === method);
  if (found !== undefined) return [found.answer, found.rest];
  if (fitting.length === 0) throw missing("path", pathname);
  throw new Refused(405, "no-such-method", `here one can ${fitting.map(({ known }) => known).join(", ")}`);
}

function match(pattern: readonly string[], path: readonly string[]): string[] | undefined {
  const rest: string[] = [];
  for (const [at, word] of pattern.entries()) {
    const segment = path[at];
    if (segment === undefined || segment === "") return undefined;
    if (word === "**") return [...rest, ...path.slice(at)];
    if (word === "*") rest.push(segment);
    else if (word !== segment) return undefined;
  }
  return path.length === pattern.length ? rest : undefined;
}

function segments(path: string): string[] {
  try {
    return path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    throw invalid("the path is badly encoded", "path");
  }
}

/**
 * Checks the name of a part: a relative file name as in a folder of transcripts. Reviewers see it.
 */
function partName(name: string): string {
  const wrong = bytesOf(name) > 1024 || name !== name.normalize("NFC") || /[\p{C}\p{Zl}\p{Zp}\\]|^$|(^|\/)\.{0,2}(\/|$)/u.test(name);
  if (wrong) throw invalid("the name of a part is a relative path of at most 1,024 bytes without `.`, `..`, `\\` and what nobody sees", "part");
  return name;
}

/** Has the engine check a path and a text, so that nothing is stored that it would refuse later. */
function usable(path: string, text: string, observedAt: number | undefined): void {
  const probe = new Snapshot("");
  try {
    probe.addMemories([{ path, text, observedAt }]);
  } finally {
    probe.free();
  }
}

/** Refuses a write whose `If-Match` or `If-None-Match` does not fit the present text. */
async function precondition(request: Request, path: string, before: string | undefined): Promise<void> {
  const [match, none] = [request.headers.get("if-match"), request.headers.get("if-none-match")];
  if (none === "*" && before !== undefined) throw conflict(`\`${path}\` is there already`, path);
  if (match === null) return;
  const now = before === undefined ? undefined : await sha256(before);
  if (match !== `"${now}"` && match !== now) throw conflict(`\`${path}\` is another text by now`, path);
}

/** Refuses to change a session that a running dream reads. */
async function still(storage: Storage, tools: Tools, session: string): Promise<void> {
  if (await dreamsOf(storage, tools).reads(session)) throw conflict("a dream reads this session: come back when it has ended", session);
}

/** `"auto"`, `"all"` or a list of ids. */
function accepted(value: unknown): Verdict["accept"] {
  if (value === undefined) return { tag: "only", val: [] };
  if (value === "auto" || value === "all") return { tag: value };
  return { tag: "only", val: listOf(value, "accept") as string[] };
}

function dreamsOf(storage: Storage, tools?: Tools): Dreams {
  return new Dreams(storage, tools ?? { limits: LIMITS, model: undefined, now: () => 0 });
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
