// What the handler reads and writes of its database, counted: the same sources, over SQLite in this process.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, test } from "node:test";

import { Snapshot, entries, verify } from "dreaming";
import { build } from "esbuild";

import { ROOT } from "./edges.mjs";
import { KEEPS, MEMORIES, ids, transcript } from "./world.mjs";

const sources = {};

before(async () => {
  const outdir = join(ROOT, "build/node");
  const names = ["handler", "limits", "ids", "path", "db/size", "db/sql"];
  const entryPoints = names.map((name) => join(ROOT, `src/${name}.ts`));
  const options = { bundle: true, splitting: true, format: "esm", platform: "node", external: ["dreaming"], outExtension: { ".js": ".mjs" } };
  await build({ entryPoints, outdir, outbase: join(ROOT, "src"), ...options });
  for (const name of names) sources[name] = await import(join(outdir, `${name}.mjs`));
});

/** A workspace in memory that counts what is read and written of it; over one database there may be several processes. */
function counted(settings = {}, database = new DatabaseSync(":memory:")) {
  // `left`: transactions that are carried out; the next one ends before its end, as all do in a process that dies.
  const world = { read: 0, written: 0, left: Infinity };
  world.rows = (statement, ...values) => {
    const found = database.prepare(statement).all(...values);
    if (statement.startsWith("SELECT")) world.read += Math.max(1, found.length);
    else world.written += 1;
    return found;
  };
  world.transaction = (work) => {
    database.exec("BEGIN");
    try {
      const done = work();
      world.left -= 1;
      if (world.left < 0) throw new Error("the process dies");
      database.exec("COMMIT");
      return done;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  const { workspace, answer } = sources.handler;
  const work = workspace({ rows: world.rows, transaction: world.transaction }, { DRIVE: "requests", ...settings }, () => {});
  world.ask = async (method, path, body) => {
    const response = await answer(new Request(`http://here${path}`, { method, ...(body ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}) }), "default", work);
    return { status: response.status, ...(await response.json()) };
  };
  return world;
}

/** What the total of a store says, and what it is when all is counted. */
function totals({ rows }, store) {
  const { ofMemory, ofRow, NOTHING } = sources["db/size"];
  const sum = (all, one) => Object.fromEntries(Object.keys(all).map((name) => [name, all[name] + one[name]]));
  const memories = rows("SELECT path, content FROM memories WHERE store = ?", store).map(({ path, content }) => ofMemory(path, new TextDecoder("utf-8", { ignoreBOM: true }).decode(content)));
  const ledger = rows("SELECT key, value FROM ledger WHERE store = ?", store).map(({ key, value }) => ofRow(key, value));
  const [said] = rows("SELECT memories, bytes, lines, ledger FROM memory_stores WHERE id = ?", store);
  return [{ ...said }, [...memories, ...ledger].reduce(sum, NOTHING)];
}

test("a memory is written and taken away by reading a few rows, however many there are", async () => {
  const world = counted();
  const { id: store } = await world.ask("POST", "/v1/memory_stores", { name: "Shop" });
  const path = `/v1/memory_stores/${store}/memories`;
  const made = [];
  for (let number = 0; number < 1000; number += 1) made.push((await world.ask("POST", path, { path: `/m${number}.md`, content: `- Memory ${number}.\n` })).id);
  for (const [method, at, body] of [["POST", path, { path: "/new.md", content: "- New.\n" }], ["POST", `${path}/${made[500]}`, { content: "- Other.\n" }], ["DELETE", `${path}/${made[501]}`]]) {
    Object.assign(world, { read: 0, written: 0 });
    assert.equal((await world.ask(method, at, body)).status, 200);
    assert.ok(world.read <= 8 && world.written <= 3, `${method} ${at}: ${world.read} read, ${world.written} written`);
  }
});

test("the total is that of what is there: after writes, deaths and dreams into the same and into a new store", async (t) => {
  const world = counted();
  const { id: store } = await world.ask("POST", "/v1/memory_stores", { name: "Shop" });
  const path = `/v1/memory_stores/${store}/memories`;
  const same = (what, of = store) => {
    const [said, counted] = totals(world, of);
    assert.deepEqual(said, counted, what);
    assert.ok(said.bytes > 0 && said.lines > 0 && said.memories > 0, what);
    return said;
  };
  const made = {};
  for (const memory of MEMORIES) made[memory.path] = (await world.ask("POST", path, { path: `/${memory.path}`, content: memory.text })).id;
  const first = same("after writes");
  assert.deepEqual([first.memories, first.lines, first.ledger], [3, 6, 0]);
  await world.ask("POST", `${path}/${made["notes.md"]}`, { content: "- Short.\n", path: "/other.md" });
  await world.ask("DELETE", `${path}/${made["überall/ノート.md"]}`);
  same("after a change and a removal");
  t.mock.method(console, "error", () => {}); // the death is logged
  world.left = 0;
  assert.equal((await world.ask("POST", path, { path: "/died.md", content: "- It died.\n" })).status, 500);
  world.left = Infinity;
  const versions = `/v1/memory_stores/${store}/memory_versions`;
  assert.equal((await world.ask("GET", versions)).data.length, 5, "a version is without its change");
  same("after a death in the middle of a write");
  const session = await world.ask("POST", "/v1/sessions", { agent: "a", environment_id: "e", metadata: { x_import: "true" } });
  await world.ask("PUT", `/v1/x/sessions/${session.id}/parts/main`, transcript(ids(4)[3]));
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: [session.id] }];
  const dreamt = async (more) => {
    let dream = await world.ask("POST", "/v1/dreams", { inputs, model: "x_none", ...more });
    while (dream.ended_at === null) dream = await world.ask("GET", `/v1/dreams/${dream.id}`);
    assert.equal(dream.error, null, JSON.stringify(dream.error));
    return dream.outputs[0].memory_store_id;
  };
  const copy = await dreamt({});
  assert.ok(same("of the copy", copy).ledger > 0);
  assert.ok(world.rows("SELECT path FROM memories WHERE store = ?", copy).some(({ path }) => path === "/learned/preferences.md"));
  await dreamt({ output_behavior: { type: "update_existing", memory_store_id: store } });
  assert.ok(same("after a dream").ledger > 0);
  for (const gone of [store, copy]) await world.ask("DELETE", `/v1/memory_stores/${gone}`);
  for (const table of ["memories", "memory_versions", "ledger", "revisions", "revision_memories", "revision_rows", "model_answers"]) {
    assert.deepEqual(world.rows(`SELECT * FROM ${table}`), [], table);
  }
  await world.ask("DELETE", `/v1/sessions/${session.id}`);
  for (const table of ["session_parts", "pieces", "uploads"]) assert.deepEqual(world.rows(`SELECT * FROM ${table}`), [], table);
});

