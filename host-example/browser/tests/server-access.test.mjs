// Whoever cannot see, point or wait uses the page of the server, too: axe finds nothing, and a keyboard is enough.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, open, repository } from "./browser.mjs";
import { begin, enter, faultsOf, needsServer, sample } from "./serving.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** A folder for pictures of every view, for whoever wants to look. */
const pictures = process.env.DREAMING_PICTURES;

let browser, server, places;
before(async () => {
  if (needsServer.skip) return;
  // The page sends what such a server asks for.
  [browser, server] = await Promise.all([launch(), begin(["--strict-betas"])]);
  const { id, sessions } = await sample(server);
  await server.store("Notes of the workshop", {}, { description: "Nothing is in it yet." });
  const dream = await server.dream(id, sessions);
  await server.over(dream);
  const plan = await server.ask("GET", `/v1/x/dreams/${dream}/review`);
  const open = plan.changes.filter(({ gate, kind }) => gate !== "blocked" && kind !== "index");
  const body = { digest: plan.digest, accept: [open[0].id], reject: [open[1].id], note: "Looked at it with Ann." };
  await server.ask("POST", `/v1/x/dreams/${dream}/review`, body);
  await server.ask("PUT", `/v1/x/memory_stores/${id}/schedule`, { cron: "0 3 * * * Europe/Berlin", model: "x_none", min_sessions: 5 });
  await server.ask("POST", "/v1/x/webhooks", { url: "https://hooks.example.com/dreams" });
  places = [
    ["stores", "/stores", ".list > .card"],
    ["memories", `/stores/${id}`, ".list > .card"],
    ["history", `/stores/${id}/history`, ".list > .card"],
    ["dreams of a store", `/stores/${id}/dreams`, ".badge.waits"],
    ["schedule", `/stores/${id}/schedule`, ".panel .card"],
    ["dream now", `/stores/${id}/dream`, ".sessions li"],
    ["dreams", "/dreams", ".badge.waits"],
    ["dream", `/dreams/${dream}`, ".changes .card"],
    ["webhooks", "/webhooks", ".list > .card"],
  ];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What axe finds in a page, in lines; by all rules unless some are named. */
async function violations(page, rules) {
  const { violations, passes } = await page.evaluate(
    (rules) => globalThis.axe.run(document, { resultTypes: ["violations", "passes"], ...(rules && { runOnly: rules }) }),
    rules,
  );
  assert.ok(passes.length > (rules?.length ?? 11) - 1, "axe looked at the page");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)}\n${failureSummary}`),
  );
}

const WIDE = { width: 1280, height: 900 };
/** Each view is looked at so; a color scheme changes colors alone. */
const LOOKS = [
  ["light", { colorScheme: "light" }, WIDE],
  ["dark", { colorScheme: "dark" }, WIDE, ["color-contrast"]],
  ["phone", { colorScheme: "light" }, { width: 390, height: 844 }],
];

test("axe finds nothing, light, dark and narrow", needsServer, async () => {
  const { page, context, faults } = await open(browser, server.origin, "/", { reducedMotion: "reduce" });
  // Evaluated by the browser, not loaded by the page: its policy would refuse a script of ours.
  await page.evaluate(axe);
  const seen = async (name) => {
    for (const [look, media, viewport, rules] of LOOKS) {
      await page.emulateMedia(media);
      await page.setViewportSize(viewport);
      if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
      assert.deepEqual(await violations(page, rules), [], `${name}, ${look}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(WIDE);
  };
  await seen("key");
  await enter(page, server.key);
  for (const [name, place, ready] of places) {
    await page.goto(`${server.origin}/#${place}`);
    await page.locator(ready).first().waitFor();
    if (name === "memories") {
      await page.locator(".card button").first().click();
      await page.locator(".content").waitFor();
    }
    if (name === "history") {
      await page.getByRole("button", { name: "Go back to this" }).first().click();
      await page.locator(".would-change .file").first().waitFor();
    }
    if (name === "dream") {
      await page.keyboard.press("j");
      await page.keyboard.press("o");
      await page.locator(".card.at .facts").waitFor();
      await page.locator(".trace summary").click();
    }
    await seen(name);
    if (name === "dream") {
      await page.keyboard.press("a");
      await page.getByRole("button", { name: /^Hand / }).click();
      await seen("decision");
    }
  }
  assert.deepEqual(faultsOf(faults), []);
  await context.close();
});

test("the picture of the guide", needsServer, async (t) => {
  const { page, context, faults } = await open(browser, server.origin, `/#${places.find(([name]) => name === "dream")[1]}`, {
    viewport: { width: 1110, height: 900 },
    reducedMotion: "reduce",
  });
  await enter(page, server.key);
  await page.locator(".changes .card").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(200);
  const picture = await page.screenshot();
  t.diagnostic(`${picture.length} bytes`);
  assert.ok(picture.length < 150_000, String(picture.length));
  // Not in every run: the same page is not the same picture with other fonts, and ids and times are others.
  if (process.env.BLESS) writeFileSync(join(repository, "docs/pictures/server.png"), picture);
  assert.deepEqual(faultsOf(faults), []);
  await context.close();
});

test("a keyboard alone is enough, and the focus is seen", needsServer, async () => {
  const { page, context, faults } = await open(browser, server.origin);
  const until = async (name) => {
    for (let presses = 0; presses < 60; presses += 1) {
      const here = await page.evaluate(() => document.activeElement?.textContent);
      if (here === name) break;
      await page.keyboard.press("Tab");
    }
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
    assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth), "3px");
  };
  await page.keyboard.press("Tab");
  await page.keyboard.type(server.key);
  await page.keyboard.press("Enter");
  await page.locator(".list > .card").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1", "what is shown is read first");
  await until("Tea shop");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Memories" }).waitFor();
  await until("Memories");
  await page.keyboard.press("ArrowRight");
  await page.locator(".list > .card .verb").first().waitFor();
  assert.equal(await page.getByRole("tab", { selected: true }).innerText(), "History");
  await until("Go back to this");
  await page.keyboard.press("Enter");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Yes, back to revision/);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Go back to this");
  assert.deepEqual(faultsOf(faults), []);
  await context.close();
});

test("nothing moves for those who asked for it", needsServer, async () => {
  const { page, context } = await open(browser, server.origin, "/", { reducedMotion: "reduce" });
  await enter(page, server.key);
  await page.locator(".list > .card").first().waitFor();
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return transitionDuration !== "0s" || animationName !== "none";
      }).length,
  );
  assert.equal(moving, 0);
  await context.close();
});
