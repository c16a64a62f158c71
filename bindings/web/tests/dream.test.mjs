// The facade `dream()`: models, resumption, progress and stores. Aborts are in `abort.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DreamingError, MemoryStore, Snapshot, apply, changes, detect, dream, looksLike } from "../dist/node.js";
import { NOW, ROUNDS, SESSIONS, goodAnswer, later, shop } from "./world.mjs";

const undisturbed = await dream({ ...ROUNDS, store: shop(), model: goodAnswer });

test("the plan of the undisturbed dream has a change for each session", () => {
  const paths = changes(undisturbed.plan).map(({ path, gate }) => [path, gate]);
  assert.deepEqual(paths, SESSIONS.map(() => ["learned/facts.md", "review"]));
});

test("answers that come in another order give the same plan", async () => {
  const waiting = [];
  const model = (call) => {
    const { promise, resolve } = later();
    waiting.push(() => resolve(goodAnswer(call)));
    // Two calls in each round but the last: the second is answered first.
    if (waiting.length === 2 || SESSIONS.at(-1) === sessionOf(call)) {
      for (const answer of waiting.splice(0).reverse()) answer();
    }
    return promise;
  };
  const { plan, report } = await dream({ ...ROUNDS, store: shop(), model, concurrency: 8 });
  assert.deepEqual({ plan, report }, { plan: undisturbed.plan, report: undisturbed.report });
});

test("no more calls and reads run at once than `concurrency` says", async () => {
  let now = 0;
  let most = 0;
  const busy = async (result) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    return result;
  };
  class Busy extends MemoryStore {
    read(session, part) {
      return busy(super.read(session, part));
    }
  }
  const model = (call) => busy(goodAnswer(call));
  const policy = { "propose.max-calls": 10, "propose.together-bytes": 0, "distil.max-calls": 0 };
  for (const concurrency of [1, 3]) {
    most = 0;
    await dream({ now: NOW, policy, store: shop(Busy), model, concurrency });
    assert.equal(most, concurrency);
  }
});

test("a model that throws, refuses or talks rubbish leaves a plan without its words", async () => {
  const none = (await dream({ ...ROUNDS, policy: { "round.sessions": 2 }, store: shop() })).plan;
  assert.deepEqual(changes(none), []);
  const rubbish = [
    () => { throw new Error("no route"); },
    () => Promise.reject("a text"),
    () => Promise.reject(Object.create(null)),
    () => ({ tag: "refused" }),
    () => ({ tag: "failed", val: "timeout" }),
    () => ({ tag: "failed" }),
    () => ({ tag: "unheard-of" }),
    () => undefined,
    () => null,
    () => 7,
    () => ({}),
    () => "",
    () => "}{ [[",
    () => "half a pair \ud800",
    () => "x".repeat((1 << 20) + 1),
    () => ({ tag: "text", val: 7 }),
  ];
  for (const [index, model] of rubbish.entries()) {
    const result = await dream({ ...ROUNDS, store: shop(), model });
    assert.deepEqual(changes(result.plan), [], `model ${index}`);
    const { calls, calls_failed } = JSON.parse(result.report);
    assert.deepEqual([calls, calls_failed], [5, 5], `model ${index}`);
  }
});

test("one call that fails takes only its own session from the plan", async () => {
  const model = (call) => {
    if (sessionOf(call) === "thu") throw new Error("rate limit");
    return goodAnswer(call);
  };
  const { plan, report } = await dream({ ...ROUNDS, store: shop(), model });
  assert.equal(changes(plan).length, SESSIONS.length - 1);
  assert.ok(!changes(plan).some(({ text }) => text.includes("thu")));
  assert.equal(JSON.parse(report).calls_failed, 1);
});

