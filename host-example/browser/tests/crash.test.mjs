// What the page hears when its worker fails: no question waits for ever.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { transformWithOxc } from "vite";

/** A worker that answers nothing by itself. */
class Silent {
  asked = [];
  isEnded = false;

  constructor() {
    Silent.last = this;
  }
  postMessage(message) {
    this.asked.push(message);
  }
  terminate() {
    this.isEnded = true;
  }
}

let Engine;
before(async () => {
  const source = join(import.meta.dirname, "../src/worker.ts");
  const { code } = await transformWithOxc(readFileSync(source, "utf8"), source);
  const own = code.replace(/^import workerUrl .*$/m, 'const workerUrl = "main.js";');
  assert.notEqual(own, code);
  ({ Engine } = await import(`data:text/javascript,${encodeURIComponent(own)}`));
  globalThis.Worker = Silent;
  globalThis.document = { baseURI: "http://127.0.0.1/" };
});

/** What becomes of a promise while nothing else happens. */
async function outcome(promise) {
  const settled = promise.then(() => "answered", ({ code, message }) => `${code}: ${message}`);
  return await Promise.race([settled, new Promise((done) => setTimeout(done, 200, "it waits for ever"))]);
}

const FAILED = /^trap: the engine failed, load the page anew: /;
for (const [what, fail] of [
  ["throws", (worker) => worker.onerror({ message: "no memory left" })],
  ["gives what cannot be read", (worker) => worker.onmessageerror?.({})],
]) {
  test(`a worker that ${what}: what was asked is rejected, and what is asked later`, async () => {
    const engine = new Engine();
    const worker = Silent.last;
    worker.onmessage({ data: { tag: "ready" } });
    const asked = engine.ask("kept", null);
    asked.catch(() => {});
    await engine.loaded();
    await new Promise(setImmediate);
    assert.equal(worker.asked.length, 1);
    fail(worker);
    assert.match(await outcome(asked), FAILED);
    assert.match(await outcome(engine.ask("kept", null)), FAILED);
    assert.ok(worker.isEnded, "it would go on asking the model");
  });
}

test("a worker that cannot be loaded", async () => {
  const engine = new Engine();
  Silent.last.onmessage({ data: { tag: "failed", message: "404" } });
  assert.match(await outcome(engine.ask("kept", null)), FAILED);
});
