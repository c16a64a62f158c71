// Keys that are held down.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, needsBrowser, open, planned, serve } from "./browser.mjs";

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

const status = (page) => page.locator(".decided p").innerText();

test("a key that is held down decides once", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin, "/#sample");
  await planned(page);
  await page.keyboard.press("j");
  for (let times = 0; times < 5; times += 1) await page.keyboard.down("a");
  await page.keyboard.up("a");
  assert.match(await status(page), /1 accepted/);
  for (let times = 0; times < 3; times += 1) await page.keyboard.down("j");
  await page.keyboard.up("j");
  clean();
  await context.close();
});
