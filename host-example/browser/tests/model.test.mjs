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

/** A server that speaks OpenAI's chat completions, for pages. It proposes nothing. */
async function service() {
  const asked = [];
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      asked.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(body) });
      const message = { role: "assistant", content: '{"proposals": []}' };
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
