// Faults of Cloudflare's runtime, with its storage on disk: a process that is killed in the middle of dreams, objects that
// are taken out of memory, alarms and requests that come twice, late and out of order.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Snapshot, apply } from "dreaming";

import { TOKEN, start } from "./edges.mjs";
import { MEMORIES, ids, inOneGo, service, transcript } from "./world.mjs";

/** Calls that a dream makes at the same time: `SIDE_BY_SIDE` of `src/dream/asking.ts`. */
const SIDE_BY_SIDE = 4;
const MODEL = "anthropic:fake";
const POLICY = { "round.sessions": 4, "propose.max-calls": 24, "propose.together-bytes": 0, "distil.max-calls": 0 };
/** Says how many objects were made, and delivers alarms as it is told to. */
const MAIN = {
  "main.js": `import worker, { Workspace as Plain } from "./cloudflare.js";
    let made = 0;
    let twice = false;
    export class Workspace extends Plain {
      constructor(...given) { super(...given); made += 1; }
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (!pathname.startsWith("/test/")) return await super.fetch(request);
        if (pathname === "/test/twice") twice = true;
        if (pathname === "/test/alarm") await super.alarm();
        return Response.json(made, { headers: { "request-id": "none" } });
      }
      async alarm() {
        if (!twice) return await super.alarm();
        // At once, and again when it was done.
        await Promise.all([super.alarm(), super.alarm()]);
        await super.alarm();
      }
    }
    export default worker;`,
};

let folder;
let model;
let edge;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "dreaming-faults-"));
  model = await service();
  const triggers = { queueConsumers: { "dreaming-sessions": { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 3 } } };
  edge = await start("workerd", { folder, main: MAIN, triggers, settings: { ANTHROPIC_API_KEY: "none", ANTHROPIC_URL: model.url } });
});

after(async () => {
  await edge?.stop();
  model?.close();
  rmSync(folder, { recursive: true });
});

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isOver = ({ status }) => !["pending", "running"].includes(status);

/** Waits until something holds. */
async function until(what, holds) {
  for (let tried = 0; tried < 2000; tried += 1) {
    const found = await holds();
    if (found) return found;
    await pause(10);
  }
  throw new Error(`it does not come to this: ${what}`);
}

/** The dream when it is over, seen in the list, for a look at the dream itself would have its next round done. */
const ended = ({ id }) => until("the dream is over", async () => (await edge.json("GET", "/v1/dreams?limit=100")).data.find((dream) => dream.id === id && isOver(dream)));

/** All rows of all tables that stand on disk, without disturbing who writes there. */
function onDisk() {
  const copy = mkdtempSync(join(tmpdir(), "dreaming-copy-"));
  try {
    cpSync(folder, copy, { recursive: true });
    const files = readdirSync(copy, { recursive: true }).filter((name) => /[0-9a-f]{64}\.sqlite$/.test(name));
    const all = files.flatMap((file) => {
      const database = new DatabaseSync(join(copy, file));
      assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").all();
      const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]);
      database.close();
      return tables.some(({ name }) => name === "dreams") ? [Object.fromEntries(rows)] : [];
    });
    assert.equal(all.length, 1, `${files}`);
    return all[0];
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function newSessions(files) {
  const made = [];
  for (const file of files) {
    const { id } = await edge.json("POST", "/v1/sessions", { agent: "coder", environment_id: "env", metadata: { x_import: "true" } });
    if (file !== undefined) await edge.json("PUT", `/v1/x/sessions/${id}/parts/main`, file);
    made.push(id);
  }
  return made.sort();
}

async function newStore() {
  const { id } = await edge.json("POST", "/v1/memory_stores", { name: "Shop" });
  for (const { path, text: content } of MEMORIES) await edge.json("POST", `/v1/memory_stores/${id}/memories`, { path: `/${path}`, content });
  return id;
}

async function memoriesOf(store) {
  return (await edge.json("GET", `/v1/memory_stores/${store}/memories?view=full&limit=100`)).data;
}

/** What is asked of a dream; without a model and into a new store unless `more` says otherwise. */
function over(store, sessions, { update = false, ...more } = {}) {
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: sessions }];
  return { inputs, model: "x_none", ...(update ? { output_behavior: { type: "update_existing", memory_store_id: store } } : {}), ...more };
}

