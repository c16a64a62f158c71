// An edge for the tests of a file, which EDGE names: `workerd` or `bun`. What is tested here holds in every edge.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { start } from "../edges.mjs";
import { MEMORIES, NOW, ids, service, transcript } from "../world.mjs";

/** Which edge it is. */
export const EDGE = process.env.EDGE ?? "workerd";
/** The edge, from the first test on. */
export let edge;
/** The service of its model. */
export let model;

const folder = mkdtempSync(join(tmpdir(), `dreaming-${EDGE}-`));
let stores = 0;

before(async () => {
  model = await service();
  const settings = { DRIVE: "requests", MODEL: "anthropic:fake", MODEL_KEY: "none", MODEL_URL: model.url };
  edge = await start(EDGE, { folder, settings });
});

after(async () => {
  await edge?.stop();
  model?.close();
  rmSync(folder, { recursive: true });
});

/** The path of a store that no test had before. */
export function fresh() {
  stores += 1;
  return `/v1/memory_stores/store-${stores}`;
}

/** The name of a store, by its path. */
export const nameOf = (store) => store.split("/").at(-1);
/** A path of a memory, as a part of an address. */
export const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");
export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Writes memories and sessions into a store. */
export async function fill(store, sessions, memories = MEMORIES) {
  for (const { path, text } of memories) await edge.json("PUT", `${store}/memories/${encoded(path)}`, text);
  for (const id of sessions) await edge.json("PUT", `${store}/sessions/${id}/parts/main`, transcript(id));
}

/** Posts rounds until the dream runs no more; `between` is called after each. */
export async function play(store, id, between = async () => {}) {
  for (let round = 1; round < 100; round += 1) {
    const dream = await edge.json("POST", `${store}/dreams/${id}/round`);
    if (dream.status !== "running") return dream;
    await between(round);
  }
  throw new Error("the dream does not end");
}

/** A store with a plan that waits. */
export async function planned(sessions = ids(14), more = {}) {
  const store = fresh();
  await fill(store, sessions);
  const { id } = await edge.json("POST", `${store}/dreams`, { now: NOW, ...more });
  const dream = await play(store, id);
  assert.equal(dream.status, "waiting", JSON.stringify(dream));
  const review = await edge.json("GET", `${store}/dreams/${id}/changes`);
  assert.ok(review.changes.length >= 3, `only ${review.changes.length} changes`);
  return { store, dream, review };
}

/** All that a store holds. */
export async function exported(store) {
  return await edge.json("GET", `${store}/export`);
}
