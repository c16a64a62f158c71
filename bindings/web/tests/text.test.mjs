// Texts keep every byte on their way in and out, also where `encodeInto` does not (node >= 25.4).

import assert from "node:assert/strict";
import { test } from "node:test";

import { Dream, Snapshot, apply, changes, detect, diff, entries, observe } from "../dist/node.js";
import { NOW, message } from "./world.mjs";

/** 40 ASCII characters and 6 Cyrillic ones are the shortest text that node 25.4 is known to cut. */
const TEXTS = [
  `${"a".repeat(40)}привет`,
  `${"я".repeat(33)}`,
  "日本語のテキスト、中文，한국어".repeat(9),
  `emoji ${"👩‍👩‍👧‍👦".repeat(9)} end`,
  `combining ${"e\u0301".repeat(40)}`,
  `\ufeffa mark in front ${"ß".repeat(40)}`,
  `controls \u0000 \u0001 \u001f \u007f \u0085 \u2028 ${"é".repeat(40)}`,
  `quotes " \\ / \\ud800 \\u0000 ${"ü".repeat(40)}`,
  `private \ue000 \uffff \u{10ffff} ${"ö".repeat(40)}`,
];

test("the text of a memory keeps every byte", () => {
  for (const [index, body] of TEXTS.entries()) {
    const text = `- ${body}\n`;
    const path = `заметки/${"п".repeat(40)}-${index}.md`;
    const snapshot = Snapshot.from({ salt: body, memories: [{ path, text }], ledger: [], revisions: [] });
    const empty = new Snapshot("");
    assert.deepEqual(diff(empty, snapshot), [{ path, after: text }]);
    assert.deepEqual(observe(snapshot, NOW).memories.map((write) => [write.path, write.text]), [[path, text]]);
    assert.ok(entries(snapshot, 0, 9).length > 0);
    snapshot.free();
    empty.free();
  }
});

test("ids, names, reasons, prompts, answers, policies and decisions keep every byte", () => {
  // Control characters are escaped or turned down here and there; the rest must come back.
  for (const text of TEXTS.filter((body) => !/[\u0000-\u001f]/.test(body))) {
    const snapshot = new Snapshot(text);
    const parts = [{ name: text, bytes: 1 }];
    const request = {
      now: NOW,
      instructions: text,
      policy: { "pins.entries": [text], "propose.max-calls": 1 },
      sessions: [{ id: text, agent: text, principal: text, parts }, { id: `x${text}`, parts }],
    };
    const dream = Dream.start(request, snapshot);
    const kept = JSON.parse(dream.checkpoint()).request;
    assert.deepEqual(kept, { ...request, sessions: kept.sessions });
    assert.deepEqual(dream.poll().val.map(({ session }) => session).sort(), [text, `x${text}`].sort());
    const line = message("s", 0, "user", `Remember: ${text}`);
    dream.feed(text, text, new TextEncoder().encode(line), true);
    dream.miss(`x${text}`, text);
    const [call] = dream.poll().val;
    assert.ok(call.prompt.includes(text), "the prompt");
    dream.answer(call.id, { tag: "failed", val: text });
    const { plan } = dream.poll().val;
    const outcomes = Object.fromEntries(JSON.parse(plan).sessions.map(({ session, outcome }) => [session, outcome]));
    assert.equal(outcomes[`x${text}`].reason, text);
    assert.equal(outcomes[text].record.notes.agent, text);
    assert.equal(outcomes[text].record.parts[0].name, text);
    const decision = { accept: { tag: "auto" }, reject: [], reviewer: text, note: text, now: NOW };
    const { reviewer, note } = JSON.parse(apply(snapshot, plan, decision).record);
    assert.deepEqual([reviewer, note], [text, text]);
    for (const { evidence } of changes(plan)) assert.equal(evidence[0].session, text);
    dream.free();
    snapshot.free();
  }
});

test("a transcript is recognised and counted, in chunks that cut characters", () => {
  const bytes = new TextEncoder().encode(TEXTS.map((text, n) => message("s", n, "user", text)).join(""));
  assert.equal(detect(bytes), "claude-code");
  assert.equal(detect(new TextEncoder().encode("Dear diary")), undefined);
  const read = (size) => {
    const snapshot = new Snapshot("");
    const parts = [{ name: "main", bytes: bytes.length }];
    const dream = Dream.start({ now: NOW, sessions: [{ id: "s", parts }] }, snapshot);
    dream.poll();
    for (let at = 0; at < bytes.length; at += size) {
      dream.feed("s", "main", bytes.subarray(at, at + size), at + size >= bytes.length);
    }
    const { plan } = dream.poll().val;
    dream.free();
    snapshot.free();
    return plan;
  };
  assert.equal(read(1), read(1 << 20));
  const { account, format } = JSON.parse(read(1)).sessions[0].outcome.record.notes;
  assert.deepEqual([format, account.lines, account.not_utf8, account.not_json], ["claude-code", TEXTS.length, 0, 0]);
});
