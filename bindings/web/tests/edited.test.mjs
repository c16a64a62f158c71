// What people write into a store while a dream runs: no revision writes over it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, dream } from "../dist/node.js";
import { NOW, transcript } from "./world.mjs";

/** A memory of which a dream takes a line out by itself. */
const TWICE = "- Use tabs for indentation.\n- Use tabs for indentation.\n";
const auto = (store) => dream({ store, now: NOW, mode: "auto" });

/** A store over that memory, in which `act` happens when the dream asks for `name` for the first time. */
function disturbed(name, act) {
  const memories = [{ path: "notes.md", text: TWICE }, { path: "other.md", text: "- The port is 80.\n" }];
  const store = new MemoryStore({ salt: "shop", memories, sessions: [{ id: "mon", parts: { main: transcript("mon") } }] });
  const { [name]: works } = store;
  store[name] = (...all) => {
    store[name] = works;
    const result = works.apply(store, all);
    act(store);
    return result;
  };
  return store;
}

const textOf = (store, path) => store.memories().find((memory) => memory.path === path)?.text;

test("an edit while sessions are read is not written over: the dream is a conflict, and the next one reads it", async () => {
  const edited = `${TWICE}- Never deploy on Fridays.\n`;
  const store = disturbed("read", () => store.write("notes.md", edited));
  await assert.rejects(auto(store), { code: "conflict", what: "notes.md" });
  assert.equal(textOf(store, "notes.md"), edited);
  await auto(store);
  assert.equal(textOf(store, "notes.md"), "- Use tabs for indentation.\n- Never deploy on Fridays.\n");
});

test("a memory that was taken away in the meantime stays away", async () => {
  const store = disturbed("read", () => store.remove("notes.md"));
  await assert.rejects(auto(store), { code: "conflict", what: "notes.md" });
  assert.equal(textOf(store, "notes.md"), undefined);
});

test("an edit of another memory, or one that was taken back, is no conflict", async () => {
  const store = disturbed("read", () => {
    store.write("other.md", "- The port is 8080.\n");
    store.write("notes.md", "- Use spaces.\n");
    store.write("notes.md", TWICE);
  });
  await auto(store);
  assert.deepEqual([textOf(store, "notes.md"), textOf(store, "other.md")], ["- Use tabs for indentation.\n", "- The port is 8080.\n"]);
});

test("an edit after the memories were read outlives the revision that says what was read", async () => {
  for (const text of ["- Use spaces.\n", undefined]) {
    const act = () => (text === undefined ? store.remove("notes.md") : store.write("notes.md", text));
    const store = disturbed("ledger", act);
    await assert.rejects(auto(store), { code: "conflict", what: "notes.md" });
    assert.equal(textOf(store, "notes.md"), text);
    assert.equal(store.revisions(0).length, 1, "what was read is a revision");
    await auto(store);
    assert.equal(textOf(store, "notes.md"), text);
  }
});