test("a page of events ends before it has more than 4 MiB", async () => {
  const world = counted();
  const { id } = await world.ask("POST", "/v1/sessions", { agent: "a", environment_id: "e", metadata: { x_import: "true" } });
  const names = Array.from({ length: 7 }, (_, number) => `event-${number}`);
  for (const name of names) {
    const event = { type: "user.message", id: name, content: [{ type: "text", text: "x".repeat(900_000) }] };
    await world.ask("POST", `/v1/sessions/${id}/events`, { events: [event] });
  }
  for (const [order, expected] of [["asc", names], ["desc", names.toReversed()]]) {
    const pages = [];
    for (let next = ""; next !== null;) {
      const page = await world.ask("GET", `/v1/sessions/${id}/events?order=${order}&page=${next}`);
      pages.push(page.data.map((event) => event.id));
      next = page.next_page;
    }
    assert.deepEqual(pages, [expected.slice(0, 4), expected.slice(4)], order);
  }
});

test("a death in the middle of a round takes all of it back, and the next one does it", async (t) => {
  const world = counted();
  const { id: store } = await world.ask("POST", "/v1/memory_stores", { name: "Shop" });
  await world.ask("POST", `/v1/memory_stores/${store}/memories`, { path: "/a.md", content: "- Say it once and well.\n- Say it once and well.\n" });
  const session = await world.ask("POST", "/v1/sessions", { agent: "a", environment_id: "e", initial_events: [{ type: "user.message", content: [{ type: "text", text: "Hi." }] }] });
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: [session.id] }];
  const { id } = await world.ask("POST", "/v1/dreams", { inputs, model: "x_none", output_behavior: { type: "update_existing", memory_store_id: store } });
  const look = () => world.ask("GET", `/v1/dreams/${id}`);
  const kept = () => ["memory_versions", "sessions", "session_events", "revisions", "documents"].map((table) => world.rows(`SELECT * FROM ${table}`));
  t.mock.method(console, "error", () => {}); // the deaths are logged
  for (const status of ["pending", "running", "running"]) {
    const before = kept();
    // The first transaction of a round takes the dream, the next one stores what the round made.
    world.left = 1;
    await look();
    world.left = Infinity;
    assert.deepEqual(kept(), before);
    assert.equal(world.rows("SELECT status FROM dreams")[0].status, status);
    await look();
    assert.notDeepEqual(kept(), before);
  }
  assert.equal((await look()).status, "completed");
  assert.equal((await world.ask("GET", `/v1/memory_stores/${store}/memory_versions`)).data.length, 2);
});

