// What stays in this browser between visits.

import { type IDBPDatabase, openDB } from "idb";

import type { Work } from "../protocol.js";
import type { KeptDesk } from "./desk.js";

/**
 * Most bytes of transcripts that are copied into the browser; larger ones can be dropped again
 * instead.
 */
const MOST = 256 << 20;

/** One visit. */
export interface Visit {
  at: number;
  desk: KeptDesk;
  work: Work;
}

const STORE = "work";

async function open(): Promise<IDBPDatabase> {
  return await openDB("dreaming-preview", 1, { upgrade: (db) => void db.createObjectStore(STORE) });
}

/** Keeps a visit. False when it is too large to be kept. */
export async function keep(visit: Visit): Promise<boolean> {
  const files = visit.desk.sessions.flatMap(({ parts }) => parts);
  if (files.reduce((sum, { file }) => sum + file.size, 0) > MOST) return false;
  const db = await open();
  await db.put(STORE, visit, "last");
  db.close();
  return true;
}

/** The visit that was kept, if any. */
export async function kept(): Promise<Visit | undefined> {
  const db = await open();
  const visit = (await db.get(STORE, "last")) as Visit | undefined;
  db.close();
  return visit;
}

/** Forgets the kept visit. */
export async function forget(): Promise<void> {
  const db = await open();
  await db.delete(STORE, "last");
  db.close();
}
