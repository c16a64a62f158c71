// A trap. It has a file, and so a process, of its own: nothing works after it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DreamingError, MemoryStore, Snapshot, dream, settings } from "../dist/node.js";
import { RawSnapshot } from "../dist/wasm/dreaming.js";

test("after a trap every use is the error `trap`, and freeing is quiet", async () => {
  const snapshot = new Snapshot("");
  const broken = new Snapshot("");
  const { setHead } = RawSnapshot.prototype;
  RawSnapshot.prototype.setHead = function (record) {
    this.__wbg_ptr = 0xfffffff0; // outside the memory of the module
    return setHead.call(this, record);
  };
  const trap = (error) => error instanceof DreamingError && error.code === "trap";
  assert.throws(() => broken.setHead("{}"), (error) => {
    assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
    return trap(error);
  });
  assert.throws(() => settings(), trap);
  assert.throws(() => new Snapshot(""), trap);
  await assert.rejects(dream({ store: new MemoryStore(), now: 0 }), trap);
  broken.free();
  snapshot.free();
});
