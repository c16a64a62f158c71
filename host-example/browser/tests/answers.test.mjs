// What the answers of a person come to: a change that goes only together with others stays open without them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { transformWithOxc } from "vite";

const source = (name) => join(import.meta.dirname, "../src", name);
const module = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const plain = async (name) => (await transformWithOxc(readFileSync(source(name), "utf8"), source(name))).code;
const lines = module(await plain("lines.ts"));
const { everything, toChoice } = await import(module((await plain("answers.ts")).replace("./lines.js", lines)));

const target = (path, text) => [{ entry: "e", path, line: 3, text }];
const change = (id, more) => ({ id, operation: "add", cause: "distilled", gate: "review", path: "new.md", text: "Words.", targets: [], ...more });
// A line that moved into two statements, and the line of the index of the memory that it leaves empty.
const changes = [
  change("x"),
  change("y"),
  change("old", { operation: "supersede", cause: "outgrown", path: "old.md", text: null, targets: target("old.md", "Words."), needs: ["x", "y"] }),
  change("index", { operation: "retire", cause: "dangling", path: "MEMORY.md", text: null, targets: target("MEMORY.md", "[Old](old.md): words") }),
];
const accept = { tag: "accept" };
const of = (given) => toChoice({ given: new Map(Object.entries(given)), before: [] }, changes);

test("what moved goes with all that took it up, and its line of the index with it", () => {
  assert.deepEqual(of({ x: accept, y: accept, old: accept }).accept, ["x", "y", "old", "index"]);
  assert.deepEqual(everything(of({}), changes).accept, ["x", "y", "old", "index"]);
});

test("it stays open when one of them is not accepted as it is, and so does its line of the index", () => {
  const reworded = { tag: "accept", text: "My words." };
  for (const x of [undefined, { tag: "reject" }, reworded]) {
    const choice = of({ ...(x && { x }), y: accept, old: accept });
    assert.deepEqual(choice.accept, x === reworded ? ["x", "y"] : ["y"]);
  }
  const choice = of({ x: reworded });
  assert.deepEqual(everything(choice, changes), { accept: ["x", "y"], reject: [], edits: [{ change: "x", text: "My words." }] });
  assert.deepEqual(of({ old: accept }), { accept: [], reject: [], edits: [] });
});
