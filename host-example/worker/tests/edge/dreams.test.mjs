// Dreams over many invocations: whatever ends between rounds, the plan is that of one go.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { changes } from "dreaming";

import { processor } from "../edges.mjs";
import { POLICY, ids, transcript } from "../world.mjs";
import { EDGE, MODEL, begin, contents, counted, document, dreamt, edge, memoriesOf, model, newSessions, newStore, once, play, registered, write } from "./edge.mjs";

/** Eight calls about sessions, and no others. */
const CALLS = { "propose.max-calls": 8, "propose.together-bytes": 0, "compare.max-calls": 0, "distil.max-calls": 0 };

describe(`the handler in ${EDGE}`, () => {
  test("a hundred sessions over many invocations, with the edge ended between rounds, give the plan of one go", async (t) => {
    const store = await newStore();
    const files = ids(100).map(transcript);
    const sessions = await newSessions(files);
    const memories = await memoriesOf(store);
    // The budget ends with calls about sessions; what was noticed is there as it was.
    const policy = { ...POLICY, "distil.max-calls": 0 };
    const begun = await begin(store, sessions, { model: MODEL, x_policy: policy });
    model.asked.length = 0;
    const spent = [];
    let ended = 0;
    let mark = processor(edge.current.pid);
    const dream = await play(begun, async () => {
      spent.push(processor(edge.current.pid) - mark);
      await edge.restart();
      ended += 1;
      mark = processor(edge.current.pid);
    });
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    const rounds = await counted(dream, "rounds");
    assert.ok(rounds >= 13 && ended >= 12, `${rounds} rounds, ended ${ended} times`);
    const [plan, report] = [await document(dream, "plan"), await document(dream, "report")];
    const here = [...model.asked].sort();
    assert.ok(here.length >= 20, `${here.length} calls`);
    assert.equal(new Set(here).size, here.length, "a call was made twice");
    assert.deepEqual([dream.usage.input_tokens, dream.usage.output_tokens], [here.length, here.length]);
    model.asked.length = 0;
    const whole = await once(dream, memories, files, { policy, model });
    assert.deepEqual([...model.asked].sort(), here);
    assert.ok(changes(whole.plan).length >= 5);
    assert.equal(plan, whole.plan);
    assert.equal(report, whole.report);
    assert.deepEqual(await memoriesOf(store), memories, "the input was changed");
    spent.sort((a, b) => a - b);
    const shown = (time) => `${time.toFixed(0)} ms`;
    t.diagnostic(`${EDGE}: ${rounds} rounds over ${sessions.length} sessions, ended ${ended} times between them`);
    t.diagnostic(`${EDGE}: processor time of a round (whole process): median ${shown(spent[spent.length >> 1])}, most ${shown(spent.at(-1))}`);
  });

  test("no answer is paid for twice, whatever becomes of the dream that asked", async () => {
    const store = await newStore();
    const sessions = await registered(8);
    model.asked.length = 0;
    const first = await begin(store, sessions, { model: MODEL, x_policy: CALLS });
    await edge.json("GET", `/v1/dreams/${first.id}`); // it begins
    // Two that look at it at once: the calls are made once.
    model.waiting.milliseconds = 200;
    await Promise.all([1, 2].map(() => edge.json("GET", `/v1/dreams/${first.id}`)));
    model.waiting.milliseconds = 0;
    assert.equal(model.asked.length, 8);
    assert.equal((await edge.json("POST", `/v1/dreams/${first.id}/cancel`)).status, "canceled");
    await edge.restart();
    const second = await dreamt(store, sessions, { model: MODEL, x_policy: CALLS });
    assert.equal(model.asked.length, 8, "the answers of the first dream were used");
    const found = changes(await document(second, "plan"));
    assert.ok(found.some(({ text }) => text?.includes("is built from")), "the model's proposals are there");
  });

  test("a dream that is canceled while a model is asked asks no more, and keeps what came", async () => {
    const store = await newStore();
    const dream = await begin(store, await registered(8), { model: MODEL, x_policy: CALLS });
    await edge.json("GET", `/v1/dreams/${dream.id}`);
    model.asked.length = 0;
    Object.assign(model.waiting, { milliseconds: 600_000, quick: 2 });
    const looked = edge.json("GET", `/v1/dreams/${dream.id}`);
    for (let tried = 0; model.asked.length < 6; tried += 1) {
      assert.ok(tried < 300, "nobody is asked");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await edge.json("POST", `/v1/dreams/${dream.id}/cancel`)).status, "canceled");
    assert.equal((await looked).status, "canceled", "the round goes on");
    Object.assign(model.waiting, { milliseconds: 0, quick: 0 });
    const [{ kept }] = await edge.current.sql(`SELECT COUNT(*) AS kept FROM model_answers WHERE store = '${store}'`);
    assert.deepEqual([kept, model.asked.length], [2, 6]);
  });

  test("a session that is not understood is named in the trace and stays unread", async () => {
    const store = await newStore();
    const { id: strange } = await edge.json("POST", "/v1/sessions", { agent: "coder", environment_id: "env", metadata: { x_import: "true" } });
    const events = Array.from({ length: 50 }, () => ({ type: "nobody.knows", processed_at: "2026-03-02T09:00:00Z" }));
    await edge.json("POST", `/v1/sessions/${strange}/events`, { events });
    const sessions = [...(await registered(1)), strange].sort();
    for (const read of [1, 0]) {
      const dream = await dreamt(store, sessions, { update: true });
      assert.equal(JSON.parse(await document(dream, "report")).sessions_read, read);
      const { data } = await edge.json("GET", `/v1/sessions/${dream.session_id}/events?limit=100`);
      const told = data.filter(({ type }) => type === "agent.message").map(({ content: [{ text }] }) => text);
      assert.equal(told[0], `Read ${read} of 2 sessions${read === 0 ? ", 1 known before" : ""}; no model was asked.`);
      assert.ok(told.some((line) => line.startsWith(`Not read: ${strange} (`) && line.includes("0 of 50 lines")), told.join("\n"));
    }
  });

  test("a round that ends every invocation fails the dream, not the store", async () => {
    const store = await newStore();
    const sessions = await registered(3);
    const begun = await begin(store, sessions);
    await edge.current.sql(`UPDATE dreams SET attempts = 3 WHERE id = '${begun.id}'`);
    const dream = await play(begun);
    assert.deepEqual([dream.status, dream.error.type], ["failed", "timeout"]);
    assert.match(dream.error.message, /3 invocations with nothing kept: .*`round\.sessions`/);
    const next = await dreamt(store, sessions, { x_policy: { "round.sessions": 1 } });
    assert.equal(JSON.parse(await document(next, "report")).sessions_read, 3, "its sessions stayed unread");
  });

  test("an edge that ends while it waits for a model fails no dream, and each answer counts", async () => {
    const store = await newStore();
    const sessions = await registered(8);
    const kept = async () => (await edge.current.sql(`SELECT COUNT(*) AS n FROM model_answers WHERE store = '${store}'`))[0].n;
    const dream = await begin(store, sessions, { model: MODEL, x_policy: CALLS });
    await edge.json("GET", `/v1/dreams/${dream.id}`);
    const cut = async (done) => {
      edge.ask("GET", `/v1/dreams/${dream.id}`).catch(() => {}); // it is cut off
      for (let tried = 0; !(await done()); tried += 1) {
        assert.ok(tried < 300, "nobody is asked");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await edge.restart();
      return [await counted(dream, "attempts"), await counted(dream, "waits"), await counted(dream, "status")];
    };
    model.waiting.milliseconds = 600_000;
    for (let ended = 1; ended <= 5; ended += 1) {
      model.asked.length = 0;
      assert.deepEqual(await cut(() => model.asked.length >= 4), [0, ended, "running"]);
    }
    assert.equal(await kept(), 0);
    await edge.current.sql(`UPDATE dreams SET attempts = 2, waits = 9 WHERE id = '${dream.id}'`);
    model.waiting.quick = 1;
    assert.deepEqual(await cut(async () => (await kept()) === 1), [0, 0, "running"]);
    // Too often is too often: a call that nothing survives may be paid for each time.
    await edge.current.sql(`UPDATE dreams SET waits = 10 WHERE id = '${dream.id}'`);
    const failed = await play(dream);
    assert.deepEqual([failed.status, failed.error.type], ["failed", "internal_error"]);
    assert.match(failed.error.message, /10 invocations ended while they waited for a model/);
    model.waiting.milliseconds = 0;
    model.asked.length = 0;
    await dreamt(store, sessions, { model: MODEL, x_policy: CALLS });
    assert.equal(model.asked.length, 7, "the answer that was kept was used");
  });

  test("a wrong key fails the dream, which says so, and uses nothing up", async () => {
    const store = await newStore();
    const sessions = await registered(3);
    for (const status of [401, 403]) {
      model.refuses.status = status;
      const { status: became, error } = await play(await begin(store, sessions, { model: MODEL, x_policy: CALLS }));
      assert.deepEqual([became, error?.type], ["failed", "internal_error"]);
      const said = `none of 3 model calls was answered: HTTP ${status}: invalid x-api-key (${model.url}`;
      assert.ok(error.message.startsWith(said) && error.message.includes("correct the key"), error.message);
    }
    // One that the next call may not meet: all are made, and the dream says why they failed.
    model.refuses.status = 400;
    const { status: became, error } = await play(await begin(store, sessions, { model: MODEL, x_policy: CALLS }));
    model.refuses.status = undefined;
    assert.equal(became, "failed");
    assert.match(error.message, /^the model answered none of 3 calls: HTTP 400: invalid x-api-key/);
    const again = await dreamt(store, sessions, { model: MODEL, x_policy: CALLS });
    assert.equal(JSON.parse(await document(again, "report")).sessions_read, 3, "its sessions stayed unread");
  });

  test("a dream of which the model refused all fails, and the next one asks again", async () => {
    const store = await newStore();
    const sessions = await registered(3);
    const asked = { model: MODEL, x_policy: CALLS, update: true };
    model.refuses.reason = "refusal";
    const { status, error } = await play(await begin(store, sessions, asked));
    model.refuses.reason = undefined;
    assert.deepEqual([status, error?.type], ["failed", "internal_error"]);
    assert.match(error.message, /^the model refused all 3 calls: take another model/);
    model.asked.length = 0;
    const again = await dreamt(store, sessions, asked);
    assert.equal(JSON.parse(await document(again, "report")).calls_answered, model.asked.length);
    const { data } = await edge.json("GET", `/v1/sessions/${again.session_id}/events?limit=100`);
    const [first] = data.filter(({ type }) => type === "agent.message").map(({ content: [{ text }] }) => text);
    assert.equal(first, `Read 3 of 3 sessions; ${model.asked.length} model calls.`);
    const later = await dreamt(store, [...sessions, ...(await registered(1))], { update: true });
    const events = (await edge.json("GET", `/v1/sessions/${later.session_id}/events?limit=100`)).data;
    assert.match(events.find(({ type }) => type === "agent.message").content[0].text, /^Read 1 of 4 sessions, 3 known before; no model was asked/);
  });

  test("a checkpoint of another engine begins the dream anew", async () => {
    const store = await newStore();
    const files = ids(20).map(transcript);
    const begun = await begin(store, await newSessions(files));
    const memories = await memoriesOf(store);
    for (let round = 0; round < 2; round += 1) await edge.json("GET", `/v1/dreams/${begun.id}`);
    await edge.current.sql(`UPDATE documents SET bytes = x'7b7d' WHERE dream = '${begun.id}' AND name = 'checkpoint'`);
    const dream = await play(begun);
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    assert.equal(await document(dream, "plan"), (await once(dream, memories, files, { policy: {} })).plan);
  });

  test("left to itself a dream runs to its end, also when the edge dies in the middle", async () => {
    const store = await newStore();
    const files = ids(60).map(transcript);
    const sessions = await newSessions(files);
    const memories = await memoriesOf(store);
    await edge.restart({ DRIVE: "" });
    const policy = { "round.sessions": 1 };
    const begun = await begin(store, sessions, { x_policy: policy });
    const reached = async (done) => {
      for (let tried = 0; tried < 600; tried += 1) {
        const dream = await edge.json("GET", `/v1/dreams/${begun.id}`);
        const rounds = await counted(dream, "rounds");
        if (done(dream, rounds)) return { dream, rounds };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error("it goes no further");
    };
    const cut = await reached((_, rounds) => rounds >= 5);
    await edge.restart({ DRIVE: "" });
    const { dream, rounds } = await reached(({ status }) => status !== "running");
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    assert.ok(cut.rounds < rounds, "the edge was ended too late");
    assert.equal(await document(dream, "plan"), (await once(dream, memories, files, { policy })).plan);
    await edge.restart();
  });

  test("dreams have their rounds in turn: a short one does not wait for a long one", async () => {
    const store = await newStore();
    const long = await begin(store, await registered(12), { x_policy: { "round.sessions": 1 } });
    const short = await begin(store, await registered(1));
    await edge.restart({ DRIVE: "" });
    await edge.json("GET", `/v1/dreams/${long.id}`); // the timer is set again
    for (let tried = 0; (await edge.json("GET", `/v1/dreams/${short.id}`)).status !== "completed"; tried += 1) {
      assert.ok(tried < 600, "it goes no further");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [{ created, ended }] = await edge.current.sql(
      `SELECT (SELECT ended_at FROM dreams WHERE id = '${short.id}') AS created, (SELECT ended_at FROM dreams WHERE id = '${long.id}') AS ended`,
    );
    assert.ok(ended === null || created < ended, "the long one ended first");
    await edge.restart();
  });

  test("into the same store: what needs nobody is applied, and what is written meanwhile stays", async () => {
    const store = await newStore();
    const sessions = await registered(14);
    const begun = await begin(store, sessions, { update: true });
    const dream = await play(begun, (round) => write(store, `later-${round}.md`, "- Written meanwhile.\n"));
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    assert.equal(dream.outputs[0].memory_store_id, store);
    const after = await contents(store);
    assert.equal(after["/team/rules.md"].match(/Run the formatter/g).length, 1, "equal statements were merged");
    assert.equal(after["/later-1.md"], "- Written meanwhile.\n");
    assert.equal(after["/learned/preferences.md"], undefined, "what a person said waits");
    const { data } = await edge.json("GET", `/v1/memory_stores/${store}/memory_versions?session_id=${dream.session_id}`);
    assert.deepEqual(data.map(({ operation, path }) => [operation, path]), [["modified", "/team/rules.md"]]);
    const next = await dreamt(store, sessions, { update: true });
    assert.equal(JSON.parse(await document(next, "report")).sessions_read, 0, "its sessions count as read");
  });
});
