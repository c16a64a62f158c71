// What a strict host writes compiles: `undefined` for what is optional, and the body of a response.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { MemoryStore, Snapshot, apply, dream, pack } from "../dist/node.js";
import { NOW, shop } from "./world.mjs";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const SOURCE = `
import * as d from ${JSON.stringify(join(PACKAGE, "dist/index.js"))};

export function options(
  store: d.Store, model?: d.Model, signal?: AbortSignal, now?: number, policy?: d.Policy, text?: string,
  mode?: "auto", onProgress?: (progress: d.Progress) => void,
): d.DreamOptions {
  return { store, model, signal, now, policy, instructions: text, mode, onProgress, concurrency: now };
}
export function request(policy?: d.Policy, text?: string): d.Request {
  return { now: 0, policy, instructions: text, sessions: [{ id: "s", agent: text, principal: text, parts: [] }] };
}
export function contents(head?: string, observedAt?: number): d.Contents {
  return { salt: "", head, memories: [{ path: "a.md", text: "", observedAt }], ledger: [], revisions: [] };
}
export function opened(head?: string, checkpoint?: string): d.Opened {
  return { salt: "", head, checkpoint };
}
export function decision(edits?: d.Rewording[]): d.Decision {
  return { accept: { tag: "auto" }, reject: [], edits, reviewer: "", note: "", now: 0 };
}
export function memory(salt?: string, agent?: string, memories?: d.Memory[], sessions?: d.StoredSession[]): d.MemoryStore {
  const session = { id: "s", agent, principal: agent, parts: {} };
  return new d.MemoryStore({ salt, memories, sessions: sessions ?? [session] });
}
export function load(snapshot: d.Snapshot, query?: string, principal?: string): d.Packed[] {
  return d.pack(snapshot, { query, budget: 1, principal });
}
export const read: d.Store["read"] = async (session, part, { signal }) => (await fetch(session + part, { signal })).body;
`;

test("a strict host compiles", () => {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-types-"));
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022",
    "--lib", "es2022,dom,dom.asynciterable", "--types", "", "--ignoreConfig"];
  try {
    const file = join(folder, "host.ts");
    writeFileSync(file, SOURCE);
    execFileSync(process.execPath, [join(PACKAGE, "node_modules/typescript/bin/tsc"), ...flags, file], { stdio: "pipe" });
  } catch (error) {
    assert.fail(String(error.stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("`undefined` is as good as absent", async () => {
  const none = undefined;
  const store = new MemoryStore({ salt: none, memories: [{ path: "a.md", text: "- One.\n", observedAt: none }],
    sessions: [{ id: "s", agent: none, principal: none, parts: { main: "{}\n" } }] });
  const { plan } = await dream({ store, now: NOW, model: none, mode: none, policy: { "round.sessions": none },
    instructions: none, signal: none, concurrency: none, onProgress: none });
  const snapshot = Snapshot.from({ salt: "", head: none, memories: store.memories(), ledger: [], revisions: [] });
  assert.equal(pack(snapshot, { query: none, budget: 100, principal: none }).length, 1);
  const decision = { accept: { tag: "auto" }, reject: [], edits: none, reviewer: "", note: "", now: NOW };
  assert.throws(() => apply(snapshot, plan, decision), { code: "stale" });
});

test("a part whose body is `null` cannot be read", async () => {
  const store = shop();
  store.read = () => null;
  const { plan, report } = await dream({ store, now: NOW });
  assert.equal(JSON.parse(report).sessions_pending, 5);
  assert.match(JSON.parse(plan).sessions[0].outcome.reason, /^part `main`: it has no bytes$/);
});
