// What dreams over stores of several sizes and shapes cost in workerd, as a table: `npm run measure`, or with stores such as
// `notes:1000000:3:6`: a shape, bytes of its memories, dreams over 100 sessions each, and wishes in a session. HEAP is what
// JavaScript may take, in MB: a runtime that needs more ends. The limits of `src/limits.ts` follow from this.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { processor, start } from "./edges.mjs";
import { ids } from "./world.mjs";

/** Memories of a shape: bytes of a memory, bytes of a line, what makes a text wide in memory. */
const SHAPES = {
  notes: [8_000, 100],
  large: [100_000, 100],
  short: [100_000, 12],
  small: [60, 60],
  prose: [50_000, 200],
  wide: [8_000, 100, "é😀"],
};

/** Remembers the linear memory of the engine, and says how large it is. */
const MAIN = {
  "main.js": `import { memories } from "./spy.js"; import worker from "./cloudflare.js"; export { Workspace } from "./cloudflare.js";
    export default { ...worker, fetch: (request, ...rest) => request.url.endsWith("/linear")
      ? Response.json(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)) : worker.fetch(request, ...rest) };`,
  "spy.js": `export const memories = [];
    WebAssembly.Instance = new Proxy(WebAssembly.Instance, { construct(target, given) {
      const instance = new target(...given); memories.push(instance.exports.memory); return instance; } });`,
};

const WORDS = "the staging server of our shop listens behind a proxy and every release is tagged before it ships to people who asked for it".split(" ");

/** A session of which the ledger keeps much: people who say what they want, commands that fail and what cured them. */
function talk(id, turns) {
  const all = [];
  const add = (type, content) => {
    const at = all.length;
    const timestamp = new Date(Date.parse("2026-03-02T09:00:00Z") + Number(id.slice(1)) * 3_600_000 + at * 1000).toISOString();
    const message = { role: type, content };
    all.push(`${JSON.stringify({ type, uuid: `${id}-${at}`, parentUuid: at === 0 ? null : `${id}-${at - 1}`, sessionId: id, timestamp, cwd: "/home/mira/shop", message })}\n`);
  };
  const run = (call, command, output, failed) => {
    add("assistant", [{ type: "tool_use", id: `${id}-${call}`, name: "Bash", input: { command } }]);
    add("user", [{ type: "tool_result", tool_use_id: `${id}-${call}`, is_error: failed, content: output }]);
  };
  for (let turn = 0; turn < turns; turn += 1) {
    const about = line(Number(id.slice(1)) * 1000 + turn, 120).slice(2).trim();
    add("user", `From now on, always remember that ${about}.`);
    run(`${turn}a`, `make ${id}-${turn}`, `Error: cannot find ${id}/${turn}.c`, true);
    run(`${turn}b`, `touch ${id}/${turn}.c`, "", false);
    run(`${turn}c`, `make ${id}-${turn}`, "ok", false);
  }
  return all.join("");
}

/** A line that no other one equals, of so many bytes. */
function line(number, bytes, mark = "") {
  let text = `- ${number.toString(36)}${mark}`;
  for (let at = number; text.length < bytes - 1; at = at * 7 + 3) text += ` ${WORDS[at % WORDS.length]}`;
  return `${text.slice(0, bytes - 1)}\n`;
}

function* memoriesOf(shape, bytes) {
  const [each, width, mark] = SHAPES[shape];
  let number = 0;
  for (let left = bytes, memory = 0; left > 0; left -= each, memory += 1) {
    let text = "";
    while (text.length < Math.min(each, left)) text += line((number += 1), width, mark);
    yield { path: `notes/${String(memory).padStart(6, "0")}.md`, text: text.slice(0, each), lines: text.split("\n").length - 1 };
  }
}

