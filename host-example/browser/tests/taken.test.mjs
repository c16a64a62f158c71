// Files in several drops, beside an export, and those that cannot be taken: nothing counts or is left without a word.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { MemoryStore, dream as dreamt } from "dreaming";
import { unzipSync } from "fflate";
import { transformWithOxc } from "vite";

import { downloaded, drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";
import { dreaming, memoryFolder, noCommand, sampleNow } from "./command.mjs";

const sessions = join(repository, "xtask/demo/sessions");

let browser, server, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "dreaming-taken-"));
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

const given = (page) => page.locator(".given");
const left = async (page) => (await page.locator(".left li").allTextContents()).sort();
const dream = async (page) => {
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
};
/** A folder of files. */
function filled(name, files) {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
  return path;
}

test("what was left alone stays said after another drop, and what another file replaces is said", needsBrowser, async () => {
  const first = filled("first", { "notes.md": "- Use tabs.\n", "latin.md": Buffer.from("caf\xe9", "latin1"), "rules.mdc": "- Use Rust.\n" });
  const second = filled("second", { "notes.md": "- Use spaces.\n" });
  const talk = (words) => `${JSON.stringify({ role: "user", content: words })}\n`.repeat(3);
  const one = filled("one", { "talk.jsonl": talk("Use tabs.") });
  const two = filled("two", { "talk.jsonl": talk("Use some spaces.") });
  const { page, context, clean } = await open(browser, server.origin);
  for (const [path, said] of [[first, "2 memories and 0 sessions"], [second, "2 memories and 0 sessions"], [one, "2 memories and 1 session"], [two, "2 memories and 1 session"]]) {
    await drop(page, [path]);
    await given(page).getByText(said).waitFor();
    await page.waitForTimeout(200);
  }
  const again = "another one with its name was given later, which counts in its place";
  assert.deepEqual(await left(page), ["latin.md: it is not UTF-8", `notes.md: ${again}`, `one/talk.jsonl: ${again}`]);
  // The same once more is nothing new.
  await drop(page, [two]);
  await page.waitForTimeout(500);
  assert.equal((await left(page)).length, 3);
  clean();
  await context.close();
});

test("names of sessions are in the order of their bytes", needsBrowser, async () => {
  const talk = `${JSON.stringify({ role: "user", content: "From now on, always use tabs for indentation." })}\n`;
  const odd = filled("odd", { "😀.jsonl": talk, "ｆ.jsonl": talk.replace("tabs", "spaces") });
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [odd]);
  await given(page).getByText("0 memories and 2 sessions").waitFor();
  await dream(page);
  clean();
  await context.close();
});

const withCommand = { ...needsBrowser, skip: needsBrowser.skip || noCommand };

/** An export of the sample, whose sessions were read without a model. */
function exported() {
  const { memory, folder: own, remove } = memoryFolder();
  const at = ["--memory", memory, "--now", sampleNow];
  dreaming("run", "--sessions", sessions, ...at);
  dreaming("apply", "--all", ...at);
  const file = join(own, "shop.jsonl");
  dreaming("export", file, "--memory", memory);
  return { file, memory, own, remove };
}

test("one memory beside an export is an edit of that one, and a folder is all of them", withCommand, async () => {
  const { file, memory, own, remove } = exported();
  const name = readdirSync(memory).find((name) => /^[a-z].*\.md$/.test(name));
  const text = `${readFileSync(join(memory, name), "utf8").trimEnd()}\n- Never deploy on Fridays.\n- Never deploy on Fridays.\n`;
  writeFileSync(join(own, name), text);
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [file, join(own, name)]);
  await given(page).getByText(/9 memories and 0 sessions/).waitFor();
  await dream(page);
  await page.getByRole("button", { name: /^Accept all/ }).first().click();
  await page.getByRole("tab", { name: "New memory" }).click();
  const zip = await downloaded(page, () => page.getByRole("button", { name: "Download as zip" }).click());
  assert.equal(Object.keys(unzipSync(zip.bytes)).length, 9);
  await page.getByRole("button", { name: "Start over" }).click();
  await drop(page, [file, filled("few", { [name]: text })]);
  await given(page).getByText(/1 memory and 0 sessions/).waitFor();
  clean();
  await context.close();
  remove();
});

test("an export may be packed, and a damaged transcript beside it is named", withCommand, async () => {
  const { file, own, remove } = exported();
  const packed = join(own, "shop.jsonl.gz");
  writeFileSync(packed, gzipSync(readFileSync(file)));
  const [name] = readdirSync(sessions).filter((name) => name.endsWith(".jsonl"));
  const whole = gzipSync(readFileSync(join(sessions, name)));
  writeFileSync(join(own, "damaged.jsonl.gz"), whole.subarray(0, whole.length / 2));
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [packed, join(own, "damaged.jsonl.gz")]);
  await given(page).getByText(/9 memories and 1 session .*history of 2 revisions/).waitFor();
  await dream(page);
  await page.getByRole("tab", { name: /^Turned down/ }).click();
  await page.locator(".down").getByText(/damaged/).first().waitFor();
  clean();
  await context.close();
  remove();
});

