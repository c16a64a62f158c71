// Dreams over many invocations: whatever ends between rounds, the plan is that of one go.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { changes } from "dreaming";

import { processor } from "../edges.mjs";
import { NOW, POLICY, ids, inOneGo } from "../world.mjs";
import { EDGE, edge, exported, fill, fresh, model, nameOf, play } from "./edge.mjs";

describe(`the handler in ${EDGE}`, () => {
  test("a hundred sessions over many invocations, with the edge ended between rounds, give the plan of one go", async (t) => {
    const store = fresh();
    const sessions = ids(100);
    // The budget ends with calls about sessions; what was noticed is there as it was.
    const policy = { ...POLICY, "distil.max-calls": 0 };
    await fill(store, sessions);
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, policy });
    model.asked.length = 0;
    const spent = [];
    let ended = 0;
    let mark = processor(edge.current.pid);
    const dream = await play(store, id, async () => {
      spent.push(processor(edge.current.pid) - mark);
      await edge.restart();
      ended += 1;
      mark = processor(edge.current.pid);
    });
    assert.equal(dream.status, "waiting", JSON.stringify(dream));
    assert.ok(dream.rounds >= 13 && ended >= 12, `${dream.rounds} rounds, ended ${ended} times`);
    const [plan, report] = await Promise.all(
      ["plan", "report"].map(async (name) => await (await edge.ask("GET", `${store}/dreams/${id}/${name}`)).text()),
    );
    const here = [...model.asked].sort();
    assert.ok(here.length >= 20, `${here.length} calls`);
    assert.equal(new Set(here).size, here.length, "a call was made twice");
    model.asked.length = 0;
    const { salt } = await exported(store);
    const once = await inOneGo({ salt, sessions, policy, model });
    assert.deepEqual([...model.asked].sort(), here);
    assert.ok(changes(once.plan).length >= 5);
    assert.equal(plan, once.plan);
    assert.equal(report, once.report);
    spent.sort((a, b) => a - b);
    const shown = (time) => `${time.toFixed(0)} ms`;
    t.diagnostic(`${EDGE}: ${dream.rounds} rounds over ${sessions.length} sessions, ended ${ended} times between them`);
    t.diagnostic(`${EDGE}: processor time of a round (whole process): median ${shown(spent[spent.length >> 1])}, most ${shown(spent.at(-1))}`);
  });

  test("no answer is paid for twice, whatever becomes of the dream that asked", async () => {
    const store = fresh();
    await fill(store, ids(8));
    model.asked.length = 0;
    const terms = { now: NOW, policy: { "propose.max-calls": 8, "compare.max-calls": 0, "distil.max-calls": 0 } };
    const first = await edge.json("POST", `${store}/dreams`, terms);
    // Two that post the same round at once: the calls are made once.
    model.waiting.milliseconds = 200;
    await Promise.all([1, 2].map(() => edge.json("POST", `${store}/dreams/${first.id}/round`)));
    model.waiting.milliseconds = 0;
    assert.equal(model.asked.length, 8);
    assert.equal((await edge.json("DELETE", `${store}/dreams/${first.id}`)).status, "canceled");
    assert.equal(await edge.refusal("DELETE", `${store}/dreams/${first.id}`), "409 conflict");
    await edge.restart();
    const second = await edge.json("POST", `${store}/dreams`, terms);
    assert.equal((await play(store, second.id)).status, "waiting");
    assert.equal(model.asked.length, 8, "the answers of the first dream were used");
    const { changes: found } = await edge.json("GET", `${store}/dreams/${second.id}/changes`);
    assert.ok(found.some(({ text }) => text?.includes("is built from")), "the model's proposals are there");
  });

  test("a session that is not understood is named with a guess, stays unread, and holds up none behind it", async () => {
    const store = fresh();
    await fill(store, ids(1));
    const events = (types) =>
      types.map((type, at) => JSON.stringify({ type, data: { content: "Use tabs." }, id: `${at}`, parentId: null })).join("\n");
    await edge.json("PUT", `${store}/sessions/aaa/parts/main`, events(["session.start", "user.message", "assistant.message"]));
    const whole = async () => {
      const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, policy: { "dream.max-sessions": 1 } });
      const dream = await play(store, id);
      const report = await (await edge.ask("GET", `${store}/dreams/${id}/report`)).json();
      if (dream.status === "waiting") await edge.json("DELETE", `${store}/dreams/${id}`);
      return { unread: dream.unread, read: report.sessions_read };
    };
    const why = { session: "aaa", lines: 3, understood: 0, looks_like: "GitHub Copilot CLI" };
    assert.deepEqual(await whole(), { unread: [why], read: 0 });
    assert.deepEqual(await whole(), { unread: undefined, read: 1 });
    // Another file of its name is looked at again.
    await edge.json("PUT", `${store}/sessions/aaa/parts/main`, events(["session.start", "user.message"]));
    assert.deepEqual(await whole(), { unread: [{ ...why, lines: 2 }], read: 0 });
  });

  test("a round that ends every invocation fails the dream, not the store", async () => {
    const store = fresh();
    await fill(store, ids(3));
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    const set = "json_set(value, '$.attempts', 3)";
    await edge.current.sql(nameOf(store), `UPDATE entries SET value = ${set} WHERE key = 'd/${id}'`);
    const dream = await edge.json("POST", `${store}/dreams/${id}/round`);
    assert.equal(dream.status, "failed");
    assert.equal(dream.error.code, "too-large");
    assert.match(dream.error.message, /3 invocations with nothing kept: .*`round\.sessions`/);
    const next = await edge.json("POST", `${store}/dreams`, { now: NOW, policy: { "round.sessions": 1 } });
    assert.equal(next.sessions, 3, "its sessions stayed unread");
    assert.equal((await play(store, next.id)).status === "failed", false);
  });

  test("an edge that ends while it waits for a model fails no dream, and each answer counts", async () => {
    const store = fresh();
    const kept = async () => (await edge.current.sql(nameOf(store), "SELECT count(*) AS n FROM entries WHERE key LIKE 'a/%'"))[0].n;
    const cut = async (id, done) => {
      edge.ask("POST", `${store}/dreams/${id}/round`).catch(() => {}); // it is cut off
      for (let tried = 0; !(await done()); tried += 1) {
        assert.ok(tried < 300, "nobody is asked");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await edge.restart();
      const { attempts, waits = 0, status } = await edge.json("GET", `${store}/dreams/${id}`);
      return { attempts, waits, status };
    };
    await fill(store, ids(8));
    const terms = { now: NOW, policy: { "propose.max-calls": 8, "compare.max-calls": 0, "distil.max-calls": 0 } };
    const { id } = await edge.json("POST", `${store}/dreams`, terms);
    model.waiting.milliseconds = 600_000;
    for (let ended = 1; ended <= 5; ended += 1) {
      model.asked.length = 0;
      assert.deepEqual(await cut(id, () => model.asked.length >= 4), { attempts: 0, waits: ended, status: "running" });
    }
    assert.equal(await kept(), 0);
    const set = "json_set(value, '$.attempts', 2, '$.waits', 9)";
    await edge.current.sql(nameOf(store), `UPDATE entries SET value = ${set} WHERE key = 'd/${id}'`);
    model.waiting.quick = 1;
    assert.deepEqual(await cut(id, async () => (await kept()) === 1), { attempts: 0, waits: 0, status: "running" });
    // Too often is too often: a call that nothing survives may be paid for each time.
    await edge.current.sql(nameOf(store), `UPDATE entries SET value = json_set(value, '$.waits', 10) WHERE key = 'd/${id}'`);
    const failed = await edge.json("POST", `${store}/dreams/${id}/round`);
    assert.deepEqual([failed.status, failed.error.code], ["failed", "interrupted"]);
    model.waiting.milliseconds = 0;
    model.asked.length = 0;
    const again = await edge.json("POST", `${store}/dreams`, terms);
    assert.equal((await play(store, again.id)).status, "waiting");
    assert.equal(model.asked.length, 7, "the answer that was kept was used");
  });

  test("a wrong key fails the dream, which says so with the next step, and uses nothing up", async () => {
    const store = fresh();
    await fill(store, ids(3));
    const terms = { now: NOW, policy: { "propose.max-calls": 8, "compare.max-calls": 0, "distil.max-calls": 0 } };
    for (const status of [401, 403]) {
      model.refuses.status = status;
      const { id } = await edge.json("POST", `${store}/dreams`, terms);
      const { status: became, error } = await play(store, id);
      assert.deepEqual([became, error?.code], ["failed", "unanswered"]);
      const said = `none of 3 model calls was answered: HTTP ${status}: invalid x-api-key (${model.url}`;
      assert.ok(error.message.startsWith(said) && error.message.includes("correct MODEL_KEY"), error.message);
    }
    model.refuses.status = undefined;
    const again = await edge.json("POST", `${store}/dreams`, terms);
    assert.equal(again.sessions, 3, "its sessions stayed unread");
    assert.equal((await play(store, again.id)).status, "waiting");
  });

  test("a checkpoint of another engine begins the dream anew", async () => {
    const store = fresh();
    await fill(store, ids(20));
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    await edge.json("POST", `${store}/dreams/${id}/round`);
    await edge.current.sql(nameOf(store), `UPDATE entries SET value = x'7b7d' WHERE key = 'x/${id}/checkpoint/000000'`);
    assert.equal((await play(store, id)).status, "waiting");
    const { salt } = await exported(store);
    assert.equal(await (await edge.ask("GET", `${store}/dreams/${id}/plan`)).text(), (await inOneGo({ salt, sessions: ids(20), policy: {} })).plan);
  });

  test("left to itself a dream runs to its end, also when the edge dies in the middle", async () => {
    const store = fresh();
    const sessions = ids(60);
    await fill(store, sessions);
    await edge.restart({ DRIVE: "" });
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, policy: { "round.sessions": 1 } });
    const reached = async (done) => {
      for (let tried = 0; tried < 600; tried += 1) {
        const dream = await edge.json("GET", `${store}/dreams/${id}`);
        if (done(dream)) return dream;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error("it goes no further");
    };
    const cut = await reached(({ rounds }) => rounds >= 5);
    await edge.restart({ DRIVE: "" });
    const dream = await reached(({ status }) => status !== "running");
    assert.equal(dream.status, "waiting", JSON.stringify(dream));
    assert.ok(cut.rounds < dream.rounds, "the edge was ended too late");
    const { salt } = await exported(store);
    const once = await inOneGo({ salt, sessions, policy: { "round.sessions": 1 } });
    assert.equal(await (await edge.ask("GET", `${store}/dreams/${id}/plan`)).text(), once.plan);
    const auto = await edge.json("POST", `${store}/dreams/${id}/decision`, { revision: dream.revision, accept: "auto", reviewer: "mira" });
    assert.equal(auto.status, "done");
  });

  test("in mode auto what needs nobody is applied when the dream ends", async () => {
    const store = fresh();
    await fill(store, ids(14));
    await edge.restart();
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, mode: "auto" });
    await edge.json("PUT", `${store}/memories/later.md`, "- Written meanwhile.\n");
    const dream = await play(store, id);
    assert.equal(dream.status, "done", JSON.stringify(dream));
    assert.ok(dream.committed);
    const { memories } = await exported(store);
    const rules = memories.find(({ path }) => path === "team/rules.md").text;
    assert.equal(rules.match(/Run the formatter/g).length, 1, "equal statements were merged");
    assert.equal(memories.find(({ path }) => path === "later.md").text, "- Written meanwhile.\n");
    const next = await edge.json("POST", `${store}/dreams`, { now: NOW + 1 });
    assert.equal(next.sessions, 0, "its sessions count as read");
  });
});
