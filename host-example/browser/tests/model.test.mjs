// The second page: a model of the person's own, with a policy of its own.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { dist, drop, launch, needsBrowser, open, planned, repository, serve } from "./browser.mjs";

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

const KEY = "sk-of-the-test";

/** What a model says that proposes nothing. */
const NOTHING = '{"proposals": []}';

/** A server that speaks OpenAI's chat completions, for pages. It says what `statusOf` and `contentOf` give for the number of a call. */
async function service(statusOf = () => 200, contentOf = () => NOTHING) {
  const asked = [];
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      asked.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(body) });
      const status = statusOf(asked.length);
      if (status !== 200) return response.writeHead(status).end(`{"error":{"message":"no such key ${KEY}"}}`);
      const message = { role: "assistant", content: contentOf(asked.length) };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          choices: [{ message, finish_reason: "stop" }],
          usage: { prompt_tokens: 1, completion_tokens: 1 },
        }),
      );
    });
    return undefined;
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  return { url: `http://127.0.0.1:${server.address().port}/v1`, asked };
}

test("the page with a model warns, asks it, and keeps the key to itself", needsBrowser, async () => {
  const model = await service();
  const { page, context, faults } = await open(browser, server.origin, "/model.html");
  await page.getByText("This page sends parts of your transcripts and memories to the service that you name").waitFor();
  await drop(page, [join(repository, "xtask/demo/memory"), join(repository, "xtask/demo/sessions")]);
  await page.getByText("6 memories and 14 sessions").waitFor();
  const dream = page.getByRole("button", { name: "Dream", exact: true });
  assert.ok(await dream.isDisabled(), "no model yet");
  await page.getByRole("combobox").selectOption("openai");
  await page.getByRole("textbox", { name: "Model" }).fill("some-model");
  await page.getByRole("textbox", { name: /^Endpoint/ }).fill(model.url);
  await page.locator("input[type=password]").fill(KEY);
  await page.getByLabel("At most calls").fill("3");
  await dream.click();
  await planned(page);
  assert.equal(model.asked.length, 3);
  for (const { url, authorization, body } of model.asked) {
    assert.equal(url, "/v1/chat/completions");
    assert.equal(authorization, `Bearer ${KEY}`);
    assert.equal(body.model, "some-model");
  }
  // Nothing that stays holds the key.
  await page.waitForTimeout(1_000);
  const kept = await page.evaluate(async () => {
    const open = indexedDB.open("dreaming-preview");
    await new Promise((done) => (open.onsuccess = done));
    const all = open.result.transaction("work").objectStore("work").getAll();
    await new Promise((done) => (all.onsuccess = done));
    return JSON.stringify(all.result) + JSON.stringify({ ...localStorage }) + location.href + document.cookie;
  });
  assert.ok(kept.includes("policy"), "the work was kept");
  assert.ok(!kept.includes(KEY));
  assert.deepEqual(
    faults,
    faults.filter((fault) => fault.startsWith(`request to ${model.url}`)),
  );
  await context.close();
});

/** Fills in the form. */
async function fill(page, url, calls = "3") {
  await page.getByRole("combobox").selectOption("openai");
  await page.getByRole("textbox", { name: "Model" }).fill("some-model");
  await page.getByRole("textbox", { name: /^Endpoint/ }).fill(url);
  await page.locator("input[type=password]").fill(KEY);
  await page.getByLabel("At most calls").fill(calls);
}

test("a wrong key is said in one sentence, with status and address, and the form stays filled in", needsBrowser, async () => {
  const model = await service(() => 401);
  const { page, context } = await open(browser, server.origin, "/model.html");
  await drop(page, [join(repository, "xtask/demo/memory"), join(repository, "xtask/demo/sessions")]);
  await page.getByText("6 memories and 14 sessions").waitFor();
  await fill(page, model.url);
  const dream = page.getByRole("button", { name: "Dream", exact: true });
  await dream.click();
  const trouble = await page.getByRole("alert").innerText({ timeout: 30_000 });
  const why = `HTTP 401: no such key [key] (${model.url}/chat/completions)`;
  assert.ok(/model calls? was answered: /.test(trouble) && trouble.includes(why), trouble);
  assert.ok(!trouble.includes(KEY));
  assert.equal(await page.getByRole("textbox", { name: /^Endpoint/ }).inputValue(), model.url);
  assert.equal(await page.getByRole("combobox").inputValue(), "openai");
  assert.equal(await page.locator("input[type=password]").inputValue(), KEY);
  assert.ok(await dream.isEnabled());
  await context.close();
});

