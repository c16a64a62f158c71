// What is not in the zip of the new memory: the page and the zip itself name it.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { unzipSync } from "fflate";

import { downloaded, drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

let browser, server, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "dreaming-zip-"));
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

const NOTE = "NOT-IN-THIS-ZIP.txt";
const TWICE = "- Never deploy on Fridays.\n- Never deploy on Fridays.\n";
/** A memory that a dream changes, and files that are no memories. */
const MIXED = {
  "notes.md": TWICE,
  "large.md": `- ${"x".repeat(110_000)}\n`,
  "latin.md": Buffer.from("- caf\xe9\n", "latin1"),
  "pictures/map.png": Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  "plan.txt": "Later.\n",
  ".git/config": "",
  ".git/objects/aa/bb": "",
};
const NOT_IN = [".git/", "large.md", "latin.md", "pictures/map.png", "plan.txt"];

/** A folder of files. */
function filled(name, files) {
  const path = join(folder, name);
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), bytes);
  }
  return path;
}

/** The zip of all changes. */
async function zipped(page) {
  // On the next visit they are accepted already.
  const accept = page.getByRole("button", { name: /^Accept all/ }).first();
  if (await accept.isVisible()) await accept.click();
  await page.getByRole("tab", { name: "New memory" }).click();
  const { bytes } = await downloaded(page, () => page.getByRole("button", { name: "Download as zip" }).click());
  return unzipSync(bytes);
}

const dream = async (page) => {
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
};
/** The files that a note in a zip names. */
const named = (note) => [...Buffer.from(note).toString("utf8").matchAll(/^- (.*)$/gm)].map(([, path]) => path);

test("what of the folder is not in the zip is named by the page and by the zip, now and on the next visit", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [filled("mixed/memory", MIXED)]);
  await page.locator(".given").getByText("1 memory and 0 sessions").waitFor();
  await dream(page);
  for (const visit of ["first", "next"]) {
    const zip = await zipped(page);
    assert.deepEqual(Object.keys(zip).sort(), [NOTE, "notes.md"], visit);
    assert.deepEqual(named(zip[NOTE]), NOT_IN);
    const said = await page.locator(".save .note").innerText();
    assert.match(said, /5 files of the folder are not in it: \.git\/, large\.md, latin\.md and 2 more/);
    assert.match(said, /Unpack it over the folder, not in its place/);
    if (visit === "next") break;
    await page.waitForTimeout(1_200);
    await page.reload();
    await page.getByRole("button", { name: "Go on with it" }).click();
    await planned(page);
  }
  clean();
  await context.close();
});

test("a folder of memories alone gives a zip of memories alone, transcripts beside it are not named", needsBrowser, async () => {
  const sessions = join(repository, "xtask/demo/sessions");
  const [name] = readdirSync(sessions).filter((name) => name.endsWith(".jsonl"));
  const project = { [name]: readFileSync(join(sessions, name)), "memory/notes.md": TWICE, "memory/more/tea.mdc": "- Tea is sold.\n" };
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [filled("project", project)]);
  await page.locator(".given").getByText("2 memories and 1 session").waitFor();
  await dream(page);
  const zip = await zipped(page);
  assert.ok("notes.md" in zip && "more/tea.mdc" in zip, Object.keys(zip).join());
  assert.ok(!(NOTE in zip));
  assert.equal(await page.locator(".save .note").count(), 0);
  clean();
  await context.close();
});

test("a file that is given in time is in the zip, and the note of an earlier zip is not named", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [filled("early/memory", { "notes.md": TWICE, "latin.md": MIXED["latin.md"], [NOTE]: "- latin.md\n" })]);
  await page.locator(".given").getByText("1 memory and 0 sessions").waitFor();
  await drop(page, [filled("late/memory", { "latin.md": "- The café opens at eight.\n" })]);
  await page.locator(".given").getByText("2 memories and 0 sessions").waitFor();
  await dream(page);
  assert.deepEqual(Object.keys(await zipped(page)).sort(), ["latin.md", "notes.md"]);
  clean();
  await context.close();
});
