// A person's own files: dropped, picked, packed, exported; what is kept, and what is canceled.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { unzipSync } from "fflate";

import { downloaded, drop, launch, needsBrowser, open, planned, read, repository, serve } from "./browser.mjs";
import { dreaming, filesOf, memoryFolder, noCommand, sampleNow } from "./command.mjs";

const demo = join(repository, "xtask/demo");
const sessions = join(demo, "sessions");

let browser, server, folder;
before(async () => {
  if (needsBrowser.skip) return;
  browser = await launch();
  server = await serve();
  folder = mkdtempSync(join(tmpdir(), "dreaming-files-"));
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

test("a memory folder and a folder of transcripts are dropped, sub-agents are parts", needsBrowser, async () => {
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [join(demo, "memory"), sessions]);
  await given(page).getByText("6 memories and 14 sessions").waitFor();
  await dream(page);
  assert.match(await page.locator(".summary").innerText(), /from 14 sessions over 28 statements/);
  assert.equal(new URL(page.url()).hash, "", "the address says nothing of a person's own files");
  clean();
  await context.close();
});

test(
  "packed transcripts, one CLAUDE.md, a note of how a session went, and what is no transcript",
  needsBrowser,
  async () => {
    const packed = join(folder, "packed");
    mkdirSync(packed);
    for (const name of readdirSync(sessions).filter((name) => name.endsWith(".jsonl"))) {
      writeFileSync(join(packed, `${name}.gz`), gzipSync(readFileSync(join(sessions, name))));
    }
    const [first] = readdirSync(packed);
    writeFileSync(
      join(packed, first.replace(".jsonl.gz", ".outcome.json")),
      JSON.stringify({ format: "dreaming.session/1", outcomes: [{ name: "done", value: 1, goal: 1 }] }),
    );
    writeFileSync(join(packed, "package.json"), '{"name": "no transcript"}');
    writeFileSync(join(folder, "CLAUDE.md"), "# Shop\n\n- Deployment settings are in `deploy.yml`.\n");
    const { page, context, clean } = await open(browser, server.origin);
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Folder of transcripts…" }).click(),
    ]);
    await chooser.setFiles(packed);
    await given(page).getByText("14 sessions").waitFor();
    assert.match(await page.locator(".left").textContent(), /package\.json: no reader knows its form/);
    assert.equal(await page.locator(".unread").innerText(), "1 file left unread: 1 of no known form.");
    const [second] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Files…" }).click(),
    ]);
    await second.setFiles(join(folder, "CLAUDE.md"));
    await given(page).getByText("1 memory and 14 sessions").waitFor();
    await dream(page);
    const said = await read(page.locator(".changes"));
    assert.match(said, /`?deploy\.yaml`?/);
    assert.match(await page.locator(".summary").innerText(), /from 14 sessions/);
    // The way into a packed transcript.
    await page
      .getByRole("button", { name: /^Evidence/ })
      .first()
      .click();
    await page.locator(".card button.link").first().click();
    await page.locator(".passage .quoted mark").waitFor();
    clean();
    await context.close();
  },
);

test("words that a merge would lose are marked in the text itself", needsBrowser, async () => {
  const file = join(folder, "AGENTS.md");
  writeFileSync(
    file,
    "- Deploy only on weekdays before noon to the cluster.\n- Deploy only on weekdays before noon to a cluster.\n",
  );
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [file]);
  await given(page).getByText("1 memory and 0 sessions").waitFor();
  await dream(page);
  const merge = page.locator(".card").first();
  assert.deepEqual(await merge.locator("del mark.lost").allTextContents(), ["a"]);
  assert.match(await read(merge), /1 word would be lost/);
  clean();
  await context.close();
});

test("a plan without changes is said to be one, and can be taken away", needsBrowser, async () => {
  const file = join(folder, "GEMINI.md");
  writeFileSync(file, "- Use tabs.\n");
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [file]);
  await dream(page);
  const said = await page.locator(".summary").innerText();
  assert.match(said, /^No changes proposed from 0 sessions over 1 statement;/);
  assert.match(said, /No sessions were given: only the memories were compared\./);
  await page.getByRole("tab", { name: "New memory" }).click();
  await page.getByText("No memory changes.").waitFor();
  const plan = await downloaded(page, () => page.getByRole("button", { name: "Plan", exact: true }).click());
  assert.deepEqual(JSON.parse(plan.bytes).changes, []);
  await page.getByRole("tab", { name: "Pictures" }).click();
  await page.locator(".chart").first().waitFor();
  clean();
  await context.close();
});

