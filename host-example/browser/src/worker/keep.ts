// What stays in this browser between visits.

import { type IDBPDatabase, openDB } from "idb";

import type { Kept, Work } from "../protocol.js";
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

/** The visit of this tab, as it was last kept or read; `undefined` before that. */
let mine: { id: string; at: number } | undefined;
/** Raised with each other visit, so that a keep that still runs then does not bind that one to the last. */
let number = 0;
/** The keep that was asked for last: two at once would make two visits of one. */
let keeping: Promise<unknown> = Promise.resolve();

/** Does something with the database, and closes it. */
async function within<T>(work: (db: IDBPDatabase) => Promise<T>): Promise<T> {
  const db = await openDB("dreaming-preview", 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

function decisions({ work: { choice } }: Visit): number {
  return choice.accept.length + choice.reject.length;
}

/** What is kept from now on is another visit. */
export function begin(): void {
  number += 1;
  mine = undefined;
}

/**
 * Keeps this visit, beside earlier ones and those of other tabs in which somebody decided something. False when it is
 * too large to be kept.
 */
export async function keep(visit: Visit): Promise<boolean> {
  const files = visit.desk.sessions.flatMap(({ parts }) => parts);
  if (files.reduce((sum, { file }) => sum + file.size, 0) > MOST) return false;
  const of = number;
  const before = keeping;
  const turn = before.catch(() => {}).then(() => put(visit, of));
  keeping = turn;
  await turn;
  return true;
}

/** Writes the visit with this number. */
async function put(visit: Visit, of: number): Promise<void> {
  await within(async (db) => {
    const turn = db.transaction(STORE, "readwrite");
    const known = of === number ? mine : undefined;
    const there = known && ((await turn.store.get(known.id)) as Visit | undefined);
    // Another tab has gone on with the same visit: then both are kept.
    const isMine = known !== undefined && (there === undefined || there.at === known.at);
    const id = isMine && known !== undefined ? known.id : `${visit.at} ${Math.random()}`;
    await turn.store.put(visit, id);
    for (let at = await turn.store.openCursor(); at !== null; at = await at.continue()) {
      if (at.key !== id && decisions(at.value as Visit) === 0) await at.delete();
    }
    await turn.done;
    if (of === number) mine = { id, at: visit.at };
  });
}

/** The visits that were kept, the newest first. */
export async function kept(): Promise<Kept[]> {
  const found: Kept[] = [];
  await within(async (db) => {
    for (let at = await db.transaction(STORE).store.openCursor(); at !== null; at = await at.continue()) {
      const visit = at.value as Visit;
      const { memories, sessions } = visit.desk;
      const counts = { memories: memories.length, sessions: sessions.length, decisions: decisions(visit) };
      found.push({ id: String(at.key), at: visit.at, ...counts });
    }
  });
  return found.sort((a, b) => b.at - a.at);
}

/** A visit that was kept, with which this tab goes on. */
export async function resume(id: string): Promise<Visit | undefined> {
  const visit = await within(async (db) => (await db.get(STORE, id)) as Visit | undefined);
  if (visit !== undefined) {
    number += 1;
    mine = { id, at: visit.at };
  }
  return visit;
}

/** Forgets a kept visit. */
export async function forget(id: string): Promise<void> {
  await within(async (db) => await db.delete(STORE, id));
}
