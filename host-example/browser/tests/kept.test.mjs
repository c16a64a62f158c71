// What is kept in the browser between visits, and that nothing of it is lost without a word.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { drop, launch, needsBrowser, open, planned, serve } from "./browser.mjs";

let browser, server, folder;
before(async () => {
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
  folder = mkdtempSync(join(tmpdir(), "dreaming-kept-"));
  writeFileSync(join(folder, "CLAUDE.md"), "- Use tabs for indentation.\n- Use tabs for indentation.\n\n## Tests\n\n- Run the tests first.\n- Run the tests first.\n");
  writeFileSync(join(folder, "AGENTS.md"), "- The shop listens on port 80.\n- The shop listens on port 80.\n");
});
after(async () => {
  await browser?.close();
  server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** Milliseconds after which the work is kept, and some. */
const KEPT = 1_200;
const status = (page) => page.locator(".decided p").innerText();
const offers = async (page) => {
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  await page.waitForTimeout(500);
  return (await page.locator(".kept p").allInnerTexts()).map((said) => /kept in this browser: (.*)\./.exec(said)[1]);
};

/** Dreams over a file, and accepts the first `accepted` changes. */
async function decide(page, name, accepted) {
  await drop(page, [join(folder, name)]);
  await page.locator(".given").getByText("1 memory and 0 sessions").waitFor();
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
  if (accepted > 0) await page.keyboard.press("j");
  for (let number = 0; number < accepted; number += 1) await page.keyboard.press("a");
  await page.waitForTimeout(KEPT);
}

test("work in which somebody decided stays when other files are looked at", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await decide(page, "CLAUDE.md", 2);
  await page.reload();
  // A page that moves below the mouse while a file is dropped gets no drop.
  await offers(page);
  await decide(page, "AGENTS.md", 0);
  await page.getByRole("button", { name: "Start over" }).click();
  assert.deepEqual(await offers(page), ["1 memory, 0 sessions, 0 answers", "1 memory, 0 sessions, 2 answers"]);
  // Where nothing was decided nothing is worth a place for ever.
  await decide(page, "AGENTS.md", 1);
  await page.reload();
  assert.deepEqual(await offers(page), ["1 memory, 0 sessions, 1 answer", "1 memory, 0 sessions, 2 answers"]);
  await page.getByRole("button", { name: "Go on with it" }).last().click();
  await planned(page);
  assert.match(await status(page), /2 accepted/);
  await page.getByRole("button", { name: "Start over" }).click();
  await offers(page);
  await page.getByRole("button", { name: "Forget it" }).first().click();
  await page.getByRole("button", { name: "Forget it" }).nth(1).waitFor({ state: "detached" });
  assert.deepEqual(await offers(page), ["1 memory, 0 sessions, 2 answers"]);
  clean();
  await context.close();
});

test("two tabs that go on with the same work take nothing from each other", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await decide(page, "CLAUDE.md", 1);
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await tab.goto(server.origin);
    await tab.getByRole("button", { name: "Go on with it" }).click();
    await planned(tab);
    await tab.waitForTimeout(KEPT);
  }
  for (const [tab, key] of [[page, "r"], [other, "a"]]) {
    await tab.bringToFront();
    for (const press of ["j", "j", key]) await tab.keyboard.press(press);
    await tab.waitForTimeout(KEPT);
  }
  await page.reload();
  const said = await offers(page);
  assert.ok(said.length >= 2 && said.filter((words) => words.endsWith("2 answers")).length === 2, String(said));
  clean();
  await context.close();
});

test("a browser that keeps nothing says so", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  await page.workers()[0].evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("no room on the disk", "QuotaExceededError");
    };
  });
  await decide(page, "CLAUDE.md", 1);
  await page.getByText("This browser does not keep your work, so it ends with this tab: no room on the disk.").waitFor();
  clean();
  await context.close();
});

test("a setting that no dream takes is not kept, and the answers can be gone on with", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await decide(page, "CLAUDE.md", 1);
  await page.getByRole("tab", { name: "Settings" }).click();
  const field = page.getByLabel("Sessions that one dream reads");
  const before = await field.inputValue();
  await field.fill("9999999");
  await field.blur();
  await page.getByRole("alert").getByText(/dream\.max-sessions/).waitFor();
  assert.equal(await field.inputValue(), before);
  await page.waitForTimeout(KEPT);
  await page.reload();
  await page.getByRole("button", { name: "Go on with it" }).click();
  await planned(page);
  assert.match(await status(page), /1 accepted/);
  assert.equal(await page.getByRole("alert").count(), 0);
  clean();
  await context.close();
});

/** Changes the visit that is kept, as an earlier version or another page would have left it. */
const kept = (page, change) =>
  page.evaluate(async (code) => {
    const done = (request) => new Promise((settle) => (request.onsuccess = () => settle(request.result)));
    const { transaction } = await done(indexedDB.open("dreaming-preview")).then((db) => ({ transaction: db.transaction("work", "readwrite") }));
    const cursor = await done(transaction.objectStore("work").openCursor());
    const { value } = cursor;
    new Function("visit", code)(value);
    await done(cursor.update(value));
  }, change);

test("what an earlier version kept is gone on with, without the settings that are none any more", needsBrowser, async () => {
  const { page, context } = await open(browser, server.origin, "/", { bypassCSP: true });
  await decide(page, "CLAUDE.md", 1);
  await kept(page, `visit.work.policy = { "no.such-setting": 1 }; delete visit.desk.skipped; delete visit.desk.hasFolder;`);
  await page.reload();
  await page.getByRole("button", { name: "Go on with it" }).click();
  await planned(page);
  await page.getByRole("alert").getByText(/The kept settings cannot be used .*no\.such-setting/).waitFor();
  assert.match(await status(page), /1 accepted/);
  await context.close();
});

test("answers to changes that the plan does not have, of a model say, are said and stay kept", needsBrowser, async () => {
  const { page, context } = await open(browser, server.origin, "/", { bypassCSP: true });
  await decide(page, "CLAUDE.md", 1);
  await kept(page, `visit.work.choice.accept.push("cfffffffffffffff"); visit.work.choice.edits.push({ change: "cfffffffffffffff", text: "My words." });`);
  await page.reload();
  await page.getByRole("button", { name: "Go on with it" }).click();
  await planned(page);
  await page.getByText(/^1 answer of yours is about changes that this plan does not have/).waitFor();
  assert.match(await status(page), /1 accepted/);
  await page.waitForTimeout(KEPT);
  await page.reload();
  assert.deepEqual(await offers(page), ["1 memory, 0 sessions, 2 answers"]);
  await context.close();
});
