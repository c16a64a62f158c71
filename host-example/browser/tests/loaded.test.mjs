// What each agent loads: the page of `dreaming loaded --html`, and the preview with a file of `dreaming loaded --json`.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { violations } from "./axe.mjs";
import { drop, launch, needsBrowser, open, serve } from "./browser.mjs";
import { dreaming, noCommand } from "./command.mjs";
import { inside, written } from "./written.mjs";

let browser, server, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "dreaming-loaded-"));
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

const size = (lines) => ({ lines, bytes: lines * 80, tokens: lines * 20 });

/** A reply of which every text is `text`. */
function given(text) {
  const file = {
    file: `${text} file`,
    path: text,
    load: "part",
    why: text,
    then: text,
    size: size(260),
    loaded: size(200),
    cut: { ...size(60), from: 201, to: 260, statements: 57 },
    imported_by: text,
    link_to: text,
    only_here: text,
    source: text,
  };
  const orphans = Array.from({ length: 8 }, (_, at) => `${text} ${at}.md`);
  const agent = (name, lines) => ({
    agent: name,
    title: `${text} ${name}`,
    source: text,
    total: size(lines),
    files: [
      file,
      { ...file, file: `${text} whole`, load: "whole", loaded: size(260), cut: null },
      { ...file, file: `${text} later`, load: "later", loaded: size(0), cut: null },
    ],
    looked_for: [text],
    memory: [{ folder: text, index: file.file, memories: 12, orphans, beyond: [`${text} beyond.md`] }],
    twice: [{ text, places: [{ file: text, line: 3 }, { file: `${text} other`, line: 9 }] }],
    problems: [{ kind: "long", file: text, what: text }],
    unknown: [text],
    next: text,
  });
  return {
    folder: text,
    root: text,
    is_repository: true,
    tokens_are: "characters / 4",
    git_trouble: null,
    agents: [agent("one", 460), agent("two", 46)],
  };
}

const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

for (const [look, options] of LOOKS) {
  test(`what is loaded, cut off, orphaned, twice and only here is told: ${look}`, needsBrowser, async () => {
    const name = written(folder, "loaded.html", inside(given("A text")));
    const { page, context, requests, clean } = await open(browser, `file://${folder}`, name, options);
    await page.locator("main.loaded h1").waitFor();
    assert.equal(await page.title(), "What agents load");
    assert.deepEqual(await violations(page), []);
    const first = page.locator(".agent").first();
    assert.deepEqual(await first.locator("tbody tr th").allInnerTexts(), [
      "A text file (brought in by A text, a link to A text)",
      "A text whole (brought in by A text, a link to A text)",
    ]);
    assert.deepEqual(await first.locator("tbody tr").first().locator("td").allInnerTexts(), ["200 of 260", "4,000 of 5,200"]);
    const said = (await first.locator(".findings").innerText()).replaceAll(/\s+/g, " ");
    for (const part of [
      "cut off A text file, lines 201 to 260: 4,800 bytes, 57 statements",
      "No other line names: A text beyond.md",
      "orphaned 8 of 12 memories in A text",
      "3 more",
      "not at once A text later: A text",
      "twice “A text” in A text:3 and A text other:9",
      "only here A text file (A text)",
      "look A text A text",
      "unknown A text",
    ]) {
      assert.ok(said.includes(part), `${part}: ${said}`);
    }
    await first.getByText("Lines to add to A text file").click();
    assert.equal((await first.locator(".command").innerText()).split("\n").length, 8);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    assert.deepEqual(
      requests.filter((url) => !url.endsWith(name)),
      [],
    );
    clean();
    await context.close();
  });
}

test("hostile names stay text", needsBrowser, async () => {
  const attack = `</script><script>alert(1)</script><!-- <img src=https://x.example onerror=alert(2)> '"\u202e`;
  const name = written(folder, "hostile.html", inside(given(attack)));
  const { page, context, clean } = await open(browser, `file://${folder}`, name);
  page.on("dialog", (dialog) => assert.fail(`the page said ${dialog.message()}`));
  await page.locator("main.loaded h1").waitFor();
  const said = await page.locator("body").innerText();
  assert.ok(said.includes("</script><script>alert(1)</script><!-- <img src=") && !said.includes("\u202e"), said);
  assert.equal(await page.locator("script").count(), 2);
  assert.equal(await page.locator("img").count(), 0);
  clean();
  await context.close();
});

test("the preview shows a dropped file of `dreaming loaded --json`, and starts over", needsBrowser, async () => {
  const file = join(folder, "loaded.json");
  writeFileSync(file, JSON.stringify(given("A text")));
  const { page, context, clean } = await open(browser, server.origin);
  await page.locator(".drop").waitFor();
  await drop(page, [file]);
  await page.locator("main.loaded h1").waitFor();
  assert.equal(await page.locator(".agent").count(), 2);
  await page.getByRole("button", { name: "Start over" }).click();
  await page.locator(".drop").waitFor();
  clean();
  await context.close();
});

test("the command's page shows what its reply says", { ...needsBrowser, skip: needsBrowser.skip || noCommand }, async () => {
  const project = join(folder, "shop");
  mkdirSync(join(project, ".git"), { recursive: true });
  writeFileSync(join(project, "CLAUDE.md"), "- Deploy with `make ship` on Fridays.\n\n@docs/rules.md\n");
  mkdirSync(join(project, "docs"));
  writeFileSync(join(project, "docs/rules.md"), "- Use tabs for indentation here.\n- Deploy with `make ship` on Fridays.\n");
  const page_ = join(folder, "shop.html");
  dreaming("loaded", project, "--agent", "claude-code", "--html", page_);
  const reply = JSON.parse(dreaming("loaded", project, "--agent", "claude-code", "--json"));
  const { page, context, clean } = await open(browser, `file://${folder}`, "/shop.html");
  await page.locator("main.loaded h1").waitFor();
  const [agent] = reply.agents;
  assert.deepEqual(
    agent.files.map(({ file }) => file),
    ["CLAUDE.md", "docs/rules.md"],
  );
  const heads = await page.locator("tbody tr th").allInnerTexts();
  assert.deepEqual(heads, ["CLAUDE.md", "docs/rules.md (brought in by CLAUDE.md)"]);
  const said = await page.locator(".findings").innerText();
  assert.match(said, /Deploy with `make ship` on Fridays\.” in CLAUDE\.md:1 and docs\/rules\.md:2/);
  assert.ok(said.includes(agent.next), said);
  clean();
  await context.close();
});
