// Misspelt names of options: each is an error that has the name and the names that there are.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import {
  Dream,
  DreamingError,
  MemoryStore,
  Snapshot,
  Statements,
  anthropic,
  apply,
  dream,
  erase,
  openai,
  pack,
  plan,
  prune,
  readFiles,
  render,
  renderFiles,
  reopen,
  revert,
  score,
} from "../dist/node.js";
import { NOW, shop } from "./world.mjs";

const store = new Snapshot("");
const statements = new Statements();
const FORM = { file: "{name}.md", name: 40, description: 100 };
const BY = { reviewer: "", note: "", now: NOW };

/** Functions that take named options: their type, where it is called otherwise, and options that can be used. */
const TAKES = {
  dream: [dream, "DreamOptions", () => ({ store: shop(), now: NOW })],
  "Dream.start": [(given) => Dream.start(given, store), "Request", () => ({ now: NOW, sessions: [] })],
  plan: [(given) => plan(store, [], given), "PlanRequest", () => ({ now: NOW })],
  anthropic: [anthropic, "AnthropicOptions", () => ({ model: "m" })],
  openai: [openai, "ServiceOptions", () => ({ model: "m" })],
  pack: [(given) => pack(store, given), "PackOptions", () => ({ budget: 1 })],
  render: [(given) => render(store, given), "RenderOptions", () => ({})],
  renderFiles: [(given) => renderFiles(store, given), "RenderFilesOptions", () => ({ form: FORM })],
  form: [(form) => renderFiles(store, { form }), "Form", () => FORM],
  "form of readFiles": [(form) => readFiles(store, form, []), "Form", () => FORM],
  index: [(index) => renderFiles(store, { form: { ...FORM, index } }), "IndexForm", () => ({ path: "MEMORY.md" })],
  score: [(given) => score(statements, given), "WeighOptions", () => ({ now: NOW })],
  prune: [(given) => prune(statements, given), "PruneOptions", () => ({ now: NOW, budget: 1 })],
  MemoryStore: [(given) => new MemoryStore(given), "MemoryStoreOptions", () => ({})],
};

/** The fields of the types of the package, as the compiler wrote them into `dist`. */
function fieldsOf() {
  const dist = new URL("../dist/", import.meta.url).pathname;
  const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"));
  const types = new Map();
  for (const text of files.map((name) => readFileSync(join(dist, name), "utf8"))) {
    for (const [, name, base, body] of text.matchAll(/^export interface (\w+)(?: extends (\w+))? \{\n([^]*?)^\}/gm)) {
      types.set(name, { base, own: [...body.matchAll(/^ {4}(\w+)\??[:(]/gm)].map(([, field]) => field) });
    }
    for (const [, name, picked] of text.matchAll(/^export type (\w+) = Pick<\w+, ([^>]+)>/gm)) {
      types.set(name, { own: [...picked.matchAll(/\w+/g)].map(([field]) => field) });
    }
  }
  const all = (name) => (name === undefined ? [] : [...all(types.get(name).base), ...types.get(name).own]);
  return (name) => all(name).sort();
}

/** The error for options that cannot be used. */
async function refused(take, given) {
  let thrown;
  try {
    await take(given);
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof DreamingError, String(thrown));
  assert.equal(thrown.code, "invalid-request");
  return thrown;
}

const fields = fieldsOf();
for (const [name, [take, type, usable]] of Object.entries(TAKES)) {
  test(`${name}: an unknown name is refused with the names of \`${type}\``, async () => {
    await take(usable());
    const error = await refused(take, { ...usable(), modle: "x" });
    assert.equal(error.what, "modle");
    const named = [...error.message.matchAll(/`(\w+)`/g)].map(([, field]) => field).sort();
    assert.ok(named.length > 0 && error.message.startsWith("modle: "), error.message);
    assert.deepEqual(named, fields(type));
    // As good as absent, as everywhere.
    await take({ ...usable(), modle: undefined });
  });
}

test("the names of a decision, and a whole decision in the place of who, why and when", async () => {
  const decision = { ...BY, accept: { tag: "auto" }, reject: [] };
  const { plan: made } = plan(store, [], { now: NOW });
  assert.ok(apply(store, made, decision).revision);
  const error = await refused(() => apply(store, made, { ...decision, edit: [] }), {});
  assert.equal(error.what, "edit");
  assert.match(error.message, /^edit: .*`accept`, `reject`, `edits`, `reviewer`, `note`, `now`/);
  const going = [
    (by) => revert(store, store, by),
    (by) => reopen(store, ["c0"], by),
    (by) => erase(store, { tag: "session", val: "s" }, by),
  ];
  for (const go of going) {
    assert.equal((await refused(() => go({ ...BY, becuase: "x" }), {})).what, "becuase");
    // It is taken, and then refused for this store.
    assert.throws(() => go(decision), ({ what }) => !Object.hasOwn(decision, what));
  }
});

test("a misspelt model or policy ends a dream before it begins", async () => {
  const untouched = new Proxy({}, { get: (_, name) => assert.fail(`it used ${String(name)}`) });
  for (const name of ["modle", "polcy", "onprogress"]) {
    assert.equal((await refused(dream, { store: untouched, now: NOW, [name]: {} })).what, name);
  }
});

test("objects of a host that is asked for memories, rows and sessions may have more fields", async () => {
  const more = (item) => ({ ...item, row: 7 });
  const given = shop();
  const [memory] = given.memories();
  const rich = new MemoryStore({ memories: [more(memory)], sessions: [more({ id: "mon", parts: { main: "{}\n" } })] });
  const { contents } = rich;
  rich.open = () => more(MemoryStore.prototype.open.call(rich));
  await dream({ store: rich, now: NOW });
  Snapshot.from(more(contents.call(rich))).free();
  Statements.from([more({ id: "a", text: "One." })]).free();
});
