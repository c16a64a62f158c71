// Requests: who may ask, what is kept byte for byte, what is refused, and answers that need no dream. What the official SDKs
// show is in `host-example/server/conformance`.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { describe, test } from "node:test";

import { Statements, prune, reconcile, score } from "dreaming";

import { TOKEN } from "../edges.mjs";
import { MEMORIES, NOW, transcript } from "../world.mjs";
import { EDGE, OTHERS, asked, begin, contents, document, dreamt, edge, memoriesOf, newStore, registered, sha256, write } from "./edge.mjs";

/** So many bytes as a stream, whose length no header says. */
function unsaid(bytes) {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const some = Math.min(left, 1 << 16);
      left -= some;
      if (some > 0) controller.enqueue(new Uint8Array(some).fill(32));
      else controller.close();
    },
  });
}

/** The status of a request that claims a length, and sends nothing. */
async function claimed(method, path, bytes) {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-length": bytes };
  const asking = request(new URL(path, edge.current.url), { method, headers });
  asking.on("error", () => {}); // it is cut off below
  asking.flushHeaders();
  const [response] = await once(asking, "response");
  asking.destroy();
  return response.statusCode;
}

describe(`the handler in ${EDGE}`, () => {
  test("who has no key gets nothing and leaves nothing", async () => {
    const store = await newStore();
    const count = async () => (await edge.json("GET", "/v1/memory_stores?limit=100")).data.length;
    const before = await count();
    const bearers = ["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN, `Bearer  ${TOKEN}`];
    const wrong = [...bearers.map((authorization) => ({ authorization })), { authorization: "", "x-api-key": "" }, { authorization: "", "x-api-key": TOKEN.slice(1) }];
    const paths = [
      ["GET", "/v1/memory_stores"], ["GET", `/v1/memory_stores/${store}`], ["DELETE", `/v1/memory_stores/${store}`], ["POST", "/v1/memory_stores"],
      ["PUT", "/v1/x/sessions/sesn_1/parts/main"], ["POST", "/v1/dreams"], ["POST", "/v1/x/statements/reconcile"], ["GET", "/nowhere"], ["GET", "/"],
    ];
    const answers = new Set();
    for (const headers of wrong) {
      for (const [method, path] of paths) {
        const body = method === "PUT" || method === "POST" ? '{"name":"a"}' : undefined;
        const response = await edge.ask(method, path, body, headers);
        const { request_id, ...told } = await response.json();
        assert.equal(request_id, response.headers.get("request-id"));
        answers.add(`${response.status} ${JSON.stringify(told)}`);
      }
    }
    const message = "the key is missing, or nobody has it: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`";
    assert.deepEqual([...answers], [`401 ${JSON.stringify({ type: "error", error: { type: "authentication_error", message } })}`]);
    assert.equal(await count(), before);
    for (const headers of [{ authorization: `bearer ${TOKEN}` }, { authorization: "", "x-api-key": TOKEN }]) {
      assert.equal((await edge.ask("GET", `/v1/memory_stores/${store}`, undefined, headers)).status, 200);
    }
  });

  test("what another workspace has looks as if it were not there", async () => {
    const store = await newStore();
    const [session] = await registered(1);
    const dream = await dreamt(store, [session]);
    const theirs = await edge.json("POST", "/v1/memory_stores", { name: "Theirs" }, OTHERS);
    const memory = (await memoriesOf(store))["/notes.md"];
    const paths = [
      ["GET", "/v1/memory_stores/ID", store], ["POST", "/v1/memory_stores/ID", store], ["DELETE", "/v1/memory_stores/ID", store],
      ["GET", "/v1/memory_stores/ID/memories", store], ["GET", "/v1/x/memory_stores/ID/pack", store], ["GET", "/v1/x/memory_stores/ID/revisions", store],
      ["GET", "/v1/sessions/ID", session], ["GET", "/v1/sessions/ID/events", session], ["GET", "/v1/sessions/ID/events/stream", session],
      ["PUT", "/v1/x/sessions/ID/parts/main", session], ["GET", "/v1/dreams/ID", dream.id], ["POST", "/v1/dreams/ID/cancel", dream.id],
      ["GET", "/v1/x/dreams/ID/plan", dream.id], ["GET", "/v1/x/dreams/ID/review", dream.id], ["GET", `/v1/memory_stores/${theirs.id}/memories/ID`, memory.id],
    ];
    for (const [method, path, id] of paths) {
      const tell = async (name) => {
        const response = await edge.ask(method, path.replace("ID", name), method === "GET" || method === "DELETE" ? undefined : "{}", OTHERS);
        return [response.status, (await response.json()).error?.message.replaceAll(name, "ID")];
      };
      assert.deepEqual([path, ...(await tell(id))], [path, ...(await tell(`${id}0`))]);
      assert.equal((await tell(id))[0], 404, path);
    }
    const foreign = await edge.ask("POST", "/v1/dreams", asked(theirs.id, [session]), OTHERS);
    assert.equal(foreign.status, 400);
    assert.match((await foreign.json()).error.message, new RegExp(`no session with the id \`${session}\``));
    for (const list of ["memory_stores", "sessions", "dreams"]) {
      const { data } = await edge.json("GET", `/v1/${list}?limit=100&include_archived=true`, undefined, OTHERS);
      assert.deepEqual(data.map(({ id }) => id), list === "memory_stores" ? [theirs.id] : []);
    }
    // The name of a workspace that a client writes into the header of the Worker is replaced.
    await edge.json("POST", `/v1/memory_stores/${store}/memories`, { path: "/b.md", content: "" }, { "x-dreaming-workspace": "others" });
    const { data } = await edge.json("GET", `/v1/memory_stores/${store}/memory_versions`);
    assert.ok(data.every(({ created_by }) => created_by.api_key_id === "apikey_default"));
  });

  test("memories are kept byte for byte", async () => {
    const store = await newStore([]);
    for (const text of ["\uFEFF# Ä 😀\r\n\n- `a`\u2028- b\t\n", "a\u0000b", ""]) {
      const made = await write(store, `über/ノート-${sha256(text).slice(0, 4)}.md`, text);
      assert.deepEqual([made.content_sha256, made.content_size_bytes], [sha256(text), Buffer.byteLength(text)]);
      assert.equal((await edge.json("GET", `/v1/memory_stores/${store}/memories/${made.id}`)).content, text);
      assert.equal((await edge.json("GET", `/v1/memory_stores/${store}/memory_versions/${made.memory_version_id}`)).content, text);
      const redact = await edge.refusal("POST", `/v1/memory_stores/${store}/memory_versions/${made.memory_version_id}/redact`);
      assert.equal(redact.status, "400 invalid_request_error", "what a memory holds is never taken out");
    }
  });

  test("hostile paths, ids and bodies are refused by the name of a field, and nothing of them is kept", async () => {
    const store = await newStore();
    const sessions = await registered(1);
    const before = await contents(store);
    const dreams = async () => (await edge.json("GET", "/v1/dreams?limit=100&include_archived=true")).data.length;
    const known = await dreams();
    const deep = `{"name":${"[".repeat(100_000)}`;
    const closed = `{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const memory = (path) => ["POST", `/v1/memory_stores/${store}/memories`, { path, content: "x" }, "path: "];
    const dream = (more, field) => ["POST", "/v1/dreams", { ...asked(store, sessions), ...more }, field];
    const stores = (body, field) => ["POST", "/v1/memory_stores", body, field];
    const event = (more) => ["POST", `/v1/sessions/${sessions[0]}/events`, { events: [{ type: "a", ...more }] }, `events[0].${Object.keys(more)[0]}: `];
    const cases = [
      memory("/../../etc/passwd"), memory("etc/passwd"), memory("/a\u0000b.md"), memory("/a\u202eb.md"), memory("/a//b.md"), memory(`/${"a".repeat(1024)}`),
      ["POST", `/v1/memory_stores/${store}/memories`, { path: "/b.md", content: 1 }, "content: "],
      event({ id: "a\u0000b" }), event({ id: "a".repeat(257) }), event({ session_thread_id: "a".repeat(257) }),
      stores("{", "body: "), stores("[]", "body: "), stores("null", "body: "), stores("", "body: "), stores(deep, "body: "), stores(closed, ": must be "),
      stores('{"name":"a","__proto__":{"name":"b"}}', "__proto__: "), stores('{"nmae":"a"}', "nmae: "), stores('{"name":"\\ud800"}', "body: "),
      stores(new Uint8Array([0x22, 0xff, 0x22]), "body: "), stores({ name: "a", metadata: { k: 1 } }, "metadata.k: "), stores({ name: 1 }, "name: "),
      dream({ x_policy: { "no.such-setting": 1 } }, "x_policy: "), dream({ x_policy: { "round.sessions": 1e99 } }, "x_policy: "), dream({ x_policy: [] }, "x_policy: "),
      dream({ x_batch: true }, "x_batch: must be `false`: the worker has no batches"),
      dream({ x_budget: { dollars: 1 } }, "x_budget: must be left out: the worker counts no dollars; limit `propose.max-calls`"), dream({ model: "openai:x" }, "model: `openai:x` cannot be asked: set OPENAI_API_KEY"),
      dream({ model: { id: "x_none", speed: "fast" } }, "model.speed: "), dream({ output_behavior: { type: "other" } }, "output_behavior.type: "),
      dream({ inputs: [{ type: "memory_store", memory_store_id: store, more: 1 }] }, "inputs[0].more: "),
      ["GET", `/v1/memory_stores/${store}/memories?limit=0`, undefined, "limit: "], ["GET", "/v1/dreams?page=page_*", undefined, "page: "],
      ["GET", `/v1/x/memory_stores/${store}/pack?budget=-1`, undefined, "budget: "], ["GET", "/v1/sessions?created_at[gte]=2026-02-30", undefined, "created_at[gte]: "],
      ["POST", `/v1/x/memory_stores/${store}/revert`, { revision: "nothing" }, "revision: "],
      ["PUT", `/v1/x/sessions/${sessions[0]}/parts/${encodeURIComponent("../main")}`, transcript("s000"), "name: "],
      ["GET", "/v1/memory_stores/%E0%A4%A", undefined, "path: "],
      ["POST", "/v1/x/statements/score", { statements: [{ id: "a" }] }, "body: "], ["POST", "/v1/x/statements/prune", { statements: [] }, "budget: "],
    ];
    for (const [method, path, body, field] of cases) {
      const { status, message } = await edge.refusal(method, path, body);
      assert.equal(status, "400 invalid_request_error", `${path} ${JSON.stringify(body)?.slice(0, 80)}: ${message}`);
      assert.ok(message.includes(field), `${message} names no ${field}`);
    }
    for (const [method, path] of [["GET", "/v2/dreams"], ["GET", `/v1/memory_stores/${store}/nothing`], ["POST", "/v1/x/statements/forget"], ["GET", "/v1/memory_stores/"]]) {
      assert.equal((await edge.refusal(method, path, method === "POST" ? "{}" : undefined)).status, "404 not_found_error", path);
    }
    for (const [method, path, allowed] of [["PUT", "/v1/dreams", "GET,HEAD,POST"], ["GET", "/v1/x/statements/score", "POST"]]) {
      const body = method === "PUT" ? "{}" : undefined;
      assert.equal((await edge.refusal(method, path, body)).status, "405 invalid_request_error", path);
      assert.equal((await edge.ask(method, path, body)).headers.get("allow"), allowed, path);
    }
    assert.deepEqual(await contents(store), before);
    assert.equal(await dreams(), known);
  });

  test("what is over a limit is a 413, and nothing of it stays", async () => {
    const [session] = await registered(1);
    const part = `/v1/x/sessions/${session}/parts/main`;
    const pieces = async () => {
      const [{ all, stray }] = await edge.current.sql(
        `SELECT COUNT(*) AS 'all', SUM(upload NOT IN (SELECT upload FROM session_parts)) AS stray FROM pieces`,
      );
      const [{ open }] = await edge.current.sql("SELECT COUNT(*) AS open FROM uploads");
      return { all, stray, open };
    };
    const before = await pieces();
    // Bodies that do not say how long they are, one byte too long: they are read up to there.
    for (const [method, path, bytes] of [["POST", "/v1/memory_stores", 1 << 20], ["POST", "/v1/dreams", 1 << 20]]) {
      assert.equal((await edge.refusal(method, path, unsaid(bytes + 1))).status, "413 invalid_request_error");
    }
    const file = transcript("s000");
    const long = () => new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(file));
        for await (const some of unsaid((32 << 20) + 1 - file.length)) controller.enqueue(some);
        controller.close();
      },
    });
    assert.equal((await edge.refusal("PUT", part, long())).status, "413 invalid_request_error");
    assert.deepEqual(await pieces(), before);
    // One that says that it is far too long is refused before it is sent.
    assert.equal(await claimed("POST", "/v1/dreams", 1e9), 413);
    assert.equal(await claimed("PUT", part, 1e9), 413);
    const kept = await edge.json("PUT", part, file + " ".repeat(2_500_000));
    assert.deepEqual([kept.size_bytes, kept.format], [file.length + 2_500_000, "claude-code"]);
    assert.deepEqual(await pieces(), { all: before.all + 2, stray: 0, open: 0 });
  });

  test("what the engine does not take is kept, left as it is, and told", async () => {
    const others = { "/data.json": "{}", "/.git/config": "x", "/.claude/a.md": "- A.\n", "/a\\b.md": "- B.\n", "/notes": "- C.\n" };
    const store = await newStore();
    for (const [path, text] of Object.entries(others)) await write(store, path.slice(1), text);
    const dream = await dreamt(store, await registered(4));
    const after = await contents(dream.outputs[0].memory_store_id);
    for (const [path, text] of Object.entries(others)) assert.equal(after[path], text, path);
    const pinned = JSON.parse(await document(dream, "plan")).policy["pins.paths"];
    assert.deepEqual([...pinned].sort(), Object.keys(others).map((path) => path.slice(1)).sort());
    const { data } = await edge.json("GET", `/v1/sessions/${dream.session_id}/events?limit=100`);
    const told = data.filter(({ type }) => type === "agent.message").map(({ content: [{ text }] }) => text);
    for (const path of Object.keys(others)) assert.ok(told.some((line) => line.startsWith(`Left as it is: ${path} (`)), path);
  });

  test("an event is kept with numbers that JavaScript cannot hold", async () => {
    const { id } = await edge.json("POST", "/v1/sessions", { agent: "a", environment_id: "e", metadata: { x_import: "true" } });
    const input = '{"id":12345678901234567890,"share":0.25,"__proto__":1}';
    const sent = await edge.ask("POST", `/v1/sessions/${id}/events`, `{"events":[{"type":"agent.tool_use","name":"get","input":${input}}]}`);
    assert.equal(sent.status, 200);
    assert.ok((await (await edge.ask("GET", `/v1/sessions/${id}/events`)).text()).includes(`"input":${input}`));
    await edge.json("POST", `/v1/sessions/${id}/archive`);
    assert.ok((await (await edge.ask("GET", `/v1/sessions/${id}/events/stream`)).text()).includes(`"input":${input}`));
    const refused = await edge.refusal("POST", "/v1/memory_stores", '{"name":"a","metadata":12345678901234567890}');
    assert.match(refused.message, /^metadata: must be an object/);
  });

  test("a stream shows what there is, follows what comes, and ends with the session", async () => {
    const { id } = await edge.json("POST", "/v1/sessions", { agent: "a", environment_id: "e" });
    const send = (text) => edge.json("POST", `/v1/sessions/${id}/events`, { events: [{ type: "user.message", content: [{ type: "text", text }] }] });
    await send("one");
    const response = await edge.ask("GET", `/v1/sessions/${id}/events/stream`);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    let all = "";
    const read = (async () => {
      for await (const some of response.body) all += new TextDecoder().decode(some);
    })();
    const until = async (text) => {
      for (let tried = 0; !all.includes(text); tried += 1) {
        assert.ok(tried < 300, all);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until('"one"');
    await send("two");
    await until('"two"');
    await edge.json("POST", `/v1/sessions/${id}/archive`);
    await read;
    assert.equal(all.match(/^event: user\.message\ndata: \{.*\}\n\n/gm).length, 2);
  });

  test("a dream that loses an input fails at once, by its name", async () => {
    const sessions = await registered(2);
    const lost = async (lose) => {
      const store = await newStore();
      const { id } = await begin(store, sessions);
      await edge.json("GET", `/v1/dreams/${id}`);
      await lose(store);
      const { data } = await edge.json("GET", "/v1/dreams?limit=100");
      const { status, error, outputs } = data.find((dream) => dream.id === id);
      assert.deepEqual([status, outputs.length], ["failed", 1]);
      assert.equal((await contents(outputs[0].memory_store_id))["/notes.md"], MEMORIES[0].text, "what there is of it is kept");
      return error.type;
    };
    assert.equal(await lost((store) => edge.json("POST", `/v1/memory_stores/${store}/archive`)), "input_memory_store_unavailable");
    assert.equal(await lost((store) => edge.json("DELETE", `/v1/memory_stores/${store}`)), "input_memory_store_unavailable");
    assert.equal(await lost(() => edge.json("DELETE", `/v1/sessions/${sessions[0]}`)), "input_session_unavailable");
  });

  test("statements are related, weighed and chosen as by the package", async () => {
    const list = [
      { id: "a", text: "The shop listens on port 80.", subject: "shop port", said: NOW - 86_400_000 },
      { id: "b", text: "The shop listens on port 8080.", subject: "shop port", said: NOW },
      { id: "c", text: "Run the formatter before every commit of yours." },
      { id: "d", text: "Run the formatter before every commit of yours.", support: { sessions: 3, agents: 1, days: 2 } },
    ];
    const all = Statements.from(list);
    const options = { now: NOW, budget: 20, without: ["a"] };
    const body = { statements: list };
    const { relations } = await edge.json("POST", "/v1/x/statements/reconcile", body);
    assert.deepEqual(relations.map(({ tie }) => tie).sort(), ["same", "updates"]);
    assert.deepEqual(relations, reconcile(all));
    assert.deepEqual((await edge.json("POST", "/v1/x/statements/score", { ...body, now: NOW })).scores, score(all, { now: NOW }));
    const written = { ...options, now: new Date(NOW).toISOString() };
    assert.deepEqual((await edge.json("POST", "/v1/x/statements/prune", { ...body, ...written })).kept, prune(all, options));
    all.free();
  });
});
