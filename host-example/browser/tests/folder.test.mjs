// Writing into a folder when something fails in the midst.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

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
