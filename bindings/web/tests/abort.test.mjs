// What `signal` does to a dream: it rejects with the reason, commits nothing more, stops reading.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { MemoryStore, dream } from "../dist/node.js";
import { NOW, ROUNDS, goodAnswer, later, shop, transcript } from "./world.mjs";

const REASON = new Error("enough");

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("warning", (warning) => unhandled.push(warning));
after(async () => {
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
});

/** A store that notes what it is asked after `REASON` was given. */
class Watched extends MemoryStore {
  controller = new AbortController();
  late = [];

  note(name) {
    if (this.controller.signal.aborted) this.late.push(name);
  }
}
for (const name of ["open", "memories", "ledger", "revisions", "sessions", "read", "keep", "commit"]) {
  Watched.prototype[name] = function (...all) {
    this.note(name);
    return MemoryStore.prototype[name].apply(this, all);
  };
}

/** Runs a dream that `store.controller` aborts, and checks all that must hold. */
async function aborted(store, options = {}) {
  const run = dream({ ...ROUNDS, model: goodAnswer, store, signal: store.controller.signal, ...options });
  await assert.rejects(run, (error) => error === REASON);
  const { head } = store;
  await new Promise(setImmediate);
  assert.equal(store.head, head);
  assert.deepEqual(store.late, []);
}

test("an abort before the dream touches nothing", async () => {
  const signal = AbortSignal.abort(REASON);
  const store = new Proxy({}, { get: (_, name) => assert.fail(`it used ${String(name)}`) });
  await assert.rejects(dream({ store, now: NOW, signal }), (error) => error === REASON);
});

test("without a reason the error is the `AbortError` of the signal", async () => {
  await assert.rejects(dream({ store: shop(), now: NOW, signal: AbortSignal.abort() }), { name: "AbortError" });
});

for (const name of ["open", "memories", "ledger", "revisions", "sessions"]) {
  test(`an abort while \`${name}\` hangs`, async () => {
    const store = shop(Watched);
    store[name] = () => {
      setImmediate(() => store.controller.abort(REASON));
      return new Promise(() => {});
    };
    await aborted(store);
  });
}

test("an abort while the list fails afterwards leaves no unhandled rejection", async () => {
  const store = shop(Watched);
  const failure = later();
  store.memories = () => {
    setImmediate(() => {
      store.controller.abort(REASON);
      failure.resolve();
    });
    return failure.promise.then(() => Promise.reject(new Error("too late")));
  };
  await aborted(store);
});

test("an abort before the first commit commits nothing", async () => {
  const store = shop(Watched);
  const { revisions } = store;
  store.revisions = (number) => {
    const page = revisions.call(store, number);
    store.controller.abort(REASON);
    return page;
  };
  await aborted(store);
  assert.equal(store.head, undefined);
});

test("a commit that has begun is waited for", async () => {
  const store = shop(Watched);
  store.commit = async (revision) => {
    store.controller.abort(REASON);
    await new Promise(setImmediate);
    MemoryStore.prototype.commit.call(store, revision);
  };
  await aborted(store);
  assert.notEqual(store.head, undefined);
});

test("an abort while streams are read cancels all of them, with the reason", async () => {
  const store = shop(Watched);
  const canceled = [];
  let pulled = 0;
  store.read = (session) =>
    new ReadableStream({
      pull(controller) {
        pulled += 1;
        // The fourth stream hangs; then all four are open.
        if (pulled === 8) setImmediate(() => store.controller.abort(REASON));
        if (pulled % 2 === 1) controller.enqueue(new TextEncoder().encode("{}\n"));
        else return new Promise(() => {});
      },
      cancel: (reason) => void canceled.push([session, reason]),
    }, { highWaterMark: 0 });
  await aborted(store, { policy: {} });
  assert.deepEqual(canceled.map(([session]) => session).sort(), ["fri", "mon", "thu", "tue"]);
  assert.ok(canceled.every(([, reason]) => reason === REASON));
});

