// Golden cases of `tests/golden`, in the form of `tests/support/src/case.rs`.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../../tests/golden/", import.meta.url);

/** The salt of all cases. */
export const SALT = "golden";

/** Files below a folder as bytes, by their path with `/`; none when it is not there. */
export function files(folder) {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return new Map();
  const names = readdirSync(path, { recursive: true }).filter((name) => statSync(join(path, name)).isFile());
  return new Map(names.sort().map((name) => [name, readFileSync(join(path, name))]));
}

/** Names of all cases. */
export function caseNames() {
  const entries = readdirSync(FOLDER, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** A case with all its files. */
export function loadCase(name) {
  const folder = new URL(`${name}/`, FOLDER);
  const at = (path) => new URL(path, folder);
  const texts = (path) => [...files(at(path))].map(([file, bytes]) => [file, bytes.toString("utf8")]);
  const json = (path) => (existsSync(at(path)) ? JSON.parse(readFileSync(at(path), "utf8")) : undefined);
  const observed = json("observed.json") ?? {};
  const { policy = {}, instructions = "", steps } = json("case.json");
  return {
    name,
    policy,
    instructions,
    steps,
    memories: texts("memory").map(([path, text]) => memory(path, text, observed[path])),
    edits: (when, number) => texts(`${when}/${number}`),
    /** What is expected of step `number`: its text, or `undefined`. */
    expected: (file) => {
      const found = existsSync(at(`expected/${file}`));
      return found ? readFileSync(at(`expected/${file}`), "utf8") : undefined;
    },
    expectedMemories: (number) => new Map(texts(`expected/${number}-memory`)),
    session: (spec) => session(at("sessions/"), spec),
  };
}

/** Documents without the number of the engine's words, as in `tests/support/src/golden.rs`. */
export class Plain {
  #digests = new Map();

  of(document) {
    const plain = document
      .replaceAll(/,"words":"[0-9a-f]{16}"/g, "")
      .replace(/,"store":"[0-9a-f]{64}"\}$/, "}")
      .replaceAll(/[0-9a-f]{64}/g, (digest) => this.#digests.get(digest) ?? digest);
    this.#digests.set(digest(document), digest(plain));
    return plain;
  }

  /** As the cases have them: a digest for each document. */
  digest(document) {
    return digest(this.of(document));
  }
}

/** The SHA-256 of a text. */
export function digest(document) {
  return createHash("sha256").update(document).digest("hex");
}

/** A memory with its time, if it has one. */
export function memory(path, text, observed) {
  return { path, text, ...(observed === undefined ? {} : { observedAt: Date.parse(observed) }) };
}

function session(folder, spec) {
  const { id, file = id, lines, agent, principal } = typeof spec === "string" ? { id: spec } : spec;
  let main = readFileSync(new URL(`${file}.jsonl`, folder));
  if (lines !== undefined) main = Buffer.concat(splitLines(main).slice(0, lines));
  const others = [...files(new URL(file, folder))].filter(([name]) => !name.endsWith(".txt"));
  return {
    id,
    ...(agent === undefined ? {} : { agent }),
    ...(principal === undefined ? {} : { principal }),
    parts: { main, ...Object.fromEntries(others) },
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
  return ({ prompt }) => {
    const fits = (step.answers ?? []).find(({ to = "" }) => prompt.includes(to));
    if (fits === undefined) return { tag: "failed", val: "the case has no answer" };
    if (fits.with === "refused") return { tag: "refused" };
    if ("failed" in fits.with) return { tag: "failed", val: fits.with.failed };
    return "json" in fits.with ? JSON.stringify(fits.with.json) : fits.with.text;
  };
}

/** The line of a change, by parts of which cases name changes; see `tests/support/src/story.rs`. */
function line(change) {
  const place = ({ path, line, text }) => `${path}:${line} ${JSON.stringify(text)}`;
  const words = [`${change.operation} ${change.gate} ${change.path}`];
  if (change.targets.length > 0) words.push(change.targets.map(place).join(", "));
  if (change.survivor) words.push(`into ${place(change.survivor)}`);
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
  const words = { auto: { tag: "auto" }, all: { tag: "all" }, none: { tag: "only", val: [] } };
  const selection = typeof accept === "string" ? words[accept] : { tag: "only", val: find(accept) };
  const edits = Object.entries(step.edit ?? {}).flatMap(([wanted, text]) => find([wanted]).map((change) => ({ change, text })));
  return { accept: selection, reject: find(reject), edits, reviewer: "golden", note: "", now: Date.parse(now) };
}
