// `node workerd.mjs web`: an engine in Cloudflare's runtime. This process passes the lines through
// as bodies of requests; the dreams stay in the one isolate that answers them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { ROOT, chosen } from "./engines.mjs";
import { lines, write } from "./lines.mjs";

const { name, workerd: entry } = chosen();
if (entry === undefined) throw new Error(`workerd does not run ${name}`);
const require = createRequire(import.meta.url);
const { version } = require("workerd/package.json");
const program = require("workerd").default;

/** The Worker that runs in workerd and answers the lines. */
const MAIN = `
import * as engine from "./engine/workerd.js";
import { server } from "./server.mjs";

let answer;
export default {
  async fetch(request, info) {
    answer ??= server(engine, info);
    return new Response(answer(await request.text()));
  },
};
`;

const folder = mkdtempSync(join(tmpdir(), "dreaming-workerd-"));
let runtime;
process.on("exit", () => {
  runtime?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The modules of the engine below \`engine/\`, as a configuration names them: kind, by name. */
function modules() {
  const source = dirname(fileURLToPath(new URL(entry, ROOT)));
  // `node.js` and `browser.js` load their module in ways that workerd does not have.
  const files = readdirSync(source).filter((file) => file.endsWith(".js") && !["node.js", "browser.js"].includes(file));
  const all = [...files, "wasm/dreaming.js", "wasm/dreaming_bg.wasm"];
  mkdirSync(join(folder, "engine/wasm"), { recursive: true });
  for (const file of all) symlinkSync(join(source, file), join(folder, "engine", file));
  cpSync(new URL("server.mjs", import.meta.url), join(folder, "server.mjs"));
  writeFileSync(join(folder, "main.js"), MAIN);
  return ["main.js", "server.mjs", ...all.map((file) => `engine/${file}`)];
}

/** Starts the runtime and gives its address. */
async function start() {
  const kind = (file) => (file.endsWith(".wasm") ? "wasm" : "esModule");
  const listed = modules().map((file) => `(name = "${file}", ${kind(file)} = embed "${file}")`);
  const bindings = [`(name = "name", text = "${name}")`, `(name = "runtime", text = "workerd ${version}")`];
  const config = `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = (
        modules = [${listed.join(", ")}],
        compatibilityDate = "2026-10-20",
        bindings = [${bindings.join(", ")}],
      ))],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );`;
  writeFileSync(join(folder, "config.capnp"), config);
  runtime = spawn(program, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
    stdio: ["ignore", process.stderr, "inherit", "pipe"],
  });
  runtime.once("exit", () => process.exit(1));
  const [event] = await once(createInterface(runtime.stdio[3]), "line");
  return `http://127.0.0.1:${JSON.parse(event).port}/`;
}

const url = await start();
for await (const line of lines()) write(await (await fetch(url, { method: "POST", body: line })).text());
process.exit(0);