test("a dream goes on from a kept checkpoint and asks no answered call again", async () => {
  const store = shop();
  const asked = [];
  const controller = new AbortController();
  const model = (call) => {
    asked.push(call.id);
    if (asked.length === 3) controller.abort(new Error("power cut"));
    return goodAnswer(call);
  };
  const cut = dream({ ...ROUNDS, store, model, signal: controller.signal, concurrency: 1 });
  await assert.rejects(cut, /power cut/);
  const answered = asked.slice(0, 2);
  assert.deepEqual(store.answers.map(({ call }) => call), answered);

  const again = [];
  const read = [];
  store.read = (session, part) => {
    read.push(session);
    return MemoryStore.prototype.read.call(store, session, part);
  };
  const result = await dream({
    ...ROUNDS,
    now: NOW + 5000, // the time of the dream is the one in the checkpoint
    store,
    model: (call) => {
      again.push(call.id);
      return goodAnswer(call);
    },
  });
  assert.equal(result.plan, undisturbed.plan);
  assert.equal(result.resumed, true);
  assert.equal(again.length, 3);
  assert.ok(again.every((id) => !answered.includes(id)));
  assert.ok(!read.includes("fri") && !read.includes("mon"), `it read ${read} again`);
});

test("a checkpoint of other terms, of another state or of nothing at all is not gone on from", async () => {
  const store = shop();
  await dream({ ...ROUNDS, store, model: goodAnswer });
  const { checkpoint } = store.open();
  assert.ok(checkpoint.length > 100);
  for (const [what, change] of [
    ["instructions", (options) => ({ ...options, instructions: "Look for lists." })],
    ["policy", (options) => ({ ...options, policy: { ...ROUNDS.policy, "gate.auto-merge": false } })],
    ["memories", (options) => (options.store.write("notes.md", "- Use spaces.\n"), options)],
    ["damage", (options) => (options.store.keep({ checkpoint: checkpoint.slice(9), answers: [] }), options)],
  ]) {
    let calls = 0;
    const model = (call) => ((calls += 1), goodAnswer(call));
    await dream(change({ ...ROUNDS, store: store.clone(), model }));
    assert.equal(calls, SESSIONS.length, what);
  }
  let calls = 0;
  const kept = await dream({ ...ROUNDS, store: store.clone(), model: () => ((calls += 1), "") });
  assert.deepEqual([kept.plan, calls], [undisturbed.plan, 0]);
  // A setting that is its default changes no term.
  const policy = { ...ROUNDS.policy, "gate.auto-merge": true };
  const same = await dream({ ...ROUNDS, policy, store: store.clone(), model: () => ((calls += 1), "") });
  assert.deepEqual([same.plan, calls], [undisturbed.plan, 0]);
});

test("a store that cannot keep progress does not disturb the dream", async () => {
  for (const keep of [() => { throw new Error("disk full"); }, () => Promise.reject(new Error("disk full"))]) {
    const store = shop();
    store.keep = keep;
    assert.equal((await dream({ ...ROUNDS, store, model: goodAnswer })).plan, undisturbed.plan);
  }
});

test("a session that cannot be read stays pending, with the reason, and is taken the next time", async () => {
  const broken = {
    fri: () => { throw new Error("no such object"); },
    mon: () => Promise.reject(new Error("connection reset")),
    thu: () => "a text",
    tue: () => ReadableStream.from(["a text"]),
    wed: async function* () {
      yield new TextEncoder().encode("{");
      throw new Error("cut off");
    },
  };
  const store = shop();
  const works = store.read;
  store.read = (session) => broken[session]();
  const { plan, report, committed } = await dream({ store, now: NOW });
  assert.equal(JSON.parse(report).sessions_pending, 5);
  const reasons = JSON.parse(plan).sessions.map(({ outcome }) => outcome.reason);
  const causes = ["no such object", "connection reset", "it was given neither as bytes nor as a stream",
    "its stream gave something else than bytes", "cut off"];
  assert.deepEqual(reasons, causes.map((cause) => `part \`main\`: ${cause}`));
  assert.equal(committed, undefined);
  store.forget();
  store.read = works;
  assert.equal(JSON.parse((await dream({ store, now: NOW })).report).sessions_read, 5);
});

