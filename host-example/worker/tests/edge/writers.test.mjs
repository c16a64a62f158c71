// Several who write at once, and what is decided meanwhile: nothing is overwritten that somebody has not seen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { verify } from "dreaming";

import { ids, transcript } from "../world.mjs";
import { EDGE, begin, contents, document, edge, memoriesOf, newSessions, newStore, once, planned, play, registered, sha256, write } from "./edge.mjs";

describe(`the handler in ${EDGE}`, () => {
  test("two decisions about one plan: one is done, one is a conflict; then back, byte for byte", async () => {
    const { store, dream, review } = await planned();
    const before = await contents(store);
    const [first, second] = review.changes.filter(({ operation, text }) => operation === "add" && text);
    const decision = {
      digest: review.digest,
      accept: [first.id],
      reject: [second.id],
      edits: [{ change: first.id, text: "In our own words, always." }],
      note: "looked at",
    };
    const path = `/v1/x/dreams/${dream.id}/review`;
    assert.equal((await edge.refusal("POST", path, { ...decision, digest: "0".repeat(64) })).status, "409 conflict_error");
    assert.match((await edge.refusal("POST", path, { ...decision, digest: "other" })).message, /^digest: must have 64 hexadecimal digits/);
    assert.equal((await edge.refusal("POST", path, { ...decision, accept: ["nothing"] })).status, "400 invalid_request_error");
    const both = await Promise.all([edge.ask("POST", path, decision), edge.ask("POST", path, decision)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    assert.ok(both.every(({ status, headers }) => status === 200 || headers.get("x-should-retry") === "false"));
    assert.ok(Object.values(await contents(store)).some((text) => text.includes("In our own words, always.")));
    const { data } = await edge.json("GET", `/v1/x/memory_stores/${store}/revisions`);
    const rows = await edge.current.sql(`SELECT id, record FROM revisions WHERE store = '${store}' ORDER BY number`);
    assert.deepEqual(data.map(({ id }) => id), rows.map(({ id }) => id).reverse());
    let parent;
    for (const { id, record } of rows) {
      assert.equal(verify(record, parent), id);
      parent = record;
    }
    // A second dream over what was read proposes nothing again that was rejected.
    const again = await play(await begin(store, dream.inputs[1].session_ids, { update: true }));
    const left = JSON.parse(await document(again, "review")).changes;
    assert.ok(!left.some(({ id }) => id === second.id));
    const back = await edge.json("POST", `/v1/x/memory_stores/${store}/revert`, { revision: data[1].id, note: "back" });
    assert.equal(back.memory_store_id, store);
    assert.deepEqual(await contents(store), before);
  });

  test("a store goes back to a memory where a folder is now", async () => {
    const store = await newStore([]);
    const { id } = await write(store, "notes.md", "- The staging host is blue.\n");
    await play(await begin(store, await registered(1), { update: true }));
    const before = await contents(store);
    const { data } = await edge.json("GET", `/v1/x/memory_stores/${store}/revisions`);
    await edge.json("POST", `/v1/memory_stores/${store}/memories/${id}`, { path: "/notes.md/blue.md" });
    await edge.json("POST", `/v1/x/memory_stores/${store}/revert`, { revision: data[0].id });
    assert.deepEqual(await contents(store), before);
  });

  test("a revert brings nothing back that was redacted before it", async () => {
    const secrets = Array.from({ length: 150 }, (_, n) => ({ path: `m${n}.md`, text: `- The secret number ${n} is hunter${n}.\n` }));
    const store = await newStore(secrets);
    await play(await begin(store, await registered(1), { update: true }));
    const { data } = await edge.json("GET", `/v1/x/memory_stores/${store}/revisions`);
    const held = Object.values(await memoriesOf(store)).filter(({ path }) => path.startsWith("/m"));
    const own = `/v1/memory_stores/${store}`;
    for (const { id } of held) await edge.json("POST", `${own}/memories/${id}`, { content: "- Nothing.\n" });
    const revert = edge.ask("POST", `/v1/x/memory_stores/${store}/revert`, { revision: data[0].id });
    const redacted = held.map(async ({ memory_version_id: version }, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 1.5));
      return (await edge.ask("POST", `${own}/memory_versions/${version}/redact`)).status;
    });
    assert.ok([200, 400].includes((await revert).status));
    assert.ok((await Promise.all(redacted)).every((status) => status === 200));
    const back = await edge.current.sql(
      "SELECT m.path FROM memory_versions old JOIN memories m ON m.id = old.memory JOIN memory_versions new ON new.id = m.version " +
        `WHERE old.store = '${store}' AND old.redacted_at < new.created_at AND instr(CAST(new.content AS TEXT), 'hunter') > 0`,
    );
    assert.deepEqual(back, []);
  });

  test("who writes while a dream runs is not overwritten, and the dream goes on over what it began with", async () => {
    const store = await newStore();
    const files = ids(20).map(transcript);
    const sessions = await newSessions(files);
    const memories = await memoriesOf(store);
    const begun = await begin(store, sessions);
    const held = await begin(store, sessions, { update: true });
    const asked = { inputs: held.inputs, model: "x_none", output_behavior: held.output_behavior };
    const refused = await edge.refusal("POST", "/v1/dreams", asked);
    assert.deepEqual([refused.status, refused.message.includes(held.id)], ["409 conflict_error", true]);
    assert.equal((await edge.refusal("PUT", `/v1/x/sessions/${sessions[1]}/parts/main`, files[1])).status, "409 conflict_error");
    const dream = await play(begun, async (round) => {
      // The copy is what the dream writes; somebody else writes into it, too.
      const { outputs } = (await edge.json("GET", "/v1/dreams?limit=100")).data.find(({ id }) => id === begun.id);
      const output = outputs[0].memory_store_id;
      const { "/notes.md": notes } = await memoriesOf(output);
      await edge.json("POST", `/v1/memory_stores/${output}/memories/${notes.id}`, { content: `- Round ${round}.\n` });
    });
    assert.equal(dream.status, "completed", JSON.stringify(dream));
    const after = await contents(dream.outputs[0].memory_store_id);
    assert.match(after["/notes.md"], /^- Round \d+\.\n$/);
    assert.match(after["/learned/preferences.md"], /always use tabs/);
    const whole = await once(dream, memories, files, { policy: {} });
    assert.equal(await document(dream, "report"), whole.report);
    assert.equal((await play(held)).status, "completed");
  });

  test("writers that meet: one of those who replace a text is done, and all that write others are", async () => {
    const store = await newStore([]);
    let kept = "0";
    const { id } = await write(store, "a.md", kept);
    const path = `/v1/memory_stores/${store}/memories`;
    // Again and again: who looks and then writes without holding on to what he saw is caught now and then only.
    for (let round = 0; round < 10; round += 1) {
      const precondition = { type: "content_sha256", content_sha256: sha256(kept) };
      const replaced = await Promise.all(ids(12).map((name) => edge.ask("POST", `${path}/${id}`, { content: `${round}-${name}`, precondition })));
      assert.deepEqual(replaced.map(({ status }) => status).sort(), [200, ...Array(11).fill(409)]);
      ({ content: kept } = await edge.json("GET", `${path}/${id}`));
      const done = await replaced.find(({ status }) => status === 200).json();
      assert.equal(done.content_sha256, sha256(kept));
    }
    const made = await Promise.all(ids(12).map((name) => edge.ask("POST", path, { path: "/same.md", content: name })));
    assert.deepEqual(made.map(({ status }) => status).sort(), [200, ...Array(11).fill(409)]);
    await Promise.all(ids(12).map((name) => write(store, `${name}.md`, name)));
    assert.equal(Object.keys(await contents(store)).length, 14);
    const { data } = await edge.json("GET", `/v1/memory_stores/${store}/memory_versions?limit=100`);
    assert.equal(data.length, 24);
    const [session] = await registered(1);
    const part = (name) => edge.json("PUT", `/v1/x/sessions/${session}/parts/${name}.jsonl`, transcript(name));
    await Promise.all(ids(12).map(part));
    const [{ found }] = await edge.current.sql(`SELECT COUNT(*) AS found FROM session_parts WHERE session = '${session}'`);
    assert.equal(found, 13);
    const [{ pieces }] = await edge.current.sql("SELECT COUNT(*) AS pieces FROM pieces WHERE upload NOT IN (SELECT upload FROM session_parts)");
    assert.equal(pieces, 0);
    const started = await Promise.all([1, 2, 3].map(() => edge.ask("POST", "/v1/dreams", { ...dreamOver(store, session) })));
    assert.deepEqual(started.map(({ status }) => status).sort(), [200, 409, 409]);
  });
});

function dreamOver(store, session) {
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: [session] }];
  return { inputs, model: "x_none", output_behavior: { type: "update_existing", memory_store_id: store } };
}