const document = async ({ id }, name) => await (await edge.ask("GET", `/v1/x/dreams/${id}/${name}`)).text();

/** Plan, report and memories, by their paths, of the same dream in one go that nothing disturbs; and the calls that it makes. */
async function undisturbed(begun, memories, files, { update }) {
  const quiet = await service();
  const { salt } = onDisk().memory_stores.find(({ id }) => id === begun.inputs[0].memory_store_id);
  const known = memories.map(({ path, content, updated_at }) => ({ path: path.slice(1), text: content, observedAt: Date.parse(updated_at) }));
  const sessions = begun.inputs[1].session_ids.map((id, at) => ({ id, agent: "coder", parts: { main: files[at] } }));
  const now = Date.parse(begun.created_at);
  const { plan, report, contents } = await inOneGo({ salt, memories: known, sessions, now, policy: POLICY, model: quiet });
  quiet.close();
  const snapshot = Snapshot.from(contents);
  const who = update ? { accept: { tag: "auto" }, reviewer: "" } : { accept: { tag: "all" }, reviewer: "dreaming-worker" };
  const texts = new Map(memories.map(({ path, content }) => [path, content]));
  for (const { path, text } of apply(snapshot, plan, { ...who, reject: [], note: "", now }).memories) {
    if (text === undefined) texts.delete(`/${path}`);
    else texts.set(`/${path}`, text);
  }
  snapshot.free();
  return { plan, report, texts, calls: quiet.asked.sort() };
}

/** Kills the process while it does something, looks at what stands on disk, and starts it again. */
async function killed() {
  await edge.current.stop();
  const left = onDisk();
  await edge.restart();
  await edge.json("GET", "/v1/dreams"); // wakes the object, and no dream
  return left;
}