/** An export of a store over these sessions, of which a model has answered one call and failed at all others. */
async function unanswered(names) {
  const rows = [{ row: "meta", format: "dreaming.export/1", key: "salt", value: "" }];
  const store = new MemoryStore({
    memories: [{ path: "notes.md", text: "- Use tabs for indentation.\n" }],
    sessions: names.map((name) => ({ id: name.replace(".jsonl", ""), parts: { main: readFileSync(join(sessions, name)) } })),
  });
  store.commit = ({ revision, record, memories, ledger }) => {
    const number = rows.filter(({ row }) => row === "revision").length + 1;
    rows.push({ row: "revision", number, id: revision, record });
    for (const { path, text, observedAt } of memories) rows.push({ row: "memory", number, path, text, observed_at: observedAt });
    for (const { key, value } of ledger) rows.push({ row: "ledger", number, key, value });
    const { head } = store;
    MemoryStore.prototype.commit.call(store, { ...(head && { base: head }), revision, record, memories, ledger });
  };
  let calls = 0;
  const model = () => {
    calls += 1;
    if (calls > 1) throw new Error("busy");
    return '{"proposals": []}';
  };
  const policy = { "propose.max-calls": 10, "propose.together-bytes": 0, "distil.max-calls": 0 };
  const { failed } = await dreamt({ store, model, policy, concurrency: 1, mode: "auto", now: Date.parse(sampleNow) });
  assert.ok(failed.length > 0, "a call failed");
  const file = join(folder, "unanswered.jsonl");
  writeFileSync(file, [...rows, { row: "end", lines: rows.length }].map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
}

test("a model is asked about sessions of an export that wait for an answer", needsBrowser, async () => {
  const names = readdirSync(sessions).filter((name) => name.endsWith(".jsonl")).slice(0, 3);
  const file = await unanswered(names);
  let asked = 0;
  const model = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    asked += 1;
    const choices = [{ message: { role: "assistant", content: '{"proposals": []}' }, finish_reason: "stop" }];
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ choices }));
  });
  await new Promise((listening) => model.listen(0, "127.0.0.1", listening));
  model.unref();
  const { page, context } = await open(browser, server.origin, "/model.html");
  await page.getByRole("combobox").selectOption("openai");
  await page.getByRole("textbox", { name: "Model" }).fill("some-model");
  await page.getByRole("textbox", { name: /^Endpoint/ }).fill(`http://127.0.0.1:${model.address().port}/v1`);
  await page.getByLabel("At most calls").fill("3");
  await drop(page, [file, ...names.map((name) => join(sessions, name))]);
  await given(page).getByText(/1 memory and 3 sessions .*history of 2 revisions/).waitFor();
  await dream(page);
  await page.getByRole("tab", { name: "New memory" }).click();
  const plan = await downloaded(page, () => page.getByRole("button", { name: "Plan", exact: true }).click());
  assert.equal(JSON.parse(plan.bytes).sessions.length, 2);
  // Both are short, so one call shows them.
  assert.ok(asked >= 1);
  await context.close();
  model.closeAllConnections();
});

test("a drop takes what can be read and names what cannot", async () => {
  const code = await transformWithOxc(readFileSync(join(import.meta.dirname, "../src/give.ts"), "utf8"), "give.ts");
  const { fromDrop } = await import(`data:text/javascript,${encodeURIComponent(code.code)}`);
  const file = (name, gives) => ({ name, isFile: true, file: (done, failed) => (gives instanceof Error ? failed(gives) : done(gives)) });
  const dir = (name, ...portions) => ({
    name,
    isFile: false,
    createReader: () => ({ readEntries: (done, failed) => ((next) => (next instanceof Error ? failed(next) : done(next)))(portions.shift() ?? []) }),
  });
  const root = dir("memory", [file("a.md", "A"), file("gone.md", new Error("not found")), dir("locked", new Error("no permission"))], [file("b.md", "B")]);
  const { files, left } = await fromDrop({ items: [{ webkitGetAsEntry: () => root }], files: [] });
  assert.deepEqual(files, [{ path: "memory/a.md", file: "A" }, { path: "memory/b.md", file: "B" }]);
  assert.deepEqual(left, [
    { path: "memory/gone.md", reason: "cannot be read: not found" },
    { path: "memory/locked", reason: "cannot be read: no permission" },
  ]);
});
