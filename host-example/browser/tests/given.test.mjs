// What is given and how: pickers, transcripts that no reader knows, and what the page says of them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

const demo = join(repository, "xtask/demo");
const sessions = join(demo, "sessions");

let browser, server, folder;
before(async () => {
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
  folder = mkdtempSync(join(tmpdir(), "dreaming-given-"));
});
after(async () => {
  await browser?.close();
  server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const given = (page) => page.locator(".given");
const dream = async (page) => {
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
};

test("both pickers of folders take memories and transcripts of a project folder of Claude Code", needsBrowser, async () => {
  const project = join(folder, "-home-mira-shop");
  mkdirSync(join(project, "memory"), { recursive: true });
  for (const name of readdirSync(join(demo, "memory"))) {
    writeFileSync(join(project, "memory", name), readFileSync(join(demo, "memory", name)));
  }
  for (const name of readdirSync(sessions).filter((name) => name.endsWith(".jsonl"))) {
    writeFileSync(join(project, name), readFileSync(join(sessions, name)));
  }
  for (const name of ["Memory folder…", "Folder of transcripts…"]) {
    const { page, context, clean } = await open(browser, server.origin);
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name }).click()]);
    await chooser.setFiles(project);
    await given(page).getByText("6 memories and 14 sessions").waitFor({ timeout: 10_000 });
    await dream(page);
    assert.match(await page.locator(".summary").innerText(), /from 14 sessions over 28 statements/);
    clean();
    await context.close();
  }
});

test("sessions that are not understood are named with a guess, before the dream and after it", needsBrowser, async () => {
  const strange = join(folder, "strange");
  mkdirSync(strange);
  const events = ["run.begun", "person.said", "agent.said"].map((type, at) =>
    JSON.stringify({ type, data: { content: "Use tabs." }, id: `${at}`, timestamp: "2026-02-01T10:00:00Z", parentId: null }),
  );
  for (const name of ["one", "two"]) writeFileSync(join(strange, `${name}.jsonl`), events.join("\n"));
  const partly = [JSON.stringify({ type: "user", text: "Use tabs." }), ...Array(9).fill('{"type":"weather"}')];
  writeFileSync(join(strange, "partly.jsonl"), partly.join("\n"));
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [join(demo, "memory"), strange]);
  await given(page).getByText("6 memories and 1 session").waitFor();
  const unread = "2 files left unread: 2 look like GitHub Copilot CLI.";
  assert.equal(await page.locator(".unread").innerText(), unread);
  assert.match(await page.locator(".left").textContent(), /two\.jsonl: it looks like GitHub Copilot CLI/);
  assert.doesNotMatch(await page.locator(".drop").innerText(), /left alone/, "the same files are said twice");
  await dream(page);
  const summary = await page.locator(".summary").innerText();
  assert.ok(summary.includes(unread), summary);
  assert.match(summary, /1 session not read/);
  assert.match(summary, /partly` \(looks like generic: 1 of 10 lines were understood\)/);
  clean();
  await context.close();
});

test("files that no reader knows were given: the page does not say that there were none", needsBrowser, async () => {
  const unknown = join(folder, "unknown");
  mkdirSync(unknown);
  writeFileSync(join(unknown, "one.jsonl"), '{"weather":"rain"}\n'.repeat(3));
  const { page, context, clean } = await open(browser, server.origin);
  writeFileSync(join(folder, "rules.md"), "- Use tabs.\n");
  await drop(page, [join(folder, "rules.md"), unknown]);
  await given(page).getByText("1 memory and 0 sessions").waitFor();
  await dream(page);
  const summary = await page.locator(".summary").innerText();
  assert.match(summary, /1 file left unread: 1 of no known form\./);
  assert.match(summary, /No session was read/);
  assert.doesNotMatch(summary, /No sessions were given/);
  await page.getByRole("tab", { name: /^Turned down/ }).click();
  const left = page.locator(".down .left summary");
  assert.equal(await left.innerText(), "1 file left unread: 1 of no known form.");
  clean();
  await context.close();
});
