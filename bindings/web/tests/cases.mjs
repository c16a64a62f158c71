// Golden cases of `tests/golden`, in the form of `tests/support/src/case.rs`.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { sorted, transcript } from "./script.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = join(ROOT, "tests/golden");

/** Where a run of the native cases keeps documents in full. */
const KEPT = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "golden");

/** The salt of all cases. */
export const SALT = "golden";

/** The SHA-256 of a document. */
export function digest(document) {
  return createHash("sha256").update(document).digest("hex");
}

/** Names of all cases. */
export function caseNames() {
  const entries = readdirSync(FOLDER, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** A case with all that it starts from and all that is expected of it. */
export function loadCase(name) {
  const folder = join(FOLDER, name);
  const { policy = {}, instructions = "", observed = {}, steps } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  const given = whatIsGiven(folder);
  const texts = (path) => [...below(given, path)].map(([file, bytes]) => [file, bytes.toString("utf8")]);
  const digests = expectedDigests(folder);
  const documents = new Map([...files(join(folder, "documents"))].map(([file, bytes]) => [file, bytes.toString("utf8")]));
  return {
    name,
    policy,
    instructions,
    steps,
    memories: texts("memory/").map(([path, text]) => memory(path, text, observed[path])),
    edits: (when, number) => texts(`${when}/${number}/`),
    session: (spec) => session(given, spec),
    /** The digest of each document, by its name. */
    digests,
    /** Documents in full, by name, of a case that keeps them. */
    documents,
    /** Fails when a document is not the expected one, and shows where, if it can. */
    check: (file, document) => {
      const wanted = digests.get(file);
      if (digest(document) === wanted) return;
      const kept = join(KEPT, name, "expected", file);
      const known = documents.get(file) ?? (existsSync(kept) ? readFileSync(kept, "utf8") : "");
      if (digest(known) === wanted) {
        const actual = Buffer.from(document).toString("utf8");
        if (file.endsWith(".json")) assert.deepEqual(JSON.parse(actual), JSON.parse(known), `${name}: ${file}`);
        assert.equal(actual, known, `${name}: ${file}`);
      }
      assert.fail(`${name}: ${file} has another digest; after \`cargo test --test golden\` this shows where it differs`);
    },
  };
}

/** Files below a folder as bytes, by their path with `/`; none when it is not there. */
function files(path) {
  if (!existsSync(path)) return new Map();
  const names = readdirSync(path, { recursive: true }).filter((name) => statSync(join(path, name)).isFile());
  return new Map(names.sort().map((name) => [name, readFileSync(join(path, name))]));
}

/** What a case starts from, by path: files, and texts of `given.txt`; see `tests/support/src/given.rs`. */
function whatIsGiven(folder) {
  const given = files(folder);
  const together = given.get("given.txt")?.toString("utf8").slice("=== ".length).split("\n=== ") ?? [];
  for (const part of together) {
    const end = part.indexOf("\n");
    given.set(part.slice(0, end), Buffer.from(part.slice(end + 1)));
  }
  for (const [path, bytes] of [...given]) {
    const [, stem] = /^sessions\/(.*)\.txt$/.exec(path) ?? [];
    if (stem === undefined) continue;
    given.delete(path);
    // A sub-agent's file bears the session id of its parent.
    given.set(`sessions/${stem}.jsonl`, transcript(stem.split("/")[0], bytes.toString("utf8")));
  }
  return given;
}

function below(given, folder) {
  const inside = [...given].filter(([path]) => path.startsWith(folder));
  return new Map(inside.map(([path, bytes]) => [path.slice(folder.length), bytes]));
}

/** The table at the end of `expected.txt`; see `tests/support/src/expected.rs`. */
function expectedDigests(folder) {
  const table = readFileSync(join(folder, "expected.txt"), "utf8").split("\nSHA-256 of each document\n").at(-1);
  const rows = table.trimEnd().split("\n").map((line) => /^([0-9a-f]{64})  (.*)$/.exec(line));
  return new Map(rows.map(([, hash, name]) => [name, hash]));
}

/** A memory with its time, if it has one. */
export function memory(path, text, observed) {
  return { path, text, ...(observed === undefined ? {} : { observedAt: Date.parse(observed) }) };
}

function session(given, spec) {
  const { id, file = id, lines, agent, principal } = typeof spec === "string" ? { id: spec } : spec;
  let main = given.get(`sessions/${file}.jsonl`);
  if (lines !== undefined) main = Buffer.concat(splitLines(main).slice(0, lines));
  return {
    id,
    ...(agent === undefined ? {} : { agent }),
    ...(principal === undefined ? {} : { principal }),
    parts: { main, ...Object.fromEntries(below(given, `sessions/${file}/`)) },
  };
}

function splitLines(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const next = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(at, next));
    at = next;
  }
  return lines;
}

