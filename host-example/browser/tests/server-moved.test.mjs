// The page of the server when somebody edits the words that a change takes out, between the answer and the decision. The
// server here is none: it says what the page needs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, needsBrowser, open, repository } from "./browser.mjs";
import { enter } from "./serving.mjs";

const page = readFileSync(join(repository, "host-example/server/src/page/page.html"));
const at = "2026-03-16T08:00:00Z";
const dream = {
  id: "drm_1", status: "completed", inputs: [{ type: "memory_store", memory_store_id: "mem_1" }, { type: "sessions", session_ids: ["s"] }],
  outputs: [], model: { id: "x_none" }, output_behavior: { type: "update_existing" }, instructions: null, session_id: null, error: null,
  usage: { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
  created_at: at, ended_at: at, archived_at: null, x_batch: false, x_budget: null, x_cost_dollars: null,
};
const change = (id, words) => ({
  id, operation: "retire", kind: "fact", cause: "stale", path: "notes.md", text: null, survivor: null, principal: null,
  targets: [{ entry: id, path: "notes.md", line: 1, text: words }], because: "Nothing supports it.", gate: "review",
  gate_reason: "it takes something out", trust: "agent", tier: "short", evidence: [], support: { sessions: 0, agents: 0, days: 0 },
  score: { total: 0, recency: 0, support: 0, outcome: 0, trust: 0, relevance: 0 },
});
const plan = (digest, words) => ({
  digest, now: Date.parse(at), changes: [change("c1", "The port is 80."), change("c2", words)], sessions: [], rejected: [], conflicts: [],
});
const report = { sessions_read: 1, entries: 2, waiting: 0, notes: [], calls: 0, redactions: 0, account: { lines: 0, understood: 0 } };

let browser, server, decided, words;
before(async () => {
  if (needsBrowser.skip) return;
  browser = await launch();
  server = createServer((request, response) => {
    const say = (json, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    const path = request.url.replace(/\?.*/, "");
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    if (path === "/v1/x/key") return say({ id: "key_1", workspace: "w", may: "decide", memory_store_id: null });
    if (path === "/v1/dreams/drm_1") return say(dream);
    if (path === "/v1/memory_stores/mem_1") return say({ id: "mem_1", name: "Shop" });
    if (path.endsWith("/report")) return say(report);
    if (path.endsWith("/revisions")) return say({ data: [], next_page: null });
    if (path.endsWith("/plan")) return say(plan("d1", "Deploy by hand."));
    if (path.endsWith("/review") && request.method === "GET") return say(plan(words === undefined ? "d1" : "d2", words ?? "Deploy by hand."));
    let body = "";
    request.on("data", (piece) => (body += piece));
    return request.on("end", () => {
      decided.push(JSON.parse(body));
      if (decided.at(-1).digest === (words === undefined ? "d1" : "d2")) return say({});
      return say({ error: { message: "it was changed since" } }, 409);
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
});
after(async () => {
  await browser?.close();
  server?.close();
});

test("an answer does not stand for words that somebody wrote since", needsBrowser, async () => {
  [decided, words] = [[], undefined];
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { page, context } = await open(browser, origin, "/#/dreams/drm_1");
  await enter(page, "some-key");
  const accept = (id) => page.locator(`#change-${id}`).getByRole("button", { name: "Accept", exact: true }).click();
  const hand = async () => {
    await page.getByRole("button", { name: /^Hand / }).click();
    await page.getByRole("button", { name: "Decide", exact: true }).click();
  };
  await accept("c1");
  await accept("c2");
  words = "Deploy by hand, and never before the backup has ended.";
  await hand();
  await page.locator(".note").filter({ hasText: /1 answer of yours still fits and is kept/ }).waitFor();
  await page.locator("#change-c1.accept").waitFor();
  assert.equal(await page.locator("#change-c2.accept").count(), 0);
  await hand();
  await page.getByRole("status").filter({ hasText: /^Decided: 1 change accepted/ }).waitFor();
  assert.deepEqual(decided.map(({ accept }) => accept), [["c1", "c2"], ["c1"]]);
  await context.close();
});
