// What is deleted or archived while a dream runs, or after it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { EDGE, begin, contents, dreamt, edge, newStore, play, registered } from "./edge.mjs";

const gone = async (path) => (await edge.ask("DELETE", path)).status;

describe(`the handler in ${EDGE}`, () => {
  test("the trace of a running dream stays, and a dream that lost it ends", async () => {
    const store = await newStore();
    const sessions = await registered(14);
    const begun = await begin(store, sessions, { update: true });
    const { session_id: trace } = await edge.json("GET", `/v1/dreams/${begun.id}`);
    const { status, message } = await edge.refusal("DELETE", `/v1/sessions/${trace}`);
    assert.equal(status, "409 conflict_error");
    assert.ok(message.includes(begun.id), message);
    // A worker before this one let it go.
    await edge.current.sql(`DELETE FROM session_events WHERE session = '${trace}'`);
    await edge.current.sql(`DELETE FROM sessions WHERE id = '${trace}'`);
    assert.equal((await play(begun)).status, "completed");
    const [{ n }] = await edge.current.sql(`SELECT COUNT(*) AS n FROM session_events WHERE session = '${trace}'`);
    assert.equal(Number(n), 0, "events of no session");
    const { session_id: over } = await dreamt(store, sessions, { update: true });
    assert.equal(await gone(`/v1/sessions/${over}`), 200);
  });

  test("the words of a dream go with the last of its stores", async () => {
    const store = await newStore();
    const sessions = await registered(14);
    const update = await dreamt(store, sessions, { update: true });
    const copy = await dreamt(store, await registered(14));
    for (const session of sessions) assert.equal(await gone(`/v1/sessions/${session}`), 200);
    const seen = async ({ id, session_id }) => {
      const plan = await edge.ask("GET", `/v1/x/dreams/${id}/plan`);
      const events = await edge.ask("GET", `/v1/sessions/${session_id}/events?limit=100`);
      return [plan.status, (await events.text()).includes("agent.message")];
    };
    assert.deepEqual(await seen(update), [200, true]);
    assert.equal(await gone(`/v1/memory_stores/${store}`), 200);
    assert.deepEqual(await seen(update), [400, false]);
    assert.deepEqual(await seen(copy), [200, true], "it is reviewed in the store that it wrote");
    assert.equal(await gone(`/v1/memory_stores/${copy.outputs[0].memory_store_id}`), 200);
    assert.deepEqual(await seen(copy), [400, false]);
  });

  test("nothing is written into an archived store", async () => {
    const begun = await begin(await newStore(), await registered(14));
    const { outputs } = await edge.json("GET", `/v1/dreams/${begun.id}`);
    const output = outputs[0].memory_store_id;
    const before = await contents(output);
    await edge.json("POST", `/v1/memory_stores/${output}/archive`);
    const { status, error } = await play(begun);
    assert.deepEqual([status, error.type], ["failed", "internal_error"]);
    assert.ok(error.message.includes("was archived"), error.message);
    assert.deepEqual(await contents(output), before);
  });
});
