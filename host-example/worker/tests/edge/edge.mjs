// An edge for the tests of a file, which EDGE names: `workerd` or `bun`. What is tested here holds in every edge. A look at a
// dream does its next round (`DRIVE=requests`).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { start } from "../edges.mjs";
import { MEMORIES, ids, inOneGo, service, transcript } from "../world.mjs";

/** Which edge it is. */
export const EDGE = process.env.EDGE ?? "workerd";
/** The model of dreams that ask one. */
export const MODEL = "anthropic:fake";
/** The edge, from the first test on. */
export let edge;
/** The service of its model. */
export let model;

const folder = mkdtempSync(join(tmpdir(), `dreaming-${EDGE}-`));
const TOKENS = JSON.stringify({ "the key of others": "others" });
/** Headers of somebody who has a key of another workspace. */
export const OTHERS = { authorization: "Bearer the key of others" };

before(async () => {
  model = await service();
  const settings = { DRIVE: "requests", TOKENS, ANTHROPIC_API_KEY: "none", ANTHROPIC_URL: model.url };
  edge = await start(EDGE, { folder, settings });
});

after(async () => {
  await edge?.stop();
  model?.close();
  rmSync(folder, { recursive: true });
});

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Makes a store with these memories. Returns its id. */
export async function newStore(memories = MEMORIES) {
  const { id } = await edge.json("POST", "/v1/memory_stores", { name: "Shop" });
  for (const { path, text } of memories) await write(id, path, text);
  return id;
}

/** Makes a memory; `path` has no `/` at its beginning. */
export async function write(store, path, content) {
  return await edge.json("POST", `/v1/memory_stores/${store}/memories`, { path: `/${path}`, content });
}

/** The memories of a store, by their paths. */
export async function memoriesOf(store) {
  const found = [];
  for (let page = ""; page !== null; ) {
    const next = await edge.json("GET", `/v1/memory_stores/${store}/memories?view=full${page && `&page=${page}`}`);
    found.push(...next.data);
    page = next.next_page;
  }
  return Object.fromEntries(found.map((memory) => [memory.path, memory]));
}

/** The contents of the memories of a store, by their paths. */
export async function contents(store) {
  return Object.fromEntries(Object.entries(await memoriesOf(store)).map(([path, { content }]) => [path, content]));
}

/** Makes sessions with a file each. Returns their ids, sorted. */
export async function newSessions(files) {
  const made = [];
  for (const file of files) {
    const { id } = await edge.json("POST", "/v1/sessions", { agent: "coder", environment_id: "env", metadata: { x_import: "true" } });
    await edge.json("PUT", `/v1/x/sessions/${id}/parts/main`, file);
    made.push(id);
  }
  return made.sort();
}

/** As {@link newSessions}, with the transcripts of so many sessions. */
export const registered = (count) => newSessions(ids(count).map(transcript));

/** What is asked of a dream: into a new store and without a model unless `more` says otherwise. */
export function asked(store, sessions, { update = false, ...more } = {}) {
  const inputs = [{ type: "memory_store", memory_store_id: store }, { type: "sessions", session_ids: sessions }];
  const into = update ? { output_behavior: { type: "update_existing", memory_store_id: store } } : {};
  return { inputs, model: "x_none", ...into, ...more };
}

/** Begins a dream. */
export async function begin(store, sessions, more) {
  return await edge.json("POST", "/v1/dreams", asked(store, sessions, more));
}

/** Does rounds until the dream is over; `between` is called after each. */
export async function play({ id }, between = async () => {}) {
  for (let round = 1; round < 100; round += 1) {
    const dream = await edge.json("GET", `/v1/dreams/${id}`);
    if (!["pending", "running"].includes(dream.status)) return dream;
    await between(round);
  }
  throw new Error("the dream does not end");
}

/** As {@link begin} and {@link play}, of a dream that is completed. */
export async function dreamt(store, sessions, more) {
  const dream = await play(await begin(store, sessions, more));
  assert.equal(dream.status, "completed", JSON.stringify(dream));
  return dream;
}

/** A document of a dream. */
export async function document(dream, name) {
  return await (await edge.ask("GET", `/v1/x/dreams/${dream.id}/${name}`)).text();
}

/** A store with a plan over it, that has something to decide. */
export async function planned(count = 14) {
  const store = await newStore();
  const dream = await dreamt(store, await registered(count), { update: true });
  const review = JSON.parse(await document(dream, "review"));
  assert.ok(review.changes.length >= 2, `only ${review.changes.length} changes`);
  return { store, dream, review };
}

/** A number of the row of a dream that no route shows. */
export async function counted(dream, name) {
  const [row] = await edge.current.sql(`SELECT ${name} AS found FROM dreams WHERE id = '${dream.id}'`);
  return row.found;
}

/**
 * What the npm package makes in one go of what a dream was asked for. `memories` are those of its store as it began, by
 * their paths.
 */
export async function once(dream, memories, files, more) {
  const [{ salt }] = await edge.current.sql(`SELECT salt FROM memory_stores WHERE id = '${dream.outputs[0].memory_store_id}'`);
  const known = Object.values(memories).map(({ path, content, updated_at }) => {
    return { path: path.slice(1), text: content, observedAt: Date.parse(updated_at) };
  });
  const sessions = dream.inputs[1].session_ids.map((id, at) => ({ id, agent: "coder", parts: { main: files[at] } }));
  return await inOneGo({ salt, memories: known, sessions, now: Date.parse(dream.created_at), ...more });
}