test("an abort while iterators are read ends them", async () => {
  const store = shop(Watched);
  const ended = [];
  let opened = 0;
  store.read = (session) => ({
    [Symbol.asyncIterator]: () => ({
      next: () => {
        opened += 1;
        if (opened === 2) setImmediate(() => store.controller.abort(REASON));
        return new Promise(() => {});
      },
      return: () => {
        ended.push(session);
        return Promise.reject(new Error("it does not like that"));
      },
    }),
  });
  await aborted(store);
  assert.deepEqual(ended.sort(), ["fri", "mon"]);
});

test("a stream that comes after the abort is canceled too", async () => {
  const store = shop(Watched);
  const opening = later();
  const canceled = later();
  store.read = (_, __, { signal }) => {
    setImmediate(() => store.controller.abort(REASON));
    signal.addEventListener("abort", () => opening.resolve(new ReadableStream({ cancel: canceled.resolve })));
    return opening.promise;
  };
  await aborted(store, { concurrency: 1 });
  assert.equal(await canceled.promise, REASON);
});

test("an abort is heard while bytes are read that are in memory already", async () => {
  const line = new TextEncoder().encode(`${JSON.stringify({ type: "user", text: "x".repeat(1000) })}\n`);
  const main = new Uint8Array(line.length * (1 << 16)); // 66 MiB
  for (let at = 0; at < main.length; at += line.length) main.set(line, at);
  const store = new Watched({ sessions: [{ id: "long", parts: { main } }] });
  let bytes = 0;
  const timer = setTimeout(() => store.controller.abort(REASON));
  await aborted(store, { onProgress: (progress) => ({ bytes } = progress) });
  clearTimeout(timer);
  assert.equal(bytes, 0, "the session was read to its end");
});

test("an abort while model calls hang tells the model and keeps nothing", async () => {
  const store = shop(Watched);
  const told = [];
  const model = (call, { signal }) => {
    signal.addEventListener("abort", () => told.push(signal.reason));
    setImmediate(() => store.controller.abort(REASON));
    return new Promise(() => {});
  };
  await aborted(store, { model });
  assert.deepEqual(told, [REASON, REASON]);
  assert.deepEqual(store.answers, []);
});

test("a model that fails because of the abort is no failed answer", async () => {
  const store = shop(Watched);
  const model = (call, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("fetch failed")));
      setImmediate(() => store.controller.abort(REASON));
    });
  await aborted(store, { model });
  assert.deepEqual(store.answers, []);
});

/** Options of a dream whose five calls are one round. */
const ONE_ROUND = { now: NOW, policy: { "propose.max-calls": 10, "propose.together-bytes": 0, "distil.max-calls": 0 }, concurrency: 5 };

/** A model that answers two calls, and aborts when nothing but the hanging ones is left. */
function twoAnswers(store, asked) {
  return (call) => {
    asked.push(call.id);
    if (asked.length === 2 || asked.length === 4) return goodAnswer(call);
    if (asked.length === 5) setImmediate(() => store.controller.abort(REASON));
    return new Promise(() => {});
  };
}

test("answers that came before an abort are kept, and asked for no more", async () => {
  const store = shop(Watched);
  const asked = [];
  const run = dream({ ...ONE_ROUND, store, model: twoAnswers(store, asked), signal: store.controller.signal });
  await assert.rejects(run, (error) => error === REASON);
  assert.deepEqual(store.late, ["keep"]);
  assert.deepEqual(store.answers.map(({ call, answer }) => [call, answer.tag]), [[asked[1], "text"], [asked[3], "text"]]);
  assert.ok(store.answers.every(Boolean) && store.answers.length === 2);

  const again = [];
  const model = (call) => (again.push(call.id), goodAnswer(call));
  const { plan } = await dream({ ...ONE_ROUND, store: store.clone(), model });
  assert.deepEqual(again.sort(), [asked[0], asked[2], asked[4]].sort());
  assert.equal(plan, (await dream({ ...ONE_ROUND, store: shop(), model: goodAnswer })).plan);
});

