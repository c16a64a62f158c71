// Memory is bounded by what is kept, not by what is read, and all of it is given back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, changes, dream } from "../dist/node.js";
import { initSync } from "../dist/wasm/dreaming.js";
import { NOW, ROUNDS, goodAnswer, message, shop } from "./world.mjs";

/** The module is there already, so this gives its exports and loads nothing. */
const { memory } = initSync();
const MIB = 1 << 20;

/** Bytes of the long session, and what the module may have after it. Chosen by us. */
const SESSION = 200 * MIB;
const BOUND = 8 * MIB;

test("a session of 200 MB leaves the module below 8 MiB", async () => {
  const encoder = new TextEncoder();
  const filler = "lorem ipsum ".repeat(80);
  let sent = 0;
  const store = new MemoryStore({ memories: [{ path: "notes.md", text: "- Use spaces.\n" }] });
  store.sessions = (after) => (after === undefined ? [{ id: "long", parts: [{ name: "main", bytes: SESSION }] }] : []);
  store.read = async function* () {
    for (let line = 0; sent < SESSION; ) {
      let block = "";
      for (; block.length < 1 << 16; line += 1) {
        const said = line % 50_000 === 0 ? "Always use tabs for indentation." : `Line ${line} ${filler}`;
        block += message("long", line, line % 2 === 0 ? "user" : "assistant", said);
      }
      sent += block.length;
      yield encoder.encode(block);
    }
  };
  const { plan, report } = await dream({ store, now: NOW });
  assert.ok(sent >= SESSION);
  assert.equal(JSON.parse(report).bytes, sent);
  assert.ok(changes(plan).length > 0);
  const { byteLength } = memory.buffer;
  assert.ok(byteLength <= BOUND, `${byteLength} bytes`);
  console.log(`after ${sent} bytes the module has ${byteLength} bytes`);
});

test("dreams that end, fail and are aborted give all memory back", async () => {
  const rounds = async (count) => {
    for (let n = 0; n < count; n += 1) {
      await dream({ ...ROUNDS, store: shop(), model: goodAnswer });
      const controller = new AbortController();
      const model = () => (controller.abort(), new Promise(() => {}));
      await assert.rejects(dream({ ...ROUNDS, store: shop(), model, signal: controller.signal }));
      const store = shop();
      store.ledger = () => [{ key: "entry/e0", value: "{}" }];
      await assert.rejects(dream({ ...ROUNDS, store, model: goodAnswer }), { code: "invalid-snapshot" });
      store.write("notes.md", "x".repeat(102_401));
      await assert.rejects(dream({ ...ROUNDS, store, model: goodAnswer }), { code: "invalid-snapshot" });
    }
  };
  await rounds(10);
  const before = memory.buffer.byteLength;
  await rounds(60);
  assert.equal(memory.buffer.byteLength, before);
});
