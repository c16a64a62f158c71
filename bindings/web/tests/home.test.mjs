// The store as a block in a file that agents load.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DreamingError,
  MemoryStore,
  Snapshot,
  readBack,
  readFiles,
  render,
  renderFiles,
  without,
} from "../dist/node.js";

/** A store of two memories. */
function shop() {
  const memories = [
    { path: "deploy.md", text: "# Deploy\n\n- Staging is blue.\n" },
    { path: "style.md", text: "- Use tabs.\n" },
  ];
  return Snapshot.from(new MemoryStore({ memories }).contents());
}

test("a file gets the block, keeps its own text, and gives it back", () => {
  const store = shop();
  const { text, entries, leftOut } = render(store, { file: "# Shop\n" });
  assert.deepEqual([entries, leftOut], [2, 0]);
  assert.ok(text.startsWith("# Shop\n\n<!-- dreaming:") && text.includes("\n- Use tabs.\n"), text);
  assert.deepEqual(readBack(store, text), { edited: [], memories: [], stuck: [] });
  assert.equal(render(store, { file: text }).text, text);
  assert.equal(without(text), "# Shop\n");
  assert.equal(render(store, { lines: 9 }).leftOut, 1);
});

test("what was changed in the block comes back as texts of memories", () => {
  const store = shop();
  const file = render(store, {}).text.replace("is blue", "is green");
  const { edited, memories } = readBack(store, file);
  assert.deepEqual(edited, [{ path: "deploy.md", before: "Staging is blue.", after: "Staging is green." }]);
  assert.deepEqual(memories, [{ path: "deploy.md", text: "# Deploy\n\n- Staging is green.\n" }]);
});

test("a damaged block is refused with a reason", () => {
  const file = render(shop(), {}).text.split("\n").slice(0, -2).join("\n");
  const refused = (error) => error instanceof DreamingError && error.code === "invalid-document";
  assert.throws(() => without(file), refused);
  assert.throws(() => render(shop(), { file }), refused);
});

test("a folder of small files gets an index, and gives edits back", () => {
  const store = shop();
  const head = '---\nname: {name}\ndescription: "{description}"\n---\n';
  const form = { file: "{name}.md", head, name: 64, description: 200, index: { path: "MEMORY.md", lines: 200 } };
  const { files, remove, entries, leftOut } = renderFiles(store, { form });
  assert.deepEqual([files.length, remove, entries, leftOut], [3, [], 2, []]);
  assert.equal(files[2].path, "MEMORY.md");
  assert.deepEqual(renderFiles(store, { form, files }).files, files);
  assert.deepEqual(readFiles(store, form, files), { edited: [], memories: [], stuck: [] });
  const edited = files.map(({ path, text }) => ({ path, text: text.replace("- Staging is blue", "- Staging is green") }));
  const { memories } = readFiles(store, form, edited);
  assert.deepEqual(memories, [{ path: "deploy.md", text: "# Deploy\n\n- Staging is green.\n" }]);
  const gone = renderFiles(store, { form: { ...form, files: 0 }, files });
  assert.deepEqual([gone.files, gone.remove.length], [[], 3]);
  const mine = [{ path: "use-tabs.md", text: "mine\n" }];
  assert.throws(() => renderFiles(store, { form, files: mine }), { code: "invalid-document" });
  assert.throws(() => renderFiles(store, { form: { ...form, file: "x.md" } }), { code: "invalid-request" });
});