test("a session that is not understood stays pending, with how little was and a guess, and no model is asked about it", async () => {
  const events = ["run.begun", "person.said", "agent.said"].map((type, at) =>
    JSON.stringify({ type, data: { content: "Always use tabs." }, id: `${at}`, timestamp: "2026-02-01T10:00:00Z", parentId: null }));
  const partly = [JSON.stringify({ type: "user", text: "Always use tabs." }), ...Array(9).fill('{"type":"weather"}')];
  const sessions = [["copilot", events], ["partly", partly]].map(([id, lines]) => ({ id, parts: { main: lines.join("\n") } }));
  const store = new MemoryStore({ memories: [{ path: "notes.md", text: "- The port is 8080.\n" }], sessions });
  const calls = [];
  const model = (call) => (calls.push(call), goodAnswer(call));
  const { plan, report, committed } = await dream({ store, now: NOW, model, policy: { "propose.max-calls": 5 } });
  assert.deepEqual(calls, []);
  const { sessions_read, sessions_pending, sessions_not_understood, notes } = JSON.parse(report);
  assert.deepEqual([sessions_read, sessions_pending, sessions_not_understood], [0, 2, 2]);
  assert.ok(notes.some((note) => note.includes("`copilot` (looks like GitHub Copilot CLI: 0 of 3 lines were understood)")), notes);
  assert.deepEqual(JSON.parse(plan).sessions.map(({ session, outcome: { state, not_understood } }) => [session, state, not_understood]), [
    ["copilot", "pending", { lines: 3, understood: 0, looks_like: "GitHub Copilot CLI" }],
    ["partly", "pending", { lines: 10, understood: 1, looks_like: "generic" }],
  ]);
  assert.equal(committed, undefined);
  assert.ok([...store.contents().ledger].every(({ key }) => !key.startsWith("session/")));
  const head64 = new TextEncoder().encode(events.join("\n"));
  assert.deepEqual([detect(head64), looksLike(head64)], [undefined, "GitHub Copilot CLI"]);
  assert.equal(looksLike(new TextEncoder().encode("Dear diary")), undefined);
});

test("`propose` leaves open changes, `auto` applies what needs nobody, and a dream of nothing commits nothing", async () => {
  const once = "- Dates are stored and shown in UTC.\n- Use tabs.\n- The port is 8080.\n";
  const twice = { path: "notes.md", text: `- Dates are stored and shown in UTC.\n${once}` };
  const propose = new MemoryStore({ memories: [twice] });
  const waiting = await dream({ store: propose, now: NOW });
  assert.equal(waiting.committed, undefined);
  assert.equal(waiting.base, propose.head);
  assert.equal(changes(waiting.plan)[0].operation, "merge");
  assert.equal(propose.memories()[0].text, twice.text);

  const auto = new MemoryStore({ memories: [twice] });
  const { committed } = await dream({ store: auto, now: NOW, mode: "auto" });
  assert.equal(committed, auto.head);
  assert.equal(auto.memories()[0].text, once);
  assert.deepEqual((await dream({ store: auto, now: NOW, mode: "auto" })).committed, undefined);
  assert.equal(committed, auto.head);
});

test("sessions that were read once are not read again, and changed ones are", async () => {
  const store = shop();
  const first = await dream({ store, now: NOW });
  assert.equal(first.committed, store.head);
  const read = [];
  store.read = (session, part) => (read.push(session), MemoryStore.prototype.read.call(store, session, part));
  await dream({ store, now: NOW });
  assert.deepEqual(read, []);
  store.addSession({ id: "mon", parts: { main: "{}\n" } });
  await dream({ store, now: NOW });
  assert.deepEqual(read, ["mon"]);
});

test("`dream.max-sessions` takes the first sessions by the bytes of their ids", async () => {
  // By UTF-16 units U+1F40C would come before U+FF5E.
  const ids = ["\u{1f40c}", "\uff5e", "z", "a"];
  const store = new MemoryStore({ sessions: ids.map((id) => ({ id, parts: { main: "" } })) });
  const policy = { "dream.max-sessions": 3 };
  const { plan } = await dream({ store, now: NOW, policy });
  assert.deepEqual(JSON.parse(plan).sessions.map(({ session }) => session), ["a", "z", "\uff5e"]);
  const rest = await dream({ store, now: NOW, policy });
  assert.deepEqual(JSON.parse(rest.plan).sessions.map(({ session }) => session), ["\u{1f40c}"]);
});