/** What is measured when nobody says what: each limit alone, all together, and a ledger that grows. */
const STORES = ["short:60000:1:1", "small:120000:1:1", "wide:500000:1:1", "prose:1000000:2:6", "notes:100000:5:6"];
/** None: what no limit allows is measured too. */
const LIMITS = JSON.stringify(Object.fromEntries(["memories", "bytes", "lines", "ledger", "checkpoint"].map((name) => [name, 1e12])));
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${process.env.HEAP ?? 24}`;

const kilobytes = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/** What it takes of the process of an edge to do something: milliseconds, and MB. */
async function cost(edge, work) {
  const { pid, url } = edge.current;
  writeFileSync(`/proc/${pid}/clear_refs`, "5"); // the peak begins anew
  const [before, began] = [processor(pid), performance.now()];
  await work();
  const wall = performance.now() - began;
  const linear = (await (await fetch(new URL("/linear", url))).json()) / 2 ** 20;
  return { wall, cpu: processor(pid) - before, linear, peak: kilobytes(pid, "VmHWM") / 1024 };
}

async function measured(shape, bytes, dreams, turns) {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-measure-"));
  const edge = await start("workerd", { folder, main: MAIN, settings: { DRIVE: "requests", LIMITS } });
  const kept = async (select) => {
    const [{ size }] = await edge.current.sql(select);
    return ((size ?? 0) / 1e6).toFixed(1);
  };
  let name = shape;
  try {
    const { id: store } = await edge.json("POST", "/v1/memory_stores", { name: "measured" });
    let [count, lines, sum] = [0, 0, 0];
    for (const { path, text, lines: some } of memoriesOf(shape, bytes)) {
      await edge.json("POST", `/v1/memory_stores/${store}/memories`, { path: `/${path}`, content: text });
      [count, lines, sum] = [count + 1, lines + some, sum + text.length];
    }
    name = `${count} memories, ${(sum / 1e6).toFixed(2)} MB, ${lines} lines`;
    for (let number = 0; number < dreams; number += 1) {
      const sessions = [];
      for (const id of ids(100).map((id) => `s${Number(id.slice(1)) + number * 100}`)) {
        const session = await edge.json("POST", "/v1/sessions", { agent: "coder", environment_id: "env", metadata: { x_import: "true" } });
        await edge.json("PUT", `/v1/x/sessions/${session.id}/parts/main`, talk(id, turns));
        sessions.push(session.id);
      }
      const ledger = await kept(`SELECT SUM(length(CAST(key || value AS BLOB))) AS size FROM ledger WHERE store = '${store}'`);
      await edge.restart();
      const base = kilobytes(edge.current.pid, "VmRSS") / 1024;
      const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: sessions }];
      const into = { type: "update_existing", memory_store_id: store };
      let dream = await edge.json("POST", "/v1/dreams", { inputs, model: "x_none", output_behavior: into });
      const round = async () => (dream = await edge.json("GET", `/v1/dreams/${dream.id}`));
      const begun = await cost(edge, round);
      const read = await cost(edge, async () => {
        for (let rounds = 0; rounds < 12; rounds += 1) await round();
      });
      const checkpoint = await kept("SELECT SUM(length(bytes)) AS size FROM documents WHERE name = 'checkpoint'");
      const ended = await cost(edge, async () => {
        while (dream.status === "running") await round();
      });
      if (dream.status !== "completed") throw new Error(JSON.stringify(dream.error));
      const { digest } = await edge.json("GET", `/v1/x/dreams/${dream.id}/review`);
      const decided = await cost(edge, () => edge.json("POST", `/v1/x/dreams/${dream.id}/review`, { digest, accept: [] }));
      for (const id of sessions) await edge.json("DELETE", `/v1/sessions/${id}`);
      const peak = Math.max(...[begun, read, ended, decided].map((step) => step.peak)) - base;
      const times = [begun.wall, begun.cpu, read.cpu / 12, ended.cpu, decided.cpu].map((time) => time.toFixed(0));
      row([name, ledger, checkpoint, ...times, begun.linear.toFixed(0), decided.linear.toFixed(0), peak.toFixed(0)]);
    }
  } catch (error) {
    row([name, "the runtime ended", error.message.slice(0, 60)]);
  } finally {
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const row = (cells) => console.log(`| ${cells.join(" | ")} |`);
row(["store", "ledger before, MB", "checkpoint, MB", "start, ms", "processor", "a round", "end", "decision", "engine after the start, MB", "at the end", "process more, MB"]);
row(["---", ...Array(10).fill("--:")]);
const asked = process.argv.slice(2);
for (const store of asked.length > 0 ? asked : STORES) {
  const [shape, ...numbers] = store.split(":");
  await measured(shape, ...numbers.map(Number));
}
