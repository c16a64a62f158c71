// Memory is bounded by what is kept, not by what is read, and all of it is given back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, Snapshot, changes, dream } from "../dist/node.js";
import { RawDream, RawRun, RawSnapshot, initSync } from "../dist/wasm/dreaming.js";
import { NOW, ROUNDS, goodAnswer, message, shop } from "./world.mjs";

/** The module is there already, so this gives its exports and loads nothing. */
const { memory } = initSync();
const MIB = 1 << 20;

/** The classes of the module whose objects are given back. */
const RAW = [RawSnapshot, RawDream, RawRun];

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

test("every object of the module is freed, however a dream ends", async () => {
  const { seen, freed } = watched();
  await dream({ ...ROUNDS, store: shop(), model: goodAnswer });
  const controller = new AbortController();
  const model = () => (controller.abort(), new Promise(() => {}));
  const store = shop();
  await assert.rejects(dream({ ...ROUNDS, store, model, signal: controller.signal }));
  // The checkpoint of the aborted dream: gone on from, and turned down.
  await dream({ ...ROUNDS, store: store.clone(), model: goodAnswer });
  await dream({ ...ROUNDS, store: store.clone(), model: goodAnswer, instructions: "Look for lists." });
  await assert.rejects(dream({ now: NOW, store, policy: { "no.such": 1 } }), { code: "invalid-request" });
  for (const list of ["ledger", "sessions"]) {
    const broken = shop();
    broken[list] = () => { throw new Error("no"); };
    await assert.rejects(dream({ now: NOW, store: broken }), /no/);
  }
  store.write("notes.md", "x".repeat(102_401));
  await assert.rejects(dream({ now: NOW, store }), { code: "invalid-snapshot" });
  assert.throws(() => Snapshot.from({ ...store.contents(), head: "{}" }), { code: "invalid-document" });
  // A run for each dream that began.
  assert.ok(seen.size > 6, `${seen.size} objects`);
  assert.deepEqual([...seen].filter((object) => !freed.has(object)), []);
});

/** Notes the objects of the module that are used from now on, and those that are freed. */
function watched() {
  const [seen, freed] = [new Set(), new Set()];
  const wrap = (owner, name, note) => {
    const works = owner[name];
    owner[name] = function (...all) {
      const result = works.apply(this, all);
      for (const object of [this, result, ...all]) note(object);
      return result;
    };
  };
  const isRaw = (object) => RAW.some((kind) => object instanceof kind);
  for (const owner of RAW.flatMap((kind) => [kind.prototype, kind])) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (typeof owner[name] !== "function" || ["constructor", "prototype", "__wrap"].includes(name)) continue;
      if (["free", "__destroy_into_raw"].includes(name)) continue;
      wrap(owner, name, (object) => isRaw(object) && seen.add(object));
    }
    if (Object.hasOwn(owner, "free")) wrap(owner, "free", (object) => isRaw(object) && freed.add(object));
  }
  const { setHead } = RawSnapshot.prototype;
  RawSnapshot.prototype.setHead = function (record) {
    seen.add(this);
    setHead.call(this, record);
  };
  return { seen, freed };
}
