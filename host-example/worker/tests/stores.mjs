// Many stores in one workerd, each with one dream at the same time: `npm run stores`, or with how many stores and in how many
// workspaces, such as `npm run stores 1000 100`. A workspace is a Durable Object; its dreams have their rounds in turn.
//
// Each dream is over four sessions and makes four calls, at the same time, to a model that answers after 200 ms. Meanwhile a
// memory is read every 25 ms, each time of another workspace. Ends with 1 when a dream fails, a read does, or a dream learned nothing.

import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { processor, start } from "./edges.mjs";
import { MEMORIES, ids, service, transcript } from "./world.mjs";
import { bundle } from "./tools.mjs";

const [stores = 12, workspaces = Math.ceil(stores / 3)] = process.argv.slice(2).map(Number);
const SESSIONS = 4;
const CALLS = 4;
const ANSWER = 200;
/** Requests at the same time while stores are made. */
const AT_ONCE = 8;
const POLICY = { "round.sessions": 8, "propose.max-calls": CALLS, "propose.together-bytes": 0, "compare.max-calls": 0, "distil.max-calls": 0 };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const name = (at) => `w${at % workspaces}`;
const headers = (at) => ({ authorization: `Bearer key of ${name(at)}` });

bundle({ quiet: true });
const folder = mkdtempSync(join(tmpdir(), "dreaming-stores-"));
const model = await service();
model.waiting.milliseconds = ANSWER;
const TOKENS = JSON.stringify(Object.fromEntries(Array.from({ length: workspaces }, (_, at) => [`key of ${name(at)}`, name(at)])));
const edge = await start("workerd", { folder, settings: { TOKENS, ANTHROPIC_API_KEY: "none", ANTHROPIC_URL: model.url } });
let most = 0;
const watch = setInterval(() => {
  most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${edge.current.pid}/status`, "utf8"))[1]) / 1024);
}, 100);

/** Does something for each number below `stores`, some at the same time. */
async function each(work) {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < stores; at = next++) await work(at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function made(at) {
  const { id: store } = await edge.json("POST", "/v1/memory_stores", { name: `Shop ${at}` }, headers(at));
  let memory;
  for (const { path, text: content } of MEMORIES) memory = await edge.json("POST", `/v1/memory_stores/${store}/memories`, { path: `/${path}`, content }, headers(at));
  const sessions = [];
  for (const session of ids(SESSIONS)) {
    const { id } = await edge.json("POST", "/v1/sessions", { agent: "coder", environment_id: "env", metadata: { x_import: "true" } }, headers(at));
    await edge.json("PUT", `/v1/x/sessions/${id}/parts/main`, transcript(session), headers(at));
    sessions.push(id);
  }
  return { store, sessions, memory: memory.id };
}

const errors = [];
const times = [];
let isDone = false;

/** Reads a memory of one store after the other, whether the read before is answered or not. */
async function read(all) {
  const going = [];
  for (let at = 0; !isDone; at = (at + 1) % stores) {
    const began = performance.now();
    const { store, memory } = all[at];
    const answered = edge.ask("GET", `/v1/memory_stores/${store}/memories/${memory}`, undefined, headers(at)).then(async (response) => {
      await response.text();
      times.push(performance.now() - began);
      if (!response.ok) errors.push(`a read: ${response.status}`);
    });
    going.push(answered.catch((error) => errors.push(`a read: ${error.message}`)));
    await pause(25);
  }
  await Promise.all(going);
}

try {
  const all = [];
  const began = performance.now();
  await each(async (at) => (all[at] = await made(at)));
  const making = (performance.now() - began) / 1000;
  const rss = most;
  const mark = processor(edge.current.pid);
  const reads = read(all);
  await each(async (at) => {
    const { store, sessions } = all[at];
    const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: sessions }];
    const body = { inputs, model: "anthropic:fake", x_policy: POLICY, output_behavior: { type: "update_existing", memory_store_id: store } };
    all[at].dream = (await edge.json("POST", "/v1/dreams", body, headers(at))).id;
  });
  // A workspace after the other is asked what is left of it; lists wake no dream.
  for (let at = 0; at < workspaces; at += 1) {
    while ((await edge.json("GET", "/v1/dreams?statuses=pending&statuses=running&limit=1", undefined, headers(at))).data.length > 0) await pause(250);
  }
  const cpu = (processor(edge.current.pid) - mark) / stores;
  isDone = true;
  await reads;
  const [begun, ended] = [[], []];
  await each(async (at) => {
    const dream = await edge.json("GET", `/v1/dreams/${all[at].dream}`, undefined, headers(at));
    begun.push(Date.parse(dream.created_at));
    ended.push(Date.parse(dream.ended_at));
    if (dream.status !== "completed") return errors.push(`${dream.id}: ${JSON.stringify(dream.error)}`);
    const { changes } = await edge.json("GET", `/v1/x/dreams/${dream.id}/review`, undefined, headers(at));
    if (!changes.some(({ text }) => text?.includes("is built from"))) errors.push(`${dream.id} learned nothing`);
  });
  if (model.asked.length !== stores * CALLS) errors.push(`${model.asked.length} model calls, not ${stores * CALLS}`);
  const took = (Math.max(...ended) - Math.min(...begun)) / 1000;
  const files = readdirSync(folder, { recursive: true }).filter((file) => /\.sqlite(-wal)?$/.test(file));
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  times.sort((a, b) => a - b);
  const at = (part) => `${times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(1)} ms`;
  const row = (what, found) => console.log(`| ${what} | ${found} |`);
  row("stores, a dream each", `${stores}`);
  row("workspaces (Durable Objects)", `${workspaces}`);
  row("making them, with four sessions each", `${making.toFixed(0)} s`);
  row("from the first dream asked for to the last one over", `${took.toFixed(1)} s`);
  row("dreams a minute", `${((stores / took) * 60).toFixed(0)}`);
  row("processor time of a dream", `${cpu.toFixed(0)} ms`);
  row("errors", `${errors.length}`);
  row("memory of the process before the dreams, and the most", `${rss.toFixed(0)} MB, ${most.toFixed(0)} MB`);
  row("storage of a store, transcripts and all", `${(bytes / stores / 1024).toFixed(0)} KiB`);
  row(`a read while dreams run (${times.length} of them), median, p99, longest`, `${at(0.5)}, ${at(0.99)}, ${at(1)}`);
  for (const error of errors.slice(0, 10)) console.error(error);
  if (errors.length > 0) process.exitCode = 1;
} finally {
  isDone = true;
  clearInterval(watch);
  await edge.stop();
  model.close();
  rmSync(folder, { recursive: true });
}
