// The page of the server, with a server behind it: what a person does there, and what becomes of it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { committed, page as build } from "../server.build.mjs";
import { launch, open, read, repository } from "./browser.mjs";
import { begin, enter, faultsOf, needsServer, sample } from "./serving.mjs";

test("the page that the server has is what the sources give", { timeout: 120_000 }, async () => {
  const fresh = await build();
  if (process.env.BLESS) writeFileSync(committed, fresh);
  assert.ok(
    fresh === readFileSync(committed, "utf8"),
    "host-example/server/src/page/page.html is another page: `npm run server` writes it",
  );
  assert.equal(await build(), fresh, "two builds are equal");
  assert.ok(!fresh.includes(repository) && !fresh.includes(tmpdir()) && !fresh.includes("sourceMappingURL"));
});

test("its policy allows its own code and its own server, and nothing else", (t) => {
  const html = readFileSync(committed, "utf8");
  t.diagnostic(`${html.length} bytes`);
  assert.ok(html.length < 150_000, `${html.length} bytes`);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)[1];
  const hash = (element) => {
    const text = new RegExp(`<${element}>([^]*?)</`).exec(html)[1];
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hash('script type="module"')}; style-src ${hash("style")}; connect-src 'self'; ` +
      "require-trusted-types-for 'script'; trusted-types 'none'; img-src data:; base-uri 'none'; form-action 'none'",
  );
  assert.ok(html.indexOf("Content-Security-Policy") < html.indexOf("<style"), "it stands before what it rules");
  assert.equal(html.split("<script").length, 2);
  const sources = readdirSync(join(repository, "host-example/browser/src"), { recursive: true, withFileTypes: true });
  for (const file of sources.filter((file) => file.isFile())) {
    const source = readFileSync(join(file.parentPath, file.name), "utf8");
    assert.ok(!/innerHTML|insertAdjacent|document\.write|localStorage|\beval\(/i.test(source), `${file.name} makes code or markup of texts`);
  }
});

let browser, server, shop;
before(async () => {
  if (needsServer.skip) return;
  [browser, server] = await Promise.all([launch(), begin(["--dreams", "1"])]);
  shop = await sample(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page with a key. A test ends with `end`, which looks for faults and for the key where it may not be. */
async function opened(path = "/", key = server.key) {
  const { page, context, faults, requests } = await open(browser, server.origin, path, { reducedMotion: "reduce" });
  page.setDefaultTimeout(10_000);
  await enter(page, key);
  const end = async () => {
    assert.ok(!(await page.content()).includes(key), "the key is not in the document");
    assert.ok(requests.every((url) => !url.includes(key)) && !page.url().includes(key), "nor in an address");
    assert.deepEqual(faultsOf(faults), []);
    await context.close();
  };
  return { page, context, requests, end };
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const words = async (page) => await read(page.locator("main"));

/** The page says something, at once or when it has loaded. */
async function says(page, what) {
  await page.locator("main").filter({ hasText: what }).waitFor().catch(() => {});
  assert.match(await words(page), what);
}

test("without a key there is a field for one, and a wrong one is said to be wrong", needsServer, async () => {
  const { page, context, requests } = await open(browser, server.origin);
  await says(page, /dreaming-server new-key/);
  assert.deepEqual(requests, [`${server.origin}/`], "nothing is asked before there is a key");
  for (const [key, why] of [
    ["no key of any\u00fc", /That is no key/],
    ["dk_nobody", /This key opens nothing here.*dreaming-server keys/],
  ]) {
    await page.getByLabel("Key").fill(key);
    await button(page, "Open").click();
    await page.getByRole("alert").filter({ hasText: why }).waitFor();
  }
  await enter(page, server.key);
  assert.equal(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie].join()), "1,0,");
  await page.reload();
  await page.getByRole("heading", { name: "Memory stores" }).waitFor();
  await button(page, "Forget the key").click();
  await page.getByLabel("Key").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await context.close();
});

test("a store is made, dreamt over and decided, and the server has it", needsServer, async () => {
  const { page, end } = await opened();
  await page.getByLabel("Name").fill("Made here");
  await button(page, "Make the store").click();
  await page.getByRole("heading", { name: "Made here" }).waitFor();
  await says(page, /The store is empty.*memories\.create/s);

  await page.goto(`${server.origin}/#/stores/${shop.id}`);
  await page.getByRole("button", { name: "/deployment.md" }).click();
  await page.getByLabel("Text of /deployment.md").filter({ hasText: "How and when we deploy" }).waitFor();
  await page.getByRole("tab", { name: "Dream now" }).click();
  assert.equal(await button(page, "Dream").isDisabled(), true, "without sessions there is no dream");
  await page.getByRole("button", { name: /^All 14 of these/ }).click();
  await button(page, "Dream").click();
  await page.locator(".summary h1").waitFor({ timeout: 20_000 });
  const id = /#\/dreams\/(\w+)$/.exec(page.url())[1];
  await says(page, /completed.*What it did.*Changes \(\d+\)/s);
  assert.match(await page.locator(".trace").evaluate((trace) => trace.textContent), /Read 14 of 14 sessions; no model was asked/);
  const plan = await server.ask("GET", `/v1/x/dreams/${id}/review`);
  const before = await server.memories(shop.id);
  const shown = await page.locator(".changes .card").evaluateAll((cards) => cards.map(({ id }) => id.slice("change-".length)));
  assert.deepEqual([...shown].sort(), plan.changes.map(({ id }) => id).sort());
  assert.ok(shown.length > 4, String(shown.length));

  for (const key of ["j", "a", "r"]) await page.keyboard.press(key);
  await page.locator(".decided p").filter({ hasText: /1 accepted\s+1 rejected/ }).waitFor();
  await page.locator(`#change-${shown[2]}`).getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("textbox", { name: "In your words" }).fill("It is in my words.");
  await page.keyboard.press("Control+Enter");
  // Going elsewhere loses no answer.
  await page.getByRole("link", { name: "Dreams" }).click();
  await page.locator(".badge.waits").first().waitFor();
  await page.getByRole("radio", { name: "waiting for you" }).check();
  await page.locator(".badge.waits").filter({ hasText: /for you/ }).first().waitFor();
  assert.equal(await page.locator(".dream").count(), await page.locator(".badge.waits").count());
  await page.goBack();
  await page.getByRole("button", { name: /^Hand \d+ decisions over$/ }).click();
  await page.getByLabel("Note").fill("Looked at it.");
  await button(page, "Decide").click();
  await page.getByRole("status").filter({ hasText: /Decided: \d+ changes? accepted, 1 rejected/ }).waitFor();
  await page.locator(".summary h1, .safe").last().waitFor();

  const { data } = await server.ask("GET", `/v1/x/memory_stores/${shop.id}/revisions`);
  assert.equal(data[0].record.note, "Looked at it.");
  const verdict = (change) => data[0].record.verdicts.find((verdict) => verdict.change === change);
  assert.deepEqual([shown[0], shown[1], shown[2]].map((change) => verdict(change)?.accepted), [true, false, true]);
  assert.ok(verdict(shown[2]).edited !== undefined);
  const after = await server.memories(shop.id);
  assert.ok(Object.values(after).join().includes("It is in my words."));

  // Back to what was, at the second click.
  await page.getByRole("link", { name: "See the history" }).click();
  const second = page.locator(".list > .card").nth(1);
  await second.getByRole("button", { name: "Go back to this" }).click();
  assert.deepEqual(await server.memories(shop.id), after, "one click does nothing");
  await second.locator(".would-change del").filter({ hasText: "It is in my words." }).waitFor();
  await second.getByLabel("Why").fill("A mistake.");
  await second.getByRole("button", { name: /^Yes, back to revision/ }).click();
  await page.getByRole("status").filter({ hasText: /The memories are as they were at revision/ }).waitFor();
  assert.deepEqual(await server.memories(shop.id), before);
  await page.locator(".list > .card").first().filter({ hasText: "A mistake." }).waitFor();
  await end();
});

