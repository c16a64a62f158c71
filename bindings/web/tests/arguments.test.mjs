// Wrong arguments: each is a typed error that names the argument, and the module works on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import {
  Dream,
  DreamingError,
  Snapshot,
  apply,
  changes,
  detect,
  diff,
  entries,
  erase,
  isDone,
  looksLike,
  observe,
  pack,
  rebase,
  reopen,
  revert,
  settings,
  verify,
} from "../dist/node.js";
import { RawSnapshot } from "../dist/wasm/dreaming.js";
import { NOW, message } from "./world.mjs";

function refused(work, what, code = "invalid-request") {
  assert.throws(work, (error) => {
    assert.ok(error instanceof DreamingError, `${what}: ${error.stack}`);
    assert.deepEqual([error.code, error.what], [code, what], error.message);
    return true;
  });
  assert.ok(settings().length > 0, "the module is dead");
}

const snapshot = new Snapshot("");
snapshot.addMemories([{ path: "a.md", text: "- One.\n- Two.\n- Three.\n" }]);
const BY = { reviewer: "", note: "", now: NOW };
const DECISION = { ...BY, accept: { tag: "auto" }, reject: [] };
const SESSION = { id: "s", parts: [{ name: "main", bytes: 1 }] };

/** A dream that asked for a session, and its plan. */
function begun() {
  return Dream.start({ now: NOW, sessions: [SESSION] }, snapshot);
}
function planned() {
  const dream = begun();
  dream.miss("s", "none");
  return dream.poll().val.plan;
}

const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const NO_BYTES = [null, undefined, "text", 7, {}, [1, 2], new ArrayBuffer(8), new DataView(new ArrayBuffer(8)),
  new Uint16Array(8), new Uint8ClampedArray(8), detached];

test("anything but a snapshot is refused by the name of the argument", () => {
  const plan = planned();
  for (const store of [null, undefined, {}, "store", Snapshot, { raw: new RawSnapshot(new Uint8Array()) }]) {
    refused(() => observe(store, NOW), "store");
    refused(() => apply(store, plan, DECISION), "store");
    refused(() => rebase(store, plan), "store");
    refused(() => erase(store, { tag: "session", val: "s" }, BY), "store");
    refused(() => entries(store, 0, 1), "store");
    refused(() => pack(store, { budget: 1 }), "store");
    refused(() => isDone(store, SESSION), "store");
    refused(() => Dream.start({ now: NOW, sessions: [] }, store), "store");
    refused(() => Dream.restore("{}", store), "store");
    refused(() => revert(store, snapshot, BY), "store");
    refused(() => reopen(store, ["c0"], BY), "store");
    refused(() => revert(snapshot, store, BY), "target");
    refused(() => diff(store, snapshot), "before");
    refused(() => diff(snapshot, store), "after");
  }
});

test("a `TypeError` of the code around the module is no trap", () => {
  const { setHead } = RawSnapshot.prototype;
  RawSnapshot.prototype.setHead = () => null.length;
  try {
    refused(() => new Snapshot("").setHead("{}"), "argument");
  } finally {
    RawSnapshot.prototype.setHead = setHead;
  }
});

test("bytes are a `Uint8Array`, and `last` is true or false", () => {
  const dream = begun();
  for (const chunk of NO_BYTES) {
    refused(() => dream.feed("s", "main", chunk, false), "chunk");
    refused(() => detect(chunk), "head");
    refused(() => looksLike(chunk), "head");
  }
  for (const last of [undefined, null, 0, 1, "true"]) {
    refused(() => dream.feed("s", "main", new Uint8Array(), last), "last");
  }
  const line = message("s", 0, "user", "Always use tabs.");
  assert.equal(detect(Buffer.from(line)), "claude-code");
  assert.equal(detect(runInNewContext("Uint8Array.from(text)", { text: Buffer.from(line) })), "claude-code");
  dream.feed("s", "main", Buffer.from(line), true);
  assert.equal(JSON.parse(dream.poll().val.report).events, 1);
});

test("bytes that no memory of the module could hold are refused before they are copied", () => {
  const huge = new Uint8Array(3 * 2 ** 30);
  refused(() => begun().feed("s", "main", huge, false), "chunk", "too-large");
  huge.set(Buffer.from(message("s", 0, "user", "Always use tabs.")));
  assert.equal(detect(huge), "claude-code");
  assert.ok(settings().length > 0);
});

