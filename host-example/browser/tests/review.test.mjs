// The page of `dreaming review --html`: one file that the command fills in.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { committed, page as build } from "../command.build.mjs";
import { violations } from "./axe.mjs";
import { downloaded, launch, needsBrowser, open, read, repository } from "./browser.mjs";
import { dreaming, memoryFolder, noCommand, sampleNow } from "./command.mjs";
import { inside, written } from "./written.mjs";

let browser, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "dreaming-review-"));
  if (!needsBrowser.skip) browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const piece = (quote) => ({
  session: "one",
  part: "main",
  line: 7,
  start: 0,
  time: 0,
  provenance: "user",
  quote,
  claimed: false,
});

/** A plan of one change, one conflict and one refusal, in which every text is `text`. */
function given(text) {
  const target = { entry: text, path: text, line: 1, text };
  const change = {
    id: "c0000000aaaaaaaaaaaaa",
    operation: "supersede",
    kind: "fact",
    path: text,
    targets: [target],
    survivor: null,
    text: `${text} new`,
    cause: text,
    because: text,
    evidence: [piece(text)],
    support: { sessions: 1, agents: 1, days: 1 },
    trust: text,
    tier: text,
    principal: text,
    score: { total: 500_000, trust: 500_000 },
    gate: "review",
    gate_reason: text,
  };
  return {
    memory: text,
    command: "dreaming review --memory notes",
    notes: [text],
    plan: {
      now: 0,
      sessions: [{ session: text, outcome: { state: "pending", reason: text } }],
      changes: [change],
      conflicts: [{ subject: text, entry: target, text, evidence: [piece(text)], reason: text }],
      rejected: [{ text, evidence: [piece(text)], reason: text }],
    },
    report: {
      entries: 1,
      sessions_read: 1,
      waiting: 0,
      redactions: 0,
      notes: [text],
      account: { lines: 1, understood: 1 },
    },
    files: [{ session: "one", part: "main", path: text, lines: 10 }],
  };
}

test("the page that the command has is what the sources give", { timeout: 120_000 }, async () => {
  const fresh = await build();
  if (process.env.BLESS) writeFileSync(committed, fresh);
  assert.ok(
    fresh === readFileSync(committed, "utf8"),
    "host-example/command/src/output/page.html is another page: `npm run command` writes it",
  );
  assert.equal(await build(), fresh, "two builds are equal");
  assert.ok(!fresh.includes(repository) && !fresh.includes(tmpdir()) && !fresh.includes("sourceMappingURL"));
});

test("the policy allows the code and the style of the page, and nothing else", () => {
  const html = readFileSync(committed, "utf8");
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)[1];
  const hash = (element) => {
    const text = new RegExp(`<${element}>([^]*?)</`).exec(html)[1];
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hash('script type="module"')}; style-src ${hash("style")}; ` +
      "img-src data:; base-uri 'none'; form-action 'none'",
  );
  assert.ok(html.indexOf("Content-Security-Policy") < html.indexOf("<style"), "it stands before what it rules");
  assert.equal(html.split("<script").length, 3);
});

test("a hostile plan stays text", needsBrowser, async () => {
  const attack = `</script><script>alert(1)</script><!-- <img src=https://x.example onerror=alert(2)> '"\u202e\u2028`;
  const name = written(folder, "hostile.html", inside(given(attack)));
  const { page, context, requests, clean } = await open(browser, `file://${folder}`, name);
  page.on("dialog", (dialog) => assert.fail(`the page said ${dialog.message()}`));
  await page.locator("main.result h1").waitFor();
  await page.locator(".card").click();
  await page.keyboard.press("o");
  await page.locator(".card blockquote").waitFor();
  assert.ok(!(await read(page.locator("body"))).includes("\u202e"));
  for (const tab of ["Changes", "Turned down"]) {
    await page.getByRole("tab", { name: tab }).click();
    const said = await read(page.locator(".panel"));
    assert.ok(said.includes("</script><script>alert(1)</script><!-- <img src="), said);
    assert.ok(said.includes("\\u{202e}") && !said.includes("\u202e"), said);
    assert.match(said, /:17\b/, "a place is the file and the line in it");
  }
  assert.equal(await page.locator("script").count(), 2);
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(
    requests.filter((url) => !url.endsWith(name)),
    [],
  );
  clean();
  await context.close();
});