const MEMORIES = {
  "/one.md": "- The staging host of the shop is blue.\n- Release notes are written by hand.\n",
  "/two.md": "- Green tea is brewed at 80 degrees.\n",
};

/** A store with a plan that waits. */
async function waiting() {
  const store = await server.store("Waits", MEMORIES);
  const session = await server.session(["Where is it?"]);
  const { dream_id: dream } = await server.ask("POST", `/v1/x/memory_stores/${store}/proposals`, {
    statement: "The port of the tea shop is 8081.",
    quote: "the tea shop listens on port 8081",
    agent: "Waiter",
  });
  return { store, session, dream };
}

test("a store that moved on is planned anew, with the answers that still fit", needsServer, async () => {
  const { store, dream } = await waiting();
  const { page, end } = await opened(`/#/dreams/${dream}`);
  await page.getByRole("heading", { name: "Proposal of an agent" }).waitFor();
  await page.locator(".summary h1").filter({ hasText: "proposed by an agent over" }).waitFor();
  const [change] = await page.locator(".changes .card").evaluateAll((cards) => cards.map(({ id }) => id));
  await page.locator(`#${change}`).getByRole("button", { name: "Accept", exact: true }).click();
  await server.ask("POST", `/v1/memory_stores/${store}/memories`, { path: "/three.md", content: "- Tea is green.\n" });
  await page.getByRole("button", { name: /^Hand / }).click();
  await page.getByLabel("Note").fill("Typed before it moved.");
  await button(page, "Decide").click();
  await page.getByRole("alert").filter({ hasText: "was changed since: read it again, and decide anew" }).waitFor();
  await page.locator(".note").filter({ hasText: /over the store as it is now; \d answers? of yours still fits? and .*kept\. Your note is kept\./ }).waitFor();
  await page.locator(`#${change}.accept`).waitFor();
  // Going elsewhere loses no note either.
  await page.getByRole("link", { name: "Dreams" }).click();
  await page.goBack();
  await page.getByRole("button", { name: /^Hand / }).click();
  assert.equal(await page.getByLabel("Note").inputValue(), "Typed before it moved.");
  await button(page, "Decide").click();
  await page.locator(".safe").filter({ hasText: "Nothing is left to decide." }).waitFor();
  assert.match(Object.values(await server.memories(store)).join(), /The port of the tea shop is 8081/);
  const { data } = await server.ask("GET", `/v1/x/memory_stores/${store}/revisions`);
  assert.equal(data[0].record.note, "Typed before it moved.");
  await end();
});

