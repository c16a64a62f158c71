// 100 MB of transcripts: the page stays quick and small. Runs when DREAMING_LONG is set.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

/** Bytes of transcripts, and in how many sessions: as many as one dream takes. */
const BYTES = 100_000_000;
const SESSIONS = 100;
/** Our aims: the longest task of the main thread in milliseconds, and memory in bytes. */
const LONGEST_TASK = 50;
const MEMORY = 200_000_000;

const noLong = process.env.DREAMING_LONG ? false : "takes minutes: set DREAMING_LONG";

/**
 * A figure of the operating system about the process that has the page, its worker and the engine, in bytes:
 * what a page may ask of its own memory leaves the memory of WebAssembly out.
 */
async function resident(browser, figure) {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send("SystemInfo.getProcessInfo");
  await client.detach();
  const all = processInfo
    .filter(({ type }) => type === "renderer")
    .map(
      ({ id }) =>
        Number(new RegExp(`${figure}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) * 1024,
    );
  return Math.max(...all);
}

/** Begins to trace a page; what it gives ends the trace and tells of the tasks of the main thread. */
async function traced(browser, page) {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "__metadata"] });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString("utf8"));
    const main = new Set(
      traceEvents
        .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
        .map(({ pid, tid }) => `${pid} ${tid}`),
    );
    const tasks = traceEvents.filter(
      ({ name, dur, pid, tid }) => name === "RunTask" && dur > 0 && main.has(`${pid} ${tid}`),
    );
    assert.ok(tasks.length > 50, `${tasks.length} tasks were traced`);
    const most = (figure) => tasks.reduce((most, task) => Math.max(most, (task[figure] ?? 0) / 1000), 0);
    // Of a machine that does other work too the clock tells how long a task waited for its turn.
    const [longest, clock] = [most("tdur"), most("dur")];
    assert.ok(longest > 0, "processor time was traced");
    const said = `longest task of the main thread: ${longest.toFixed(1)} ms of processor time (aim under ${LONGEST_TASK}), ${clock.toFixed(1)} ms by the clock, of ${tasks.length} tasks`;
    return { longest, said };
  };
}

test("100 MB of transcripts", { ...needsBrowser, skip: needsBrowser.skip || noLong, timeout: 900_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-long-"));
  const transcripts = join(folder, "transcripts");
  mkdirSync(transcripts);
  const from = join(repository, "xtask/demo/sessions");
  const texts = readdirSync(from)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => readFileSync(join(from, name), "utf8"));
  for (let session = 0; session < SESSIONS; session += 1) {
    const text = texts[session % texts.length];
    const copies = Math.ceil(BYTES / SESSIONS / Buffer.byteLength(text));
    // Ids of their own, or the copies would count as repeated records.
    const pieces = Array.from({ length: copies }, (_, copy) =>
      text.replaceAll('"uuid":"', `"uuid":"${session}-${copy}-`),
    );
    writeFileSync(join(transcripts, `s${session}.jsonl`), pieces.join(""));
  }
  const [browser, server] = [await launch(), await serve()];
  try {
    const blank = await browser.newPage();
    await blank.goto("about:blank");
    const empty = await resident(browser, "VmRSS");
    await blank.close();
    const { page, clean } = await open(browser, server.origin);
    await drop(page, [join(repository, "xtask/demo/memory"), transcripts]);
    await page.getByText(`${SESSIONS} sessions`).first().waitFor({ timeout: 60_000 });
    const trace = await traced(browser, page);
    const began = Date.now();
    await page.getByRole("button", { name: "Dream", exact: true }).click();
    await planned(page, 800_000);
    const took = Date.now() - began;
    await page.waitForTimeout(1_000);
    const { longest, said } = await trace();
    const memory = (await resident(browser, "VmHWM")) - empty;
    t.diagnostic(`${BYTES / 1e6} MB in ${SESSIONS} sessions: ${(took / 1000).toFixed(1)} s`);
    t.diagnostic(said);
    t.diagnostic(
      `most memory, page and worker: ${(memory / 1e6).toFixed(0)} MB over the ${(empty / 1e6).toFixed(0)} MB that the browser takes for an empty page (aim under ${MEMORY / 1e6})`,
    );
    t.diagnostic((await page.locator(".summary h1").innerText()).replaceAll("\n", " "));
    assert.ok(longest < LONGEST_TASK, `${longest} ms`);
    assert.ok(memory > 1_000_000 && memory < MEMORY, `${memory} bytes`);
    clean();
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test(
  "a plan of 400 changes, thirty of them decided by keys",
  { ...needsBrowser, skip: needsBrowser.skip || noLong },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "dreaming-many-"));
    const lines = Array.from(
      { length: 400 },
      (_, at) => `- The service number ${at} of the shop listens on port ${4000 + at}.\n`,
    ).join("");
    for (const name of ["a.md", "b.md"]) writeFileSync(join(folder, name), `# Services\n\n${lines}`);
    const [browser, server] = [await launch(), await serve()];
    try {
      const { page, clean } = await open(browser, server.origin);
      await drop(page, [folder]);
      await page.getByText("2 memories").waitFor();
      const trace = await traced(browser, page);
      await page.getByRole("button", { name: "Dream", exact: true }).click();
      await planned(page);
      await page.keyboard.press("j");
      for (let decided = 0; decided < 30; decided += 1) await page.keyboard.press(decided % 3 === 0 ? "r" : "a");
      assert.match(await page.locator(".decided p").innerText(), /20 accepted\s+10 rejected\s+370 open/);
      const { longest, said } = await trace();
      t.diagnostic(said);
      clean();
    } finally {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    }
  },
);