test("stores in pages of one item, with promises, give the same plan", async () => {
  class Paged extends MemoryStore {
    memories = async (after) => super.memories(after).slice(0, 1);
    ledger = async (after) => super.ledger(after).slice(0, 1);
    revisions = async (after) => super.revisions(after).slice(0, 1);
    sessions = async (after) => super.sessions(after).slice(0, 1);
    open = async () => super.open();
    commit = async (revision) => super.commit(revision);
  }
  const { plan } = await dream({ ...ROUNDS, store: shop(Paged), model: goodAnswer });
  assert.equal(plan, undisturbed.plan);
});

test("a store that ignores `after` is an error and no endless loop", async () => {
  for (const list of ["memories", "ledger", "revisions", "sessions"]) {
    const store = shop();
    await dream({ store, now: NOW });
    const all = store[list](list === "revisions" ? 0 : undefined);
    assert.ok(all.length > 0);
    store[list] = () => all;
    await assert.rejects(dream({ store, now: NOW }), { code: "invalid-snapshot" }, list);
  }
});

test("a store that gives something else than it should is an error with a name", async () => {
  for (const [list, page, code, what] of [
    ["memories", undefined, "invalid-snapshot", "memories"],
    ["sessions", { id: "mon" }, "invalid-snapshot", "sessions"],
    ["sessions", [{ id: "mon" }], "invalid-request", "session"],
    ["revisions", ["{"], "invalid-snapshot", "record"],
    ["ledger", [{ key: "entry/e0", value: undefined }], "invalid-snapshot", "entry/e0"],
    ["ledger", [{ key: "entry/e0", value: "\ud800" }], "invalid-snapshot", "entry/e0"],
  ]) {
    const store = shop();
    store[list] = () => page;
    await assert.rejects(dream({ store, now: NOW }), (error) => {
      assert.deepEqual([error.code, error.what], [code, what], `${list}: ${error.stack}`);
      return true;
    });
  }
});

test("what the store throws comes as it is, and a moved head is a conflict", async () => {
  const store = shop();
  store.memories = () => { throw new RangeError("no"); };
  await assert.rejects(dream({ store, now: NOW }), RangeError);

  const moving = shop();
  await dream({ store: moving, now: NOW });
  moving.write("notes.md", "- Use spaces.\n");
  const other = moving.clone();
  const open = moving.open;
  moving.open = () => {
    const opened = open.call(moving);
    moving.open = open;
    return opened;
  };
  const commit = moving.commit;
  moving.commit = (revision) => {
    moving.commit = commit;
    commit.call(moving, { ...revision, revision: "another", memories: [], ledger: [] });
    return moving.commit(revision);
  };
  const before = moving.contents();
  await assert.rejects(dream({ store: moving, now: NOW }), { code: "conflict", what: "another" });
  assert.deepEqual(moving.memories(), other.memories());
  assert.deepEqual(moving.contents().ledger, before.ledger);
});

test("progress tells sessions, bytes and calls, and what it throws ends the dream", async () => {
  const seen = [];
  const onProgress = (progress) => seen.push(progress);
  const store = shop();
  await dream({ ...ROUNDS, store, model: goodAnswer, onProgress });
  const bytes = store.sessions().flatMap(({ parts }) => parts).reduce((sum, part) => sum + part.bytes, 0);
  assert.deepEqual(seen.at(-1), { sessions: 5, sessionsRead: 5, bytes, calls: 5, callsAnswered: 5, callsFailed: 0 });
  assert.ok(seen.length >= 10);
  const broken = dream({ store: shop(), now: NOW, onProgress: () => { throw new Error("no screen"); } });
  await assert.rejects(broken, /no screen/);
});

test("a promise of `onProgress` is not waited for, and its rejection is ignored", async () => {
  const unhandled = [];
  const note = (reason) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  let calls = 0;
  const onProgress = async () => {
    calls += 1;
    throw new Error("no screen");
  };
  const { plan } = await dream({ ...ROUNDS, store: shop(), model: goodAnswer, onProgress });
  await dream({ ...ROUNDS, store: shop(), model: goodAnswer, onProgress: () => new Promise(() => {}) });
  await new Promise(setImmediate);
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
  assert.equal(plan, undisturbed.plan);
  assert.ok(calls >= 10);
});

