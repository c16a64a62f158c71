// The package in a real browser, unbundled: in a page and in a module worker of it, with a blob and a
// stream as transcripts. The plans must be those of a golden case, byte for byte.
//
// CHROMIUM names the browser (default /usr/bin/chromium). Without one this says so and passes, unless
// REQUIRE_BROWSER is set.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";

import { chromium } from "playwright-core";

import { SALT, loadCase } from "./cases.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  const message = `no browser at ${executablePath}; CHROMIUM names another`;
  if (process.env.REQUIRE_BROWSER) throw new Error(message);
  console.log(`skipped: ${message}`);
  process.exit(0);
}

const golden = loadCase("same-call-without-the-word-in-front");
const [step] = golden.steps;
const sessions = step.sessions.map((spec) => golden.session(spec));
const work = {
  salt: SALT,
  memories: golden.memories,
  now: Date.parse(step.now),
  sessions: sessions.map(({ id, parts }) => ({ id, text: parts.main.toString("utf8") })),
};

const server = await serve();
const { port } = server.address();
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error));
  page.on("console", (message) => faults.push(new Error(message.text())));
  await page.goto(`http://127.0.0.1:${port}/tests/browser.html`);
  await page.waitForFunction(() => globalThis.ready);
  for (const where of ["page", "worker"]) {
    for (const form of ["blob", "stream"]) {
      const result = await page.evaluate(({ where, job }) => globalThis.run[where](job), { where, job: { ...work, form } });
      golden.check("1-plan.json", result.plan);
      golden.check("1-report.json", result.report);
      assert.equal(result.isWorker, where === "worker");
      console.log(`${where}, ${form}: the plan of the golden case, ${result.plan.length} characters`);
    }
  }
  const code = await page.evaluate(() => globalThis.run.aborted());
  assert.equal(code, "enough");
  assert.deepEqual(faults, []);
  console.log(`Chromium ${browser.version()}`);
} finally {
  await browser.close();
  server.close();
}

/** Serves this package to the browser. */
async function serve() {
  const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer(({ url }, response) => {
    const file = new URL(`..${new URL(url, "http://localhost").pathname}`, import.meta.url);
    const type = types[extname(file.pathname)];
    if (type === undefined || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
