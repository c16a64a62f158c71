// The review of the README works on a store with an index, where an index line needs its addition.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { changes } from "../dist/node.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [dreaming, review] = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);

test("what the README reviews is applied, and the index line is left open", async () => {
  const without = (code) => code.replace(/^import .*\n/gm, "");
  const script = `
    import { MemoryStore, Snapshot, apply, changes, dream } from ${JSON.stringify(new URL("../dist/node.js", import.meta.url))};
    const console = { log() {} };
    ${without(dreaming).replace("const { plan }", 'store.write("MEMORY.md", "- [Notes](notes.md): servers\\n");\nconst { plan }')}
    ${without(review)}
    export { plan, store };`;
  const folder = mkdtempSync(join(tmpdir(), "dreaming-readme-"));
  try {
    const file = join(folder, "review.mjs");
    writeFileSync(file, script);
    const { plan, store } = await import(pathToFileURL(file).href);
    assert.deepEqual(changes(plan).map(({ kind }) => kind), ["index", "preference"]);
    const { text } = store.memories().find(({ path }) => path === "learned/preferences.md");
    assert.match(text, /always use tabs/);
    const { verdicts } = JSON.parse(store.revisions(0).at(-1));
    assert.deepEqual(verdicts.map(({ accepted }) => accepted), [true], "the index line was rejected");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