test("an index line whose memory is not written stays open, and the page says so", needsServer, async () => {
  const store = await server.store("Lines", shop.memories);
  const dream = await server.dream(store, shop.sessions);
  await server.over(dream);
  const { changes } = await server.ask("GET", `/v1/x/dreams/${dream}/review`);
  const line = changes.find(({ kind, text }) => kind === "index" && text.includes("workflows"));
  const other = changes.find(({ path }) => path === "learned/preferences.md");
  const { page, end } = await opened(`/#/dreams/${dream}`);
  for (const { id } of [line, other]) await page.locator(`#change-${id}`).getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByRole("button", { name: /^Hand 3 decisions over$/ }).click();
  await button(page, "Decide").click();
  await page.getByRole("status").filter({ hasText: /2 changes accepted.*1 index line stays open: it names a memory/ }).waitFor();
  await page.locator(`#change-${line.id}`).waitFor();
  const { data } = await server.ask("GET", `/v1/x/memory_stores/${store}/revisions`);
  assert.ok(data[0].record.verdicts.some(({ change }) => change === other.id));
  assert.ok(!data[0].record.verdicts.some(({ change }) => change === line.id));
  await end();
});

test("a server that is gone is said to be gone", needsServer, async () => {
  const { page, context } = await opened();
  await page.route("**/v1/dreams*", (route) => route.abort());
  await page.getByRole("link", { name: "Dreams" }).click();
  await page.getByRole("alert").filter({ hasText: "the server cannot be reached" }).waitFor();
  await page.unroute("**/v1/dreams*");
  await button(page, "Look again").click();
  await page.locator(".card.dream").first().waitFor();
  await context.close();
});

test("a schedule is set, shown in the server's words when it is wrong, and ended", needsServer, async () => {
  const store = await server.store("Nightly");
  const { page, end } = await opened(`/#/stores/${store}/schedule`);
  await page.getByText("No dream begins by itself over this store").waitFor();
  await page.getByLabel("When").fill("every night");
  await button(page, "Set the schedule").click();
  const { message } = (await (await server.tell("PUT", `/v1/x/memory_stores/${store}/schedule`, { cron: "every night", model: "x_none" })).json()).error;
  await page.getByRole("alert").filter({ hasText: message }).waitFor();
  await page.getByLabel("When").fill("0 3 * * * Europe/Berlin");
  await page.getByLabel("What to look for").fill("Names of hosts.");
  await button(page, "Set the schedule").click();
  await page.locator(".card").filter({ hasText: "0 3 * * * Europe/Berlin" }).waitFor();
  assert.equal((await server.ask("GET", `/v1/x/memory_stores/${store}/schedule`)).instructions, "Names of hosts.");
  await button(page, "End the schedule").click();
  await button(page, "Yes, end it").click();
  await page.getByText("No dream begins by itself over this store").waitFor();
  assert.equal((await server.tell("GET", `/v1/x/memory_stores/${store}/schedule`)).status, 404);
  await end();
});