test("offset and limit are whole numbers of 32 bits; `Infinity` takes all entries", () => {
  for (const wrong of [-1, 1.5, 2 ** 32, NaN, "1", null, undefined, 1n, -Infinity]) {
    refused(() => entries(snapshot, wrong, 1), "offset");
    refused(() => entries(snapshot, 0, wrong), "limit");
  }
  refused(() => entries(snapshot, Infinity, 1), "offset");
  assert.equal(entries(snapshot, 0, Infinity).length, 3);
  assert.equal(entries(snapshot, 1, Infinity).length, 2);
  assert.equal(entries(snapshot, 1, 2 ** 32 - 1).length, 2);
  assert.equal(entries(snapshot, 2 ** 32 - 1, Infinity).length, 0);
});

test("a time is a whole number, and `now` is named", () => {
  const plan = planned();
  for (const now of ["5", 5n, NaN, Infinity, 1.5, null, undefined, new Date()]) {
    refused(() => observe(snapshot, now), "now");
    refused(() => Dream.start({ now, sessions: [] }, snapshot), "now");
    refused(() => apply(snapshot, plan, { ...DECISION, now }), "now");
    refused(() => revert(snapshot, snapshot, { ...BY, now }), "now");
    refused(() => reopen(snapshot, ["c0"], { ...BY, now }), "now");
    refused(() => erase(snapshot, { tag: "session", val: "s" }, { ...BY, now }), "now");
  }
});

test("requests, decisions, options and sessions are objects of the right shape", () => {
  const start = (request) => () => Dream.start(request, snapshot);
  const plan = planned();
  for (const none of [null, undefined, "x", 7]) {
    refused(start(none), "request");
    refused(start({ now: NOW, sessions: none }), "sessions");
    refused(start({ now: NOW, sessions: [none] }), "session");
    refused(start({ now: NOW, sessions: [{ id: "s", parts: [none] }] }), "session");
    if (none !== undefined) refused(start({ now: NOW, sessions: [], policy: none }), "policy");
    refused(() => apply(snapshot, plan, none), "decision");
    refused(() => revert(snapshot, snapshot, none), "decision");
    refused(() => reopen(snapshot, none, BY), "changes");
    refused(() => reopen(snapshot, [7], BY), "changes");
    refused(() => erase(snapshot, { tag: "session", val: "s" }, none), "decision");
    refused(() => pack(snapshot, none), "options");
    refused(() => isDone(snapshot, none), "session");
  }
  refused(start({ now: NOW, sessions: [], instructions: 5 }), "instructions");
  for (const value of [5n, () => 5, Symbol("five")]) {
    refused(start({ now: NOW, sessions: [], policy: { "dream.max-sessions": value } }), "dream.max-sessions");
  }
  const circle = [];
  circle.push(circle);
  refused(() => apply(snapshot, plan, { ...DECISION, reject: circle }), "decision");
  refused(() => erase(snapshot, undefined, BY), "what");
  refused(() => changes(null), "plan", "invalid-document");
  refused(() => verify(null), "record", "invalid-document");
});

test("contents and pages are of the right shape", () => {
  const whole = { salt: "", memories: [], ledger: [], revisions: [] };
  const from = (contents) => () => Snapshot.from(contents);
  for (const none of [null, undefined, 7]) {
    refused(from(none), "contents", "invalid-snapshot");
    for (const name of ["memories", "ledger", "revisions"]) {
      refused(from({ ...whole, [name]: none }), name, "invalid-snapshot");
    }
    refused(from({ ...whole, memories: [none] }), "memories", "invalid-snapshot");
    refused(from({ ...whole, ledger: [none] }), "ledger", "invalid-snapshot");
    refused(() => snapshot.addMemories(none), "page", "invalid-snapshot");
    refused(() => snapshot.addMemories([none]), "page", "invalid-snapshot");
    refused(() => snapshot.addLedger([none]), "page", "invalid-snapshot");
  }
  refused(from({ ...whole, memories: [{ path: Symbol("a"), text: "" }] }), "path", "invalid-snapshot");
});
