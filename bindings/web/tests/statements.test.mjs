// Statements of a host that keeps its memories in a form of its own.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";

import { DreamingError, Statements, prune, reconcile, score } from "../dist/node.js";

const DAY = 86_400_000;
const NOW = 10 * DAY;
const TEXT = "The staging shop resets every night at two.";
const SAME = [
  { id: "a", text: TEXT, said: DAY },
  { id: "b", text: TEXT, said: 2 * DAY, support: { sessions: 3, agents: 1, days: 2 } },
  { id: "c", text: "Images above two megabytes are rejected by uploads.", said: DAY, note: "a field of the host" },
];

/** Statements that are given back after the test. */
const open = [];
function kept(statements) {
  open.push(statements);
  return statements;
}
afterEach(() => open.splice(0).forEach((statements) => statements[Symbol.dispose]()));

/** A file that every host reads: `tests/statements.rs` of the engine writes what is expected. */
function shared(name) {
  return JSON.parse(readFileSync(new URL(`../../../tests/statements/${name}`, import.meta.url), "utf8"));
}

test("statements come to what native code says of them, in any order", () => {
  const { now, budget, instructions, statements } = shared("given.json");
  const expected = shared("expected.json");
  for (const given of [statements, statements.toReversed()]) {
    const all = kept(Statements.from(given));
    const relations = reconcile(all);
    assert.deepEqual(relations, expected.relations);
    assert.deepEqual(score(all, { now, instructions }), expected.scores);
    const goes = relations.filter(({ tie }) => tie !== "contradicts").map(({ older }) => older);
    assert.deepEqual(prune(all, { now, instructions, budget, without: goes }), expected.kept);
  }
});

test("the newer of two equal statements stays, in whatever order they come", () => {
  for (const statements of [SAME, SAME.toReversed()]) {
    const all = kept(Statements.from(statements));
    const [relation, ...others] = reconcile(all);
    assert.deepEqual(others, []);
    assert.deepEqual([relation.older, relation.newer, relation.tie], ["a", "b", "same"]);
    assert.equal(relation.similarity, 1_000_000);
  }
});

test("of two values under one subject the later holds", () => {
  const all = kept(Statements.from([
    { id: "a", text: "The shop listens on port 80.", subject: "shop port", said: DAY },
    { id: "b", text: "The shop listens on port 81.", subject: "shop port", said: 2 * DAY },
  ]));
  assert.deepEqual(reconcile(all).map(({ older, tie }) => [older, tie]), [["a", "updates"]]);
});

test("similarities of the host widen what is compared and lift no guard", () => {
  const first = { id: "a", text: "Nightly backups of the shop go to the second data centre.", said: DAY };
  for (const [text, reasons] of [
    ["Every night a copy of the shop is written to data centre two.", ["similar"]],
    ["Nightly backups never go to the second data centre.", []],
  ]) {
    const all = kept(Statements.from([first, { id: "b", text, said: 2 * DAY }]));
    all.addSimilarities([{ a: "a", b: "b", similarity: 910_000 }]);
    const same = reconcile(all).filter(({ tie }) => tie === "same");
    assert.deepEqual(same.map(({ reason }) => reason), reasons);
  }
});

test("scores are parts by id, and the budget keeps the best", () => {
  const all = kept(Statements.from(SAME));
  const scores = score(all, { now: NOW });
  assert.deepEqual(scores.map(({ id }) => id), ["a", "b", "c"]);
  assert.ok(scores[1].support > scores[0].support && scores[1].total > scores[0].total);
  assert.deepEqual(prune(all, { now: NOW, budget: 100, without: ["a"] }), ["b", "c"]);
  assert.deepEqual(prune(all, { now: NOW, budget: 11, without: [] }), ["b"]);
  assert.deepEqual(prune(all, { now: NOW, budget: 0 }), []);
});

test("many pages are one value", () => {
  const text = "x ".repeat(60_000);
  const all = kept(Statements.from(Array.from({ length: 40 }, (_, at) => ({ id: `${at}`, text: `${text}${at}` }))));
  assert.equal(score(all, { now: NOW }).length, 40);
});

test("what cannot be used is an error that names it", () => {
  const twice = kept(Statements.from([SAME[0], SAME[0]]));
  for (const [use, code, what] of [
    [() => reconcile(twice), "invalid-request", "a"],
    [() => reconcile(twice, { "no.such": true }), "invalid-request", "no.such"],
    [() => Statements.from([{ id: "a", text: TEXT, trust: "much" }]), "invalid-request", "statements"],
    [() => Statements.from([{ id: "a", text: "x".repeat(1 << 21) }]), "too-large", "a"],
    [() => Statements.from(7), "invalid-request", "statements"],
    [() => reconcile({}), "invalid-request", "all"],
    [() => prune(twice, { now: NOW, budget: -1 }), "invalid-request", "budget"],
  ]) {
    assert.throws(use, (error) => {
      assert.ok(error instanceof DreamingError, error.stack);
      assert.deepEqual([error.code, error.what], [code, what], error.message);
      return true;
    });
  }
});
