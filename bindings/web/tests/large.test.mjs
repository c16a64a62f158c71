// Memory folders over the size of one page: pages are cut by the measure of the engine, paths and texts together.
//
// DREAMING_LONG=1 plays 20 MiB and 100,000 files too, in minutes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, Snapshot, apply, changes, diff, dream, revert } from "../dist/node.js";
import { memoryPages } from "../dist/snapshot.js";
import { NOW, message } from "./world.mjs";

const MIB = 1 << 20;

/** Memories of `bytes` each, whose paths have `name` bytes. */
function* folder(files, bytes, name) {
  for (let n = 0; n < files; n += 1) {
    const line = `- Fact ${n} holds. `;
    yield { path: `${String(n).padStart(name - 3, "0")}.md`, text: `${line}${"x".repeat(bytes - line.length - 1)}\n` };
  }
}

/** Dreams over them, applies what is learned, and goes back. */
async function livesWith(files, bytes, name) {
  const main = message("mon", 0, "user", "From now on, always use tabs for indentation.");
  const store = new MemoryStore({ salt: "large", memories: folder(files, bytes, name), sessions: [{ id: "mon", parts: { main } }] });
  const { plan, report } = await dream({ store, now: NOW });
  assert.deepEqual([JSON.parse(report).memories, JSON.parse(report).entries], [files, files]);
  const [learned] = changes(plan).filter(({ kind }) => kind === "preference");
  const before = Snapshot.from(store.contents());
  const by = { reviewer: "", note: "", now: NOW };
  await store.commit(apply(before, plan, { accept: { tag: "only", val: [learned.id] }, reject: [], ...by }));
  const after = Snapshot.from(store.contents());
  assert.deepEqual(diff(before, after).map(({ path }) => path), [learned.path]);
  await store.commit(revert(after, before, by));
  const again = Snapshot.from(store.contents());
  assert.deepEqual(diff(before, again), []);
  for (const snapshot of [before, after, again]) snapshot.free();
}

test("pages of memories are as long as the engine takes them, by paths and texts together", () => {
  for (const [files, bytes, name] of [[1_500, 1_024, 8], [6_000, 40, 200], [1_024, 1_016, 8], [1_025, 1_016, 8]]) {
    const all = [...folder(files, bytes, name)];
    const pages = [...memoryPages(all)];
    assert.deepEqual(pages.flat(), all);
    const sizes = pages.map((page) => page.length * (bytes + name));
    assert.ok(sizes.every((size) => size <= MIB), String(sizes));
    assert.equal(pages.length, Math.ceil(files / Math.floor(MIB / (bytes + name))));
    const snapshot = Snapshot.from({ salt: "", memories: all, ledger: [], revisions: [] });
    snapshot.free();
  }
});

test("a folder of 2 MiB is dreamt over", () => livesWith(2_048, 1_024, 8));

test("a store that gives all of it in one page is dreamt over", async () => {
  const all = [...folder(2_048, 1_024, 8)];
  const store = new MemoryStore({ memories: all });
  store.memories = (after) => (after === undefined ? all : []);
  assert.equal(JSON.parse((await dream({ store, now: NOW })).report).memories, all.length);
});

test("names of 200 bytes count too", () => livesWith(6_000, 40, 200));

test("20 MiB and 100,000 files are dreamt over", { skip: !process.env.DREAMING_LONG && "DREAMING_LONG=1 plays it" }, async (t) => {
  for (const [files, bytes, name] of [[20_000, 1_024, 100], [100_000, 40, 20]]) {
    const began = Date.now();
    await livesWith(files, bytes, name);
    t.diagnostic(`${files} files: ${Date.now() - began} ms, ${process.memoryUsage().rss >> 20} MiB`);
  }
});