test("sessions that were read before an abort are kept, and read no more", async () => {
  const store = shop(Watched);
  const { read } = store;
  store.read = (session, part) => {
    if (session !== "thu") return read.call(store, session, part);
    setImmediate(() => store.controller.abort(REASON));
    return new Promise(() => {});
  };
  const run = dream({ now: NOW, store, concurrency: 1, signal: store.controller.signal });
  await assert.rejects(run, (error) => error === REASON);
  assert.deepEqual(store.late, ["keep"]);
  const next = store.clone();
  const opened = [];
  next.read = (session, part) => (opened.push(session), MemoryStore.prototype.read.call(next, session, part));
  await dream({ now: NOW, store: next });
  assert.deepEqual(opened, ["thu", "tue", "wed"]);
});

test("the keep after an abort is waited for, and its failure is ignored", async () => {
  for (const fail of [() => { throw new Error("disk full"); }, () => Promise.reject(new Error("disk full"))]) {
    const store = shop(Watched);
    let ended = false;
    store.keep = async () => {
      if (!store.controller.signal.aborted) return;
      await new Promise(setImmediate);
      ended = true;
      await fail();
    };
    const run = dream({ ...ONE_ROUND, store, model: twoAnswers(store, []), signal: store.controller.signal });
    await assert.rejects(run, (error) => error === REASON);
    assert.ok(ended, "it was not waited for");
  }
});

test("a `keep` that has begun when the abort comes is waited for", async () => {
  const store = shop(Watched);
  let ended = 0;
  store.keep = async (progress) => {
    store.controller.abort(REASON);
    await new Promise((resolve) => setTimeout(resolve, 20));
    MemoryStore.prototype.keep.call(store, progress);
    ended += 1;
  };
  await aborted(store);
  assert.equal(ended, 1);
  assert.notEqual(store.open().checkpoint, undefined);
});

/** The timers over a second that are set and not cleared; they end when the test calls `work`. */
function longTimers(t) {
  const timers = new Set();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  t.mock.method(globalThis, "setTimeout", (work, wait, ...more) => {
    if (wait <= 1000 || wait === undefined) return set(work, wait, ...more);
    const timer = { work, wait };
    timers.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer) => (timers.delete(timer) ? undefined : clear(timer)));
  return timers;
}

for (const [which, options] of [
  ["has begun when the abort comes", () => ({})],
  ["comes after the abort", (store) => ({ ...ONE_ROUND, model: twoAnswers(store, []) })],
]) {
  test(`a \`keep\` that ${which} and never ends is waited for a minute`, { timeout: 20_000 }, async (t) => {
    const store = shop(Watched);
    const { controller } = store;
    const timers = longTimers(t);
    let end;
    store.keep = (progress) => {
      controller.abort(REASON);
      return new Promise((done) => (end = () => (MemoryStore.prototype.keep.call(store, progress), done())));
    };
    const run = dream({ ...ROUNDS, model: goodAnswer, store, signal: controller.signal, ...options(store) });
    let told;
    run.catch((error) => (told = error));
    while (end === undefined) await new Promise(setImmediate);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    assert.equal(told, undefined, "it could still end");
    assert.deepEqual([...timers].map(({ wait }) => wait), [60_000]);
    for (const { work } of timers) work();
    await assert.rejects(run, (error) => error === REASON);
    // What it keeps later is there all the same.
    end();
    assert.notEqual(store.open().checkpoint, undefined);
  });
}

test("a `keep` that ends leaves no timer behind", async (t) => {
  const store = shop(Watched);
  const timers = longTimers(t);
  let waits = 0;
  store.keep = async (progress) => {
    store.controller.abort(REASON);
    await new Promise(setImmediate);
    waits = timers.size;
    MemoryStore.prototype.keep.call(store, progress);
  };
  await aborted(store);
  assert.deepEqual([waits, timers.size], [1, 0]);
});

