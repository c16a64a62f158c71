// Every code of `DreamingError` that can be provoked, and that nothing changes by it.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Dream,
  DreamingError,
  MemoryStore,
  Snapshot,
  apply,
  changes,
  entries,
  observe,
  pack,
  revert,
  verify,
} from "../dist/node.js";
import { sealed } from "./seal.mjs";
import { NOW, goodAnswer, shop, transcript } from "./world.mjs";

function fails(work, code, what) {
  assert.throws(work, (error) => {
    assert.ok(error instanceof DreamingError && error instanceof Error, String(error));
    assert.equal(error.name, "DreamingError");
    assert.deepEqual([error.code, error.what], [code, what], error.message);
    assert.ok(error.message.length > 5);
    return true;
  });
}

/** A store with a head, and a dream over it that asked for its first sessions. */
function begun() {
  const store = shop();
  const first = Snapshot.from(store.contents());
  store.commit(observe(first, NOW));
  first.free();
  const snapshot = Snapshot.from(store.contents());
  const request = { now: NOW, sessions: store.sessions(), policy: { "propose.max-calls": 5, "propose.together-bytes": 0, "distil.max-calls": 0 } };
  const machine = Dream.start(request, snapshot);
  return { store, snapshot, request, machine };
}

/** The plan of such a dream. */
function planned() {
  const { store, snapshot, machine } = begun();
  for (const { session } of machine.poll().val) {
    machine.feed(session, "main", new TextEncoder().encode(transcript(session)), true);
  }
  for (const call of machine.poll().val) machine.answer(call.id, { tag: "text", val: goodAnswer(call) });
  return { store, snapshot, plan: machine.poll().val.plan, checkpoint: machine.checkpoint() };
}

const ACCEPT = { accept: { tag: "all" }, reject: [], reviewer: "", note: "", now: NOW };

test("invalid-snapshot: paths, texts, times, duplicates and ledgers, by name; nothing of the page is added", () => {
  const snapshot = new Snapshot("");
  const good = { path: "good.md", text: "- Good.\n" };
  for (const [bad, what] of [
    [{ path: "../secret.md", text: "" }, "../secret.md"],
    [{ path: "", text: "" }, ""],
    [{ path: "a\\b.md", text: "" }, "a\\b.md"],
    [{ path: "big.md", text: "x".repeat(102_401) }, "big.md"],
    [{ path: "half.md", text: "\udc00" }, "half.md"],
    [{ path: "half\ud800.md", text: "" }, "path"],
    [{ path: "time.md", text: "", observedAt: 1.5 }, "time.md"],
    [{ path: "none.md" }, "none.md"],
    [{ text: "" }, "path"],
    [good, "good.md"],
  ]) {
    fails(() => snapshot.addMemories([good, bad]), "invalid-snapshot", what);
  }
  assert.deepEqual(entries(snapshot, 0, 10), []);
  snapshot.addMemories([good]);
  fails(() => snapshot.addMemories([good]), "invalid-snapshot", "good.md");
  fails(() => snapshot.addLedger([{ key: "entry/e0", value: "{" }]), "invalid-snapshot", "entry/e0");
  fails(() => snapshot.addLedger([{ key: "other/1", value: "{}" }]), "invalid-snapshot", "other/1");
  assert.equal(entries(snapshot, 0, 10).length, 1);
  fails(() => new Snapshot("\ud800"), "invalid-snapshot", "salt");

  const { store } = begun();
  const { ledger, ...rest } = store.contents();
  const holed = Snapshot.from({ ...rest, ledger: ledger.slice(1) });
  fails(() => observe(holed, NOW), "invalid-snapshot", "ledger");
  fails(() => Dream.start({ now: NOW, sessions: [] }, holed), "invalid-snapshot", "ledger");
});

