// Documents with what no golden case has.

import assert from "node:assert/strict";

import {
  MemoryStore,
  apply,
  changes,
  dream,
  fingerprint,
  gather,
  observe,
  plan,
  reopen,
  stats,
} from "../dist/node.js";
import { rowType } from "./compile.mjs";
import { team } from "./team.mjs";
import { NOW, over } from "./world.mjs";

/** Documents as `[type, value]`. */
export async function rareDocuments() {
  const written = [...planned(), ...rejected(), ...revised(), ["d.Plan", await repeated()], ["d.Fingerprint", fingerprint()]];
  const sessions = team();
  const ledger = sessions.map((record) => ({ key: `session/${record.id}`, value: JSON.stringify(record) }));
  const figures = over({ ledger }, (store) => stats(store, {}, NOW));
  return [
    ...[...written, ["d.Stats", figures]].map(([type, text]) => [type, JSON.parse(text)]),
    ...sessions.map((record) => ["d.SessionRecord", record]),
  ];
}

function notes(text) {
  return [{ path: "notes.md", text }];
}

/** A revision, and the rows that it changes. */
function documentsOf({ record, ledger }) {
  return [["d.RevisionRecord", record], ...ledger.map(({ value }) => [rowType(JSON.parse(value)), value])];
}

/** Plans of what a host found in a page, for a store without revisions and for a full one; and the revision that takes it. */
function planned() {
  const text = "The queue of the shop lives in Redis.";
  const evidence = [{ session: "elsewhere", part: "main", line: 1, provenance: "external", quote: text }];
  return over({ memories: notes("- Use tabs.\n") }, (store) => {
    const made = (policy) => plan(store, [{ kind: "fact", text, evidence }], { now: NOW, policy }).plan;
    const accept = { tag: "only", val: changes(made({})).map(({ id }) => id) };
    const revision = apply(store, made({}), { accept, reject: [], reviewer: "mira", note: "", now: NOW });
    return [["d.Plan", made({})], ["d.Plan", made({ "prune.max-entries": 1 })], ...documentsOf(revision)];
  });
}

/** A revision that rejects what a host found, and the one that takes it back: then it is proposed again, and not before. */
function rejected() {
  const memories = notes("- Use tabs.\n");
  const text = "The queue of the shop lives in Redis.";
  const evidence = [{ session: "elsewhere", part: "main", line: 1, provenance: "external", quote: text }];
  const ids = (store) => changes(plan(store, [{ kind: "fact", text, evidence }], { now: NOW }).plan).map(({ id }) => id);
  const by = { reviewer: "mira", note: "too quick", now: NOW };
  const [found, no] = over({ memories }, (store) => {
    const made = plan(store, [{ kind: "fact", text, evidence }], { now: NOW }).plan;
    const reject = changes(made).map(({ id }) => id);
    return [reject, apply(store, made, { accept: { tag: "only", val: [] }, reject, ...by })];
  });
  const store = { memories, head: no.record, ledger: no.ledger, revisions: [no.record] };
  assert.deepEqual(over(store, ids), []);
  const open = over(store, (rejects) => reopen(rejects, found, by));
  assert.deepEqual(open.memories, []);
  const then = { ...store, head: open.record, revisions: [no.record, open.record] };
  assert.deepEqual(over(then, ids), found);
  assert.throws(() => over(then, (fresh) => reopen(fresh, found, by)), { code: "invalid-request" });
  return [no, open].flatMap(documentsOf);
}

/** Revisions in which an entry becomes two, and in which one comes from another store. */
function revised() {
  const store = (text) => {
    const { record, ledger } = over({ memories: notes(text) }, (fresh) => observe(fresh, NOW));
    return { memories: notes(text), head: record, ledger, revisions: [record] };
  };
  const whole = store("- alpha beta gamma delta epsilon zeta\n");
  const halves = notes("- alpha beta gamma delta\n- gamma delta epsilon zeta\n");
  const split = over({ ...whole, memories: halves }, (edited) => observe(edited, NOW));
  const taken = over(whole, (from) => over(store("- Use tabs.\n"), (to) => gather(to, from, "mira", undefined, NOW)));
  return [split, taken].flatMap(documentsOf);
}

/** The plan of a store in which sessions say again what it says, nobody knows when. */
async function repeated() {
  const content = "Always use tabs for indentation in this project.";
  const main = (id) => JSON.stringify({ type: "user", uuid: id, sessionId: id, message: { role: "user", content } });
  const sessions = ["mon", "tue"].map((id) => ({ id, parts: { main: main(id) } }));
  return (await dream({ store: new MemoryStore({ memories: notes(`- ${content}\n`), sessions }), now: NOW })).plan;
}