test("what is written while a decision or a dream computes digests is neither lost nor overwritten", async (t) => {
  const { digest } = crypto.subtle;
  let between; // is done once, when the next digest is asked for
  t.mock.method(crypto.subtle, "digest", async (...given) => {
    const work = between;
    between = undefined;
    await work?.();
    return await digest.apply(crypto.subtle, given);
  });
  const said = "- Say it once and say it well.\n";
  /** A store with a dream over it that has one round left, and one that is completed and left a wish open. */
  const prepared = async () => {
    const world = counted();
    const { id: store } = await world.ask("POST", "/v1/memory_stores", { name: "Shop" });
    const memory = await world.ask("POST", `/v1/memory_stores/${store}/memories`, { path: "/a.md", content: said + said });
    const session = await world.ask("POST", "/v1/sessions", { agent: "a", environment_id: "e", metadata: { x_import: "true" } });
    await world.ask("PUT", `/v1/x/sessions/${session.id}/parts/main`, transcript("s003"));
    const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: [session.id] }];
    const dream = await world.ask("POST", "/v1/dreams", { inputs, model: "x_none", output_behavior: { type: "update_existing", memory_store_id: store } });
    const look = () => world.ask("GET", `/v1/dreams/${dream.id}`);
    const edit = (content) => world.ask("POST", `/v1/memory_stores/${store}/memories/${memory.id}`, { content });
    const review = `/v1/x/dreams/${dream.id}/review`;
    const chain = () => world.rows("SELECT record FROM revisions WHERE store = ? ORDER BY number", store).reduce((parent, { record }) => (verify(record, parent), record), undefined);
    const contents = async () => Object.fromEntries((await world.ask("GET", `/v1/memory_stores/${store}/memories?view=full`)).data.map(({ path, content }) => [path, content]));
    for (let round = 0; round < 2; round += 1) await look();
    return { world, store, look, edit, review, chain, contents };
  };
  // The end of a dream: it is made anew over what was written.
  const dreamt = await prepared();
  between = () => dreamt.edit(`${said}${said}- Mine.\n`);
  assert.equal((await dreamt.look()).status, "completed");
  assert.deepEqual(await dreamt.contents(), { "/a.md": `${said}- Mine.\n` });
  dreamt.chain();
  // A decision, while the memory that it writes is changed, and while another one is made that writes none.
  for (const meanwhile of [
    async ({ world, store }, { path }) => await world.ask("POST", `/v1/memory_stores/${store}/memories`, { path, content: "- First.\n" }),
    async ({ world, review }, { id, digest }) => await world.ask("POST", review, { digest, accept: [], reject: [id] }),
  ]) {
    const decided = await prepared();
    await decided.look();
    const { digest, changes } = await decided.world.ask("GET", decided.review);
    assert.equal(changes.length, 1);
    between = async () => assert.equal((await meanwhile(decided, { path: `/${changes[0].path}`, id: changes[0].id, digest })).status, 200);
    assert.equal((await decided.world.ask("POST", decided.review, { digest, accept: "all" })).status, 409);
    assert.ok(!JSON.stringify(await decided.contents()).includes("tabs"));
    decided.chain();
  }
});

