// Whoever cannot see, point or wait: axe finds nothing, in every view, light, dark and on a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { violations } from "./axe.mjs";
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

const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

for (const [look, options] of LOOKS) {
  test(`axe finds nothing: ${look}`, needsBrowser, async () => {
    const { page, context, clean } = await open(browser, server.origin, "/", { ...options, reducedMotion: "reduce" });
    await page.locator("h1").waitFor();
    assert.deepEqual(await violations(page), [], "start");
    await page.getByRole("button", { name: "Try the sample" }).click();
    await planned(page);
    await page.getByRole("button", { name: "Accept", exact: true }).first().click();
    await page.getByRole("button", { name: "Reject", exact: true }).nth(1).click();
    await page
      .getByRole("button", { name: /^Evidence/ })
      .first()
      .click();
    assert.deepEqual(await violations(page), [], "changes");
    await page.getByRole("button", { name: "Edit", exact: true }).first().click();
    await page.locator(".card button.link").first().click();
    await page.locator(".passage .quoted").waitFor();
    assert.deepEqual(await violations(page), [], "transcript");
    await page.keyboard.press("Escape");
    for (const [name, ready] of [
      ["New memory", ".file"],
      ["Pictures", ".chart"],
      ["Turned down", ".card"],
      ["Settings", ".setting"],
    ]) {
      await page.getByRole("tab", { name }).click();
      await page.locator(`.panel ${ready}`).first().waitFor();
      assert.deepEqual(await violations(page), [], name);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
    }
    clean();
    await context.close();
  });
}

test("a keyboard alone is enough, and the focus is seen", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.textContent)) === "Try the sample") break;
  }
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
  assert.equal(outline, "3px");
  await page.keyboard.press("Enter");
  await planned(page);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "summary-title", "what came of it is read first");
  await page.getByRole("tab", { name: /^Changes/ }).focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("tab", { selected: true }).innerText(), "New memory");
  clean();
  await context.close();
});

test("nothing moves for those who asked for it", needsBrowser, async () => {
  const { page, context } = await open(browser, server.origin, "/#sample", { reducedMotion: "reduce" });
  await planned(page);
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((element) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
        return transitionDuration !== "0s" || animationName !== "none" || scrollBehavior === "smooth";
      }).length,
  );
  assert.equal(moving, 0);
  await context.close();
});

test("axe finds nothing on the page with a model", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin, "/model.html");
  await page.getByRole("combobox").waitFor();
  assert.deepEqual(await violations(page), []);
  clean();
  await context.close();
});
