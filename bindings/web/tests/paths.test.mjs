// Which paths a memory may have: the engine says it of a snapshot, `isMemoryPath` to who writes files.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, Snapshot, isMemoryPath } from "../dist/node.js";

const USABLE = ["MEMORY.md", "notes/été.md", "日本/メモ.md", "a.mdc", ".cursor/rules/a.mdc", "x/.github/a.md", ".gitea/a.md", "git/a.b.md"];
const NOT = [
  "", "a", "a.txt", "a.MD", "run.sh", ".md", "x/.mdc", ".envrc", ".a.md", "a.md/b", "/a.md", "a//b.md", "a/./b.md", "../a.md", "a\\b.md",
  "a\nb.md", ".git/config", ".git/a.md", "x/.GIT/hooks/a.md", ".git./a.md", ".git ./a.md", "GIT~1/a.md", ".git::$INDEX_ALLOCATION/a.md",
  ".claude/settings.json",
];

test("a memory is a Markdown file that is not hidden, and nothing of git", () => {
  const taken = (path) => new Snapshot("").addMemories([{ path, text: "- x\n" }]);
  for (const path of USABLE) {
    assert.ok(isMemoryPath(path), path);
    taken(path);
  }
  for (const path of NOT) {
    assert.ok(!isMemoryPath(path), path);
    assert.throws(() => taken(path), { code: "invalid-snapshot", what: path }, path);
  }
});

test("a revision that no engine made puts nothing elsewhere into a store", () => {
  for (const path of NOT) {
    const store = new MemoryStore();
    const memories = [{ path: "a.md", text: "- A.\n" }, { path, text: "x\n" }];
    const forged = { revision: "1", record: "{}", memories, ledger: [] };
    assert.throws(() => store.commit(forged), { code: "invalid-snapshot", what: path });
    assert.deepEqual([store.head, store.memories()], [undefined, []]);
  }
});
