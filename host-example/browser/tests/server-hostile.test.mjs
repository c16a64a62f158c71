// What strangers write is shown as text, wherever the page shows it: it runs nothing, asks for nothing, and hides nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { launch, open, read, serve } from "./browser.mjs";
import { begin, enter, faultsOf, needsServer } from "./serving.mjs";

/** Markup that runs in one way or another, each in a form that a page may have overlooked. */
const MARKUP = [
  "<img src=x onerror=ran.push(1)>",
  '"><script>ran.push(2)</script>',
  "'><svg/onload=ran.push(3)>",
  "</title></textarea></style></script><iframe srcdoc='<script>parent.ran.push(4)</script>'>",
  "<a href=javascript:ran.push(5)>j</a> [k](javascript:ran.push(6))",
  "{{constructor.constructor('ran.push(7)')()}} ${ran.push(8)} <%= ran.push(9) %>",
  "<math><mi xlink:href='data:x,<script>ran.push(10)</script>'>",
  "<base href=https://evil.example/><meta http-equiv=refresh content=0;url=https://evil.example/>",
  "<img src=https://evil.example/a.png><link rel=stylesheet href=https://evil.example/a.css>",
  "__proto__ &lt;b&gt; &#106;avascript:ran.push(11)",
].join(" ");
/** Characters that turn the direction of writing or that nobody sees. */
const BIDI = "\u202egnp.exe\u202c\u2066x\u2069\u200b\u200f\ufeff";
const LONG = "W".repeat(180);

/** A text with all of it that names its place, and so is found again. */
const evil = (place) => `${place}: ${MARKUP} ${BIDI} ${LONG}`;
/** For fields with room for less. */
const short = (place) => `${place}: <img src=x onerror=ran.push(1)> "><script>ran.push(2)</script> ${BIDI} ${"W".repeat(30)}`;
/** What of it a person must be able to read, and what may not be there as it is. */
const MARK = "<img src=x onerror=ran.push(1)>";
const HIDDEN = /[\u200b\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

let browser, server, model, answers;
before(async () => {
  if (needsServer.skip) return;
  // A service that refuses every call in words that somebody wrote; other refusals are told without their words.
  model = createServer((_, response) => {
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: short("error") } }));
  });
  await new Promise((listening) => model.listen(0, "127.0.0.1", listening));
  model.unref();
  const address = `http://127.0.0.1:${model.address().port}`;
  [browser, server] = await Promise.all([launch(), begin(["--openai-url", address], { OPENAI_API_KEY: "sk-none" })]);
  answers = await planted();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  model?.close();
});

