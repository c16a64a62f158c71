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
    assert.match(stdout, /From now on, always use tabs/, "the dream learned what the session says");
    assert.match(stdout, /"status":"done"/);
    assert.match(stdout, /"tie":"same"/);
  } finally {
    await edge.stop();
    rmSync(folder, { recursive: true });
  }
  const routes = [...handler.matchAll(/^ {2}\["([A-Z]+)", "([^"]*)", \w+\],$/gm)].map(([, method, path]) => [method, path]);
  assert.ok(routes.length >= 20);
  const missing = routes.filter(([, path]) => {
    const words = path.split("/").filter((word) => word !== "" && !word.startsWith("*"));
    return !words.every((word) => script.includes(`/${word}`));
  });
  assert.deepEqual(missing, []);
});
