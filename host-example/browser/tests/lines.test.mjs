// Which lines of an index follow from which changes: as the command's review has it (commands/review/lines.rs).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { transformWithOxc } from "vite";

const source = join(import.meta.dirname, "../src/lines.ts");
const { code } = await transformWithOxc(readFileSync(source, "utf8"), source);
const { lines, verdict } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const change = (id, more) => ({ id, operation: "add", cause: "stated", gate: "review", text: "Words.", targets: [], ...more });
const line = (id, text) => change(id, { cause: "index", path: "MEMORY.md", text });
const said = (of) => (id) => of[id];

test("a line comes with the first statement of its memory, and is rejected with all", () => {
  const all = [
    change("a", { path: "x/y.md" }),
    change("b", { path: "x/y.md" }),
    change("c", { path: "y.md" }),
    change("d", { path: "gone.md", gate: "blocked" }),
    line("1", "[Y](x/y.md): why"),
    line("2", "[[x/y]]: why"),
    line("3", "[Other](other.md): there already"),
    line("4", "[Gone](gone.md): blocked"),
    line("5", "@x/y.md"),
    line("6", "@x/y.md.md"),
  ];
  const found = lines(all);
  assert.deepEqual(found.map(({ change, of }) => [change.id, of]), [
    ["1", ["a", "b"]],
    ["2", ["a", "b"]],
    ["5", ["a", "b"]],
  ]);
  assert.equal(verdict(found[0], said({ a: "reject", b: "accept" })), "accept");
  assert.equal(verdict(found[0], said({ b: "reject" })), undefined);
  assert.equal(verdict(found[0], said({ a: "reject", b: "reject" })), "reject");
});

test("a line goes when all are accepted that empty its memory", () => {
  const target = (path, text) => [{ entry: "e", path, line: 3, text }];
  const goes = (id) => change(id, { operation: "merge", cause: "duplicate", text: null, targets: target("old.md", "Words.") });
  const dangling = { operation: "retire", cause: "dangling", path: "MEMORY.md", text: null };
  const all = [goes("a"), goes("b"), change("1", { ...dangling, targets: target("MEMORY.md", "[Old](old.md): words") })];
  const [found, ...others] = lines(all);
  assert.deepEqual([found.of, others], [["a", "b"], []]);
  assert.equal(verdict(found, said({ a: "accept", b: "accept" })), "accept");
  assert.equal(verdict(found, said({ a: "accept", b: "reject" })), undefined);
});
