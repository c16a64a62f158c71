// What the page of the server says of what was done already: by a dream itself, and by people.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, read } from "./browser.mjs";
import { begin, enter, faultsOf, needsServer, sample } from "./serving.mjs";

let browser, server, shop;
before(async () => {
  if (needsServer.skip) return;
  [browser, server] = await Promise.all([launch(), begin()]);
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
