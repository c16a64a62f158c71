// The handler in an edge, which EDGE names: `workerd` or `bun`. What is tested here holds in every edge.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Snapshot, Statements, changes, entries, prune, reconcile, score, verify } from "dreaming";

import { TOKEN, processor, start } from "./edges.mjs";
import { MEMORIES, NOW, POLICY, ids, inOneGo, service, transcript } from "./world.mjs";

const EDGE = process.env.EDGE ?? "workerd";
const folder = mkdtempSync(join(tmpdir(), `dreaming-${EDGE}-`));
let edge;
let model;
let stores = 0;

before(async () => {
  model = await service();
  const settings = { DRIVE: "requests", MODEL: "anthropic:fake", MODEL_KEY: "none", MODEL_URL: model.url };
  edge = await start(EDGE, { folder, settings });
});

after(async () => {
  await edge?.stop();
  model?.close();
  rmSync(folder, { recursive: true });
});

/** The path of a store that no test had before. */
function fresh() {
  stores += 1;
  return `/v1/memory_stores/store-${stores}`;
}

const nameOf = (store) => store.split("/").at(-1);
const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

async function fill(store, sessions, memories = MEMORIES) {
  for (const { path, text } of memories) await edge.json("PUT", `${store}/memories/${encoded(path)}`, text);
  for (const id of sessions) await edge.json("PUT", `${store}/sessions/${id}/parts/main`, transcript(id));
}

/** Posts rounds until the dream runs no more; `between` is called after each. */
async function play(store, id, between = async () => {}) {
  for (let round = 1; round < 100; round += 1) {
    const dream = await edge.json("POST", `${store}/dreams/${id}/round`);
    if (dream.status !== "running") return dream;
    await between(round);
  }
  throw new Error("the dream does not end");
}

/** A store with a plan that waits. */
async function planned(sessions = ids(14), more = {}) {
  const store = fresh();
  await fill(store, sessions);
  const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, ...more });
  const dream = await play(store, id);
  assert.equal(dream.status, "waiting", JSON.stringify(dream));
  const review = await edge.json("GET", `${store}/dreams/${id}/changes`);
  assert.ok(review.changes.length >= 3, `only ${review.changes.length} changes`);
  return { store, dream, review };
}

/** So many bytes as a stream, whose length no header says. */
function unsaid(bytes) {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const some = Math.min(left, 1 << 16);
      left -= some;
      if (some > 0) controller.enqueue(new Uint8Array(some));
      else controller.close();
    },
  });
}

/** The status of a request that claims a length, and sends nothing. */
async function claimed(path, bytes) {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-length": bytes };
  const asking = request(new URL(path, edge.current.url), { method: "PUT", headers });
  asking.on("error", () => {}); // it is cut off below
  asking.flushHeaders();
  const [response] = await once(asking, "response");
  asking.destroy();
  return response.statusCode;
}

async function exported(store) {
  return await edge.json("GET", `${store}/export`);
}