test("what is accepted alone stays open when its group is accepted, and says so", needsBrowser, async () => {
  const one = given("A statement.");
  const [first] = one.plan.changes;
  const of = (id, more) => ({ ...first, id, cause: "distilled", ...more });
  const changes = [of("c1", {}), of("c2", {}), of("c3", { alone: true }), of("c4", { alone: true, cause: "noticed" })];
  const name = written(folder, "alone.html", inside({ ...one, plan: { ...one.plan, changes } }));
  const { page, context, clean } = await open(browser, `file://${folder}`, name);
  await page.locator(".card").first().waitFor();
  const state = async () => await page.locator(".card").evaluateAll((cards) => cards.map(({ className }) => className.replace(" at", "")));
  const said = await page.locator(".card").allInnerTexts();
  const why = said.map((text) => /Accepting all leaves it: (.*?)\./.exec(text)?.[1]);
  assert.deepEqual(why, [undefined, undefined, "it deletes, forces or skips a check", "no more than a model noticed it, in one session"]);
  const some = ["card accept", "card accept", "card open", "card open"];
  await page.getByRole("button", { name: "Accept the other 2: Worded by a model" }).click();
  assert.deepEqual(await state(), some);
  await page.keyboard.press("u");
  await page.locator(".card").first().click();
  await page.keyboard.press("A");
  assert.deepEqual(await state(), some);
  // By itself it is accepted as any other.
  await page.locator(".card").nth(2).getByRole("button", { name: "Accept" }).click();
  assert.deepEqual((await state())[2], "card accept");
  clean();
  await context.close();
});

test("a change says which others it goes only together with", needsBrowser, async () => {
  const one = given("The checks run by themselves, also those of the shop and of its till.");
  const [first] = one.plan.changes;
  const target = { entry: "e1", path: "learned/mistakes.md", line: 3, text: "Run the checks." };
  const goes = { ...first, id: "c2", operation: "retire", text: null, targets: [target], needs: [first.id] };
  const name = written(folder, "together.html", inside({ ...one, plan: { ...one.plan, changes: [first, goes] } }));
  const { page, context, clean } = await open(browser, `file://${folder}`, name);
  await page.locator(".card").first().waitFor();
  const said = (await page.locator(".card").allInnerTexts()).map((text) => /It goes only together with .*?\./.exec(text)?.[0]);
  assert.deepEqual(said, [undefined, "It goes only together with “The checks run by themselves, also those of …”."]);
  // Accepted without it, it stays open, and the command does not name it.
  await page.locator(".card").nth(1).getByRole("button", { name: "Accept" }).click();
  assert.match(await page.getByRole("status").first().innerText(), /1 accepted change stays open: it goes only together with what is not accepted/);
  await page.locator(".card").nth(0).getByRole("button", { name: "Reject" }).click();
  const shown = async () => {
    await page.locator(".decided button.primary").click();
    const line = await page.locator(".command").innerText();
    await page.getByRole("tab", { name: "Changes" }).click();
    return line;
  };
  assert.doesNotMatch(await shown(), /c2/);
  await page.locator(".card").nth(0).getByRole("button", { name: "Accept" }).click();
  assert.match(await shown(), /c2/);
  clean();
  await context.close();
});

test("code that got into the page would not run", needsBrowser, async () => {
  const attack = `null</script><script>document.title = "taken"</script><img src="x" onerror="document.title = 'taken'">`;
  const name = written(folder, "broken.html", attack);
  const { page, context, faults } = await open(browser, `file://${folder}`, name);
  await page.locator("img").waitFor({ state: "attached" });
  assert.equal(await page.title(), "Dreaming");
  assert.ok(faults.some((fault) => /Content Security Policy/.test(fault)), String(faults));
  await context.close();
});

test("without JavaScript it says what to do", needsBrowser, async () => {
  const name = written(folder, "still.html", inside(given("A statement.")));
  const { page, context, clean } = await open(browser, `file://${folder}`, name, { javaScriptEnabled: false });
  assert.match(await page.locator("body").innerText(), /needs JavaScript.*dreaming review/);
  clean();
  await context.close();
});