/** A memory folder of `files` memories of `bytes` each, whose names have `name` bytes. */
function large(files, bytes, name) {
  const memory = join(mkdtempSync(join(folder, "large-")), "memory");
  mkdirSync(memory);
  for (let n = 0; n < files; n += 1) {
    const line = `- Fact ${n} holds. `;
    const text = `${line}${"x".repeat(bytes - line.length - 1)}\n`;
    writeFileSync(join(memory, `${String(n).padStart(name - 3, "0")}.md`), text);
  }
  return memory;
}

/** Folders over the size of one page, and the largest one in minutes. */
const LARGE = [
  [2_048, 1_024, 8],
  [2_000, 400, 200],
  ...(process.env.DREAMING_LONG ? [[20_000, 1_024, 100], [100_000, 40, 20]] : []),
];
for (const [files, bytes, name] of LARGE) {
  const timeout = 1_200_000;
  test(`a folder of ${files} memories of ${bytes} bytes is dreamt over`, { ...needsBrowser, timeout }, async () => {
    const { page, context, clean } = await open(browser, server.origin);
    page.setDefaultTimeout(timeout);
    const number = files.toLocaleString("en");
    await drop(page, [large(files, bytes, name)]);
    await given(page).getByText(`${files} memories and 0 sessions`).waitFor();
    await page.getByRole("button", { name: "Dream", exact: true }).click();
    await planned(page, timeout);
    assert.match(await page.locator(".summary").innerText(), new RegExp(`over ${number} statements`));
    clean();
    await context.close();
  });
}

test("a dream that proposes nothing says what was counted, and who could look closer", needsBrowser, async () => {
  const given = join(folder, "few");
  mkdirSync(given);
  for (const name of readdirSync(sessions)) {
    if (/^(18df738c|5bbf7a90|5d98bde0|941a54bd)/.test(name)) cpSync(join(sessions, name), join(given, name), { recursive: true });
  }
  const file = join(folder, "WARP.md");
  writeFileSync(file, "- Use tabs.\n");
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [file]);
  await page.getByText("1 memory and 0 sessions").waitFor();
  await drop(page, [given]);
  await page.getByText("1 memory and 4 sessions").waitFor();
  await dream(page);
  const summary = page.locator(".summary");
  const said = await summary.innerText();
  assert.match(said, /^No changes proposed from 4 sessions over 1 statement; nothing is written yet/);
  assert.match(said, /15 calls of tools were counted; 4 failed\./);
  assert.doesNotMatch(said, /recurred/);
  const again = summary.locator("details", { hasText: "1 failure came in more than one session" });
  await again.locator("summary").click();
  assert.match(await again.innerText(), /Edit “File has not been read yet.*”, in 2 sessions/);
  const once = summary.locator("li", { hasText: "1 seen once" });
  assert.doesNotMatch(await once.innerText(), /deploy/);
  await once.locator("summary").click();
  assert.match(await once.innerText(), /“deploy\.yml” – then deploy\.yaml worked/);
  const closer = summary.locator("li.unseen");
  await closer.locator("summary").click();
  assert.match(await closer.innerText(), /4 sessions could be looked at more closely/);
  assert.equal(
    (await closer.locator(".command").innerText()).trim(),
    "dreaming run --model anthropic:claude-haiku-4-5 --estimate --memory MEMORY --sessions SESSIONS",
  );
  clean();
  await context.close();
});

test("a quote of a record that is written over several lines is found", needsBrowser, async () => {
  const messages = [
    { role: "user", content: "From now on, always use tabs for indentation." },
    { role: "assistant", content: "I shall." },
  ];
  const file = join(folder, "chat.json");
  writeFileSync(file, JSON.stringify({ messages }, null, 2));
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [file]);
  await given(page).getByText("0 memories and 1 session").waitFor();
  await dream(page);
  await page
    .getByRole("button", { name: /^Evidence/ })
    .first()
    .click();
  await page.locator(".card button.link").first().click();
  assert.match(await page.locator(".passage .quoted mark").innerText(), /always use tabs/);
  clean();
  await context.close();
});

