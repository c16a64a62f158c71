// `anthropic` and `openai` against a service of this process.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { DreamingError, anthropic, changes, dream, openai } from "../dist/node.js";
import { ROUNDS, SESSIONS, goodAnswer, shop } from "./world.mjs";

const KEY = "sk-test-NEVER-SHOWN-8812";
const CALL = {
  id: "m1", system: "Do this.", prompt: "[1] words", maxTokens: 99,
  schema: '{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string"}}}',
};
const SERVICES = { anthropic, openai };

/** A service that gives these answers in turn, the last one for ever. */
async function service(t, ...answers) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    seen.push({ path: request.url, headers: request.headers, body: JSON.parse(body) });
    if (answer === "hang") return;
    const { status = 200, headers = {}, json, text = JSON.stringify(json) } = answer;
    response.writeHead(status, headers).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, seen };
}

const words = {
  anthropic: (text, stop_reason = "end_turn") => ({
    json: { content: [{ type: "text", text }], stop_reason, usage: { input_tokens: 5, cache_creation_input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 2 } },
  }),
  openai: (text, finish_reason = "stop") => ({
    json: { choices: [{ message: { content: text, refusal: null }, finish_reason }], usage: { prompt_tokens: 8, prompt_tokens_details: { cached_tokens: 3 }, completion_tokens: 2 } },
  }),
};

const ask = (model) => model(CALL, { signal: new AbortController().signal });

test("both services are asked in their forms", async (t) => {
  const used = [];
  const onUsage = (usage) => used.push(usage);
  let { url, seen } = await service(t, words.anthropic("yes"));
  assert.deepEqual(await ask(anthropic({ model: "m", key: KEY, url, onUsage })), { tag: "text", val: "yes" });
  await ask(anthropic({ model: "m", token: KEY, url }));
  assert.equal(seen[0].path, "/v1/messages");
  assert.equal(seen[0].headers["x-api-key"], KEY);
  assert.equal(seen[1].headers.authorization, `Bearer ${KEY}`);
  assert.equal(seen[0].headers["anthropic-version"], "2023-06-01");
  const schema = JSON.parse(CALL.schema);
  assert.deepEqual(seen[0].body, {
    model: "m", max_tokens: 99,
    system: [{ type: "text", text: "Do this.", cache_control: { type: "ephemeral" } }],
    messages: [{ role: "user", content: "[1] words" }],
    output_config: { format: { type: "json_schema", schema } },
  });
  ({ url, seen } = await service(t, words.openai("yes")));
  assert.deepEqual(await ask(openai({ model: "m", key: KEY, url: `${url}/v1/`, onUsage })), { tag: "text", val: "yes" });
  assert.equal(seen[0].path, "/v1/chat/completions");
  assert.equal(seen[0].headers.authorization, `Bearer ${KEY}`);
  assert.equal(seen[0].body.max_tokens, 99);
  assert.deepEqual(seen[0].body.response_format.json_schema, { name: "answer", strict: false, schema });
  assert.deepEqual(used, [
    { input: 5, cacheWrite: 4, cacheRead: 3, output: 2 },
    { input: 5, cacheWrite: 0, cacheRead: 3, output: 2 },
  ]);
});

test("OpenAI itself gets the strict form of the schema", async () => {
  let sent;
  const send = async (url, { body }) => {
    sent = { url, body: JSON.parse(body) };
    return new Response(JSON.stringify(words.openai("yes").json));
  };
  await ask(openai({ model: "m", key: KEY, fetch: send }));
  assert.equal(sent.url, "https://api.openai.com/v1/chat/completions");
  assert.equal(sent.body.max_completion_tokens, 99);
  const { strict, schema } = sent.body.response_format.json_schema;
  assert.equal(strict, true);
  assert.deepEqual(schema.required, ["a", "b"]);
  assert.deepEqual([schema.properties.a.type, schema.properties.b.type], ["string", ["string", "null"]]);
});

test("a busy service is asked again when it says, and not for ever", async (t) => {
  for (const [name, make] of Object.entries(SERVICES)) {
    const busy = { status: 429, headers: { "retry-after": "1" }, json: {} };
    const { url, seen } = await service(t, busy, { status: 529, json: {} }, words[name]("yes"));
    const begin = Date.now();
    assert.deepEqual(await ask(make({ model: "m", url, wait: 1 })), { tag: "text", val: "yes" });
    assert.equal(seen.length, 3);
    assert.ok(Date.now() - begin >= 1000);
    const down = await service(t, { status: 503, text: "<html>" });
    const { tag, val, status, url: asked } = await ask(make({ model: "m", url: down.url, wait: 1 }));
    assert.deepEqual([tag, val, status, asked], ["failed", "HTTP 503", 503, down.url + down.seen[0].path]);
    assert.equal(down.seen.length, 4);
    const later = await service(t, { status: 429, headers: { "retry-after": "3600" }, json: {} });
    assert.equal((await ask(make({ model: "m", url: later.url, wait: 1 }))).tag, "failed");
    assert.equal(later.seen.length, 1);
  }
});

