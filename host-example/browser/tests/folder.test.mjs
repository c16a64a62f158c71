// Writing into a folder: when something fails in the midst, and into another folder than the one that was read.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

let browser, server;
before(async () => {
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
});
after(async () => {
  await browser?.close();
  server?.close();
});

test("a write that fails in the midst says how much is written, and can be ended", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin, "/#sample&tab=memory&accept=all");
  await planned(page);
  const memory = join(repository, "xtask/demo/memory");
  const files = readdirSync(memory).map((name) => [name, readFileSync(join(memory, name), "utf8")]);
  await page.evaluate(async (files) => {
    const folder = await navigator.storage.getDirectory();
    for (const [name, text] of files) {
      const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await file.write(text);
      await file.close();
    }
    globalThis.showDirectoryPicker = () => Promise.resolve(folder);
    // The disk is full after the first file.
    const { createWritable } = FileSystemFileHandle.prototype;
    let written = 0;
    FileSystemFileHandle.prototype.createWritable = function () {
      written += 1;
      if (written === 2) return Promise.reject(new DOMException("No room on the disk.", "QuotaExceededError"));
      return createWritable.call(this);
    };
  }, files);
  const button = page.getByRole("button", { name: "Write into the folder…" });
  const would = await page.getByText(/^\d+ files would change$/).innerText();
  const number = Number(/\d+/.exec(would)[0]);
  assert.ok(number > 2, would);
  await button.click();
  await page.getByRole("alert").getByText(new RegExp(`No room on the disk\\. 1 of ${number} files were written, this one and the rest were not`)).waitFor();
  await button.click();
  await page.getByText(`${number - 1} files written.`).waitFor();
  await button.click();
  await page.getByText("0 files written.").waitFor();
  clean();
  await context.close();
});

/** Opens the page over `memories` and the sessions of the sample, and accepts what makes new memories. The picker gives a folder with `files`. */
async function added(memories, files) {
  const own = mkdtempSync(join(tmpdir(), "dreaming-folder-"));
  mkdirSync(join(own, "memory"));
  for (const [name, text] of Object.entries(memories)) writeFileSync(join(own, "memory", name), text);
  const opened = await open(browser, server.origin);
  const { page } = opened;
  const sessions = join(repository, "xtask/demo/sessions");
  await drop(page, Object.keys(memories).length === 0 ? [sessions] : [join(own, "memory"), sessions]);
  await page.locator(".given").getByText("14 sessions").waitFor();
  rmSync(own, { recursive: true });
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
  const adds = page.locator(".card", { has: page.locator(".path", { hasText: /^learned\// }) });
  await adds.first().waitFor();
  for (const card of await adds.all()) await card.getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByRole("tab", { name: "New memory" }).click();
  const lay = (files) =>
    page.evaluate(async (files) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(`f${Math.random()}`, { create: true });
      for (const [name, text] of files) {
        const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await file.write(text);
        await file.close();
      }
      globalThis.chosen = folder;
      globalThis.showDirectoryPicker = () => Promise.resolve(folder);
    }, Object.entries(files));
  const names = () =>
    page.evaluate(async () => {
      const found = [];
      for await (const name of globalThis.chosen.keys()) found.push(name);
      return found.sort();
    });
  await lay(files);
  return { ...opened, lay, names, button: page.getByRole("button", { name: "Write into the folder…" }) };
}

const TEA = "- The shop sells tea.\n";

test("new memories are not written into a folder that has none of those that were read", needsBrowser, async () => {
  // A file of one name may be in many folders.
  const other = { "rules.md": "- Another project.\n", "code.py": "" };
  const { page, context, clean, lay, names, button } = await added({ "rules.md": TEA }, other);
  await button.click();
  const trouble = page.getByRole("alert").getByText("That folder has none of the memories that this page read.");
  assert.match(await trouble.innerText(), /Nothing was written\. Choose the folder in which rules\.md lies as it was read\./);
  assert.deepEqual(await names(), ["code.py", "rules.md"]);
  await lay({ "rules.md": TEA });
  await button.click();
  await page.getByText(/^\d+ files? written\.$/).waitFor();
  assert.deepEqual(await names(), ["learned", "rules.md"]);
  clean();
  await context.close();
});

test("the memories of an empty memory are written into any folder", needsBrowser, async () => {
  const { page, context, clean, names, button } = await added({}, { "code.py": "" });
  await button.click();
  await page.getByText(/^\d+ files? written\.$/).waitFor();
  assert.ok((await names()).includes("learned"));
  clean();
  await context.close();
});