test(
  "a file of `dreaming export` brings its memories and what was read",
  { ...needsBrowser, skip: needsBrowser.skip || noCommand },
  async () => {
    const { memory, folder: own, remove } = memoryFolder();
    const at = ["--memory", memory, "--now", sampleNow];
    dreaming("run", "--sessions", sessions, ...at);
    dreaming("apply", "--all", ...at);
    const file = join(own, "shop.jsonl");
    dreaming("export", file, "--memory", memory);
    const { page, context, clean } = await open(browser, server.origin);
    await drop(page, [file, sessions]);
    await given(page)
      .getByText(/9 memories and 14 sessions .* history of 2 revisions/)
      .waitFor();
    await dream(page);
    // The time of this dream is today, when what the sample taught may be stale; nothing is read or learned again.
    const said = await page.locator(".summary").innerText();
    assert.match(said, /proposed from 0 sessions over 34 statements/, "the ledger knows all of them");
    assert.doesNotMatch(said, /[1-9]\d*\s+learned/);
    // A damaged export is refused in words.
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(join(own, "cut.jsonl"), lines.slice(0, -2).join("\n"));
    await page.getByRole("button", { name: "Start over" }).click();
    await drop(page, [join(own, "cut.jsonl")]);
    await page.getByRole("alert").getByText("the export is cut off").waitFor();
    clean();
    await context.close();
    remove();
  },
);

test("the work is kept in the browser, and can be forgotten", needsBrowser, async () => {
  // As Claude Code has it: the memory of a project lies in a folder beside its sessions.
  const project = join(folder, "project");
  cpSync(sessions, project, { recursive: true });
  cpSync(join(demo, "memory"), join(project, "memory"), { recursive: true });
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [project]);
  await given(page).getByText("14 sessions").waitFor();
  await dream(page);
  const paths = await page.locator(".changes .path").allTextContents();
  assert.ok(paths.includes("deployment.md"), `paths begin in the memory folder: ${paths.join(" ")}`);
  const before = await page.locator(".changes .card").evaluateAll((cards) => cards.map(({ id }) => id));
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await page.keyboard.press("r");
  await page.waitForTimeout(1_200);
  await page.reload();
  await page.getByText(/is kept in this browser: 6 memories, 14 sessions, 2 answers/).waitFor();
  await page.getByRole("button", { name: "Go on with it" }).click();
  await planned(page);
  await page.locator(".decided").getByText("1 rejected").waitFor();
  assert.deepEqual(
    await page.locator(".changes .card").evaluateAll((cards) => cards.map(({ id }) => id)),
    before,
    "the same plan",
  );
  await page.getByRole("button", { name: "Start over" }).click();
  await page.getByRole("button", { name: "Forget it" }).click();
  await page.getByRole("button", { name: "Forget it" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.getByRole("button", { name: "Go on with it" }).count(), 0);
  clean();
  await context.close();
});

test("a long dream tells how far it is, and ends when it is canceled", needsBrowser, async () => {
  // 60 copies under other names: enough to be seen.
  const many = join(folder, "many");
  mkdirSync(many);
  const names = readdirSync(sessions).filter((name) => name.endsWith(".jsonl"));
  const text = readFileSync(join(sessions, names[0]), "utf8");
  for (let copy = 0; copy < 60; copy += 1) writeFileSync(join(many, `s${copy}.jsonl`), text.repeat(60));
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [join(demo, "memory"), many]);
  await given(page).getByText("60 sessions").waitFor();
  // Canceled from inside of the page, as soon as it tells: on a busy machine the dream ends before the test hears of it.
  const told = page.evaluate(
    () =>
      new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          const status = document.querySelector(".working [role=status]")?.textContent ?? "";
          if (!/\d+ sessions? of 60 read/.test(status)) return;
          observer.disconnect();
          document.querySelector(".working button").click();
          resolve(status);
        });
        observer.observe(document.body, { childList: true, characterData: true, subtree: true });
      }),
  );
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  assert.match(await told, /^[0-5]?\d sessions? of 60 read/);
  await given(page).getByText("60 sessions").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  // And it can be begun again.
  await dream(page);
  assert.match(await page.locator(".summary").innerText(), /from 60 sessions/);
  clean();
  await context.close();
});

const data = process.env.DREAMING_DATA;
const noData = data === undefined ? "DREAMING_DATA names no folder of data" : false;