test("what is no answer fails with its reason and without the key", async (t) => {
  for (const [name, make] of Object.entries(SERVICES)) {
    const told = { error: { message: `wrong key ${KEY}\u001b[31m` } };
    const cases = [
      [words[name]("half", name === "anthropic" ? "max_tokens" : "length"), "cut off"],
      [words[name](""), "no text"],
      [{ text: "{" }, "no JSON"],
      [{ text: "x".repeat(8 << 20) }, "over 1 MiB"],
      [{ status: 401, json: told }, "HTTP 401: wrong key [key] [31m"],
      [{ status: 302, headers: { location: "http://127.0.0.1:1/" }, text: "" }, "not followed"],
    ];
    for (const [answer, why] of cases) {
      const { url, seen } = await service(t, answer);
      const { tag, val } = await ask(make({ model: "m", key: KEY, url, wait: 1 }));
      assert.equal(tag, "failed");
      assert.ok(val.includes(why), val);
      assert.ok(!val.includes(KEY));
      assert.equal(seen.length, 1);
    }
    const slow = await service(t, "hang");
    const late = await ask(make({ model: "m", url: slow.url, timeout: 50, retries: 1, wait: 1 }));
    assert.deepEqual([late.tag, late.val, late.isGeneral], ["failed", "no answer in time", undefined]);
    assert.equal(slow.seen.length, 2);
    const echo = await service(t, words[name](`the key is ${KEY}`));
    assert.deepEqual(await ask(make({ model: "m", key: KEY, url: echo.url })), { tag: "text", val: "the key is [key]" });
  }
});

test("a word that is given in the place of a key stays in answers, and is not told in messages", async (t) => {
  for (const [name, make] of Object.entries(SERVICES)) {
    const { url } = await service(t, words[name]("Start it with `ollama serve`."), { status: 400, json: { error: { message: "no ollama" } } });
    const model = make({ model: "m", key: "ollama", url, retries: 0 });
    assert.deepEqual(await ask(model), { tag: "text", val: "Start it with `ollama serve`." });
    assert.equal((await ask(model)).val, "HTTP 400: no [key]");
  }
});

test("a call that was paid is not made again because `onUsage` throws", async (t) => {
  for (const [name, make] of Object.entries(SERVICES)) {
    const { url, seen } = await service(t, words[name]("yes"));
    const onUsage = () => { throw new Error("over budget"); };
    const said = await ask(make({ model: "m", key: KEY, url, wait: 1, onUsage }));
    assert.deepEqual([said.tag, said.val, said.isGeneral], ["failed", "onUsage: over budget", undefined]);
    assert.equal(seen.length, 1);
  }
});

test("a refusal is an answer", async (t) => {
  const refused = {
    anthropic: { json: { content: [], stop_reason: "refusal" } },
    openai: { json: { choices: [{ message: { content: null, refusal: "No." }, finish_reason: "stop" }] } },
  };
  for (const [name, make] of Object.entries(SERVICES)) {
    const { url } = await service(t, refused[name]);
    assert.deepEqual(await ask(make({ model: "m", url })), { tag: "refused" });
  }
});

test("an abort ends the wait between tries", async (t) => {
  const { url } = await service(t, { status: 503, json: {} });
  const controller = new AbortController();
  const asked = openai({ model: "m", url, wait: 60_000 })(CALL, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await assert.rejects(asked, /enough/);
});

test("a dream that no model answered asks again about its sessions, and only then", async (t) => {
  const { url } = await service(t, { status: 503, json: {} });
  const store = shop();
  const down = anthropic({ model: "m", url, retries: 0 });
  const first = JSON.parse((await dream({ ...ROUNDS, store, model: down, mode: "auto" })).report);
  assert.equal(first.calls_unanswered, SESSIONS.length);
  assert.equal(first.sessions_unanswered, SESSIONS.length);
  const none = JSON.parse((await dream({ ...ROUNDS, policy: {}, store })).report);
  assert.equal(none.sessions_read, 0);
  const { plan, report } = await dream({ ...ROUNDS, store, model: goodAnswer });
  const again = JSON.parse(report);
  assert.deepEqual([again.sessions_read, again.sessions_asked_again], [0, SESSIONS.length]);
  assert.equal(changes(plan).length, SESSIONS.length);
});

test("options that cannot be used are refused without the key", () => {
  for (const make of Object.values(SERVICES)) {
    for (const wrong of [undefined, {}, { model: "" }, { model: "m", url: "x" }, { model: "m", url: `https://a:${KEY}@x` }, { model: "m", timeout: -1 }]) {
      assert.throws(() => make(wrong), (error) => error instanceof DreamingError && !error.message.includes(KEY));
    }
  }
});
