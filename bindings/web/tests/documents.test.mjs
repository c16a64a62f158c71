// The types say what is really there: documents of the golden cases that keep them in full, and values of
// each function, are written as typed literals and compiled. A field too many or too few is an error of the
// compiler. `golden.test.mjs` does so with the documents of all cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import {
  Dream,
  Snapshot,
  apply,
  changes,
  diff,
  dream,
  entries,
  fingerprint,
  observe,
  pack,
  plan,
  presets,
  settings,
} from "../dist/node.js";
import { caseNames, loadCase } from "./cases.mjs";
import { FILE, types } from "../documents.mjs";
import { PACKAGE, compile, rowType } from "./compile.mjs";
import { NOW, ROUNDS, SESSIONS, goodAnswer, shop, transcript } from "./world.mjs";

/** Documents of the model's calls and of a dream that stopped have no declared type: hosts pass them on. */
const UNTYPED = ["calls", "checkpoint"];

/** The documents that golden cases keep in full, as `[type, value]`; those without a type as `[kind, value]`. */
function golden() {
  const types = { plan: "d.Plan", report: "d.Report", revision: "d.RevisionRecord" };
  return caseNames().flatMap((name) => [...loadCase(name).documents]).flatMap(([file, text]) => {
    const [, kind] = /^\d+-(\w+)\.json$/.exec(file);
    const value = JSON.parse(text);
    return kind === "ledger" ? value.flatMap((row) => [[rowType(row), row], ["d.LedgerValue", row]]) : [[types[kind] ?? kind, value]];
  });
}

/** One value of each function, and of each document that no golden case has. */
async function live() {
  const store = shop();
  const before = Snapshot.from(store.contents());
  const result = await dream({ ...ROUNDS, store, model: goodAnswer });
  const snapshot = Snapshot.from(store.contents());
  const machine = Dream.start({ now: NOW, sessions: store.sessions(), policy: ROUNDS.policy }, snapshot);
  const first = machine.poll();
  for (const { session } of first.val) {
    machine.feed(session, "main", new TextEncoder().encode(transcript(session)), true);
  }
  const all = { tag: "only", val: changes(result.plan).map(({ id }) => id) };
  const decision = { accept: all, reject: [], reviewer: "mira", note: "", now: NOW };
  const applied = apply(snapshot, result.plan, decision);
  store.commit(applied);
  const later = Snapshot.from(store.contents());
  const outcome = plan(later, [{ kind: "fact", text: "The queue of the shop lives in Redis.", evidence: [
    { session: "elsewhere", part: "main", line: 1, provenance: "user", quote: "The queue of the shop lives in Redis." },
  ] }], { now: NOW });
  assert.deepEqual(changes(outcome.plan).map(({ cause, gate }) => [cause, gate]), [["extracted", "review"]]);
  const records = store.contents().revisions.map((record) => JSON.parse(record));
  return [
    ["d.DreamResult", result],
    ["d.Need", first],
    ["d.Need", machine.poll()],
    ["d.NewRevision", observe(before, NOW)],
    ["d.NewRevision", applied],
    ["d.Change[]", changes(result.plan)],
    ["d.Outcome", outcome],
    ["d.Plan", JSON.parse(outcome.plan)],
    ["d.Report", JSON.parse(outcome.report)],
    ["d.Change[]", changes(outcome.plan)],
    ["d.Difference[]", diff(before, later)],
    ["d.Entry[]", entries(later, 0, 100)],
    ["d.Packed[]", pack(later, { budget: 1000 })],
    ["d.SettingDescription[]", settings()],
    ["d.PresetDescription[]", presets()],
    ["d.Fingerprint", JSON.parse(fingerprint())],
    ["d.Opened", store.open()],
    ...records.map((record) => ["d.RevisionRecord", record]),
  ];
}

test("golden documents and live values have the types that are declared", async () => {
  const documents = golden();
  assert.deepEqual([...new Set(documents.map(([type]) => type))].sort(), [
    "calls", "checkpoint", "d.Distilled", "d.EntryRecord", "d.LedgerValue", "d.MemoryRecord", "d.Plan", "d.Report",
    "d.RevisionRecord", "d.SessionRecord",
  ]);
  const typed = documents.filter(([type]) => !UNTYPED.includes(type));
  const values = await live();
  for (const [type, value] of values) assert.ok(!Array.isArray(value) || value.length > 0, `${type} is empty`);
  assert.equal(compile([...typed, ...values]), "");
});

test("the check sees a field too many, a field too few and an unknown word", () => {
  const documents = golden();
  const [, plan] = documents.find(([type, value]) => type === "d.Plan" && value.changes.length > 0);
  const { reviewed, ...change } = plan.changes[0];
  const { because, ...fewer } = change;
  const wrong = (changed) => compile([["d.Plan", { ...plan, changes: [changed] }]]);
  assert.match(wrong({ ...change, surprise: 1 }), /surprise/);
  assert.match(wrong(fewer), /because/);
  assert.match(wrong({ ...change, operation: "invent" }), /invent/);
});

test("the types are as the schema has them", async () => {
  assert.ok(readFileSync(FILE, "utf8") === (await types()), "ts/documents.ts is old: run `cargo xtask documents`");
});

/** The files in a folder of its own whose declarations a file hands on. */
function handedOn(name) {
  const text = readFileSync(join(PACKAGE, `dist/${name}.d.ts`), "utf8");
  return [...text.matchAll(/^export type \* from "\.\/([a-z/-]+)\.js"/gm)].map(([, inner]) => inner);
}

test("every declared item that is exported has a comment that reaches the `.d.ts`", () => {
  const index = readFileSync(join(PACKAGE, "dist/index.d.ts"), "utf8");
  const files = [...index.matchAll(/from "\.\/([a-z-]+)\.js"/g)].flatMap(([, name]) => [name, ...handedOn(name)]);
  assert.ok(files.length > 20, String(files));
  const member = /^    (readonly |static |get |\[Symbol|constructor\()?\w+\??[:(]/;
  const bare = files.flatMap((name) => {
    const lines = readFileSync(join(PACKAGE, `dist/${name}.d.ts`), "utf8").split("\n");
    let alias = false; // the cases of a union are described as a whole
    return lines.filter((line, at) => {
      if (line.startsWith("export ")) alias = line.startsWith("export type");
      const declares = line.startsWith("export declare") || /^export (type|interface) \w/.test(line);
      const described = lines[at - 1]?.trim().endsWith("*/") || line.includes("private");
      return (declares || (!alias && member.test(line))) && !described;
    }).map((line) => `${name}: ${line.trim()}`);
  });
  assert.deepEqual(bare, []);
});