test("a plan is reviewed and applied by hand", async () => {
  const store = shop();
  const { plan } = await dream({ ...ROUNDS, store, model: goodAnswer });
  const [first, second] = changes(plan);
  const decision = {
    accept: { tag: "only", val: [first.id] },
    reject: [second.id],
    reviewer: "mira",
    note: "one will do",
    now: NOW,
  };
  const snapshot = Snapshot.from(store.contents());
  store.commit(apply(snapshot, plan, decision));
  snapshot.free();
  const text = store.memories().find(({ path }) => path === "learned/facts.md").text;
  assert.ok(text.includes(first.text) && !text.includes(second.text), text);
  store.write("later.md", "- Something else.\n");
  const next = await dream({ ...ROUNDS, store, model: goodAnswer });
  assert.ok(!changes(next.plan).some(({ id }) => id === second.id), "a rejected change came back");
  assert.ok(changes(next.plan).length > 0);
});

test("a model is asked up to 200 times where the policy does not say how often", async () => {
  let calls = 0;
  const model = (call) => (++calls, goodAnswer(call));
  const most = ({ plan }) => JSON.parse(plan).policy["propose.max-calls"];
  const asked = await dream({ now: NOW, store: shop(), model, policy: { "propose.together-bytes": 0, "distil.max-calls": 0 } });
  assert.equal(calls, SESSIONS.length);
  assert.equal(most(asked), 200);
  // Of a preset nothing is taken away.
  const preset = await dream({ now: NOW, store: shop(), model, policy: { preset: "balanced" } });
  assert.equal(most(preset), 200);
  calls = 0;
  const said = await dream({ now: NOW, store: shop(), model, policy: { "propose.max-calls": 0 } });
  assert.equal(calls, 0, "who says 0 asks nobody");
  assert.notEqual(most(said), 200);
  const none = await dream({ now: NOW, store: shop() });
  assert.equal(most(none), most(said), "without a model nothing is asked for");
});

test("options that cannot be used are refused before anything is read or written", async () => {
  const untouched = new Proxy({}, { get: (_, name) => assert.fail(`it used ${String(name)}`) });
  for (const [options, what] of [
    [{ policy: { "propose.max-calls": 1 } }, "model"],
    [{ policy: { "no.such": 1 } }, "no.such"],
    [{ policy: { "round.sessions": "many" } }, "round.sessions"],
    [{ policy: { "round.sessions": 0 } }, "round.sessions"],
    [{ policy: { "round.sessions": 1.5 } }, "round.sessions"],
    [{ instructions: "x".repeat(4097) }, "instructions"],
    [{ instructions: "\ud800" }, "instructions"],
    [{ now: Number.NaN }, "now"],
    [{ now: 1.5 }, "now"],
    [{ concurrency: 0 }, "concurrency"],
    [{ concurrency: Number.NaN }, "concurrency"],
    [{ mode: "all" }, "mode"],
    [{ signal: null }, "signal"],
    [{ signal: {} }, "signal"],
    [{ model: "gpt" }, "model"],
    [{ onProgress: "yes" }, "onProgress"],
    [{ onProgress: null }, "onProgress"],
    [{ now: 5n }, "now"],
    [{ now: "5" }, "now"],
    [{ policy: null }, "policy"],
    [{ policy: { "round.sessions": 5n } }, "round.sessions"],
  ]) {
    const refused = dream({ now: NOW, ...options, store: untouched });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof DreamingError);
      assert.deepEqual([error.code, error.what], ["invalid-request", what], error.message);
      return true;
    });
  }
});

test("a dream without options or a whole store is refused", async () => {
  const refused = (run, what) =>
    assert.rejects(run, (error) => {
      assert.ok(error instanceof DreamingError, error.stack);
      assert.deepEqual([error.code, error.what], ["invalid-request", what], error.message);
      return true;
    });
  await refused(dream(), "options");
  await refused(dream(null), "options");
  await refused(dream({}), "store");
  await refused(dream({ store: null }), "store");
  for (const method of ["open", "memories", "ledger", "revisions", "sessions", "read", "keep", "commit"]) {
    const store = shop();
    store[method] = undefined;
    await refused(dream({ store, now: NOW }), "store");
    assert.equal(store.head, undefined);
  }
});

function sessionOf({ prompt }) {
  return /The list (\S+) is built from/.exec(prompt)[1];
}