describe(`the handler in ${EDGE}`, () => {
  test("who has no token gets nothing and leaves nothing", async () => {
    const store = fresh();
    await fill(store, []);
    const other = fresh();
    const wrong = ["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN, `Bearer  ${TOKEN}`];
    const asked = [
      ["GET", store], ["GET", `${store}/memories/notes.md`], ["GET", `${store}/export`], ["DELETE", `${store}/memories/notes.md`],
      ["PUT", `${other}/memories/a.md`], ["POST", `${store}/dreams`], ["POST", "/v1/statements/reconcile"], ["GET", "/nowhere"], ["GET", "/"],
    ];
    const answers = new Set();
    for (const authorization of wrong) {
      for (const [method, path] of asked) {
        const body = method === "PUT" || method === "POST" ? "{}" : undefined;
        const response = await edge.ask(method, path, body, { authorization });
        answers.add(`${response.status} ${response.headers.get("www-authenticate")} ${await response.text()}`);
      }
    }
    assert.deepEqual([...answers], ['401 Bearer {"code":"unauthorized","message":"a bearer token is needed"}']);
    assert.equal(await edge.refusal("GET", other), "404 not-found");
    assert.equal((await edge.json("GET", `${store}/memories`)).data.length, MEMORIES.length);
    assert.equal((await edge.ask("GET", store, undefined, { authorization: `bearer ${TOKEN}` })).status, 200);
  });

  test("memories are kept byte for byte, and nobody replaces what he has not seen", async () => {
    const store = fresh();
    const text = "\uFEFF# Ä 😀\r\n\n- `a`\u2028- b\t\n";
    const path = `${store}/memories/${encoded("über/ノート.md")}`;
    const put = await edge.json("PUT", path, text, { "if-none-match": "*" });
    assert.deepEqual(put, { path: "über/ノート.md", sha256: sha256(text), bytes: Buffer.byteLength(text) });
    const got = await edge.ask("GET", path);
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), Buffer.from(text));
    assert.equal(got.headers.get("etag"), `"${sha256(text)}"`);
    assert.equal(await edge.refusal("PUT", path, "b", { "if-none-match": "*" }), "409 conflict");
    assert.equal(await edge.refusal("PUT", path, "b", { "if-match": `"${sha256("other")}"` }), "409 conflict");
    assert.equal(await edge.refusal("DELETE", path, undefined, { "if-match": `"${sha256("other")}"` }), "409 conflict");
    await edge.json("PUT", path, "b", { "if-match": got.headers.get("etag") });
    for (const name of ["b.md", "a.md", "c/d.md"]) await edge.json("PUT", `${store}/memories/${name}`, name);
    const all = (await edge.json("GET", `${store}/memories?limit=3`)).data.map((memory) => memory.path);
    assert.deepEqual(all, ["a.md", "b.md", "c/d.md"]);
    const rest = await edge.json("GET", `${store}/memories?limit=3&after=${encodeURIComponent("c/d.md")}`);
    assert.deepEqual(rest.data, [{ path: "über/ノート.md", sha256: sha256("b"), bytes: 1 }]);
    await edge.json("DELETE", path);
    assert.equal(await edge.refusal("GET", path), "404 not-found");
    assert.equal(await edge.refusal("DELETE", path), "404 not-found");
  });

  test("hostile paths, ids and bodies are refused with a code, and nothing of them is kept", async () => {
    const store = fresh();
    await edge.json("PUT", `${store}/memories/a.md`, "- A.\n");
    const before = await exported(store);
    const deep = "[".repeat(100_000);
    const cases = [
      ["PUT", `${store}/memories/${encodeURIComponent("../../etc/passwd")}`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/${encodeURIComponent("/etc/passwd")}`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/a%00b.md`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/a%5Cb.md`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/a%E2%80%AEb.md`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/a//b.md`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/${"a".repeat(1025)}`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/${"a/".repeat(20)}b`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/memories/%E0%A4%A`, "x", "400 invalid-request"],
      ["PUT", `${store}/memories/`, "x", "404 not-found"],
      ["PUT", `${store}/memories/b.md?observed_at=soon`, "x", "400 invalid-request"],
      ["PUT", `${store}/memories/b.md`, new Uint8Array([0xff, 0xfe]), "400 invalid-request"],
      ["PUT", `${store}/sessions/${encodeURIComponent("../x")}/parts/main`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s%2Fx/parts/main`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s1/parts/${encodeURIComponent("../main")}`, "x", "400 invalid-snapshot"],
      ["PUT", `${store}/sessions/s1/parts/main?agent=${"a".repeat(300)}`, "x", "400 invalid-request"],
      ["PUT", "/v1/memory_stores/UP/memories/a.md", "x", "400 invalid-request"],
      ["PUT", `/v1/memory_stores/${encodeURIComponent("../a")}/memories/a.md`, "x", "400 invalid-request"],
      ["PUT", `/v1/memory_stores/${"a".repeat(65)}/memories/a.md`, "x", "400 invalid-request"],
      ["POST", `${store}/dreams`, "{", "400 invalid-request"],
      ["POST", `${store}/dreams`, "[]", "400 invalid-request"],
      ["POST", `${store}/dreams`, deep, "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"__proto__":{"mode":"auto"}}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"polcy":{}}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"policy":{"no.such-setting":1}}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"policy":{"round.sessions":1e99}}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"now":"yesterday"}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"mode":"all"}', "400 invalid-request"],
      ["POST", `${store}/dreams`, '{"instructions":"\\ud800"}', "400 invalid-request"],
      ["POST", `${store}/revert`, '{"to":"nothing"}', "404 not-found"],
      ["POST", `${store}/revert`, '{"to":"nothing","revision":"other"}', "409 conflict"],
      ["POST", `${store}/pack`, '{"budget":-1}', "400 invalid-request"],
      ["GET", `${store}/memories?limit=0`, undefined, "400 invalid-request"],
      ["GET", `${store}/dreams/drm_0`, undefined, "404 not-found"],
      ["GET", `${store}/dreams/drm_0/plan`, undefined, "404 not-found"],
      ["POST", `${store}/memories`, "{}", "405 no-such-method"],
      ["GET", `${store}/nothing`, undefined, "404 not-found"],
      ["POST", "/v1/statements/forget", "{}", "404 not-found"],
      ["GET", "/v1/statements/score", undefined, "405 no-such-method"],
      ["POST", "/v1/statements/score", '{"statements":[{"id":"a"}]}', "400 invalid-request"],
      ["POST", "/v1/statements/prune", '{"statements":[]}', "400 invalid-request"],
      ["GET", "/v2/memory_stores/a", undefined, "404 not-found"],
    ];
    const got = [];
    for (const [method, path, body] of cases) got.push([method, path.slice(0, 60), await edge.refusal(method, path, body)]);
    assert.deepEqual(got, cases.map(([method, path, , expected]) => [method, path.slice(0, 60), expected]));
    assert.deepEqual(await exported(store), before);
    assert.deepEqual((await edge.json("GET", `${store}/sessions`)).data, []);
  });

  test("what is over a limit is a 413, and nothing of it stays", async () => {
    const store = fresh();
    await edge.json("PUT", `${store}/memories/a.md`, "x".repeat(102_400));
    // Bodies that do not say how long they are, one byte too long: they are read up to there.
    assert.equal(await edge.refusal("PUT", `${store}/memories/b.md`, unsaid(102_401)), "413 too-large");
    assert.equal(await edge.refusal("PUT", `${store}/sessions/big/parts/main`, unsaid((32 << 20) + 1)), "413 too-large");
    assert.equal(await edge.refusal("POST", `${store}/dreams`, unsaid((1 << 20) + 1)), "413 too-large");
    // One that says so is refused before it is sent: who sends it all the same may find the connection closed.
    assert.equal(await claimed(`${store}/memories/b.md`, 102_401), 413);
    assert.equal(await claimed(`${store}/sessions/big/parts/main`, 1e9), 413);
    assert.equal(await edge.refusal("GET", `${store}/sessions/big`), "404 not-found");
    const kept = await edge.json("PUT", `${store}/sessions/some/parts/main`, new Uint8Array(2_500_000).fill(10));
    assert.deepEqual(kept.parts, [{ name: "main", bytes: 2_500_000 }]);
    const rows = await edge.current.sql(nameOf(store), "SELECT substr(key, 1, 2) AS area FROM entries ORDER BY key");
    const areas = rows.map(({ area }) => area).filter((area) => area.endsWith("/"));
    // The three pieces of what was taken, and nothing of what was refused.
    assert.deepEqual(areas, ["b/", "c/", "c/", "c/", "m/", "s/"]);
  });

  test("a hundred sessions over many invocations, with the edge ended between rounds, give the plan of one go", async (t) => {
    const store = fresh();
    const sessions = ids(100);
    // The budget ends with calls about sessions; what was noticed is there without a second look.
    const policy = { ...POLICY, "worth.max-calls": 0 };
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

  test("two decisions about one plan: one is done, one is a conflict; then back, byte for byte", async () => {
    const { store, dream, review } = await planned();
    const before = await exported(store);
    const chosen = review.changes.filter(({ kind, text }) => kind !== "index" && text !== undefined);
    const [first, second] = chosen;
    const decision = {
      revision: review.revision,
      accept: [first.id],
      reject: [second.id],
      edits: [{ change: first.id, text: "In our own words, always." }],
      reviewer: "mira",
      note: "looked at",
    };
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, revision: "other" }), "409 conflict");
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, accept: ["nothing"] }), "400 invalid-request");
    const path = `${store}/dreams/${dream.id}/decision`;
    const both = await Promise.all([edge.ask("POST", path, decision), edge.ask("POST", path, decision)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    const after = await exported(store);
    assert.ok(after.memories.some(({ text }) => text.includes("In our own words, always.")));
    const { data } = await edge.json("GET", `${store}/revisions`);
    assert.deepEqual(data.map(({ number }) => number), [1, 2]);
    let parent;
    for (const { number, revision } of data) {
      const record = await (await edge.ask("GET", `${store}/revisions/${number}`)).text();
      assert.equal(verify(record, parent), revision);
      parent = record;
    }
    // A second dream finds nothing new to read, and does not propose again what was rejected.
    const again = await edge.json("POST", `${store}/dreams`, { now: NOW + 1 });
    assert.equal(again.sessions, 0);
    const done = await play(store, again.id);
    const left = done.status === "waiting" ? (await edge.json("GET", `${store}/dreams/${again.id}/changes`)).changes : [];
    assert.ok(!left.some(({ id }) => id === second.id));
    if (done.status === "waiting") await edge.json("DELETE", `${store}/dreams/${again.id}`);
    const { revision } = await edge.json("GET", store);
    assert.equal(await edge.refusal("POST", `${store}/revert`, { to: data[0].revision, revision: data[0].revision, reviewer: "mira" }), "409 conflict");
    await edge.json("POST", `${store}/revert`, { to: data[0].revision, revision, reviewer: "mira", note: "back" });
    assert.deepEqual((await exported(store)).memories, before.memories);
  });

  test("who writes while a plan waits is not overwritten: the plan is made again", async () => {
    const { store, dream, review } = await planned();
    const words = "# Notes\n\n- Everything here is new.\n";
    await edge.json("PUT", `${store}/memories/notes.md`, words);
    const decision = { revision: review.revision, accept: "all", reviewer: "mira" };
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, decision), "409 conflict");
    assert.equal(await (await edge.ask("GET", `${store}/memories/notes.md`)).text(), words);
    const anew = await edge.json("GET", `${store}/dreams/${dream.id}/changes`);
    assert.notEqual(anew.revision, review.revision);
    assert.ok(anew.changes.length >= 1);
    const done = await edge.json("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, revision: anew.revision });
    assert.equal(done.status, "done");
    const text = await (await edge.ask("GET", `${store}/memories/notes.md`)).text();
    assert.ok(text.includes("Everything here is new."));
    assert.equal((await edge.json("GET", store)).revision, done.committed);
  });

  test("who writes while a dream runs is not overwritten, and the dream goes on over what it began with", async () => {
    const store = fresh();
    const sessions = ids(20);
    await fill(store, sessions);
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    assert.equal(await edge.refusal("POST", `${store}/dreams`, {}), "409 conflict");
    assert.equal(await edge.refusal("PUT", `${store}/sessions/s001/parts/main`, "x"), "409 conflict");
    assert.equal(await edge.refusal("DELETE", `${store}/sessions/s001`), "409 conflict");
    await play(store, id, async (round) => {
      await edge.json("PUT", `${store}/memories/notes.md`, `- Round ${round}.\n`);
      await edge.json("PUT", `${store}/sessions/later-${round}/parts/main`, transcript("s099"));
    });
    const { salt } = await exported(store);
    const once = await inOneGo({ salt, sessions, policy: {} });
    assert.equal(await (await edge.ask("GET", `${store}/dreams/${id}/plan`)).text(), once.plan);
    assert.match(await (await edge.ask("GET", `${store}/memories/notes.md`)).text(), /^- Round \d+\.\n$/);
    const listed = await edge.json("GET", `${store}/sessions?limit=2&after=s018`);
    assert.deepEqual(listed.data.map((session) => session.id), ["s019"]);
  });

  test("writers that meet: one of those who replace a text is done, and all that write others are", async () => {
    const store = fresh();
    let kept = "0";
    await edge.json("PUT", `${store}/memories/a.md`, kept);
    // Again and again: who looks and then writes without holding on to what he saw is caught now and then only.
    for (let round = 0; round < 10; round += 1) {
      const match = { "if-match": `"${sha256(kept)}"` };
      const replaced = await Promise.all(ids(12).map((id) => edge.ask("PUT", `${store}/memories/a.md`, `${round}-${id}`, match)));
      assert.deepEqual(replaced.map(({ status }) => status).sort(), [200, ...Array(11).fill(409)]);
      kept = await (await edge.ask("GET", `${store}/memories/a.md`)).text();
      const answers = await Promise.all(replaced.map(async (response) => await response.json()));
      assert.ok(answers.some((answer) => answer.sha256 === sha256(kept)));
    }
    await Promise.all(ids(12).map((id) => edge.json("PUT", `${store}/memories/${id}.md`, id)));
    await Promise.all(ids(12).map((id) => edge.json("PUT", `${store}/sessions/one/parts/subagents/${id}.jsonl`, id)));
    assert.equal((await edge.json("GET", `${store}/memories`)).data.length, 13);
    assert.equal((await edge.json("GET", `${store}/sessions/one`)).parts.length, 12);
    const started = await Promise.all([1, 2, 3].map(() => edge.ask("POST", `${store}/dreams`, {})));
    assert.deepEqual(started.map(({ status }) => status).sort(), [202, 409, 409]);
  });

  test("no answer is paid for twice, whatever becomes of the dream that asked", async () => {
    const store = fresh();
    await fill(store, ids(8));
    model.asked.length = 0;
    const terms = { now: NOW, policy: { "propose.max-calls": 8, "compare.max-calls": 0, "worth.max-calls": 0 } };
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

  test("a round that ends every invocation fails the dream, not the store", async () => {
    const store = fresh();
    await fill(store, ids(3));
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    const set = "json_set(value, '$.attempts', 3)";
    await edge.current.sql(nameOf(store), `UPDATE entries SET value = ${set} WHERE key = 'd/${id}'`);
    const dream = await edge.json("POST", `${store}/dreams/${id}/round`);
    assert.equal(dream.status, "failed");
    assert.equal(dream.error.code, "too-large");
    const next = await edge.json("POST", `${store}/dreams`, { now: NOW, policy: { "round.sessions": 1 } });
    assert.equal(next.sessions, 3, "its sessions stayed unread");
    assert.equal((await play(store, next.id)).status === "failed", false);
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

  test("an agent gets what fits its query and budget", async () => {
    const { store } = await planned();
    const { entries: packed } = await edge.json("POST", `${store}/pack`, { query: "where are the deployment settings", budget: 40 });
    assert.ok(packed.length >= 1);
    assert.match(packed[0].text, /deploy\.yml/);
    assert.ok(packed.reduce((sum, { tokens }) => sum + tokens, 0) <= 40);
    const snapshot = Snapshot.from(await exported(store));
    assert.ok(entries(snapshot, 0, Infinity).some(({ id }) => id === packed[0].entry));
    snapshot.free();
  });

  test("statements are related, weighed and chosen as by the package", async () => {
    const list = [
      { id: "a", text: "The shop listens on port 80.", subject: "shop port", said: NOW - 86_400_000 },
      { id: "b", text: "The shop listens on port 8080.", subject: "shop port", said: NOW },
      { id: "c", text: "Run the formatter before every commit of yours." },
      { id: "d", text: "Run the formatter before every commit of yours.", support: { sessions: 3, agents: 1, days: 2 } },
    ];
    const all = Statements.from(list);
    const options = { now: NOW, budget: 20, without: ["a"] };
    const body = { statements: list };
    const { relations } = await edge.json("POST", "/v1/statements/reconcile", body);
    assert.deepEqual(relations.map(({ tie }) => tie).sort(), ["same", "updates"]);
    assert.deepEqual(relations, reconcile(all));
    assert.deepEqual((await edge.json("POST", "/v1/statements/score", { ...body, now: NOW })).scores, score(all, { now: NOW }));
    assert.deepEqual((await edge.json("POST", "/v1/statements/prune", { ...body, ...options })).kept, prune(all, options));
    all.free();
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
