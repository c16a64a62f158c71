// The commands of the README, as they stand, against the handler in Bun.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { ROOT, TOKEN, start } from "./edges.mjs";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const handler = readFileSync(join(ROOT, "src/handler.ts"), "utf8");

test("the commands of the README work as they stand, and every route has one", async () => {
  const [script] = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, code]) => code);
  const folder = mkdtempSync(join(tmpdir(), "dreaming-readme-"));
  const edge = await start("bun", { folder });
  try {
    const env = { ...process.env, URL: edge.current.url.href.replace(/\/$/, ""), TOKEN };
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { cwd: folder, env, timeout: 60_000 });
    assert.match(stdout, /always use tabs/, "the dream learned what the session says");
    assert.match(stdout, /"path":"\/learned\/preferences\.md","content":"[^"]*always use tabs/, "the decision was applied");
    assert.match(stdout, /"status":"completed"/);
    assert.match(stdout, /event: session\.status_idle/);
    assert.match(stdout, /"tie":"same"/);
  } finally {
    await edge.stop();
    rmSync(folder, { recursive: true });
  }
  const routes = [...handler.matchAll(/^ {2}\["([A-Z]+)", "([^"]*)", [\w.]+\],$/gm)].map(([, method, path]) => `${method} ${path}`);
  assert.ok(routes.length >= 35, `only ${routes.length}`);
  const commands = [...script.matchAll(/\bask ([^|]*?)"\$URL\/([^"?]*)/g)].map(([, options, path]) => {
    const standard = options.includes("-T ") ? "PUT" : options.includes("-d ") ? "POST" : "GET";
    return `${/-X (\w+)/.exec(options)?.[1] ?? standard} ${path.replace(/\$[A-Z]+/g, "*").replace("parts/main", "parts/*")}`;
  });
  assert.deepEqual(routes.filter((route) => !commands.includes(route)), []);
});
