// Stores that are too large for a dream: refused when they are written, never locked in.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { EDGE, begin, contents, document, edge, memoriesOf, newStore, planned, play, dreamt, registered, write } from "./edge.mjs";

const raised = (limits) => edge.restart({ LIMITS: JSON.stringify(limits) });
const making = (store, path, content) => edge.refusal("POST", `/v1/memory_stores/${store}/memories`, { path, content });
const sizeOf = async (store) => (await edge.current.sql(`SELECT memories, bytes, lines, ledger FROM memory_stores WHERE id = '${store}'`))[0];

describe(`the handler in ${EDGE}`, () => {
  test("what would make a store too large is refused when it is written, and nothing of it stays", async () => {
    await raised({ memories: 3, bytes: 1_000, lines: 10 });
    const store = await newStore([{ path: "a.md", text: "- A.\n".repeat(5) }, { path: "b.md", text: "- B.\n" }]);
    const before = await memoriesOf(store);
    assert.deepEqual({ ...(await sizeOf(store)) }, { memories: 2, bytes: 40, lines: 6, ledger: 0 });
    const change = (content) => edge.refusal("POST", `/v1/memory_stores/${store}/memories/${before["/b.md"].id}`, { content });
    const lines = await change("- B.\n".repeat(6));
    assert.equal(lines.status, "413 invalid_request_error");
    assert.match(lines.message, /the memories have 11 lines, at most 10: take memories away or make them shorter; .* LIMITS/);
    assert.match((await making(store, "/c.md", "x".repeat(960))).message, /memories have 1,00\d bytes, at most 1,000/);
    const { id } = await write(store, "c.md", "");
    assert.match((await making(store, "/d.md", "")).message, /has 4 memories, at most 3: take some away/);
    await edge.json("DELETE", `/v1/memory_stores/${store}/memories/${id}`);
    assert.deepEqual(await memoriesOf(store), before);
    assert.deepEqual({ ...(await sizeOf(store)) }, { memories: 2, bytes: 40, lines: 6, ledger: 0 });
    const { data } = await edge.json("GET", `/v1/memory_stores/${store}/memory_versions`);
    assert.deepEqual(data.map(({ operation }) => operation), ["deleted", "created", "created", "created"], "what was refused has no version");
  });

  test("a store over 1 MiB is refused in words by the limits as they are", async () => {
    await edge.restart();
    const store = await newStore([]);
    for (let n = 0; n < 10; n += 1) await write(store, `${String(n).padStart(200, "0")}.md`, `${"x".repeat(99_999)}\n`);
    const { status, message } = await making(store, `/${"0".repeat(200)}.md`.replace(/0.md$/, "a.md"), `${"x".repeat(99_999)}\n`);
    assert.equal(status, "413 invalid_request_error");
    assert.match(message, /^then the memories have 1,102,2\d\d bytes, at most 1,048,576: take memories away or make them shorter; where a process/);
  });

  test("a store above the limits is read and made smaller, and dreams when it has room", async () => {
    await edge.restart();
    const store = await newStore(["a", "b", "c"].map((name) => ({ path: `${name}.md`, text: `- ${name}.\n`.repeat(10) })));
    const sessions = await registered(1);
    await raised({ lines: 12 });
    const pack = await edge.refusal("GET", `/v1/x/memory_stores/${store}/pack?query=a`);
    assert.equal(pack.status, "413 invalid_request_error");
    assert.match(pack.message, /the memories have 30 lines, at most 12 are read at once: take memories away/);
    const failed = await play(await begin(store, sessions));
    assert.deepEqual([failed.status, failed.error.type], ["failed", "input_memory_store_too_large"]);
    assert.match(failed.error.message, /the memories have 30 lines, at most 12/);
    assert.deepEqual([failed.outputs, failed.session_id], [[], null], "nothing of it is left");
    const known = await memoriesOf(store);
    assert.equal(Object.keys(known).length, 3);
    const change = (name, content) => edge.ask("POST", `/v1/memory_stores/${store}/memories/${known[`/${name}.md`].id}`, { content });
    assert.equal((await change("a", "- a.\n".repeat(11))).status, 413);
    assert.equal((await change("a", "- a.\n".repeat(9))).status, 200);
    await edge.json("DELETE", `/v1/memory_stores/${store}/memories/${known["/b.md"].id}`);
    assert.equal((await change("c", "- c.\n")).status, 200);
    await dreamt(store, sessions);
  });

  test("a dream or a decision that would make the ledger too large is refused, and one that keeps less goes on", async () => {
    const { store, dream, review } = await planned();
    const [before, { ledger }] = [await contents(store), await sizeOf(store)];
    await raised({ ledger: ledger - 1 });
    const path = `/v1/x/dreams/${dream.id}/review`;
    const above = await edge.refusal("POST", path, { digest: review.digest, accept: "all" });
    assert.equal(above.status, "413 invalid_request_error");
    assert.match(above.message, /the ledger has [\d,]+ bytes, at most [\d,]+ are read at once: dream with lower ledger\.whole-sessions/);
    await raised({ ledger: ledger + 100 });
    const grown = await edge.refusal("POST", path, { digest: review.digest, accept: "all" });
    assert.match(grown.message, /then the ledger has [\d,]+ bytes, at most [\d,]+: dream with lower ledger\.whole-sessions/);
    const sessions = await registered(14);
    const failed = await play(await begin(store, sessions, { update: true }));
    assert.deepEqual([failed.status, failed.error.type], ["failed", "input_memory_store_too_large"]);
    assert.deepEqual(await contents(store), before);
    const less = { "ledger.whole-sessions": 1, "ledger.known-sessions": 2 };
    const done = await dreamt(store, sessions.slice(0, 2), { update: true, x_policy: less });
    assert.equal(JSON.parse(await document(done, "report")).sessions_read, 2);
    assert.ok((await sizeOf(store)).ledger <= ledger + 100);
  });

  test("a dream that finds more than there is memory for fails, and one over fewer sessions ends", async () => {
    await raised({ checkpoint: 12_000 });
    const store = await newStore();
    const sessions = await registered(60);
    const failed = await play(await begin(store, sessions));
    assert.deepEqual([failed.status, failed.error.type], ["failed", "internal_error"]);
    assert.match(failed.error.message, /at most 12000: dream over fewer sessions \(this one has 60\)/);
    await dreamt(store, sessions.slice(0, 4));
    await edge.restart();
  });
});
