// The built page in Chromium, served as any static host would: files, no headers of ours.
//
// CHROMIUM names the browser (default /usr/bin/chromium). Without one the tests say so and are skipped, unless
// REQUIRE_BROWSER is set.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { chromium } from "playwright-core";

export const dist = join(import.meta.dirname, "../dist");
export const repository = join(import.meta.dirname, "../../..");

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const missing = existsSync(executablePath) ? false : `no browser at ${executablePath}; CHROMIUM names another`;
if (missing && process.env.REQUIRE_BROWSER) throw new Error(missing);

/** Options of a test that needs the browser. */
export const needsBrowser = { skip: missing, timeout: 300_000 };

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Serves `folder`. `headers` come with every file. */
export async function serve(folder = dist, headers = {}) {
  const server = createServer(({ url }, response) => {
    const path = join(folder, new URL(url, "http://localhost").pathname.replace(/\/$/, "/index.html"));
    const type = TYPES[extname(path)];
    if (type === undefined || !existsSync(path) || !statSync(path).isFile()) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": type, ...headers }).end(readFileSync(path));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  // A test that fails must not keep the run alive.
  server.unref();
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Starts the browser. */
export async function launch(...args) {
  return await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...args],
  });
}

/**
 * Opens a page of a server with an empty cache. `faults` are errors, messages on the console and requests to
 * anything but the server; a test ends with {@link Opened.clean}.
 */
export async function open(browser, origin, path = "/", options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => faults.push(message.text()));
  const requests = [];
  const ended = (request) => {
    const url = request.url();
    requests.push(url);
    const isHere = url.startsWith(`${origin}/`) || url.startsWith("blob:") || url.startsWith("data:");
    // What the policy of the page refuses never leaves.
    if (!isHere && request.failure()?.errorText !== "csp") faults.push(`request to ${url}`);
  };
  context.on("requestfinished", ended);
  context.on("requestfailed", ended);
  await page.goto(origin + path);
  const clean = () => assert.deepEqual(faults, []);
  return { page, context, faults, requests, clean };
}

/** Waits for the plan. */
export async function planned(page, timeout = 30_000) {
  await page.locator("main.result h1").waitFor({ timeout });
}

/** The bytes of the download that `act` starts. */
export async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Drops files and folders of this machine onto the page, as a person would. */
export async function drop(page, paths) {
  const box = await page.locator(".drop").boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + 20 };
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await client.send("Input.dispatchDragEvent", { type, ...at, data });
  await client.detach();
}

/**
 * What a person reads in an element who has scrolled through it. Chromium leaves what stands outside of the window out
 * of `innerText` as long as its `content-visibility` is `auto`, so that a plain read depends on what was drawn already.
 */
export async function read(locator) {
  return await locator.evaluate((element) => {
    const cards = [element.closest(".card"), ...element.querySelectorAll(".card")].filter((card) => card !== null);
    for (const card of cards) card.style.contentVisibility = "visible";
    const words = element.innerText;
    for (const card of cards) card.style.contentVisibility = "";
    return words;
  });
}
