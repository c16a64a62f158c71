// Model calls that got no answer: the caller hears why, and a wrong key or address ends the dream with nothing used up.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { DreamingError, anthropic, changes, dream, openai } from "../dist/node.js";
import { ROUNDS, SESSIONS, goodAnswer, shop } from "./world.mjs";

const KEY = "sk-test-NEVER-SHOWN-8812";

/** A service that answers each request as `answer` says of its number, from 0. */
async function service(t, answer) {
  let seen = 0;
  const server = createServer((request, response) => {
    request.resume();
    const { status, json } = answer(seen++);
    response.writeHead(status).end(JSON.stringify(json));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  t.after(close);
  return { url: `http://127.0.0.1:${server.address().port}`, seen: () => seen, close };
}

/** What a dream with a model that gives no answer is rejected with. */
async function rejected(options) {
  const error = await dream({ ...ROUNDS, ...options }).then(
    () => assert.fail("the dream went on as if nothing had happened"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof DreamingError);
  assert.ok(!`${error.message} ${JSON.stringify(error.cause)}`.includes(KEY), "the key is shown");
  return error;
}

test("a wrong key rejects the dream with status and address, and uses nothing up", async (t) => {
  for (const status of [401, 403, 404]) {
    const { url, seen } = await service(t, () => ({ status, json: { error: { message: `no such key ${KEY}` } } }));
    const store = shop();
    const steps = [];
    const model = anthropic({ model: "m", key: KEY, url: `${url}/?key=${KEY}` });
    const { code, what, message, cause } = await rejected({ store, model, mode: "auto", onProgress: (step) => steps.push(step) });
    const at = `${url}/`;
    assert.equal(code, "unanswered");
    assert.equal(what, at);
    assert.equal(
      message,
      `none of 2 model calls was answered: HTTP ${status}: no such key [key] (${at}). Nothing is used up: correct key, model or address, and dream again`,
    );
    assert.deepEqual([cause.status, cause.url, cause.reason], [status, at, `HTTP ${status}: no such key [key]`]);
    // The first round has two sessions; nobody is asked about the others.
    assert.equal(seen(), 2);
    const { calls, callsAnswered, callsFailed } = steps.at(-1);
    assert.deepEqual([calls, callsAnswered, callsFailed], [2, 0, 2]);
    assert.ok(!store.contents().revisions.some((record) => JSON.parse(record).kind === "dream"), "a dream was committed");
    const { plan } = await dream({ ...ROUNDS, store, model: goodAnswer });
    assert.equal(changes(plan).length, SESSIONS.length, "a right key is asked about all of it");
  }
});

test("a refused connection rejects the dream with its reason", async (t) => {
  const { url, close } = await service(t, () => ({ status: 200, json: {} }));
  await close();
  const { code, what, message } = await rejected({ store: shop(), model: openai({ model: "m", key: KEY, url, wait: 1 }) });
  assert.equal(code, "unanswered");
  assert.equal(what, `${url}/chat/completions`);
  assert.match(message, /^none of 2 model calls was answered: no connection: ECONNREFUSED \(http:\/\/127/);
});

test("the calls that failed among answered ones are in the result", async (t) => {
  const choice = { message: { content: '{"proposals":[]}' }, finish_reason: "stop" };
  const { url } = await service(t, (number) => (number < 1 ? { status: 200, json: { choices: [choice] } } : { status: 401, json: {} }));
  const steps = [];
  const model = openai({ model: "m", key: KEY, url });
  const { failed } = await dream({ ...ROUNDS, store: shop(), model, concurrency: 1, onProgress: (step) => steps.push(step) });
  const { calls, callsAnswered, callsFailed } = steps.at(-1);
  assert.deepEqual([calls, callsAnswered, callsFailed], [5, 1, 4]);
  assert.equal(failed.length, 4);
  const { call, ...first } = failed[0];
  assert.ok(call.length > 0);
  assert.deepEqual(first, { reason: "HTTP 401", status: 401, url: `${url}/chat/completions` });
});

test("a service that is down for now rejects nothing, and what a model of the host throws is told", async (t) => {
  const { url } = await service(t, () => ({ status: 503, json: {} }));
  const down = await dream({ ...ROUNDS, store: shop(), model: anthropic({ model: "m", url, retries: 0 }) });
  assert.deepEqual(down.failed.map(({ status }) => status), Array(5).fill(503));
  const thrown = await dream({ ...ROUNDS, store: shop(), model: () => { throw new Error("no route"); } });
  assert.deepEqual(thrown.failed.map(({ reason }) => reason), Array(5).fill("no route"));
  const well = await dream({ ...ROUNDS, store: shop(), model: goodAnswer });
  assert.ok(!("failed" in well));
  const refused = await dream({ ...ROUNDS, store: shop(), model: () => ({ tag: "refused" }) });
  assert.ok(!("failed" in refused), "a refusal is an answer");
});

test("a model of the host says that no other call would be answered either", async () => {
  const model = () => ({ tag: "failed", val: "the key has run out", isGeneral: true });
  const { code, what, message } = await rejected({ store: shop(), model });
  assert.deepEqual([code, what], ["unanswered", undefined]);
  assert.match(message, /^none of 2 model calls was answered: the key has run out\. Nothing/);
});