test("calls that failed among answered ones are said with their reason, and their sessions are counted", needsBrowser, async () => {
  const model = await service((number) => (number === 1 ? 200 : 403));
  const { page, context } = await open(browser, server.origin, "/model.html");
  await drop(page, [join(repository, "xtask/demo/memory"), join(repository, "xtask/demo/sessions")]);
  await page.getByText("6 memories and 14 sessions").waitFor();
  await fill(page, model.url, "100");
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await planned(page);
  const summary = await page.locator(".summary").innerText();
  const failed = model.asked.length - 1;
  assert.ok(failed > 5, String(failed));
  const why = `${failed} of ${failed + 1} model calls failed: HTTP 403: no such key [key] (${model.url}/chat/completions).`;
  assert.ok(summary.includes(why), summary);
  const again = page.locator(".summary .again");
  assert.match(await again.locator("summary").innerText(), /^The next dream with a model asks again about \d+ sessions$/);
  assert.ok(!/asks again about `/.test(summary), "the ids are listed at once");
  await again.locator("summary").click();
  assert.match(await again.innerText(), /asks again about `/);
  await context.close();
});

test("the sample asks the model that is filled in, and says so beside it", needsBrowser, async () => {
  const model = await service();
  const { page, context } = await open(browser, server.origin, "/model.html");
  const beside = page.locator(".way");
  assert.match(await beside.innerText(), /No model is asked as long as none is filled in above\./);
  await fill(page, model.url);
  assert.match(await beside.innerText(), /Your model is asked about it, in at most 3 calls\./);
  assert.equal(model.asked.length, 0);
  await page.getByRole("button", { name: "Try the sample" }).click();
  await planned(page);
  assert.equal(model.asked.length, 3);
  await context.close();
});

test("another setting plans again and asks nothing that the model has answered", needsBrowser, async () => {
  const model = await service();
  const { page, context } = await open(browser, server.origin, "/model.html");
  await fill(page, model.url);
  await page.getByRole("button", { name: "Try the sample" }).click();
  await planned(page);
  const asked = model.asked.length;
  assert.ok(asked > 0);
  await page.getByRole("tab", { name: "Settings" }).click();
  const field = page.getByLabel("Words to turn down");
  const before = await page.locator(".tabs").getByText(/^Changes/).innerText();
  await field.fill("staging");
  await field.blur();
  await page.waitForFunction((before) => document.querySelector(".tabs").textContent.includes(before) === false, before);
  assert.equal(model.asked.length, asked);
  await context.close();
});

test("an answer that nobody can use is asked for again when the person wants it, and no other", needsBrowser, async () => {
  const model = await service(undefined, (number) => (number === 1 ? "I would rather talk." : '{"proposals": [], "answers": []}'));
  const { page, context } = await open(browser, server.origin, "/model.html");
  await fill(page, model.url);
  await page.getByRole("button", { name: "Try the sample" }).click();
  await planned(page);
  const asked = model.asked.length;
  assert.ok(asked >= 3);
  const note = page.getByText("1 answer of the model cannot be used.");
  await note.waitFor();
  // Other settings pay for nothing.
  await page.getByRole("tab", { name: "Settings" }).click();
  const before = await page.locator(".tabs").getByText(/^Changes/).innerText();
  const field = page.getByLabel("Words to turn down");
  await field.fill("staging");
  await field.blur();
  await page.waitForFunction((before) => document.querySelector(".tabs").textContent.includes(before) === false, before);
  assert.equal(model.asked.length, asked);
  await page.getByRole("button", { name: "Ask for it again" }).click();
  await note.waitFor({ state: "detached" });
  // With the useful answer fewer calls are about sessions, and one more fits that is about pairs.
  assert.ok(model.asked.length > asked);
  assert.deepEqual(model.asked[asked].body.messages, model.asked[0].body.messages);
  assert.equal(await field.inputValue(), "staging");
  await context.close();
});

test("files that are given after a canceled dream over the sample are not mixed with it", needsBrowser, async () => {
  // A service that never answers.
  let heard;
  const asked = new Promise((done) => (heard = done));
  const model = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else heard();
  });
  await new Promise((listening) => model.listen(0, "127.0.0.1", listening));
  model.unref();
  const { page, context } = await open(browser, server.origin, "/model.html");
  await fill(page, `http://127.0.0.1:${model.address().port}/v1`);
  await page.getByRole("button", { name: "Try the sample" }).click();
  await asked;
  await page.getByRole("button", { name: "Cancel" }).click();
  await drop(page, [join(repository, "xtask/demo/memory/deployment.md")]);
  await page.getByText("1 memory and 0 sessions").waitFor();
  await context.close();
  model.closeAllConnections();
});

test("the policy of the second page lets it reach services and this machine, nothing else", needsBrowser, async () => {
  const { page, context } = await open(browser, server.origin, "/model.html");
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  await page.waitForTimeout(300);
  const [worker] = page.workers();
  const refused = await worker.evaluate(
    () =>
      new Promise((done) => {
        addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
          done(`${effectiveDirective} ${blockedURI}`),
        );
        fetch("http://example.com/").catch(() => setTimeout(() => done("not refused by the policy"), 500));
      }),
  );
  assert.match(refused, /^connect-src http:\/\/example\.com/, "plain http goes to this machine only");
  const policy = /Content-Security-Policy" content="([^"]+)"/
    .exec(readFileSync(join(dist, "model.html"), "utf8"))[1]
    .replaceAll("&#39;", "'");
  assert.ok(policy.endsWith("connect-src 'self' https: http://localhost:* http://127.0.0.1:*"), policy);
  assert.ok(policy.startsWith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), policy);
  await context.close();
});
