// The package in a module worker of node, beside the one in the main thread.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

import { dream } from "../dist/node.js";
import { ROUNDS, goodAnswer, shop } from "./world.mjs";

const run = () => dream({ ...ROUNDS, store: shop(), model: goodAnswer });

if (isMainThread) {
  test("a worker makes the plan of the main thread, byte for byte", async () => {
    const worker = new Worker(new URL(import.meta.url));
    const [result] = await once(worker, "message");
    await worker.terminate();
    assert.ok(result.plan.length > 1000);
    assert.deepEqual(result, await run());
  });
} else {
  parentPort.postMessage(await run());
}