/** Runs a line that was printed, as a person types it. */
function typed(line) {
  const bin = mkdtempSync(join(folder, "bin-"));
  symlinkSync(resolve(process.env.DREAMING_COMMAND), join(bin, "dreaming"));
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: folder };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", env });
  assert.equal(status, 0, `${line}\n${stdout}${stderr}`);
}

const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

for (const [look, options] of LOOKS) {
  const skip = needsBrowser.skip || noCommand;
  test(`the sample is decided on the page, and the command takes it: ${look}`, { ...needsBrowser, skip }, async (t) => {
    const { memory, folder: place, remove } = memoryFolder();
    t.after(remove);
    dreaming("run", "--memory", memory, "--sessions", join(repository, "xtask/demo/sessions"), "--now", sampleNow);
    const { changes } = JSON.parse(dreaming("show", "--memory", memory, "--json")).plan;
    dreaming("review", "--memory", memory, "--html", join(place, "review.html"));
    const { page, context, requests, clean } = await open(browser, `file://${place}`, "/review.html", {
      ...options,
      reducedMotion: "reduce",
    });
    await page.locator("main.result h1").waitFor();
    assert.equal(await page.title(), "Review of memory");
    const ids = await page
      .locator(".changes .card")
      .evaluateAll((cards) => cards.map(({ id }) => id.slice("change-".length)));
    assert.equal(ids.length, 10);
    assert.deepEqual([...ids].sort(), changes.map(({ id }) => id).sort());
    const status = () => page.locator(".decided p").innerText();
    await page.keyboard.press("j");
    for (const key of ["a", "r", "a"]) await page.keyboard.press(key);
    // The third is a preference, which brings its line of the index.
    assert.match(await status(), /3 accepted\s+1 rejected/);
    await page.keyboard.press("u");
    assert.match(await status(), /1 accepted\s+1 rejected/);
    await page.keyboard.press("k");
    await page.keyboard.press("o");
    await page.locator(".card.at .facts").waitFor();
    assert.deepEqual(await violations(page), [], "changes");
    const edited = page.locator(`#change-${ids[2]}`);
    await edited.getByRole("button", { name: "Edit", exact: true }).click();
    await edited.getByRole("textbox").fill("It's in my words.");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Take 4 decisions away" }).click();
    const line = await page.locator(".command").innerText();
    const [first, second, third] = ids.map((id) => id.slice(0, 8));
    const index = ids.find((id) => id.startsWith("cf1deec0"));
    assert.equal(
      line.trim(),
      `dreaming review --memory ${memory} --accept ${index.slice(0, 8)} ${first} --reject ${second} --edit '${third}=It'\\''s in my words.'`,
    );
    assert.deepEqual(await violations(page), [], "decision");
    const { name, bytes } = await downloaded(page, () => page.getByRole("button", { name: "Save as" }).click());
    assert.equal(name, "decision.json");
    const { accept, reject, edits } = JSON.parse(bytes.toString());
    const sorted = (list) => [...list].sort();
    assert.deepEqual([accept.tag, sorted(accept.val)], ["only", sorted([ids[0], ids[2], index])]);
    assert.deepEqual([reject, edits], [[ids[1]], [{ change: ids[2], text: "It's in my words." }]]);
    await page.getByRole("tab", { name: /^Turned down/ }).click();
    await page.locator(".panel .card").first().waitFor();
    assert.deepEqual(await violations(page), [], "turned down");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    assert.deepEqual(
      requests.filter((url) => !url.endsWith("/review.html") && !url.startsWith("blob:")),
      [],
    );
    clean();
    await context.close();
    typed(line);
    const { record } = JSON.parse(dreaming("log", "--memory", memory, "--json")).revisions[0];
    const verdicts = record.verdicts.map(({ change, accepted, edited }) => [change, accepted, edited !== undefined]);
    const meant = [
      [ids[0], true, false],
      [ids[1], false, false],
      [ids[2], true, true],
      [index, true, false],
    ];
    assert.deepEqual(sorted(verdicts.map(String)), sorted(meant.map(String)));
  });
}