/** The model of a step: the first answer whose `to` the prompt contains. */
export function modelOf(step) {
  const answer = (prompt) => {
    const fits = (step.answers ?? []).find(({ to = "" }) => prompt.includes(to));
    if (fits === undefined) return { tag: "failed", val: "the case has no answer" };
    if (fits.with === "refused") return { tag: "refused" };
    if ("failed" in fits.with) return { tag: "failed", val: fits.with.failed };
    return "json" in fits.with ? sorted(fits.with.json) : fits.with.text;
  };
  return ({ prompt }) => answerEach(prompt, answer);
}

/** The answer to a call about several sessions, of the answers about each; as `tests/support/src/shared_call.rs` has it. */
function answerEach(prompt, answer) {
  const [head, ...sessions] = prompt.split(/^Session \d+ of \d+\n/m);
  if (sessions.length < 2) return answer(prompt);
  const proposals = [];
  for (const session of sessions) {
    const said = answer(head + session);
    const of = typeof said === "string" ? listed(said) : undefined;
    if (of === undefined) return said;
    const before = Number(/^\[(\d+)\] /m.exec(session)?.[1] ?? 1) - 1;
    proposals.push(...of.map((proposal) => moved(proposal, before)));
  }
  return sorted({ proposals, summary: "" });
}

/** The proposals of an answer; `undefined` when it has none. */
function listed(text) {
  try {
    return JSON.parse(text).proposals;
  } catch {
    return undefined;
  }
}

/** A proposal with `by` added to the numbers of the events that it cites. */
function moved(proposal, by) {
  const moved = (cited) => Object.fromEntries(Object.entries(cited).map(([name, value]) =>
    [name, ["event", "to"].includes(name) && Number.isInteger(value) ? value + by : value]));
  return Array.isArray(proposal.evidence) ? { ...proposal, evidence: proposal.evidence.map(moved) } : proposal;
}

/** The line of a change, by parts of which cases name changes; see `tests/support/src/story.rs`. */
function line(change) {
  const place = ({ path, line, text }) => `${path}:${line} ${JSON.stringify(text)}`;
  const words = [`${change.operation} ${change.gate} ${change.path}`];
  if (change.targets.length > 0) words.push(change.targets.map(place).join(", "));
  if (change.survivor) words.push(`into ${place(change.survivor)}`);
  if (change.after) words.push(`${change.step ? "as a step " : ""}after ${place(change.after)}`);
  if (change.text !== undefined) words.push(`-> ${JSON.stringify(change.text)}`);
  if (change.principal !== undefined) words.push(`for ${change.principal}`);
  return words.join(" ");
}

/** The decision of a step about changes; `undefined` when the plan is left. */
export function decisionOf(step, changes) {
  const find = (wanted) =>
    wanted.flatMap((text) => {
      const ids = changes.filter((change) => line(change).includes(text)).map(({ id }) => id);
      if (ids.length === 0) throw new Error(`no change fits ${JSON.stringify(text)}`);
      return ids;
    });
  const { accept = "auto", reject = [], now } = step;
  if (accept === "leave") return undefined;
  const open = changes.filter(({ gate }) => gate !== "blocked").map(({ id }) => id);
  const words = {
    auto: { tag: "auto" },
    all: { tag: "all" },
    "all open": { tag: "only", val: open },
    none: { tag: "only", val: [] },
  };
  const selection = typeof accept === "string" ? words[accept] : { tag: "only", val: find(accept) };
  const edits = Object.entries(step.edit ?? {}).flatMap(([wanted, text]) => find([wanted]).map((change) => ({ change, text })));
  return { accept: selection, reject: find(reject), edits, reviewer: "golden", note: "", now: Date.parse(now) };
}
