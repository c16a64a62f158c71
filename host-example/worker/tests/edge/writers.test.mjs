// Several who write at once, and what is decided meanwhile: nothing is overwritten that somebody has not seen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { verify } from "dreaming";

import { NOW, ids, inOneGo, transcript } from "../world.mjs";
import { EDGE, edge, exported, fill, fresh, planned, play, sha256 } from "./edge.mjs";

describe(`the handler in ${EDGE}`, () => {
  test("two decisions about one plan: one is done, one is a conflict; then back, byte for byte", async () => {
    const { store, dream, review } = await planned();
    const before = await exported(store);
    const chosen = review.changes.filter(({ kind, text }) => kind !== "index" && text !== undefined);
    const [first, second] = chosen;
    const decision = {
      revision: review.revision,
      accept: [first.id],
      reject: [second.id],
      edits: [{ change: first.id, text: "In our own words, always." }],
      reviewer: "mira",
      note: "looked at",
    };
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, revision: "other" }), "409 conflict");
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, accept: ["nothing"] }), "400 invalid-request");
    const path = `${store}/dreams/${dream.id}/decision`;
    const both = await Promise.all([edge.ask("POST", path, decision), edge.ask("POST", path, decision)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    const after = await exported(store);
    assert.ok(after.memories.some(({ text }) => text.includes("In our own words, always.")));
    const { data } = await edge.json("GET", `${store}/revisions`);
    assert.deepEqual(data.map(({ number }) => number), [1, 2]);
    let parent;
    for (const { number, revision } of data) {
      const record = await (await edge.ask("GET", `${store}/revisions/${number}`)).text();
      assert.equal(verify(record, parent), revision);
      parent = record;
    }
    // A second dream finds nothing new to read, and does not propose again what was rejected.
    const again = await edge.json("POST", `${store}/dreams`, { now: NOW + 1 });
    assert.equal(again.sessions, 0);
    const done = await play(store, again.id);
    const left = done.status === "waiting" ? (await edge.json("GET", `${store}/dreams/${again.id}/changes`)).changes : [];
    assert.ok(!left.some(({ id }) => id === second.id));
    if (done.status === "waiting") await edge.json("DELETE", `${store}/dreams/${again.id}`);
    const { revision } = await edge.json("GET", store);
    assert.equal(await edge.refusal("POST", `${store}/revert`, { to: data[0].revision, revision: data[0].revision, reviewer: "mira" }), "409 conflict");
    await edge.json("POST", `${store}/revert`, { to: data[0].revision, revision, reviewer: "mira", note: "back" });
    assert.deepEqual((await exported(store)).memories, before.memories);
  });

  test("who writes while a plan waits is not overwritten: the plan is made again", async () => {
    const { store, dream, review } = await planned();
    const words = "# Notes\n\n- Everything here is new.\n";
    await edge.json("PUT", `${store}/memories/notes.md`, words);
    const decision = { revision: review.revision, accept: "all", reviewer: "mira" };
    assert.equal(await edge.refusal("POST", `${store}/dreams/${dream.id}/decision`, decision), "409 conflict");
    assert.equal(await (await edge.ask("GET", `${store}/memories/notes.md`)).text(), words);
    const anew = await edge.json("GET", `${store}/dreams/${dream.id}/changes`);
    assert.notEqual(anew.revision, review.revision);
    assert.ok(anew.changes.length >= 1);
    const done = await edge.json("POST", `${store}/dreams/${dream.id}/decision`, { ...decision, revision: anew.revision });
    assert.equal(done.status, "done");
    const text = await (await edge.ask("GET", `${store}/memories/notes.md`)).text();
    assert.ok(text.includes("Everything here is new."));
    assert.equal((await edge.json("GET", store)).revision, done.committed);
  });

  test("who writes while a dream runs is not overwritten, and the dream goes on over what it began with", async () => {
    const store = fresh();
    const sessions = ids(20);
    await fill(store, sessions);
    const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW });
    assert.equal(await edge.refusal("POST", `${store}/dreams`, {}), "409 conflict");
    assert.equal(await edge.refusal("PUT", `${store}/sessions/s001/parts/main`, "x"), "409 conflict");
    assert.equal(await edge.refusal("DELETE", `${store}/sessions/s001`), "409 conflict");
    await play(store, id, async (round) => {
      await edge.json("PUT", `${store}/memories/notes.md`, `- Round ${round}.\n`);
      await edge.json("PUT", `${store}/sessions/later-${round}/parts/main`, transcript("s099"));
    });
    const { salt } = await exported(store);
    const once = await inOneGo({ salt, sessions, policy: {} });
    assert.equal(await (await edge.ask("GET", `${store}/dreams/${id}/plan`)).text(), once.plan);
    assert.match(await (await edge.ask("GET", `${store}/memories/notes.md`)).text(), /^- Round \d+\.\n$/);
    const listed = await edge.json("GET", `${store}/sessions?limit=2&after=s018`);
    assert.deepEqual(listed.data.map((session) => session.id), ["s019"]);
  });

  test("writers that meet: one of those who replace a text is done, and all that write others are", async () => {
    const store = fresh();
    let kept = "0";
    await edge.json("PUT", `${store}/memories/a.md`, kept);
    // Again and again: who looks and then writes without holding on to what he saw is caught now and then only.
    for (let round = 0; round < 10; round += 1) {
      const match = { "if-match": `"${sha256(kept)}"` };
      const replaced = await Promise.all(ids(12).map((id) => edge.ask("PUT", `${store}/memories/a.md`, `${round}-${id}`, match)));
      assert.deepEqual(replaced.map(({ status }) => status).sort(), [200, ...Array(11).fill(409)]);
      kept = await (await edge.ask("GET", `${store}/memories/a.md`)).text();
      const answers = await Promise.all(replaced.map(async (response) => await response.json()));
      assert.ok(answers.some((answer) => answer.sha256 === sha256(kept)));
    }
    await Promise.all(ids(12).map((id) => edge.json("PUT", `${store}/memories/${id}.md`, id)));
    await Promise.all(ids(12).map((id) => edge.json("PUT", `${store}/sessions/one/parts/subagents/${id}.jsonl`, id)));
    assert.equal((await edge.json("GET", `${store}/memories`)).data.length, 13);
    assert.equal((await edge.json("GET", `${store}/sessions/one`)).parts.length, 12);
    const started = await Promise.all([1, 2, 3].map(() => edge.ask("POST", `${store}/dreams`, {})));
    assert.deepEqual(started.map(({ status }) => status).sort(), [202, 409, 409]);
  });
});
