// What a dream says that went on from a kept checkpoint.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, dream } from "../dist/node.js";
import { NOW } from "./world.mjs";

test("a plan that was finished and left is given again, says so, and goes when the checkpoint is forgotten", async () => {
  const message = { role: "user", content: "From now on, always use tabs for indentation." };
  const main = JSON.stringify({ type: "user", uuid: "u", sessionId: "mon", timestamp: "2026-03-02T09:00:00Z", message });
  const store = new MemoryStore({ sessions: [{ id: "mon", parts: { main } }] });
  const first = await dream({ store, now: NOW });
  assert.equal("resumed" in first, false);
  const second = await dream({ store, now: NOW + 1 });
  assert.deepEqual([second.plan, second.resumed], [first.plan, true]);
  store.forget();
  const third = await dream({ store, now: NOW + 1 });
  assert.deepEqual([JSON.parse(third.plan).now, third.resumed], [NOW + 1, undefined]);
});
