// Requests: who may ask, what is kept byte for byte, what is refused, and answers that need no dream.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { describe, test } from "node:test";

import { Snapshot, Statements, entries, prune, reconcile, score } from "dreaming";

import { TOKEN } from "../edges.mjs";
import { MEMORIES, NOW } from "../world.mjs";
import { EDGE, edge, encoded, exported, fill, fresh, nameOf, planned, sha256 } from "./edge.mjs";

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
      ["PUT", `${store}/sessions/s1/parts/${encodeURIComponent("../main")}`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s1/parts/a//b`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s1/parts/a%5Cb`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s1/parts/a%E2%80%AEb`, "x", "400 invalid-request"],
      ["PUT", `${store}/sessions/s1/parts/${"a".repeat(1025)}`, "x", "400 invalid-request"],
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

  test("what is not there is named in the refusal", async () => {
    const store = fresh();
    await fill(store, []);
    const cases = [
      ["GET", "/v2/memory_stores/a", "path", "/v2/memory_stores/a"],
      ["GET", `${store}/nothing/at/all`, "path", `${store}/nothing/at/all`],
      ["POST", "/v1/statements/forget", "path", "/v1/statements/forget"],
      ["GET", `${store}/memories/a/no.md`, "memory", "a/no.md"],
      ["DELETE", `${store}/memories/no.md`, "memory", "no.md"],
      ["GET", `${store}/sessions/monday`, "session", "monday"],
      ["GET", `${store}/dreams/drm_0`, "dream", "drm_0"],
      ["GET", `${store}/dreams/drm_0/plan`, "dream", "drm_0"],
      ["GET", `${store}/revisions/7`, "revision", "7"],
      ["POST", `${store}/revert`, "revision", "none"],
      // Its name is in the path that was asked for; the store that could know it is not there.
      ["GET", fresh(), "store", undefined],
    ];
    for (const [method, path, sort, what] of cases) {
      const response = await edge.ask(method, path, method === "POST" ? '{"to":"none"}' : undefined);
      const expected = { code: "not-found", message: `there is no such ${sort}`, ...(what === undefined ? {} : { what }) };
      assert.deepEqual([path, response.status, await response.json()], [path, 404, expected]);
    }
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
});