test(
  "real transcripts and a real memory folder give what the command gives",
  { ...needsBrowser, skip: needsBrowser.skip || noData || noCommand },
  async (t) => {
    const transcripts = join(data, "transcripts-exact");
    const memory = join(folder, "serena");
    for (const [path, text] of lastVersions("serena", ".serena/memories/")) {
      mkdirSync(dirname(join(memory, path)), { recursive: true });
      // These sessions teach nothing without a model; a doubled statement gives a plan that is to be decided.
      writeFileSync(
        join(memory, path),
        `${text.trimEnd()}\n\n- Snapshots live in \`test/resources\`.\n- Snapshots live in \`test/resources\`.\n`,
      );
    }
    const { page, context, clean } = await open(browser, server.origin);
    await drop(page, [memory, transcripts]);
    await given(page)
      .getByText(/[1-9]\d* memories and [1-9]\d* sessions/)
      .waitFor();
    t.diagnostic(await given(page).innerText());
    const left = await page.locator(".left li").allInnerTexts();
    await dream(page);
    t.diagnostic(
      `${(await page.locator(".summary h1").innerText()).replaceAll("\n", " ")}; ${left.length} files left alone`,
    );
    await page
      .getByRole("button", { name: /^Accept all/ })
      .first()
      .click();
    await page.getByRole("tab", { name: "New memory" }).click();
    const zip = await downloaded(page, () => page.getByRole("button", { name: "Download as zip" }).click());
    const ours = Object.fromEntries(
      Object.entries(unzipSync(zip.bytes)).map(([path, text]) => [path, Buffer.from(text).toString("utf8")]),
    );
    const plan = JSON.parse(
      (await downloaded(page, () => page.getByRole("button", { name: "Plan", exact: true }).click())).bytes,
    );
    const now = new Date(plan.now).toISOString();
    dreaming("run", "--sessions", transcripts, "--memory", memory, "--now", now);
    const shown = JSON.parse(dreaming("show", "--json", "--digests", "--memory", memory)).plan;
    const bare = ({ sessions, changes, rejected, conflicts }) => ({
      sessions,
      ids: changes.map(({ id }) => id),
      rejected,
      conflicts,
    });
    assert.ok(plan.sessions.length >= 16 && plan.changes.length > 0);
    const withoutFiles = JSON.parse(
      JSON.stringify(bare(shown), (key, value) => (key === "file" || key === "file_line" ? undefined : value)),
    );
    assert.deepEqual(bare(plan), withoutFiles, "the same sessions, read to the same digests, and the same changes");
    dreaming("apply", "--all", "--memory", memory);
    const theirs = Object.fromEntries(Object.entries(filesOf(memory)).filter(([path]) => path.endsWith(".md")));
    assert.deepEqual(ours, theirs);
    clean();
    await context.close();
  },
);

/** The memories below `folder` of a store of the data, each as its last version has it. */
function lastVersions(store, folder) {
  const lines = readFileSync(join(data, `stores/${store}-history/versions.jsonl`), "utf8")
    .trimEnd()
    .split("\n");
  const found = new Map();
  for (const { file, deleted, text } of lines.map((line) => JSON.parse(line))) {
    if (!file.startsWith(folder)) continue;
    if (deleted) found.delete(file.slice(folder.length));
    else found.set(file.slice(folder.length), text);
  }
  return found;
}

test("what only forks repeat of a session is counted once, as the command counts it", { skip: needsBrowser.skip || noCommand }, async () => {
  const forks = join(folder, "forks");
  mkdirSync(forks);
  const call = { timestamp: "2026-02-01T12:00:01Z", type: "response_item" };
  const called = [
    { ...call, payload: { type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}', call_id: "call-1" } },
    { ...call, payload: { type: "function_call_output", call_id: "call-1", output: "Process exited with code 0\nOutput:\nprices.csv" } },
  ].map((line) => JSON.stringify(line));
  for (const name of ["a-fork.jsonl", "b-fork.jsonl"]) {
    const lines = readFileSync(join(repository, "tests/golden/fork-of-a-session-that-is-not-read/sessions", name), "utf8").split("\n");
    // After the answer in the part that both repeat.
    lines.splice(lines.findIndex((line) => line.includes("I looked at it")) + 1, 0, ...called);
    writeFileSync(join(forks, name), lines.join("\n"));
  }
  const notes = join(folder, "plain", "NOTES.md");
  mkdirSync(dirname(notes));
  writeFileSync(notes, "- Use tabs.\n");
  const { memory, remove } = memoryFolder(dirname(notes));
  dreaming("run", "--memory", memory, "--sessions", forks);
  const { calls, sessions: all } = JSON.parse(dreaming("stats", "--memory", memory, "--json")).totals;
  assert.deepEqual({ calls, all }, { calls: 1, all: 3 });
  remove();
  const { page, context, clean } = await open(browser, server.origin);
  await drop(page, [notes, forks]);
  await dream(page);
  assert.match(await page.locator(".summary").innerText(), /1 call of tools was counted; 0 failed\./);
  clean();
  await context.close();
});
