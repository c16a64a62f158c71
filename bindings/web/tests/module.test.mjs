// The entry for platforms that compile no WebAssembly at run time: the module is handed over. What it makes must be
// that of a golden case, byte for byte. This file imports no other entry: nothing else loads the engine.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DreamingError, MemoryStore, dream, fingerprint, load } from "../dist/worker.js";
import { SALT, loadCase } from "./cases.mjs";

const module = new WebAssembly.Module(readFileSync(new URL("../dist/wasm/dreaming_bg.wasm", import.meta.url)));

test("a module that is handed over makes the plan of a golden case", async () => {
  assert.throws(fingerprint, DreamingError);
  load(module);
  const before = fingerprint();
  load(module); // does nothing
  assert.equal(fingerprint(), before);
  const golden = loadCase("same-call-without-the-word-in-front");
  const [step] = golden.steps;
  const sessions = step.sessions.map((spec) => golden.session(spec)).map(({ id, parts }) => ({ id, parts: { main: parts.main } }));
  const store = new MemoryStore({ salt: SALT, memories: golden.memories, sessions });
  const { plan, report } = await dream({ store, now: Date.parse(step.now) });
  golden.check("1-plan.json", plan);
  golden.check("1-report.json", report);
});

test("workerd, node and others each find their own entry", () => {
  const found = (...conditions) => {
    const script = 'console.log(import.meta.resolve("dreaming"), import.meta.resolve("dreaming/worker"))';
    const flags = conditions.map((condition) => `--conditions=${condition}`);
    const printed = execFileSync(process.execPath, [...flags, "--input-type=module", "--eval", script], { cwd: new URL(".", import.meta.url), encoding: "utf8" });
    return printed.trim().split(" ").map((url) => url.split("/").at(-1));
  };
  assert.deepEqual(found(), ["node.js", "worker.js"]);
  assert.deepEqual(found("workerd"), ["workerd.js", "worker.js"]);
});