test("answers that came before `onProgress` ended the dream are kept, and asked for no more", async () => {
  const store = shop();
  const asked = [];
  const model = (call) => (asked.push(call.id), goodAnswer(call));
  const onProgress = ({ callsAnswered }) => {
    if (callsAnswered === 3) throw REASON;
  };
  await assert.rejects(dream({ ...ONE_ROUND, concurrency: 1, store, model, onProgress }), (error) => error === REASON);
  assert.deepEqual(store.answers.map(({ call }) => call), asked);
  await dream({ ...ONE_ROUND, store, model });
  assert.equal(asked.length, 5);
});

test("an answer that failed because of the abort is not kept with those that came", async () => {
  const store = shop(Watched);
  let asked = 0;
  const model = (call, { signal }) => {
    asked += 1;
    if (asked === 2) return goodAnswer(call);
    if (asked === 5) setImmediate(() => store.controller.abort(REASON));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("fetch failed"))));
  };
  const run = dream({ ...ONE_ROUND, store, model, signal: store.controller.signal });
  await assert.rejects(run, (error) => error === REASON);
  assert.deepEqual(store.answers.map(({ answer }) => answer.tag), ["text"]);
});

test("an abort between rounds and at the end", async () => {
  const rounds = [];
  const counted = shop();
  counted.keep = () => rounds.push(1);
  await dream({ ...ROUNDS, store: counted, model: goodAnswer });
  assert.equal(rounds.length, 6);
  for (let round = 1; round <= rounds.length; round += 1) {
    const store = shop(Watched);
    let kept = 0;
    store.keep = () => {
      kept += 1;
      if (kept === round) store.controller.abort(REASON);
    };
    await aborted(store, { mode: "auto" });
    assert.equal(kept, round);
  }
});

test("an abort at any moment: nothing is asked, called or told afterwards", async () => {
  // All of this dream runs in microtasks, so counting them visits every moment of it.
  let ends = 0;
  let keeps = 0;
  let last;
  for (let moment = 0; ends < 10; moment += 1) {
    const store = shop(Watched);
    store.write("more.md", "- The port is 8080.\n");
    store.addSession({ id: "mon", parts: { main: transcript("mon"), "subagents/a.jsonl": "" } });
    const { controller } = store;
    const model = (call) => (store.note("model"), goodAnswer(call));
    const onProgress = () => store.note("progress");
    const run = dream({ ...ROUNDS, store, model, onProgress, signal: controller.signal, mode: "auto" });
    const settled = run.then(() => "done", (error) => error);
    for (let tick = 0; tick < moment; tick += 1) await null;
    const { head } = store;
    controller.abort(REASON);
    const result = await settled;
    if (store.late.includes("keep")) keeps += 1;
    // One `keep` is the exception.
    assert.ok(store.late.length === 0 || String(store.late) === "keep", `${store.late} at ${moment}`);
    if (result === "done") ends += 1;
    else assert.equal(result, REASON);
    if (result !== "done") assert.equal(store.head, head, `at ${moment}`);
    last = moment;
  }
  assert.ok(last > 100, `the dream has only ${last} moments`);
  assert.ok(keeps > 5, `only ${keeps} moments had news`);
});

test("a failure that is not the session's own stops the other reads", async () => {
  const store = shop();
  const canceled = [];
  store.read = (session) =>
    new ReadableStream({
      pull: (controller) => (session === "mon" ? controller.close() : new Promise(() => {})),
      cancel: () => void canceled.push(session),
    });
  const run = dream({ store, now: NOW, onProgress: () => { throw REASON; } });
  await assert.rejects(run, (error) => error === REASON);
  await new Promise(setImmediate);
  assert.deepEqual(canceled.sort(), ["fri", "thu", "tue"]);
});

test("a signal that outlives many dreams keeps no listener of theirs", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...all) => ((listeners += 1), addEventListener.apply(signal, all));
  signal.removeEventListener = (...all) => ((listeners -= 1), removeEventListener.apply(signal, all));
  await dream({ ...ROUNDS, store: shop(), model: goodAnswer, signal });
  assert.equal(listeners, 0);
});
