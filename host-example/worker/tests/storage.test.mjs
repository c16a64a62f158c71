// What the handler reads and writes of its storage, counted: the same sources, over SQLite in this process.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, test } from "node:test";

import { Snapshot, entries } from "dreaming";
import { build } from "esbuild";

import { ROOT } from "./edges.mjs";
import { KEEPS, MEMORIES } from "./world.mjs";

const TOKEN = "token";
const STORE = "http://here/v1/memory_stores/counted";
let handler;
let sizes;
let limits;

before(async () => {
  const outdir = join(ROOT, "build/node");
  const entryPoints = ["handler", "sql", "size", "limits"].map((name) => join(ROOT, `src/${name}.ts`));
  const outExtension = { ".js": ".mjs" };
  await build({ entryPoints, outdir, outExtension, bundle: true, splitting: true, format: "esm", platform: "node", external: ["dreaming"] });
  handler = { ...(await import(join(outdir, "handler.mjs"))), ...(await import(join(outdir, "sql.mjs"))) };
  sizes = await import(join(outdir, "size.mjs"));
  limits = await import(join(outdir, "limits.mjs"));
});

/** A store in memory that counts what is read of it. */
function counted() {
  const database = new DatabaseSync(":memory:");
  const rows = (statement, ...values) => database.prepare(statement).all(...values);
  const transaction = (work) => {
    rows("BEGIN");
    try {
      const done = work();
      rows("COMMIT");
      return done;
    } catch (error) {
      rows("ROLLBACK");
      throw error;
    }
  };
  const storage = handler.sqlStorage({ rows, transaction });
  const world = { rows, read: 0, written: 0, die: false };
  const { get, list, write } = storage;
  storage.get = (key) => ((world.read += 1), get(key));
  storage.list = (...given) => {
    const found = list(...given);
    world.read += found.length;
    return found;
  };
  storage.write = (writes, expected) => {
    // Between the writes of a batch: the database takes them back.
    if (world.die) writes = [...writes, ["die", new Date()]];
    world.written += writes.length;
    return write(writes, expected);
  };
  const edge = { store: () => storage, token: TOKEN, now: () => 1_774_000_000_000 };
  world.storage = storage;
  world.ask = async (method, path, body, limits) => {
    const request = new Request(`${STORE}${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` }, body: body ?? null });
    const response = await handler.handler(request, { ...edge, limits });
    return { status: response.status, ...(response.status === 204 ? {} : await response.clone().json().catch(() => ({}))) };
  };
  return world;
}

/** What the store holds, counted anew. */
async function recounted({ rows, storage }) {
  const [before] = rows("SELECT value FROM entries WHERE key = 'size'");
  rows("DELETE FROM entries WHERE key = 'size'");
  const { size } = await sizes.sizeOf(storage);
  if (before !== undefined) rows("INSERT INTO entries VALUES ('size', ?)", before.value);
  return size;
}

test("a memory is written and taken away by reading it and the total, however many there are", async () => {
  const world = counted();
  for (let number = 0; number < 1000; number += 1) {
    assert.equal((await world.ask("PUT", `/memories/m${number}.md`, `- Memory ${number}.\n`)).status, 200);
  }
  for (const [method, path, body] of [["PUT", "new", "- New.\n"], ["PUT", "m500", "- Other.\n"], ["DELETE", "m501"]]) {
    Object.assign(world, { read: 0, written: 0 });
    assert.ok((await world.ask(method, `/memories/${path}.md`, body)).status < 300);
    assert.ok(world.read <= 8 && world.written <= 5, `${method} ${path}: ${world.read} read, ${world.written} written`);
  }
});

test("the total is that of what is there: after writes, revisions and deaths, and for a store that an older program wrote", async (t) => {
  const world = counted();
  const same = async (what) => {
    const { size } = await world.ask("GET", "");
    assert.deepEqual(size, await recounted(world), what);
    assert.ok(size.bytes > 0 && size.lines > 0 && size.memories > 0, what);
    return size;
  };
  for (const { path, text } of MEMORIES) await world.ask("PUT", `/memories/${path.split("/").map(encodeURIComponent).join("/")}`, text);
  const first = await same("after writes");
  assert.deepEqual([first.memories, first.lines, first.ledger], [3, 6, 0]);
  await world.ask("PUT", "/memories/team/rules.md", "- Short.\n");
  await world.ask("DELETE", "/memories/notes.md");
  await same("after a change and a removal");
  t.mock.method(console, "error", () => {}); // the death is logged
  world.die = true;
  assert.equal((await world.ask("PUT", "/memories/died.md", "- It died.\n")).status, 500);
  world.die = false;
  assert.equal((await world.ask("GET", "/memories/died.md")).status, 404);
  await same("after a death in the middle of a write");
  await world.ask("PUT", "/memories/twice.md", "- Say it once and say it well.\n- Say it once and say it well.\n");
  const dream = await world.ask("POST", "/dreams", JSON.stringify({ mode: "auto" }));
  assert.ok((await same("after the edits became a revision")).ledger > 0);
  const done = await world.ask("POST", `/dreams/${dream.id}/round`);
  assert.ok(done.committed, JSON.stringify(done));
  await same("after a dream");
  // An older program counts its writes and knows of no total.
  world.rows("UPDATE entries SET value = CAST(value + 1 AS TEXT) WHERE key = 'edits'");
  world.rows(`INSERT INTO entries VALUES ('m/older.md', '{"text":"- Older.\\n"}')`);
  assert.equal((await world.ask("GET", "")).size, null);
  await world.ask("PUT", "/memories/newer.md", "- Newer.\n");
  await same("after an older program wrote");
});

test("a memory has at most as many statements as lines that are not blank", () => {
  const odd = [
    "- - - a\n- b\n", "a\n\nb\n\n| a | b |\n|--|--|\n| c | d |\n", "- a\r- b\r\n- c\r", "a\u2028b\u2029c\u0085d\vb\fe", "1. - * + a\n> - b\n> > - c\n",
    "- a\n  b\n\n  c\n", "- [ ] - a\n", "- a\\\n- b  \nc\n", "- - a\n\n  - b\n- \n-\n-\n", "a<br>b\n***\nc\n", "```\n- a\n```\n- b", "   \n\t\n- a",
  ];
  for (const text of [...odd, ...MEMORIES.map((memory) => memory.text)]) {
    const snapshot = new Snapshot("");
    snapshot.addMemories([{ path: "a.md", text }]);
    const statements = entries(snapshot, 0, 1000).length;
    snapshot.free();
    const { lines } = sizes.ofMemory("a.md", text);
    assert.ok(statements <= lines && lines <= text.split(/[\r\n\u2028\u2029]/).length, `${JSON.stringify(text)}: ${statements} of ${lines}`);
  }
});

test("limits that a person set are limits that there are, and what dreams keep is what the tests count on", () => {
  assert.deepEqual(limits.limitsOf('{"lines":50000}'), { lines: 50_000 });
  for (const none of [undefined, "", "{}"]) assert.deepEqual(limits.limitsOf(none), {});
  for (const wrong of ["[1]", "1", "null", '{"rows":1}', '{"lines":0}', '{"lines":1.5}', '{"lines":"9"}', "lines=9", '{"toString":1}']) {
    assert.throws(() => limits.limitsOf(wrong), /LIMITS/, wrong);
  }
  assert.deepEqual(limits.KEEPS, KEEPS);
});
