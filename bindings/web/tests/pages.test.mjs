// Lists of a store: a page that goes back is refused, no more is asked for than is needed, and an
// abort is heard between pages.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DreamingError, MemoryStore, dream } from "../dist/node.js";
import { NOW, SESSIONS, shop } from "./world.mjs";

async function refused(store, what) {
  await assert.rejects(dream({ store, now: NOW }), (error) => {
    assert.ok(error instanceof DreamingError, error.stack);
    assert.deepEqual([error.code, error.what], ["invalid-snapshot", what], error.message);
    return true;
  });
}

/** A store with at least two items in each list. */
async function full() {
  const store = shop();
  store.write("more.md", "- The port is 8080.\n");
  await dream({ store, now: NOW });
  store.write("more.md", "- The port is 8081.\n");
  await dream({ store, now: NOW });
  return store;
}

for (const list of ["memories", "ledger", "revisions", "sessions"]) {
  test(`pages of \`${list}\` that cycle or go back are an error that names the method`, async () => {
    const all = (await full())[list](list === "revisions" ? 0 : undefined);
    const [first, second] = all;
    assert.ok(second !== undefined);
    let calls;
    for (const page of [
      () => [[first], [second]][calls % 2], // for ever
      () => [[second], [first], []][calls], // back
      () => [second, first], // back on a page
      () => [first, first], // twice
      () => [[first, second], [second], []][calls], // one that was there
    ]) {
      const store = await full();
      calls = -1;
      store[list] = () => {
        calls += 1;
        assert.ok(calls < 5, "it asks for ever");
        return page();
      };
      await refused(store, list);
    }
  });
}

test("pages with items that are none are an error that names the method", async () => {
  for (const list of ["memories", "ledger", "sessions"]) {
    for (const item of [null, undefined, 7, {}]) {
      const store = await full();
      store[list] = () => [item];
      await refused(store, list);
    }
  }
  const store = await full();
  store.revisions = () => [null];
  await refused(store, "revisions");
  store.revisions = () => ["7"];
  await refused(store, "record");
});

test("a store that opens as nothing is an error that names the method", async () => {
  for (const opened of [null, undefined, "salt"]) {
    const store = shop();
    store.open = () => opened;
    await refused(store, "open");
  }
});

test("the order of pages is that of UTF-8 bytes", async () => {
  const paths = ["\uff5e.md", "\u{1f40c}.md"]; // by UTF-16 units the other way round
  const store = new MemoryStore({ memories: paths.map((path) => ({ path, text: "- One.\n" })) });
  await dream({ store, now: NOW });
  const { memories } = store;
  store.memories = (after) => memories.call(store, after).reverse();
  await refused(store, "memories");
});

test("pages of a MemoryStore hold everything once, also what was written since the page before", () => {
  const paths = (after) => store.memories(after).map(({ path }) => path);
  const store = new MemoryStore({ memories: ["b", "d", "f"].map((name) => ({ path: `${name}.md`, text: "" })) });
  assert.deepEqual(paths(), ["b.md", "d.md", "f.md"]);
  store.write("c.md", "- Two.\n");
  store.remove("f.md");
  assert.deepEqual(paths("b.md"), ["c.md", "d.md"]);
  assert.deepEqual(paths("ba.md"), ["c.md", "d.md"]);
  assert.deepEqual(paths("d.md"), []);
  store.write("c.md", "- Three.\n");
  assert.deepEqual([...store.contents().memories].map(({ text }) => text), ["", "- Three.\n", ""]);
});

test("no page of sessions is asked for after `dream.max-sessions` unread ones", async () => {
  const store = shop();
  const asked = [];
  store.sessions = (after) => {
    asked.push(after);
    return MemoryStore.prototype.sessions.call(store, after).slice(0, 1);
  };
  const { plan } = await dream({ store, now: NOW, policy: { "dream.max-sessions": 2 } });
  assert.deepEqual(JSON.parse(plan).sessions.map(({ session }) => session), SESSIONS.slice(0, 2));
  assert.deepEqual(asked, [undefined, SESSIONS[0]]);
});

test("an abort is heard while pages come without an end", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const store = shop();
  let calls = 0;
  store.memories = () => {
    calls += 1;
    assert.ok(calls < 200_000, "the signal is never heard");
    return [{ path: `${String(calls).padStart(9, "0")}.md`, text: "" }];
  };
  setTimeout(() => controller.abort(reason));
  await assert.rejects(dream({ store, now: NOW, signal: controller.signal }), (error) => error === reason);
  assert.ok(calls > 1);
});
