// The server, for the tests of its page: a process of its own over an empty database.
//
// DREAMING_SERVER is its path. Without one those tests say so and are skipped, unless REQUIRE_SERVER is set.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { needsBrowser, repository } from "./browser.mjs";

const program = process.env.DREAMING_SERVER && resolve(process.env.DREAMING_SERVER);
const missing = program !== undefined && existsSync(program) ? false : "no server: DREAMING_SERVER names the program dreaming-server";
if (missing && process.env.REQUIRE_SERVER) throw new Error(missing);

/** Options of a test that needs the browser and the server. */
export const needsServer = { ...needsBrowser, skip: needsBrowser.skip || missing };

/** Starts a server. `args` are those of `serve`, `env` comes on top of that of this process. */
export async function begin(args = [], env = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-server-"));
  const database = ["--database", `sqlite:${join(folder, "server.db")}`];
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8" };
  const newKey = (...args) => {
    const { status, stdout, stderr } = spawnSync(program, [...database, "new-key", ...args], options);
    assert.equal(status, 0, stderr);
    return { key: stdout.trim(), id: stderr.split(" ")[0] };
  };
  const revoke = (id) => assert.equal(spawnSync(program, [...database, "revoke-key", id], options).status, 0);
  // The folder that the server's own tests keep the compiled engine in, if there is one.
  const cache = join(process.env.XDG_CACHE_HOME ?? tmpdir(), "engine");
  const { key } = newKey();
  const child = spawn(program, [...database, "serve", "--listen", "127.0.0.1:0", "--cache", cache, ...args], {
    ...options,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let origin;
  for await (const line of createInterface({ input: child.stdout })) {
    origin = /^dreaming-server listens on (http:\S+)$/.exec(line)?.[1];
    if (origin !== undefined) break;
  }
  assert.ok(origin !== undefined, "the server did not start");
  const stop = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    // Whoever follows a dream is waited for; nobody does any more.
    const timer = setTimeout(() => child.kill("SIGKILL"), 2_000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true });
  };
  return { origin, key, newKey, revoke, stop, ...client(origin, key) };
}

/** What tests ask the API for. */
function client(origin, key) {
  const tell = async (method, path, body) => {
    const isText = typeof body === "string";
    const sent = body === undefined || isText ? body : JSON.stringify(body);
    const betas = { "anthropic-beta": "agent-memory-2026-07-22,dreaming-2026-04-21" };
    return await fetch(origin + path, { method, headers: { "x-api-key": key, ...betas }, body: sent });
  };
  const ask = async (method, path, body) => {
    const answer = await tell(method, path, body);
    const said = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${said}`);
    return JSON.parse(said);
  };
  const store = async (name = "Shop", memories = {}, more = {}) => {
    const { id } = await ask("POST", "/v1/memory_stores", { name, ...more });
    for (const [path, content] of Object.entries(memories)) {
      await ask("POST", `/v1/memory_stores/${id}/memories`, { path, content });
    }
    return id;
  };
  const session = async (texts, more = {}) => {
    const events = texts.map((text) => ({ type: "user.message", content: [{ type: "text", text }] }));
    const made = { agent: "agent_1", environment_id: "env_1", metadata: { x_import: "true" }, ...more };
    return (await ask("POST", "/v1/sessions", { ...made, initial_events: events })).id;
  };
  const dream = async (store, sessions, more = {}) => {
    const inputs = [
      { type: "memory_store", memory_store_id: store },
      { type: "sessions", session_ids: sessions },
    ];
    const into = { output_behavior: { type: "update_existing", memory_store_id: store } };
    return (await ask("POST", "/v1/dreams", { model: "x_none", inputs, ...into, ...more })).id;
  };
  const over = async (dream) => {
    for (let looks = 0; looks < 300; looks += 1) {
      const found = await ask("GET", `/v1/dreams/${dream}`);
      if (!["pending", "running"].includes(found.status)) return found;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`${dream} did not end`);
  };
  const memories = async (store) => {
    const { data } = await ask("GET", `/v1/memory_stores/${store}/memories?view=full`);
    return Object.fromEntries(data.map(({ path, content }) => [path, content]));
  };
  return { tell, ask, store, session, dream, over, memories };
}

const demo = join(repository, "xtask/demo");

/** The store of the sample, and a session for each of its transcripts. */
export async function sample({ store, ask }) {
  const memory = readdirSync(join(demo, "memory")).map((name) => [`/${name}`, readFileSync(join(demo, "memory", name), "utf8")]);
  const sessions = [];
  for (const name of readdirSync(join(demo, "sessions")).filter((name) => name.endsWith(".jsonl"))) {
    const made = { agent: "agent_1", environment_id: "env_1", title: name.slice(0, 8), metadata: { x_import: "true" } };
    const { id } = await ask("POST", "/v1/sessions", made);
    await ask("PUT", `/v1/x/sessions/${id}/parts/main`, readFileSync(join(demo, "sessions", name), "utf8"));
    sessions.push(id);
  }
  const memories = Object.fromEntries(memory);
  return { id: await store("Tea shop", memories, { description: "What its agents know." }), sessions, memories };
}

/** Types a key into the page, and waits for what it opens. */
export async function enter(page, key) {
  await page.getByLabel("Key").fill(key);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByRole("button", { name: "Forget the key" }).waitFor();
}

/**
 * The faults of a page but for what the browser itself says of answers that are errors: the page says them in the words of
 * the server.
 */
export function faultsOf(faults) {
  return faults.filter((fault) => !/^Failed to load resource: the server responded with a status of 4\d\d/.test(fault));
}
