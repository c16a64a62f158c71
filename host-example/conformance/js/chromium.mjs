// `node chromium.mjs web|component`: an engine in a worker of a page in headless Chromium. This
// process serves the files and passes the lines through.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { chromium } from "playwright-core";

import { ROOT, chosen } from "./engines.mjs";
import { lines, write } from "./lines.mjs";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Serves the files of the project, and an empty page at `/`. */
async function serve(request, response) {
  const { pathname } = new URL(request.url, "http://host"); // takes `..` out
  try {
    const page = pathname === "/";
    const body = page ? "<!doctype html><link rel=icon href=data:,><title>Dreaming</title>" : await readFile(new URL(`.${pathname}`, ROOT));
    response.setHeader("content-type", page ? "text/html" : (TYPES[extname(pathname)] ?? "text/plain"));
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** In the page: starts the worker and waits until its engine is ready. */
function start(url) {
  return new Promise((resolve, reject) => {
    globalThis.worker = new Worker(url, { type: "module" });
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message ?? "the worker's modules do not load"));
  });
}

/** In the page: what the worker answers to a line. */
function ask(line) {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(line);
  });
}

const { name, browser: engine } = chosen();
const files = createServer(serve);
await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"], // what it loads is this project; containers often cannot sandbox
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`http://127.0.0.1:${files.address().port}/`);
  const runtime = `Chromium ${browser.version()}`;
  const query = new URLSearchParams({ engine: `/${engine}`, name, runtime });
  await page.evaluate(start, `/host-example/conformance/js/worker.mjs?${query}`);
  for await (const line of lines()) write(await page.evaluate(ask, line));
} finally {
  await browser.close();
  files.close();
}