describe("the worker in workerd, with faults", () => {
  for (const update of [false, true]) {
    test(`killed again and again in the middle of a dream ${update ? "into the same" : "into a new"} store, it loses nothing and pays nothing twice`, async (t) => {
      const store = await newStore();
      const files = ids(24).map(transcript);
      const sessions = await newSessions(files);
      const memories = await memoriesOf(store);
      model.asked.length = 0;
      model.waiting.milliseconds = 40;
      const begun = await edge.json("POST", "/v1/dreams", over(store, sessions, { update, model: MODEL, x_policy: POLICY }));
      const kept = ({ model_answers: answers }) => answers.filter((answer) => answer.store === store).map(({ call }) => call);
      const row = ({ dreams }) => dreams.find(({ id }) => id === begun.id);
      const moments = [];
      let [lost, before] = [0, []];
      const kill = async () => {
        const left = await killed();
        // `asked` may grow already: the next process goes on. What it asks cannot be kept in `left`.
        const now = kept(left);
        assert.deepEqual(before.filter((call) => !now.includes(call)), [], "an answer that was kept is gone");
        before = now;
        moments.push(`${row(left).status} ${row(left).rounds}/${now.length}`);
        return row(left);
      };
      const noted = async (work) => {
        let asked;
        const { stop } = edge.current;
        edge.current.stop = async () => {
          await stop();
          await pause(50); // what was sent before arrives
          asked = model.asked.length;
        };
        const left = await work();
        const under = asked - lost - before.length;
        assert.ok(under >= 0 && under <= SIDE_BY_SIDE, `${under} answers are lost at a kill`);
        lost += under;
        return left;
      };
      assert.notEqual((await noted(kill)).status, "completed"); // as soon as it was made
      const whole = await undisturbed(begun, memories, files, { update });
      const total = whole.calls.length;
      assert.equal(total, 24);
      // While calls are made, and between rounds: some milliseconds after so many answers.
      for (const [answers, wait] of [[3, 0], [5, 15], [9, 42], [14, 7], [18, 60]]) {
        await until(`${answers} answers`, () => model.asked.length - lost >= answers);
        await pause(wait);
        await noted(kill);
      }
      // When the last calls are made, or the plan.
      await until("all calls", () => model.asked.length - lost >= total);
      await pause(46);
      await noted(kill);
      const dream = await ended(begun);
      assert.equal(dream.status, "completed", JSON.stringify(dream));
      const last = await noted(kill);
      assert.equal(last.status, "completed");
      assert.deepEqual([await document(dream, "plan"), await document(dream, "report")], [whole.plan, whole.report]);
      assert.deepEqual(new Map((await memoriesOf(dream.outputs[0].memory_store_id)).map(({ path, content }) => [path, content])), whole.texts);
      if (!update) assert.deepEqual(await memoriesOf(store), memories, "the input was changed");
      assert.equal(model.asked.length, total + lost);
      assert.deepEqual([...new Set(model.asked)].sort(), whole.calls);
      assert.equal(dream.usage.input_tokens, total, "what was lost is counted, or what was kept is not");
      assert.ok(new Set(moments).size >= 4, `they were killed at the same moments: ${moments}`);
      t.diagnostic(`killed at (status, rounds/answers kept): ${moments.join(", ")}; ${lost} calls of ${total} were made twice`);
      model.waiting.milliseconds = 0;
    });
  }

  test("an object that is taken out of memory while it is idle comes back with its state", async () => {
    const store = await newStore();
    const sessions = await newSessions(ids(14).map(transcript));
    const begun = await edge.json("POST", "/v1/dreams", over(store, sessions, { update: true }));
    assert.equal((await ended(begun)).status, "completed");
    const made = () => edge.json("GET", "/test/made");
    const shown = async () => [await memoriesOf(store), await edge.json("GET", `/v1/dreams/${begun.id}`), await document(begun, "review")];
    const [left, first, before] = [onDisk(), await made(), await shown()];
    await edge.current.evict();
    assert.deepEqual(await shown(), before);
    assert.equal(await made(), first + 1, "it was not taken out");
    assert.deepEqual(onDisk(), left);
    await edge.current.evict();
    await edge.json("POST", `/v1/x/dreams/${begun.id}/review`, { digest: JSON.parse(before[2]).digest, accept: "all" });
    await edge.current.evict();
    assert.ok((await memoriesOf(store)).some(({ content }) => content.includes("always use tabs")));
  });

  test("an alarm that comes twice, or when all is over, carries a dream out once", async () => {
    const store = await newStore();
    const files = ids(24).map(transcript);
    const sessions = await newSessions(files);
    const memories = await memoriesOf(store);
    await edge.json("GET", "/test/twice");
    model.asked.length = 0;
    const begun = await edge.json("POST", "/v1/dreams", over(store, sessions, { update: true, model: MODEL, x_policy: POLICY }));
    const dream = await ended(begun);
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    const whole = await undisturbed(begun, memories, files, { update: true });
    assert.deepEqual([...model.asked].sort(), whole.calls);
    assert.equal(await document(dream, "plan"), whole.plan);
    // Edits that were there, and the dream.
    assert.equal((await edge.json("GET", `/v1/x/memory_stores/${store}/revisions`)).data.length, 2);
    const left = onDisk();
    await edge.json("GET", "/test/alarm");
    assert.deepEqual(onDisk(), left);
    await edge.restart(); // the alarms come once again
  });

  test("requests that come again, and before what they are about, leave what one in order would", async () => {
    const [store, canceled] = [await newStore(), await newStore()];
    const files = ids(14).map(transcript);
    const sessions = await newSessions(files);
    const asked = over(store, sessions, { update: true });
    /** Asks, has the process killed before anybody knows whether it was done, and asks again: nothing more happens. */
    const again = async (method, path, body) => {
      const first = await edge.ask(method, path, body);
      await first.text();
      const left = await killed();
      const statuses = [];
      for (let time = 0; time < 2; time += 1) {
        const next = await edge.ask(method, path, body);
        await next.text();
        statuses.push(next.status);
      }
      assert.deepEqual(onDisk(), left, `${method} ${path} was done again`);
      return [first.status, ...statuses];
    };
    const dream = await edge.json("POST", "/v1/dreams", { ...over(canceled, sessions, { update: true }), model: MODEL });
    assert.deepEqual(await again("POST", `/v1/dreams/${dream.id}/cancel`), [200, 200, 200]);
    const review = (id) => `/v1/x/dreams/${id}/review`;
    assert.deepEqual(await again("POST", review(dream.id), { digest: "any", accept: "all" }), [400, 400, 400]);
    assert.deepEqual(await again("POST", `/v1/dreams/${dream.id}/archive`), [200, 200, 200]);
    const begun = await edge.json("POST", "/v1/dreams", asked);
    // Decided and archived while it runs, or is over by now with another digest.
    assert.ok([400, 409].includes((await edge.ask("POST", review(begun.id), { digest: "any", accept: "all" })).status));
    const done = await ended(begun);
    assert.equal(done.status, "completed", JSON.stringify(done));
    assert.deepEqual(await again("POST", `/v1/dreams/${begun.id}/cancel`), [400, 400, 400]);
    const { digest } = JSON.parse(await document(begun, "review"));
    assert.deepEqual(await again("POST", review(begun.id), { digest, accept: "all" }), [200, 409, 409]);
    assert.ok((await memoriesOf(store)).some(({ content }) => content.includes("always use tabs")));
    // A dream that was asked for twice is one, or reads nothing and changes nothing.
    const memories = await memoriesOf(store);
    const more = await Promise.all([1, 2].map(() => edge.ask("POST", "/v1/dreams", asked)));
    assert.deepEqual(more.map(({ status }) => status).sort(), [200, 409]);
    const empty = await ended(await more.find(({ status }) => status === 200).json());
    assert.equal(JSON.parse(await document(empty, "report")).sessions_read, 0);
    assert.deepEqual(await memoriesOf(store), memories);
    assert.deepEqual(await again("DELETE", `/v1/memory_stores/${canceled}`), [200, 404, 404]);
  });

  test("messages of the queue that come twice and out of order leave what each once and in order would", async () => {
    const store = await newStore();
    const [session, other] = await newSessions([undefined, undefined]);
    const deliver = async (...messages) => {
      const worker = await edge.current.miniflare.getWorker();
      const sent = messages.map(([id, second, body]) => ({ id, timestamp: new Date(Date.parse("2026-11-01T00:00:00Z") + second * 1000), attempts: 1, body }));
      const { outcome, retryMessages, explicitAcks } = await worker.queue("dreaming-sessions", sent);
      assert.deepEqual([outcome, retryMessages, new Set(explicitAcks).size], ["ok", [], new Set(messages.map(([id]) => id)).size]);
    };
    const parts = () => onDisk().session_parts.filter((part) => [session, other].includes(part.session)).map(({ session, bytes }) => [session, bytes]);
    const [short, long] = [transcript("s001"), transcript("s005")];
    const early = ["m1", 1, { session, text: short }];
    const late = ["m2", 2, { session, text: long }];
    await deliver(late, late, early);
    assert.deepEqual(parts(), [[session, long.length]], "a message that was sent before replaced a later one");
    await deliver(["m3", 3, { session: other, text: short }]);
    const left = onDisk();
    await edge.current.evict();
    await deliver(early, late);
    assert.deepEqual(onDisk(), left, "a message that came again did something");
    // What a client puts there by the route is later than what was sent before, and it may always replace.
    await edge.json("PUT", `/v1/x/sessions/${other}/parts/main`, long);
    await deliver(["m4", 4, { session: other, text: short }]);
    assert.deepEqual(parts().find(([id]) => id === other), [other, long.length]);
    await edge.json("PUT", `/v1/x/sessions/${other}/parts/main`, short);
    assert.deepEqual(parts().find(([id]) => id === other), [other, short.length]);
    const dreams = async () => (await edge.json("GET", "/v1/dreams?limit=100")).data.filter(({ inputs }) => inputs[0].memory_store_id === store);
    const asks = ["m5", 5, { dream: over(store, [session, other].sort()) }];
    await deliver(asks, asks);
    await edge.restart();
    await deliver(asks);
    const [dream, ...more] = await dreams();
    assert.equal(more.length, 0, "a dream was made for each delivery");
    assert.equal((await ended(dream)).status, "completed");
    await deliver(asks, ["m6", 6, { dream: over(store, [session]) }]);
    assert.equal((await dreams()).length, 2, "another message is another dream");
    // The names of messages are the queue's: a client that sends one has its dream made all the same.
    const headers = { "x-dreaming-message": (await edge.current.sql(`SELECT message FROM dreams WHERE id = '${dream.id}'`))[0].message };
    const mine = await edge.json("POST", "/v1/dreams", over(store, [session]), headers);
    assert.notEqual(mine.id, dream.id);
    for (const each of await dreams()) await ended(each);
  });
});
