// Stores that are too large for a dream: refused when they are written, never locked in.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { NOW, ids } from "../world.mjs";
import { EDGE, edge, exported, fill, fresh, planned, play } from "./edge.mjs";

const raised = (limits) => edge.restart({ LIMITS: JSON.stringify(limits) });

/** A refusal with its words. */
async function refused(method, path, body) {
  const response = await edge.ask(method, path, body);
  const { code, message, what } = await response.json();
  return { status: `${response.status} ${code}`, what, message };
}

describe(`the handler in ${EDGE}`, () => {
  test("what would make a store too large is refused when it is written, and nothing of it stays", async () => {
    const store = fresh();
    await raised({ memories: 3, bytes: 1_000, lines: 10 });
    await edge.json("PUT", `${store}/memories/a.md`, "- A.\n".repeat(5));
    await edge.json("PUT", `${store}/memories/b.md`, "- B.\n");
    const before = await exported(store);
    const { size } = await edge.json("GET", store);
    assert.deepEqual(size, { memories: 2, bytes: 38, lines: 6, ledger: 0 });
    const lines = await refused("PUT", `${store}/memories/b.md`, "- B.\n".repeat(6));
    assert.deepEqual([lines.status, lines.what], ["413 too-large", "lines"]);
    assert.match(lines.message, /the memories have 11 lines, at most 10: take memories away or make them shorter; .* LIMITS/);
    assert.equal((await refused("PUT", `${store}/memories/c.md`, "x".repeat(960))).what, "bytes");
    await edge.json("PUT", `${store}/memories/c.md`, "");
    assert.equal((await refused("PUT", `${store}/memories/d.md`, "")).what, "memories");
    await edge.json("DELETE", `${store}/memories/c.md`);
    assert.deepEqual(await exported(store), before);
    await edge.json("PUT", `${store}/memories/b.md`, "- B.\n".repeat(5));
  });

  test("a folder over 1 MiB is refused in words by the limits as they are", async () => {
    const store = fresh();
    await edge.restart();
    const put = (n) => refused("PUT", `${store}/memories/${String(n).padStart(200, "0")}.md`, `${"x".repeat(99_999)}\n`);
    for (let n = 0; n < 10; n += 1) assert.equal((await put(n)).status, "200 undefined");
    const { status, what, message } = await put(10);
    assert.deepEqual([status, what], ["413 too-large", "bytes"]);
    assert.equal(
      message,
      "then the memories have 1,102,233 bytes, at most 1,048,576: take memories away or make them shorter; " +
        "where a process has more memory, raise it in LIMITS",
    );
  });

  test("a store above the limits is read, made smaller and taken out, and dreams when it has room", async () => {
    const store = fresh();
    await edge.restart();
    for (const name of ["a", "b", "c"]) await edge.json("PUT", `${store}/memories/${name}.md`, `- ${name}.\n`.repeat(10));
    const terms = { now: NOW };
    await raised({ lines: 12 });
    for (const [path, body] of [["dreams", terms], ["pack", { query: "a" }]]) {
      const { status, what, message } = await refused("POST", `${store}/${path}`, body);
      assert.deepEqual([status, what], ["413 too-large", "lines"]);
      assert.match(message, /the memories have 30 lines, at most 12 are read at once: take memories away/);
    }
    assert.equal((await edge.json("GET", store)).open, null);
    assert.equal((await edge.json("GET", `${store}/memories`)).data.length, 3);
    assert.equal((await exported(store)).memories.length, 3);
    assert.equal((await refused("PUT", `${store}/memories/a.md`, "- a.\n".repeat(11))).what, "lines");
    await edge.json("PUT", `${store}/memories/a.md`, "- a.\n".repeat(9));
    await edge.json("DELETE", `${store}/memories/b.md`);
    await edge.json("PUT", `${store}/memories/c.md`, "- c.\n");
    const { id } = await edge.json("POST", `${store}/dreams`, terms);
    const dream = await play(store, id);
    assert.notEqual(dream.status, "failed", JSON.stringify(dream));
  });

  test("a dream that would make the ledger too large waits, and one that keeps less goes on", async () => {
    const { store, dream, review } = await planned();
    const { size } = await edge.json("GET", store);
    const limits = { ledger: size.ledger + 2_000 };
    await raised(limits);
    const decision = { revision: review.revision, accept: [], reviewer: "mira" };
    const { status, what, message } = await refused("POST", `${store}/dreams/${dream.id}/decision`, decision);
    assert.deepEqual([status, what], ["413 too-large", "ledger"]);
    assert.match(message, /then the ledger has [\d,]+ bytes, at most [\d,]+: start a dream with lower ledger\.whole-sessions/);
    assert.equal((await edge.json("GET", `${store}/dreams/${dream.id}`)).status, "waiting");
    await edge.json("DELETE", `${store}/dreams/${dream.id}`);
    // One that applies by itself says why it did not.
    const auto = await edge.json("POST", `${store}/dreams`, { now: NOW, mode: "auto" });
    const stopped = await play(store, auto.id);
    assert.deepEqual([stopped.status, stopped.error?.code], ["waiting", "too-large"]);
    await edge.json("DELETE", `${store}/dreams/${auto.id}`);
    const policy = { "dream.max-sessions": 2, "ledger.whole-sessions": 1, "ledger.known-sessions": 2 };
    const less = await edge.json("POST", `${store}/dreams`, { now: NOW, policy });
    const { status: end, revision } = await play(store, less.id);
    assert.equal(end, "waiting");
    const done = await edge.json("POST", `${store}/dreams/${less.id}/decision`, { ...decision, revision });
    assert.ok(done.committed, JSON.stringify(done));
    assert.ok((await edge.json("GET", store)).size.ledger <= limits.ledger);
    // A store that is above the limit of its ledger already refuses the next dream in words.
    await raised({ ledger: 1_000 });
    const next = await refused("POST", `${store}/dreams`, { now: NOW });
    assert.deepEqual([next.status, next.what], ["413 too-large", "ledger"]);
    assert.match(next.message, /raise it in LIMITS, for a dream with lower ledger\.whole-sessions.*export/);
    await edge.json("DELETE", `${store}/memories/notes.md`);
  });

  test("a dream that finds more than there is memory for fails, and one over fewer sessions ends", async () => {
    const store = fresh();
    await raised({ checkpoint: 12_000 });
    await fill(store, ids(60));
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    const { status, error } = await play(store, id);
    assert.deepEqual([status, error?.code], ["failed", "too-large"]);
    assert.match(error.message, /at most 12000: start a dream over fewer sessions \(`dream\.max-sessions`; this one has 60\)/);
    const next = await edge.json("POST", `${store}/dreams`, { now: NOW, policy: { "dream.max-sessions": 4 } });
    assert.notEqual((await play(store, next.id)).status, "failed");
  });
});