test("of two processes that have a dream, what the one that had it first writes later does not count", async (t) => {
  const [database, settings] = [new DatabaseSync(":memory:"), { ANTHROPIC_URL: "http://model" }];
  const [one, other] = [counted(settings, database), counted(settings, database)];
  const content = [{ type: "text", text: '{"proposals":[]}' }];
  const said = () => Response.json({ content, stop_reason: "end_turn", usage: { input_tokens: 1, output_tokens: 1 } });
  let release;
  const asked = new Promise((resolve) => {
    t.mock.method(globalThis, "fetch", async () => {
      if (release !== undefined) return said();
      const answer = new Promise((done) => (release = () => done(said())));
      resolve();
      return await answer;
    });
  });
  const { id: store } = await one.ask("POST", "/v1/memory_stores", { name: "Shop" });
  const session = await one.ask("POST", "/v1/sessions", { agent: "a", environment_id: "e", metadata: { x_import: "true" } });
  await one.ask("PUT", `/v1/x/sessions/${session.id}/parts/main`, transcript("s003"));
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: [session.id] }];
  const x_policy = { "propose.max-calls": 1, "propose.together-bytes": 0, "compare.max-calls": 0, "distil.max-calls": 0 };
  const { id } = await one.ask("POST", "/v1/dreams", { inputs, model: "claude-x", x_policy });
  const kept = () => ["SELECT rounds, usage, status FROM dreams", "SELECT * FROM documents"].map((select) => one.rows(select));
  await one.ask("GET", `/v1/dreams/${id}`); // it begins
  const slow = one.ask("GET", `/v1/dreams/${id}`);
  await asked;
  await other.ask("GET", `/v1/dreams/${id}`);
  const before = kept();
  assert.equal(before[0][0].rounds, 1);
  release();
  assert.equal((await slow).status, "running");
  assert.deepEqual(kept(), before);
  assert.equal((await other.ask("GET", `/v1/dreams/${id}`)).status, "completed");
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
    const { lines } = sources["db/size"].ofMemory("a.md", text);
    assert.ok(statements <= lines && lines <= text.split(/[\r\n\u2028\u2029]/).length, `${JSON.stringify(text)}: ${statements} of ${lines}`);
  }
});

test("limits that a person set are limits that there are, and what dreams keep is what the tests count on", () => {
  const { limitsOf, KEEPS: kept } = sources.limits;
  assert.deepEqual(limitsOf('{"lines":50000}'), { lines: 50_000 });
  for (const none of [undefined, "", "{}"]) assert.deepEqual(limitsOf(none), {});
  for (const wrong of ["[1]", "1", "null", '{"rows":1}', '{"lines":0}', '{"lines":1.5}', '{"lines":"9"}', "lines=9", '{"toString":1}']) {
    assert.throws(() => limitsOf(wrong), /LIMITS/, wrong);
  }
  assert.deepEqual(kept, KEEPS);
});

test("ids are in the order in which they were made, and times are read as they are written", () => {
  const { id, now, read, written } = sources.ids;
  const made = Array.from({ length: 1_000 }, () => id("memory", now()));
  assert.deepEqual([...made].sort(), made);
  assert.match(made[0], /^mem_[0-9a-hjkmnp-tv-z]{26}$/);
  for (const text of ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00", "2026-03-01T10:00", "2026-03-01 10:00:00.000000z"]) {
    assert.equal(written(read(text)), "2026-03-01T10:00:00Z", text);
  }
  for (const time of [0, 1, 1_772_359_200_123_456, 1_772_359_200_120_000, -1]) assert.equal(read(written(time)), time);
  assert.equal(written(1_772_359_200_120_000), "2026-03-01T10:00:00.12Z");
  for (const wrong of ["yesterday", "2026-02-30", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T10:60", "1", ""]) assert.equal(read(wrong), undefined, wrong);
});

test("paths of memories are those of the server", () => {
  const { above, leftOut, refused } = sources.path;
  for (const path of ["/a", "/a.md", "/Notes/ä b.md", "/..a/b..", "/a".repeat(20), `/${"a".repeat(1_023)}`]) assert.equal(refused(path), undefined, path);
  const wrong = ["", "a", "/", "//", "/a/", "/a//b", "/./a", "/a/..", "/a\0", "/a\nb", "/a\u200b", "/a\u2028", "/a\u0308", "/a".repeat(21), `/${"a".repeat(1_024)}`];
  for (const path of wrong) assert.notEqual(refused(path), undefined, path);
  assert.deepEqual(above("/a/b/c"), ["/a", "/a/b"]);
  for (const path of ["a.md", "a/b.mdc", "MEMORY.md", "日本/メモ.md"]) assert.equal(leftOut(path), undefined, path);
  for (const path of [".git/config", "a/.git/x.md", ".envrc", "a.sh", "notes", "git~1/a.md", "a\\b.md"]) assert.notEqual(leftOut(path), undefined, path);
});
