// A trap. It has a file, and so a process, of its own: nothing works after it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DreamingError, Importer, MemoryStore, Snapshot, dream, settings } from "../dist/node.js";
import { RawImporter } from "../dist/wasm/dreaming.js";

test("after a trap every use is the error `trap`, and freeing is quiet", async () => {
  const snapshot = new Snapshot("");
  const importer = new Importer();
  const { push } = RawImporter.prototype;
  RawImporter.prototype.push = function (chunk) {
    this.__wbg_ptr = 0xfffffff0; // outside the memory of the module
    return push.call(this, chunk);
  };
  const trap = (error) => error instanceof DreamingError && error.code === "trap";
  assert.throws(() => importer.push(new Uint8Array(1)), (error) => {
    assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
    return trap(error);
  });
  assert.throws(() => settings(), trap);
  assert.throws(() => new Snapshot(""), trap);
  await assert.rejects(dream({ store: new MemoryStore(), now: 0 }), trap);
  importer.free();
  snapshot.free();
});
