// The official npm SDK as it is: stores, memories, sessions, and a dream from start to end.
//
//     node npm.mjs URL KEY FOLDER      (FOLDER has the SDK in its node_modules)
//
// Ends with 0 when every check passed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [url, key, folder] = process.argv.slice(2);
const Anthropic = createRequire(join(folder, "index.js"))("@anthropic-ai/sdk");
const { version } = JSON.parse(readFileSync(join(folder, "node_modules/@anthropic-ai/sdk/package.json"), "utf8"));

let requests = 0;
const counted = (...request) => {
  requests += 1;
  return fetch(...request);
};
const client = new Anthropic({ baseURL: url, apiKey: key, fetch: counted });
const { dreams, memoryStores: stores, sessions } = client.beta;

const all = async (list) => {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
};

const refused = async (kind, type, promise) => {
  const error = await promise.then(() => undefined, (error) => error);
  assert(error instanceof kind, `no ${kind.name}: ${error}`);
  assert.equal(error.error.error.type, type);
  assert.match(error.requestID, /^req_/);
  return error;
};

const contents = async (store) => {
  const memories = await all(stores.memories.list(store, { view: "full" }));
  return Object.fromEntries(memories.map(({ path, content }) => [path, content]));
};

const transcript = async (day) => {
  const session = await sessions.create({ agent: "agent_shop", environment_id: "env_shop", metadata: { x_import: "true" } });
  const text = (words) => [{ type: "text", text: words }];
  await sessions.events.send(session.id, {
    events: [
      { type: "user.message", content: text("From now on, always use tabs for indentation."), processed_at: `2026-03-0${day}T09:00:00Z` },
      { type: "agent.message", content: text("Done."), processed_at: `2026-03-0${day}T09:00:05Z` },
    ],
  });
  return session.id;
};

const over = async (dream) => {
  for (let tries = 0; tries < 600; tries += 1) {
    const now = await dreams.retrieve(dream.id);
    if (now.status !== "pending" && now.status !== "running") return now;
    await sleep(50);
  }
  throw new Error(`${dream.id} did not end`);
};

const NOTES = "- The staging host is blue.\n- The staging host is blue.\n";

const checks = {
  async memories() {
    const store = await stores.create({ name: "Shop", metadata: { team: "web" } });
    assert.equal(store.description, "");
    const memory = await stores.memories.create(store.id, { path: "/ü.md", content: "Grüße 東京" });
    await refused(Anthropic.ConflictError, "memory_path_conflict_error", stores.memories.create(store.id, { path: "/ü.md", content: "" }));
    const stale = { type: "content_sha256", content_sha256: "0".repeat(64) };
    const before = requests;
    await refused(
      Anthropic.ConflictError,
      "memory_precondition_failed_error",
      stores.memories.update(memory.id, { memory_store_id: store.id, content: "new", precondition: stale }),
    );
    assert.equal(requests, before + 1, "a conflict was tried again");
    for (let n = 0; n < 44; n += 1) await stores.memories.create(store.id, { path: `/n/${String(n).padStart(2, "0")}.md`, content: `${n}` });
    const paths = (await all(stores.memories.list(store.id, { limit: 7 }))).map(({ path }) => path);
    assert.equal(paths.length, 45);
    assert.deepEqual(paths, [...paths].sort());
    const top = await all(stores.memories.list(store.id, { depth: 1 }));
    assert.deepEqual(top.map(({ type, path }) => [type, path]), [["memory_prefix", "/n/"], ["memory", "/ü.md"]]);
    assert.equal((await all(stores.memoryVersions.list(store.id, { limit: 7 }))).length, 45);
    await stores.delete(store.id);
    await refused(Anthropic.NotFoundError, "not_found_error", stores.retrieve(store.id));
  },

  async dreams() {
    const store = (await stores.create({ name: "Shop" })).id;
    await stores.memories.create(store, { path: "/notes.md", content: NOTES });
    const ids = [await transcript(2), await transcript(9)];
    const inputs = [
      { type: "memory_store", memory_store_id: store },
      { type: "sessions", session_ids: ids.toReversed?.() ?? [...ids].reverse() },
    ];
    await refused(Anthropic.BadRequestError, "invalid_request_error", dreams.create({ inputs, model: "x_none", instructions: "" }));
    const made = await dreams.create({ inputs, model: "x_none" });
    assert.equal(made.status, "pending");
    assert.deepEqual(made.inputs[1].session_ids, [...ids].sort());
    const dream = await over(made);
    assert.equal(dream.status, "completed");
    assert.deepEqual(await contents(store), { "/notes.md": NOTES });
    const after = await contents(dream.outputs[0].memory_store_id);
    assert.equal(after["/notes.md"], "- The staging host is blue.\n");
    assert.match(after["/learned/preferences.md"], /always use tabs/);
    const streamed = await all(await sessions.events.stream(dream.session_id));
    const listed = await all(sessions.events.list(dream.session_id));
    assert(listed.length > 2);
    assert.deepEqual(streamed.map(({ id }) => id), listed.map(({ id }) => id));
    await refused(Anthropic.BadRequestError, "invalid_request_error", dreams.cancel(dream.id));
    assert((await dreams.archive(dream.id)).archived_at);
    assert(!(await all(dreams.list({ limit: 100 }))).some(({ id }) => id === dream.id));
    const found = await all(dreams.list({ include_archived: true, statuses: ["completed"], limit: 7 }));
    assert(found.some(({ id }) => id === dream.id));
    const plan = await client.get(`/v1/x/dreams/${dream.id}/review`);
    assert.deepEqual(plan.changes, []);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`@anthropic-ai/sdk ${version}: ${name} passed`);
}
