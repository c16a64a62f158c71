// An edge for whoever tests it from outside, such as `cargo xtask conformance`:
//
//     node serve.mjs workerd|bun FOLDER
//
// Settings come from the environment (TOKEN, ANTHROPIC_URL). Says where it listens, and ends when its input does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { bundle, newNode } from "./tools.mjs";

const [kind, folder] = process.argv.slice(2);
const node = newNode();
if (node === process.execPath) {
  const { start } = await import("./edges.mjs");
  if (kind === "workerd") bundle({ quiet: true });
  const { TOKEN, ANTHROPIC_URL } = process.env;
  const edge = await start(kind, { folder, settings: { TOKEN, ANTHROPIC_URL } });
  console.log(`listening on ${edge.current.url.href.replace(/\/$/, "")}`);
  process.stdin.resume();
  await once(process.stdin, "end");
  await edge.stop();
} else {
  const [code] = await once(spawn(node, [fileURLToPath(import.meta.url), kind, folder], { stdio: "inherit" }), "exit");
  process.exitCode = code ?? 1;
}
