// What the page of the server says before somebody does something, and after: what a dream did by itself, what it would
// take, what a way back would change.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, read } from "./browser.mjs";
import { begin, enter, faultsOf, needsServer, sample } from "./serving.mjs";

let browser, server, shop;
before(async () => {
  if (needsServer.skip) return;
  // Nobody is asked: an estimate only counts.
  const keys = { ANTHROPIC_API_KEY: "sk-none", OPENAI_API_KEY: "sk-none" };
  [browser, server] = await Promise.all([launch(), begin([], keys)]);
  shop = await sample(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function opened(path) {
  const { page, context, faults } = await open(browser, server.origin, path, { reducedMotion: "reduce" });
  page.setDefaultTimeout(10_000);
  await enter(page, server.key);
  const end = async () => {
    assert.deepEqual(faultsOf(faults), []);
    await context.close();
  };
  return { page, end };
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("what a dream applied by itself and what was decided since is said", needsServer, async () => {
  const store = await server.store("Told", shop.memories);
  const dream = await server.dream(store, shop.sessions);
  await server.over(dream);
  const whole = await server.ask("GET", `/v1/x/dreams/${dream}/plan`);
  const applied = whole.changes.filter(({ gate }) => gate === "auto");
  assert.deepEqual(applied.map(({ operation }) => operation), ["merge"], "the sample has one duplicate");
  const open = whole.changes.length - 1;
  const { page, end } = await opened(`/#/dreams/${dream}`);
  const title = page.locator(".summary h1");
  await title.waitFor();
  const said = (text) => title.filter({ hasText: text }).waitFor();
  await said(`${open} changes left of ${open + 1} proposed from 14 sessions`);
  await said(`; 1 was applied, ${open} wait for you`);
  const rows = page.locator(".gates > .auto");
  assert.match(await read(rows.first()), /^1 was applied\s+by the dream itself: merge 1 duplicate, in 1 file$/);
  assert.doesNotMatch(await read(page.locator("main")), /nothing is written yet/);

  // Just after a decision, and when nothing is left.
  const plan = await server.ask("GET", `/v1/x/dreams/${dream}/review`);
  const own = plan.changes.filter(({ kind }) => kind !== "index").map(({ id }) => id);
  await page.locator(`#change-${own[0]}`).getByRole("button", { name: "Accept", exact: true }).click();
  await page.locator(`#change-${own[1]}`).getByRole("button", { name: "Reject", exact: true }).click();
  await page.getByRole("button", { name: /^Hand \d decisions over$/ }).click();
  await button(page, "Decide").click();
  await page.getByRole("status").filter({ hasText: /^Decided: / }).waitFor();
  await said("1 was applied, ");
  const { data } = await server.ask("GET", `/v1/x/memory_stores/${store}/revisions`);
  const yes = data[0].record.verdicts.filter(({ accepted }) => accepted).length;
  const all = data[0].record.verdicts.length;
  await said(`${open - all} changes left of ${open + 1} proposed`);
  await rows.filter({ hasText: `${all} were decided` }).filter({ hasText: `${yes} accepted, ${all - yes} rejected` }).waitFor();
  const rest = await server.ask("GET", `/v1/x/dreams/${dream}/review`);
  await server.ask("POST", `/v1/x/dreams/${dream}/review`, { digest: rest.digest, accept: "all" });
  await page.reload();
  await page.getByText("Nothing is left to decide.").waitFor();
  await page.getByText(`${open} were decided`).waitFor();

  // What a way back took with it was taken back.
  await server.ask("POST", `/v1/x/memory_stores/${store}/revert`, { revision: data.at(-1).id });
  await page.reload();
  await page.getByText("1 was taken back").waitFor();
  await page.goto(`${server.origin}/#/stores/${store}/history`);
  await page.locator(".card").first().filter({ hasText: /\d+ changes taken back: no dream proposes the same again/ }).waitFor();
  await end();
});

test("a dream into a new store says what it applied there", needsServer, async () => {
  const store = await server.store("Copied", shop.memories);
  const dream = await server.dream(store, shop.sessions, { output_behavior: { type: "create_new" } });
  await server.over(dream);
  const { changes } = await server.ask("GET", `/v1/x/dreams/${dream}/plan`);
  const { page, end } = await opened(`/#/dreams/${dream}`);
  await page.getByText(`${changes.filter(({ gate, alone }) => gate !== "blocked" && alone !== true).length} were applied`).waitFor();
  await end();
});

test("a proposal waits as a whole: nothing is written yet", needsServer, async () => {
  const store = await server.store("Proposed", { "/a.md": "- Tea is green.\n" });
  const { dream_id } = await server.ask("POST", `/v1/x/memory_stores/${store}/proposals`, {
    statement: "The port of the shop is 8082.",
    quote: "the port of the shop is 8082",
  });
  const { page, end } = await opened(`/#/dreams/${dream_id}`);
  await page.locator(".summary h1").filter({ hasText: "nothing is written yet" }).waitFor();
  await end();
});

test("before the way back the page shows what would change, and a revision that an erasure closed has no way back", needsServer, async () => {
  const store = await server.store("Back", { "/a.md": "- The staging host of the shop is blue.\n", "/b.md": "- Tea is green.\n" });
  const session = await server.session(["Where is it?"]);
  await server.over(await server.dream(store, [session]));
  const { data: listed } = await server.ask("GET", `/v1/memory_stores/${store}/memories`);
  const of = (path) => `/v1/memory_stores/${store}/memories/${listed.find((memory) => memory.path === path).id}`;
  await server.ask("POST", of("/b.md"), { content: "- Tea is black.\n" });
  await server.over(await server.dream(store, [await server.session(["Who is it?"])]));
  const { page, end } = await opened(`/#/stores/${store}/history`);
  const last = page.locator(".list > .card").last();
  await last.getByRole("button", { name: "Go back to this" }).click();
  const change = last.locator(".would-change");
  await change.getByText("It would change 1 memory, as follows").waitFor();
  assert.equal((await read(change.locator("ins"))).trim(), "+- Tea is green.");
  assert.equal((await read(change.locator("del"))).trim(), "−- Tea is black.");

  const { data } = await server.ask("GET", `/v1/x/memory_stores/${store}/entries?entry=a.md:1`);
  const { closed } = await server.ask("POST", `/v1/x/memory_stores/${store}/erase`, { entry: data[0].entry, note: "Asked for." });
  assert.ok(closed.length > 0);
  await page.reload();
  await last.getByRole("button", { name: "Go back to this" }).click();
  await last.getByRole("alert").filter({ hasText: /^No way leads back to this: .+/ }).waitFor();
  assert.equal(await last.getByRole("button").count(), 0);
  await end();
});

test("what a dream with a model would take is told before it begins", needsServer, async () => {
  const { page, end } = await opened(`/#/stores/${shop.id}/dream`);
  const ask = button(page, "What would it take?");
  await page.locator(".sessions li").first().waitFor();
  assert.equal(await ask.count(), 0, "without a model it takes nothing");
  const told = page.locator(".takes .note");
  const model = page.getByRole("textbox", { name: /^Model/ });
  await model.fill("claude-haiku-4-5");
  assert.equal(await ask.isDisabled(), true, "without sessions there is nothing to count");
  await page.locator(".sessions input[type=checkbox]").first().check();
  await ask.click();
  await told.filter({ hasText: /^1 session, \d+ calls?\.About [\d,]+ tokens read and [\d,]+ written; [\d,]+ written at most\.About [\d.]+ dollars, at most [\d.]+ dollars\.In batches about/ }).waitFor();
  await model.fill("openai:nobody-knows-it");
  await told.waitFor({ state: "detached" });
  await ask.click();
  await told.filter({ hasText: "The price of this model is not known." }).waitFor();
  await model.fill("nobody");
  await ask.click();
  await page.getByRole("alert").filter({ hasText: /model/ }).waitFor();
  assert.equal((await server.ask("GET", `/v1/dreams`)).data.some(({ model }) => model.id !== "x_none"), false, "nothing began");
  await end();
});

test("sessions that had the store come first, and others are kept apart", needsServer, async () => {
  const store = await server.store("Attached", { "/a.md": "- Tea is green.\n" });
  const resources = [{ type: "memory_store", memory_store_id: store }];
  const ours = await server.session(["Where is it?"], { resources, title: "About tea" });
  await server.session(["Who is it?"], { resources, agent: "agent_of_nobody" });
  const { page, end } = await opened(`/#/stores/${store}/dream`);
  const list = page.getByRole("list", { name: "Sessions of this store" });
  await list.waitFor();
  const shown = await list.locator("li").allInnerTexts();
  assert.equal(shown.length, 2);
  assert.match(shown[0], /^\d{4}-\d\d-\d\d \d\d:\d\d UTC, agent_of_nobody sesn_/, "without a title it is when and whose");
  assert.match(shown[1], /^About tea /);
  assert.equal(await page.getByRole("heading", { name: "Without this store" }).count(), 0);
  await page.getByRole("button", { name: /^All 2 of these/ }).click();
  await button(page, "Sessions without this store, too").click();
  const others = page.getByRole("list", { name: "Sessions of the workspace" });
  await others.locator("li").first().waitFor();
  assert.ok(!(await others.innerText()).includes(ours));
  await others.getByRole("checkbox").first().check();
  await page.getByText("over 3 sessions").waitFor();
  await page.getByRole("button", { name: /^None of these/ }).click();
  await page.getByText("over 1 session").waitFor();
  await end();
});

test("numbers, names and fields read as they should", needsServer, async () => {
  const store = await server.store("Small", { "/a.md": "x" });
  await server.ask("PUT", `/v1/x/memory_stores/${store}/schedule`, { cron: "0 3 * * *", model: "x_none", min_sessions: 1, idle_minutes: 1 });
  const { page, end } = await opened(`/#/stores/${store}`);
  await page.getByText(/^1 byte, /).waitFor();
  await page.getByRole("tab", { name: "Schedule" }).click();
  await page.getByText("over 1 new session or more, idle for 1 minute at least.").waitFor();
  for (const width of [760, 1100, 1200, 1250, 1280, 1366]) {
    await page.setViewportSize({ width, height: 900 });
    const [brand, forget] = await Promise.all([page.locator(".brand").boundingBox(), button(page, "Forget the key").boundingBox()]);
    const middle = ({ y, height }) => y + height / 2;
    assert.ok(Math.abs(middle(brand) - middle(forget)) < 4, `the header is one line at ${width} px`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide at ${width} px`);
  }
  // Names, hints and fields of a row each begin at one height.
  const rows = await page.locator(".fields").nth(1).evaluate((fields) =>
    ["small", "input"].map((part) => new Set([...fields.querySelectorAll(part)].map((one) => Math.round(one.getBoundingClientRect().top))).size),
  );
  assert.deepEqual(rows, [1, 1]);
  await end();
});

test("a heading comes along with its first change, below the tabs", needsServer, async () => {
  const store = await server.store("Scrolled", shop.memories);
  const dream = await server.dream(store, shop.sessions);
  await server.over(dream);
  const { page, end } = await opened(`/#/dreams/${dream}`);
  await page.setViewportSize({ width: 1200, height: 500 });
  await page.locator(".changes .card").nth(3).waitFor();
  for (let n = 0; n < 9; n += 1) await page.keyboard.press("j");
  for (let n = 0; n < 8; n += 1) {
    await page.keyboard.press("k");
    const cut = await page.evaluate(() => {
      const bar = document.querySelector("main > .tabs").getBoundingClientRect().bottom;
      const first = document.querySelector(".card.at:first-child")?.closest(".group").querySelector("h2").getBoundingClientRect();
      return first !== undefined && first.top < bar ? `${first.top} < ${bar}` : "";
    });
    assert.equal(cut, "");
  }
  await end();
});