/** Stores hostile texts in every place that the page shows. */
async function planted() {
  const { ask, session, dream, over } = server;
  const path = (n) => `/${n} <img src=x onerror=ran.push(1)> "><svg onload=ran.push(3)> {{7*7}}.md`;
  // Two statements that say the same, so that a plan has to do with them.
  const line = (place) => `- ${evil(place).replaceAll("\n", " ")}\n`;
  const same = `${line("same")}- The staging host of ${MARK} is blue.\n`;
  const store = await server.store(
    short("name"),
    { [path("one")]: same, [path("two")]: same, "/plain.md": line("content"), "/not.txt": evil("unread") },
    { description: evil("description"), metadata: { [short("key").slice(0, 64)]: evil("value").slice(0, 512) } },
  );
  const said = await session([evil("event"), `From now on, always use ${MARK} for indentation.`, "Done."], {
    title: evil("title"),
    agent: short("agent"),
  });
  const told = await dream(store, [said], { instructions: evil("instructions") });
  assert.equal((await over(told)).status, "completed");
  // The way back from here has something to show.
  const { data: listed } = await ask("GET", `/v1/memory_stores/${store}/memories`);
  const one = listed.find((memory) => memory.path === path("one"));
  await ask("POST", `/v1/memory_stores/${store}/memories/${one.id}`, { content: `${same}${line("later")}` });
  const copied = await dream(store, [said], { output_behavior: { type: "create_new" } });
  const copy = (await over(copied)).outputs[0].memory_store_id;
  const failed = await dream(store, [said], { model: `openai:${short("model")}`, output_behavior: { type: "create_new" } });
  const { status, error } = await over(failed);
  assert.equal(status, "failed");
  assert.ok(error.message.includes(MARK), `the model's words are in the error: ${error.message}`);
  const proposed = await ask("POST", `/v1/x/memory_stores/${store}/proposals`, {
    statement: `The port of ${MARK} is 8081, as "><script>ran.push(2)</script> says.`,
    quote: `the port of ${MARK} "><script>ran.push(2)</script> is 8081`,
    // What nobody sees is turned down here.
    agent: `agent: ${MARK} "><script>ran.push(2)</script>`,
  });
  assert.ok(proposed.dream_id !== null, proposed.turned_down_because);
  // A note of a decision, and one of a way back.
  const plan = await ask("GET", `/v1/x/dreams/${proposed.dream_id}/review`);
  const other = await server.store("Other", { "/a.md": "- Tea is green.\n" });
  const second = await ask("POST", `/v1/x/memory_stores/${other}/proposals`, {
    statement: "The port of the shop is 8082.",
    quote: "the port of the shop is 8082",
  });
  const { digest } = await ask("GET", `/v1/x/dreams/${second.dream_id}/review`);
  await ask("POST", `/v1/x/dreams/${second.dream_id}/review`, { digest, accept: "all", note: evil("decision") });
  const { data } = await ask("GET", `/v1/x/memory_stores/${other}/revisions`);
  await ask("POST", `/v1/x/memory_stores/${other}/revert`, { revision: data.at(-1).id, note: evil("revert") });
  await ask("PUT", `/v1/x/memory_stores/${store}/schedule`, {
    cron: "0 3 * * *",
    model: `openai:${short("model")}`,
    instructions: evil("schedule"),
  });
  await ask("POST", "/v1/x/webhooks", { url: `https://x.example/"onmouseover=ran.push(1)//{{7*7}}'javascript:ran.push(2)` });
  return { store, copy, other, told, failed, proposal: proposed.dream_id, changes: plan.changes.length };
}