test("invalid-request: sessions, policy, decisions and reverts", () => {
  const { snapshot } = begun();
  const start = (request) => () => Dream.start({ now: NOW, sessions: [], ...request }, snapshot);
  const session = { id: "s", parts: [{ name: "main", bytes: 1 }] };
  fails(start({ sessions: [session, session] }), "invalid-request", "s");
  fails(start({ sessions: [{ id: "s", parts: [] }] }), "invalid-request", "s");
  fails(start({ sessions: [{ id: "\ud800", parts: session.parts }] }), "invalid-request", "request");
  fails(start({ policy: { "no.such": true } }), "invalid-request", "no.such");
  fails(start({ policy: { "\ud800": true } }), "invalid-request", "request");
  fails(start({ now: "today" }), "invalid-request", "now");

  const { store, snapshot: base, plan } = planned();
  const [{ id }] = changes(plan);
  const decide = (decision) => () => apply(base, plan, { ...ACCEPT, ...decision });
  fails(decide({ accept: { tag: "only", val: ["c0"] } }), "invalid-request", "c0");
  fails(decide({ accept: { tag: "only", val: [id] }, reject: [id] }), "invalid-request", id);
  fails(decide({ accept: { tag: "some" } }), "invalid-request", "decision");
  fails(decide({ reviewer: "\ud800" }), "invalid-request", "decision");
  fails(() => revert(base, new Snapshot(""), ACCEPT), "invalid-request", "target");
  fails(() => observe(base, Number.NaN), "invalid-request", "now");
  assert.equal(store.head, apply(base, plan, ACCEPT).base);
});

test("invalid-document: plans, records and checkpoints", () => {
  const { snapshot } = begun();
  for (const text of ["", "{}", "[", '{"format":"dreaming.plan/9"}']) {
    fails(() => changes(text), "invalid-document", "plan");
    fails(() => apply(snapshot, text, ACCEPT), "invalid-document", "plan");
    fails(() => verify(text), "invalid-document", "record");
    fails(() => snapshot.setHead(text), "invalid-document", "record");
    fails(() => Dream.restore(text, snapshot), "invalid-document", "checkpoint");
  }
});

test("invalid-document: a plan and a checkpoint of which something was edited", () => {
  const { snapshot, plan, checkpoint } = planned();
  assert.equal(sealed(JSON.parse(plan)), plan);
  assert.equal(sealed(JSON.parse(checkpoint)), checkpoint);
  const auto = plan.replace('"gate":"review"', '"gate":"auto"');
  assert.notEqual(auto, plan);
  for (const text of [auto, `${plan} `, JSON.stringify(JSON.parse(plan), null, 1)]) {
    fails(() => apply(snapshot, text, ACCEPT), "invalid-document", "plan");
    fails(() => changes(text), "invalid-document", "plan");
  }
  const later = checkpoint.replace(/"now":\d/, (now) => `${now}0`);
  assert.notEqual(later, checkpoint);
  fails(() => Dream.restore(later, snapshot), "invalid-document", "checkpoint");
});

test("unexpected: what was not asked for, or asked for and has come", () => {
  const { machine } = begun();
  const empty = new Uint8Array();
  fails(() => machine.feed("nobody", "main", empty, true), "unexpected", "nobody");
  fails(() => machine.feed("mon", "side", empty, true), "unexpected", "mon");
  fails(() => machine.miss("nobody", "why"), "unexpected", "nobody");
  fails(() => machine.answer("m0", { tag: "refused" }), "unexpected", "m0");
  machine.feed("mon", "main", empty, true);
  fails(() => machine.feed("mon", "main", empty, true), "unexpected", "mon");
  assert.ok(!machine.poll().val.some(({ session }) => session === "mon"));
});

test("too-large: chunks, pages and single items over 1 MiB", () => {
  const { machine } = begun();
  const large = new Uint8Array((1 << 20) + 1);
  fails(() => machine.feed("mon", "main", large, false), "too-large", "chunk");
  machine.feed("mon", "main", large.subarray(1), true);
  const snapshot = new Snapshot("");
  const page = Array.from({ length: 11 }, (_, n) => ({ path: `${n}.md`, text: "x".repeat(100_000) }));
  fails(() => snapshot.addMemories(page), "too-large", "page");
  assert.deepEqual(entries(snapshot, 0, 1), []);
  const memories = [{ path: "huge.md", text: "x".repeat(1 << 20) }];
  fails(() => Snapshot.from({ salt: "", memories, ledger: [], revisions: [] }), "too-large", "huge.md");
  fails(() => pack(snapshot, { query: "x".repeat((1 << 20) + 1), budget: 1 }), "too-large", "query");
});

