// The examples of the README, as they stand there.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import * as dreamingPackage from "../dist/node.js";

const { changes } = dreamingPackage;

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [dreaming, review] = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);
const [, said] = /```text\n([^]*?)```/.exec(readme);

/** Runs code of the README as a module that exports `names`, and gives these and what it printed. */
async function run(code, names) {
  const script = `
    import { MemoryStore, Snapshot, apply, changes, dream } from ${JSON.stringify(new URL("../dist/node.js", import.meta.url))};
    export let printed = "";
    const console = { log: (line) => (printed += line + "\\n") };
    ${code.replace(/^import .*\n/gm, "")}
    export { ${names} };`;
  const folder = mkdtempSync(join(tmpdir(), "dreaming-readme-"));
  try {
    const file = join(folder, "example.mjs");
    writeFileSync(file, script);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The first example over a store to which `more` was done before. */
const after = (more) => dreaming.replace("const { plan,", `${more}\nconst { plan,`);

test("every function in the table of the README is one of the package", () => {
  const table = readme.slice(readme.indexOf("| function |"), readme.indexOf("## Statements without a folder"));
  const names = [...table.matchAll(/^\| `(\w+)(?:\.(\w+))?\(/gm)].map(([, name, method]) => [name, method]);
  assert.ok(names.length >= 12, String(names));
  for (const [name, method] of names) {
    const found = dreamingPackage[name];
    assert.equal(typeof (method === undefined ? found : found[method]), "function", name);
  }
});

test("the dream of the README prints what the README says", async () => {
  assert.equal((await run(dreaming, "plan")).printed, said);
});

test("the dream of the README prints what goes and what stays of a merge", async () => {
  const line = "Run the formatter before every commit of yours.";
  const more = `store.write("rules.md", "- ${line}\\n- ${line}\\n");`;
  const { plan, printed } = await run(after(more), "plan");
  const operations = changes(plan).map(({ operation }) => operation);
  assert.ok(operations.includes("merge") && operations.includes("add"), operations.join());
  assert.doesNotMatch(printed, /undefined|null|\[object/);
  assert.match(printed, new RegExp(`^merge rules\\.md \\[\\w+\\]\n  - ${line}\n  = ${line}\n  \\w`, "m"));
  for (const { text } of changes(plan)) assert.ok(text === undefined || printed.includes(`  + ${text}\n`), text);
});

test("the dream and the review of the README stand in one file, with a change and with none", async () => {
  const package_ = JSON.stringify(new URL("../dist/node.js", import.meta.url));
  const both = `${dreaming}\n${review}`.replaceAll('"dreaming"', package_);
  const none = both.replace("From now on, always use tabs for indentation.", "Thanks.");
  assert.notEqual(none, both);
  for (const [code, operations] of [[both, ["add"]], [none, []]]) {
    const folder = mkdtempSync(join(tmpdir(), "dreaming-readme-"));
    try {
      const file = join(folder, "example.mjs");
      writeFileSync(file, `${code}\nexport { committed, plan, store };`);
      const { committed, plan, store } = await import(pathToFileURL(file).href);
      assert.deepEqual(changes(plan).map(({ operation }) => operation), operations);
      assert.equal(committed === undefined, operations.length > 0);
      assert.equal(JSON.parse(store.contents().head).kind, "dream");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

test("the worker of the README answers also when the dream fails", async () => {
  const [, code] = /```js\n(\/\/ worker\.js[^]*?)```/.exec(readme);
  const script = code.replace('"dreaming"', JSON.stringify(new URL("../dist/node.js", import.meta.url)));
  const folder = mkdtempSync(join(tmpdir(), "dreaming-readme-"));
  const said = [];
  Object.assign(globalThis, { postMessage: (message) => said.push(message), storeOf: (data) => data });
  try {
    const file = join(folder, "worker.mjs");
    // In a module of node the name has to be there before it is given a value.
    writeFileSync(file, `let onmessage;\n${script}\nexport { onmessage };`);
    const worker = await import(pathToFileURL(file).href);
    await worker.onmessage({ data: new dreamingPackage.MemoryStore() });
    await worker.onmessage({ data: null });
    assert.equal(typeof said[0].result.plan, "string");
    assert.deepEqual(said[1], { error: { code: "invalid-request", message: "store: it is no object" } });
  } finally {
    delete globalThis.postMessage;
    delete globalThis.storeOf;
    rmSync(folder, { recursive: true });
  }
});

test("what the README reviews is applied, and the index line is left open", async () => {
  const { plan, store } = await run(after('store.write("MEMORY.md", "- [Notes](notes.md): servers\\n");') + review, "plan, store");
  assert.deepEqual(changes(plan).map(({ kind }) => kind), ["index", "preference"]);
  const { text } = store.memories().find(({ path }) => path === "learned/preferences.md");
  assert.match(text, /always use tabs/);
  const { verdicts } = JSON.parse(store.revisions(0).at(-1));
  assert.deepEqual(verdicts.map(({ accepted }) => accepted), [true], "the index line was rejected");
});