/** A page that notes what runs, what is refused and what is asked for. */
async function watched() {
  const { page, context, faults, requests } = await open(browser, server.origin, "/healthz", { reducedMotion: "reduce" });
  await context.addInitScript(() => {
    globalThis.ran = [];
    globalThis.refused = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => globalThis.refused.push(`${violatedDirective} ${blockedURI}`));
  });
  page.setDefaultTimeout(10_000);
  page.on("dialog", (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("page", () => faults.push("another page was opened"));
  await page.goto(server.origin);
  await enter(page, server.key);
  return { page, context, faults, requests };
}

/** What a view shows, which has to be there as text and nothing else. */
async function looked(page, view, marks) {
  const said = await read(page.locator("body"));
  for (const mark of marks) assert.ok(said.includes(mark), `${view} shows ${mark}: ${said}`);
  assert.doesNotMatch(said, HIDDEN, `${view} spells out what nobody sees`);
  assert.doesNotMatch(await page.title(), HIDDEN);
  const strange = await page.evaluate(() => ({
    elements: [...document.querySelectorAll("#app :is(img, iframe, script, object, embed, base, meta, link, math, a[href^='javascript:' i], style)")].map((e) => e.outerHTML.slice(0, 80)),
    handlers: [...document.querySelectorAll("#app *")].flatMap((e) => e.getAttributeNames().filter((name) => name.startsWith("on"))),
    links: [...document.links].map((link) => link.getAttribute("href")).filter((href) => !/^#\/[\w/-]*$/.test(href)),
  }));
  assert.deepEqual(strange, { elements: [], handlers: [], links: [] }, view);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${view} is ${wide} px too wide in ${width}`);
  }
  assert.deepEqual(await page.evaluate(() => [globalThis.ran, globalThis.refused]), [[], []], view);
}

test("hostile texts stay texts in every view", needsServer, async () => {
  const { store, copy, other, told, failed, proposal } = answers;
  const { page, context, faults, requests } = await watched();
  const goes = async (place, ready) => {
    await page.goto(`${server.origin}/#${place}`);
    await ready.waitFor();
  };
  const has = (text) => page.getByText(text).first();
  await has("name: <img").waitFor();
  await looked(page, "stores", [`name: ${MARK}`, `description: ${MARK}`]);
  await goes(`/stores/${store}`, page.getByRole("button", { name: /^.one / }));
  await looked(page, "memories", [`name: ${MARK}`, "key: <img", `value: ${MARK}`, '/one <img src=x onerror=ran.push(1)> "><svg onload=ran.push(3)> {{7*7}}.md']);
  await page.getByRole("button", { name: /plain/ }).click();
  await page.locator(".content").waitFor();
  await looked(page, "content", [`content: ${MARK}`, "{{constructor.constructor('ran.push(7)')()}} ${ran.push(8)}"]);
  await goes(`/stores/${store}/dream`, has("title: <img"));
  await looked(page, "dream now", [`title: ${MARK}`, `agent: ${MARK}`]);
  // The server's own words about what was typed.
  await page.getByRole("checkbox").first().check();
  await page.getByLabel("At most dollars").fill(MARK);
  await page.getByRole("button", { name: "Dream", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: MARK }).waitFor();
  await looked(page, "error", [MARK]);
  await goes(`/stores/${store}/schedule`, has("schedule: <img"));
  await looked(page, "schedule", [`schedule: ${MARK}`, `openai:model: ${MARK}`]);
  await goes(`/stores/${store}/dreams`, page.locator(".list > .card").first());
  await page.locator(".badge.waits").first().waitFor();
  await looked(page, "dreams of a store", [`error: ${MARK}`]);
  await goes(`/stores/${copy}/history`, page.locator(".list > .card").first());
  await looked(page, "history of a copy", [`name: ${MARK}`]);
  await goes(`/stores/${other}/history`, has("revert: <img"));
  await looked(page, "history", [`decision: ${MARK}`, `revert: ${MARK}`]);
  await goes(`/stores/${store}/history`, page.locator(".list > .card").nth(1));
  await page.getByRole("button", { name: "Go back to this" }).last().click();
  await page.locator(".would-change .row").first().waitFor();
  await looked(page, "what a way back would change", [`later: ${MARK}`, "/one <img src=x onerror=ran.push(1)>"]);
  await goes("/dreams", page.locator(".badge.waits").first());
  await looked(page, "dreams", [`error: ${MARK}`]);
  await goes(`/dreams/${failed}`, page.locator("main > .trouble"));
  await looked(page, "failed dream", [`error: ${MARK}`, `model: ${MARK}`]);
  assert.doesNotMatch(await read(page.locator("main > .trouble")), /internal_error/, "a type that says nothing is left out");
  await goes("/webhooks", has("https://x.example/"));
  await looked(page, "webhooks", ["\"onmouseover=ran.push(1)//{{7*7}}'javascript:ran.push(2)"]);

  for (const [id, marks] of [
    [told, [`instructions: ${MARK}`, `same: ${MARK}`]],
    [proposal, [`The port of ${MARK} is 8081`, `proposed: agent: ${MARK}`, `the port of ${MARK} "><script>ran.push(2)</script>`]],
  ]) {
    await goes(`/dreams/${id}`, page.locator(".summary h1"));
    await page.locator(".changes .card").first().waitFor();
    const trace = page.locator(".trace summary");
    if ((await trace.count()) > 0) await trace.click();
    for (const card of await page.locator(".changes .card").all()) await card.getByRole("button", { name: /^(Evidence|Why)/ }).click();
    await looked(page, `plan of ${id}`, marks);
    await page.getByRole("tab", { name: /^Turned down/ }).click();
    await looked(page, "turned down", []);
    await page.getByRole("tab", { name: /^Changes/ }).click();
    const edit = page.getByRole("button", { name: "Edit", exact: true });
    if ((await edit.count()) > 0) {
      await edit.first().click();
      await page.getByRole("textbox", { name: "In your words" }).fill(evil("edit"));
      await page.keyboard.press("Control+Enter");
      await looked(page, "edited", [`edit: ${MARK}`]);
    }
    await page.getByRole("button", { name: /^Hand / }).click();
    await page.getByLabel("Note").fill(evil("note"));
    await looked(page, "decision", []);
  }
  assert.deepEqual(faultsOf(faults), []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(`${server.origin}/`)),
    [],
  );
  assert.ok(requests.length > 20, "requests were seen");
  await context.close();
});

