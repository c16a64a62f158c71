// `npm run bun`, as a person types it who has no Bun but that of `npm ci`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { ROOT } from "./edges.mjs";

/** Starts it with these settings, and gives its lines until the one that ends its start. */
async function started(settings, last, work) {
  const { PATH = "", XDG_DATA_HOME, FOLDER, BUN, TOKEN, ...rest } = process.env;
  const paths = PATH.split(delimiter).filter((folder) => !existsSync(join(folder, "bun")));
  const env = { ...rest, PATH: [dirname(process.execPath), ...paths].join(delimiter), PORT: "0", ...settings };
  const server = spawn("npm", ["run", "--silent", "bun"], { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    const lines = [];
    for await (const line of createInterface(server.stdout)) {
      lines.push(line);
      if (last.test(line)) return await work(lines);
    }
    assert.fail(`it ended: ${lines.join("\n")}`);
  } finally {
    process.kill(-server.pid, "SIGTERM");
    await ended;
  }
}

test("it finds its Bun and keeps workspaces with the data of the person, not in the source tree", async () => {
  const home = mkdtempSync(join(tmpdir(), "dreaming-start-"));
  const before = readdirSync(ROOT);
  try {
    await started({ HOME: home, TOKEN: "secret" }, /^workspaces are in /, async ([first, second]) => {
      const folder = join(home, ".local/share/dreaming-worker");
      assert.equal(second, `workspaces are in ${folder}; FOLDER names another folder`);
      const url = new URL("/v1/memory_stores", first.replace("listening on ", ""));
      const made = await fetch(url, { method: "POST", body: '{"name":"Shop"}', headers: { "x-api-key": "secret" } });
      assert.equal(made.status, 200);
      assert.ok(readdirSync(folder).includes("default.sqlite"));
    });
    assert.deepEqual(readdirSync(ROOT), before);
    await started({ HOME: home, XDG_DATA_HOME: join(home, "data") }, /\b401\b/, (lines) => {
      assert.match(lines.at(-1), /`TOKEN=secret npm run bun`/);
      assert.match(lines.at(-2), new RegExp(`workspaces are in ${join(home, "data/dreaming-worker")};`));
    });
  } finally {
    rmSync(home, { recursive: true });
  }
});
