// Paths that are none of a memory: the engine says which, and whoever writes hears why.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { NOW } from "../world.mjs";
import { EDGE, edge, encoded, exported, fresh, nameOf, play } from "./edge.mjs";

/** What a file system, git or a tool would obey, and what is no Markdown file. */
const STRANGE = [".git/config", ".git/notes.md", "x/.GIT/hooks/a.md", ".claude/settings.json", ".envrc", "a.sh", "notes"];

describe(`the handler in ${EDGE}`, () => {
  test("a path that is none of a memory is a 400 with the engine's reason, and nothing is stored", async () => {
    const store = fresh();
    await edge.json("PUT", `${store}/memories/a.md`, "- A.\n");
    const before = await exported(store);
    for (const path of STRANGE) {
      const response = await edge.ask("PUT", `${store}/memories/${encoded(path)}`, "- Text.\n");
      const { code, message, what } = await response.json();
      assert.deepEqual([path, response.status, code, what], [path, 400, "invalid-snapshot", path]);
      assert.match(message, /is not usable: \S/);
      assert.equal(await edge.refusal("GET", `${store}/memories/${encoded(path)}`), "404 not-found");
    }
    assert.deepEqual(await exported(store), before);
    // Parts of sessions are no memories: their names are those of transcripts.
    for (const part of ["main", "subagents/one.jsonl", "a.md"]) {
      await edge.json("PUT", `${store}/sessions/s000/parts/${part}`, "x");
    }
  });

  test("a store in which an older version kept such a path says which, and dreams when it is away", async () => {
    const store = fresh();
    await edge.json("PUT", `${store}/memories/a.md`, "- A.\n");
    await edge.current.sql(nameOf(store), `INSERT INTO entries VALUES ('m/notes', '{"text":"- Older.\\n"}')`);
    const response = await edge.ask("POST", `${store}/dreams`, { now: NOW });
    const { code, what } = await response.json();
    assert.deepEqual([response.status, code, what], [400, "invalid-snapshot", "notes"]);
    assert.equal(await (await edge.ask("GET", `${store}/memories/notes`)).text(), "- Older.\n");
    await edge.json("DELETE", `${store}/memories/notes`);
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    assert.notEqual((await play(store, id)).status, "failed");
  });
});