test("code that got into the page would neither run nor reach another place", needsServer, async () => {
  const { page, context } = await watched();
  const other = await serve(undefined, { "access-control-allow-origin": "*" });
  const tried = await page.evaluate(async (elsewhere) => {
    const outcomes = [];
    const attempt = async (work) => outcomes.push(await Promise.resolve().then(work).then(String, () => "refused"));
    await attempt(() => void (document.body.innerHTML += "<img src=x onerror=ran.push(1)>"));
    await attempt(() => {
      const button = document.createElement("button");
      button.setAttribute("onclick", "ran.push(2)");
      document.body.append(button);
      button.click();
    });
    await attempt(() => void document.body.append(Object.assign(document.createElement("script"), { text: "ran.push(3)" })));
    await attempt(async () => (await fetch(elsewhere)).status);
    const image = Object.assign(new Image(), { src: `${elsewhere}/a.png` });
    await attempt(() => new Promise((done, failed) => Object.assign(image, { onload: done, onerror: failed })));
    const form = Object.assign(document.createElement("form"), { action: elsewhere });
    document.body.append(form);
    form.submit();
    await new Promise((done) => setTimeout(done, 100));
    return { outcomes, ran: globalThis.ran, refused: globalThis.refused.length, here: location.origin };
  }, other.origin);
  other.close();
  assert.deepEqual(tried.outcomes, ["refused", "refused", "refused", "refused", "refused"]);
  assert.deepEqual(tried.ran, []);
  assert.equal(tried.here, server.origin);
  assert.ok(tried.refused >= 4, String(tried.refused));
  await context.close();
});

test("no other page frames it, and the headers say so", needsServer, async () => {
  const { headers } = await fetch(server.origin);
  assert.match(headers.get("content-security-policy"), /^default-src 'none'; script-src 'sha256-.*; form-action 'none'; frame-ancestors 'none'$/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal(headers.get("access-control-allow-origin"), null);
  assert.equal(headers.get("set-cookie"), null);
  const framing = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(`<iframe src="${server.origin}/"></iframe>`);
  });
  await new Promise((listening) => framing.listen(0, "127.0.0.1", listening));
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${framing.address().port}/`);
  const [, frame] = page.frames();
  await frame.waitForLoadState();
  assert.ok(!(await frame.content()).includes("Dreaming"), await frame.content());
  assert.match(frame.url(), /^chrome-error:/);
  await context.close();
  framing.close();
});

test("beside the page all is told in JSON", needsServer, async () => {
  for (const path of ["/index.html", "/page.html", "/favicon.ico", "/stores/one", `/${encodeURIComponent(MARK)}`]) {
    for (const headers of [{ accept: "text/html" }, { accept: "text/html", "x-api-key": server.key }]) {
      const answer = await fetch(server.origin + path, { headers });
      assert.equal(answer.status, headers["x-api-key"] === undefined ? 401 : 404, path);
      assert.equal(answer.headers.get("content-type"), "application/json", path);
      const { type, error, request_id } = await answer.json();
      assert.ok(type === "error" && error.message.length > 0 && request_id.startsWith("req_"), path);
    }
  }
});