test("a dream that waits for its turn is canceled, and one into a new store leads there", needsServer, async () => {
  const store = await server.store("Long", MEMORIES);
  const long = await server.session(Array.from({ length: 900 }, (_, n) => `Where does list ${n} of the hosts come from? `.repeat(8)));
  const { page, end } = await opened("/#/dreams");
  const dreams = [];
  for (let n = 0; n < 24; n += 1) dreams.push(await server.dream(store, [long], { output_behavior: { type: "create_new" } }));
  const [first, second] = [dreams.at(0), dreams.at(-1)];
  await page.goto(`${server.origin}/#/dreams/${second}`);
  await button(page, "Cancel the dream").click();
  await button(page, "Yes, cancel it").click();
  // Two dreams of a server that is not optimised, and a browser, share the processors.
  await page.locator(".badge.canceled").waitFor({ timeout: 30_000 });
  assert.equal((await server.over(second)).status, "canceled");
  await page.goto(`${server.origin}/#/dreams/${first}`);
  await page.getByRole("link", { name: /^Long \(dream drm_/ }).click({ timeout: 20_000 });
  await page.getByRole("heading", { name: /^Long \(dream drm_/ }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Dream over 1 session" }).waitFor();
  await end();
});

test("lists come in pages, and archived stores are shown when asked for", needsServer, async () => {
  const { key } = server.newKey("--workspace", "many");
  const headers = { "x-api-key": key };
  for (let n = 0; n < 23; n += 1) {
    const body = JSON.stringify({ name: `Store ${n}` });
    const { id } = await (await fetch(`${server.origin}/v1/memory_stores`, { method: "POST", headers, body })).json();
    if (n === 22) await fetch(`${server.origin}/v1/memory_stores/${id}/archive`, { method: "POST", headers });
  }
  const { page, end } = await opened("/", key);
  const cards = page.locator(".list > .card");
  await cards.first().waitFor();
  assert.equal(await cards.count(), 20);
  await button(page, "Show more").click();
  await cards.nth(21).waitFor();
  assert.equal(await cards.count(), 22);
  // Found by a part of the name, among those that are loaded.
  const find = page.getByLabel("Find");
  await find.fill("store 1");
  await page.getByText("11 of 22 stores").waitFor();
  assert.equal(await cards.count(), 11);
  await find.fill("nowhere");
  await page.getByText("None of those that are loaded has “nowhere”.").waitFor();
  await find.fill("");
  await page.getByLabel("archived ones too").check();
  await page.getByText("among 20 stores; more are not loaded yet").waitFor();
  await button(page, "Load all").click();
  await page.getByText(/^among 23 stores$/).waitFor();
  await page.locator(".badge").filter({ hasText: "archived" }).waitFor();
  await page.getByRole("link", { name: "Store 22" }).click();
  await page.getByText("It is archived since").waitFor();
  await page.getByRole("link", { name: "Dreams" }).click();
  await page.getByText("There is no dream yet.").waitFor();
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByText("Nobody is told when a dream ends.").waitFor();
  await end();
});

test("a key with fewer rights is offered no more than it may do", needsServer, async () => {
  const { store, dream } = await waiting();
  const reads = server.newKey("--may", "read");
  const { page, end } = await opened("/", reads.key);
  await page.getByRole("link", { name: "Waits" }).first().waitFor();
  await says(page, /This key may only read; to make stores takes one that may write/);
  assert.equal(await button(page, "Make the store").count(), 0);
  for (const [place, why] of [
    [`/stores/${store}/dream`, /to dream takes one that may write/],
    [`/stores/${store}/schedule`, /to set a schedule takes one/],
    [`/stores/${store}/history`, /to go back to a revision takes one that may decide/],
  ]) {
    await page.goto(`${server.origin}/#${place}`);
    await says(page, why);
  }
  await page.goto(`${server.origin}/#/dreams/${dream}`);
  await page.getByText("look at the plan, but the decision takes another key").waitFor();
  await page.keyboard.press("j");
  await page.locator(".card.at").waitFor();
  for (const key of ["a", "r", "A", "e"]) await page.keyboard.press(key);
  assert.equal(await page.locator(".card.accept, .card.reject, .editor, .decided").count(), 0);
  assert.deepEqual(await page.locator(".changes button").allInnerTexts(), ["Evidence (1)"]);
  // A key that ends while the page is open.
  server.revoke(reads.id);
  await page.goto(`${server.origin}/#/dreams`);
  await page.getByRole("alert").filter({ hasText: "This key opens nothing here" }).waitFor();
  await page.getByLabel("Key").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await end();
});

test("a key of one store opens that store, and says so", needsServer, async () => {
  const { store, dream } = await waiting();
  const { page, end } = await opened("/", server.newKey("--store", store).key);
  await page.getByRole("heading", { name: "Waits" }).waitFor();
  await says(page, /This key opens one store\. It sees no sessions and no dreams/);
  assert.equal(await page.getByRole("link", { name: "Dreams" }).count(), 0);
  assert.deepEqual(await page.getByRole("tab").allInnerTexts(), ["Memories", "History", "Schedule"]);
  await page.getByRole("button", { name: "/one.md" }).waitFor();
  for (const [place, why] of [
    [`/dreams/${dream}`, `opens the memory store \`${store}\` alone`],
    [`/stores/${shop.id}`, "there is no memory store with the id"],
  ]) {
    await page.goto(`${server.origin}/#${place}`);
    await page.getByRole("alert").filter({ hasText: why }).waitFor();
  }
  await end();
});
