// The edges that the tests run the handler in. Both keep their workspaces in a folder, so that an edge that ends
// and starts again has them still.

import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { bunProgram } from "../bun.mjs";
import { ROOT } from "./tools.mjs";

export { ROOT };
/** The key of the workspace `default` in all edges here. */
export const TOKEN = "a token of the tests, long enough";

/** `workerd`: what `wrangler deploy` would send, in Cloudflare's runtime. `bun`: the sources, in Bun. */
export const STARTS = { workerd, bun };

async function workerd({ folder, settings = {}, triggers = {}, main = {} }) {
  const { Miniflare, convertV4MiniflareOptions } = await import("miniflare");
  const { unstable_getMiniflareWorkerOptions: configured } = await import("wrangler");
  const { workerOptions } = configured(join(ROOT, "wrangler.jsonc"));
  const build = join(ROOT, "build");
  const file = (path) => ({ path, contents: readFileSync(join(build, path)) });
  const modules = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  const { modulesRules, ...options } = workerOptions;
  const before = new Set(children());
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...options,
      ...triggers,
      name: "dreaming",
      rootPath: undefined,
      // The first one is what runs: `main` may stand before the worker and import it.
      modules: [
        ...Object.entries(main).map(([path, contents]) => ({ type: "ESModule", path, contents })),
        { type: "ESModule", ...file("cloudflare.js"), contents: file("cloudflare.js").contents.toString() },
        ...modules.map((name) => ({ type: "CompiledWasm", ...file(name) })),
      ],
      bindings: { ...options.bindings, TOKEN, ...settings },
      resourcePersistencePath: folder,
      unsafeInspectDurableObjects: true, // lets a test write into the storage of an object
      cf: false,
      host: "127.0.0.1",
      port: 0,
      telemetry: { enabled: false },
    }),
  );
  const url = await miniflare.ready;
  const pid = children().find((child) => !before.has(child));
  return {
    url,
    pid,
    miniflare,
    /** As `kill -9`: nothing is written or said any more. */
    stop: () => miniflare.dispose(),
    /** Takes an object out of memory, as the platform does when it likes; it comes back with the next request. */
    evict: (name = "default") => miniflare.unsafeEvictDurableObject("dreaming", "Workspace", { name }),
    sql: async (statement, name = "default") => {
      const storage = await miniflare.unsafeGetDurableObjectStorage("dreaming", "Workspace", { name });
      return await storage.exec(statement);
    },
  };
}

async function bun({ folder, settings = {} }) {
  const program = bunProgram();
  const environment = { ...process.env, TOKEN, FOLDER: folder, PORT: "0", ...settings };
  const child = spawn(program, [join(ROOT, "src/bun.ts")], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    const lines = createInterface(child.stdout);
    lines.on("line", (line) => line.startsWith("listening on ") && resolve(new URL(line.slice(13))));
    child.once("exit", () => reject(new Error("bun ended")));
  });
  return {
    url,
    pid: child.pid,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    sql: async (statement, name = "default") => {
      const database = new DatabaseSync(join(folder, `${name}.sqlite`));
      const rows = database.prepare(statement).all();
      database.close();
      return rows;
    },
  };
}

/** An edge, and how it is asked. `restart` ends it at once and starts it anew over the same folder. */
export async function start(kind, options) {
  let edge = await STARTS[kind](options);
  const ask = (method, path, body, headers = {}) =>
    fetch(new URL(path, edge.url), {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "object" && body.constructor === Object ? JSON.stringify(body) : body }),
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    });
  return {
    ask,
    /** A response that has to be one of success, as JSON. */
    json: async (method, path, body, headers) => {
      const response = await ask(method, path, body, headers);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    },
    /** Status, type and words of a refusal. */
    refusal: async (method, path, body, headers) => {
      const response = await ask(method, path, body, headers);
      const { error } = await response.json();
      return { status: `${response.status} ${error?.type}`, message: error?.message };
    },
    restart: async (settings = {}) => {
      await edge.stop();
      edge = await STARTS[kind]({ ...options, settings: { ...options.settings, ...settings } });
    },
    get current() {
      return edge;
    },
    stop: () => edge.stop(),
  };
}

/** The processes that this one started. */
export function children() {
  return readdirSync("/proc/self/task").flatMap((task) => {
    const list = readFileSync(`/proc/self/task/${task}/children`, "utf8");
    return list.split(" ").filter(Boolean).map(Number);
  });
}

/** Processor time of a process in milliseconds, over all its threads. */
export function processor(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const times = tasks.map((task) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6;
    } catch {
      return 0; // it ended meanwhile
    }
  });
  return times.reduce((sum, time) => sum + time, 0);
}