test("a budget is a whole number of 32 bits, and query and principal are text", () => {
  const memories = [{ path: "team.md", text: "# Team\n\n- Ana owns the parser.\n- Ben owns the shop.\n" }];
  const snapshot = Snapshot.from({ salt: "", memories, ledger: [], revisions: [] });
  for (const budget of [-1, 1.5, 2 ** 32, NaN, "5", undefined]) {
    fails(() => pack(snapshot, { budget }), "invalid-request", "budget");
  }
  fails(() => pack(snapshot, { query: "\ud800", budget: 1 }), "invalid-request", "query");
  fails(() => pack(snapshot, { principal: "\ud800", budget: 1 }), "invalid-request", "principal");
  const [only, ...others] = pack(snapshot, { query: "parser", budget: 100, principal: "ana" });
  assert.deepEqual(others, []);
  const { entry, score, ...rest } = only;
  assert.ok(entry.startsWith("e") && score > 0);
  const text = "Ana owns the parser.";
  assert.deepEqual(rest, { path: "team.md", line: 3, headings: ["Team"], text, tokens: 6 });
  assert.deepEqual(pack(snapshot, { query: "parser", budget: 5 }), []);
  assert.equal(pack(snapshot, { budget: 2 ** 32 - 1 }).length, 2);
});

test("pages over 1 MiB are split, and one memory over its limit is refused with its path", () => {
  const memories = Array.from({ length: 40 }, (_, n) => ({ path: `${n}.md`, text: `${"é".repeat(50_000)}\n` }));
  const snapshot = Snapshot.from({ salt: "", memories, ledger: [], revisions: [] });
  assert.equal(entries(snapshot, 0, 100).length, 40);
  memories.push({ path: "over.md", text: "é".repeat(51_201) });
  fails(() => Snapshot.from({ salt: "", memories, ledger: [], revisions: [] }), "invalid-snapshot", "over.md");
});

test("stale: a plan and a checkpoint for another state", () => {
  const { store, plan, checkpoint } = planned();
  store.write("notes.md", "- Something else.\n");
  const moved = Snapshot.from(store.contents());
  fails(() => apply(moved, plan, ACCEPT), "stale", "plan");
  fails(() => Dream.restore(checkpoint, moved), "stale", "checkpoint");
});

test("other-engine: a plan and a checkpoint of another engine", () => {
  const { snapshot, plan, checkpoint } = planned();
  const elsewhere = (document) => sealed(JSON.parse(document.replace('"engine":"0.2.0"', '"engine":"9.9.9"')));
  assert.notEqual(elsewhere(plan), plan);
  assert.notEqual(elsewhere(checkpoint), checkpoint);
  fails(() => apply(snapshot, elsewhere(plan), ACCEPT), "other-engine", "9.9.9");
  fails(() => Dream.restore(elsewhere(checkpoint), snapshot), "other-engine", "9.9.9");
});

test("canceled: everything but `cancel` and `free`", () => {
  const { machine } = begun();
  machine.cancel();
  machine.cancel();
  fails(() => machine.poll(), "canceled");
  fails(() => machine.checkpoint(), "canceled");
  fails(() => machine.feed("mon", "main", new Uint8Array(), true), "canceled");
  fails(() => machine.miss("mon", "why"), "canceled");
  fails(() => machine.answer("m0", { tag: "refused" }), "canceled");
  machine.free();
});

test("other: objects that were freed", () => {
  const { snapshot, machine, request } = begun();
  for (const owned of [snapshot, machine]) {
    owned.free();
    owned.free();
    owned[Symbol.dispose]();
  }
  fails(() => machine.poll(), "other", "dream");
  fails(() => Dream.start(request, snapshot), "other", "snapshot");
});

test("conflict: a revision on another head, and the store is as it was", () => {
  const { store, snapshot } = begun();
  store.write("notes.md", "- Something else.\n");
  const edited = Snapshot.from(store.contents());
  const revision = observe(edited, NOW);
  const { head, ...before } = store.contents();
  fails(() => store.commit({ ...revision, base: "another" }), "conflict", store.head);
  const { base, ...rootless } = revision;
  fails(() => store.commit(rootless), "conflict", store.head);
  assert.deepEqual(store.contents(), { head, ...before });
  store.commit(revision);
  fails(() => store.commit(revision), "conflict", revision.revision);
  snapshot.free();
});

test("a store in memory refuses a transcript that UTF-8 cannot hold", () => {
  const session = { id: "s", parts: { main: "\ud800" } };
  fails(() => new MemoryStore({ sessions: [session] }), "invalid-request", "s");
});
