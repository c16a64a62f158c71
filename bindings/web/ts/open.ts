import { ask } from "./abort.js";
import { invalid, object } from "./check.js";
import { isDone } from "./engine.js";
import type { DreamingError } from "./errors.js";
import { Snapshot, ledgerPages, memoryPages, recordPages } from "./snapshot.js";
import type { Eventually, Store } from "./store.js";
import { byBytes } from "./text.js";
import { Turns } from "./turns.js";
import type { Document, Session } from "./types.js";

/** A store that was read. */
export interface Loaded {
  /** Its contents. The caller frees it. */
  snapshot: Snapshot;
  /** The checkpoint that it kept. */
  checkpoint: Document | undefined;
}

/** Reads the head of a store, all pages of it. */
export async function load(store: Store, signal: AbortSignal): Promise<Loaded> {
  const opened = object(await ask(() => store.open(), signal), "open", "invalid-snapshot");
  const snapshot = new Snapshot(opened.salt);
  try {
    if (opened.head != null) snapshot.setHead(opened.head);
    const memories = pages("memories", (after?: string) => store.memories(after), ({ path }) => path, byBytes, signal);
    for await (const page of memories) {
      for (const part of memoryPages(page)) snapshot.addMemories(part);
    }
    const rows = pages("ledger", (after?: string) => store.ledger(after), ({ key }) => key, byBytes, signal);
    for await (const page of rows) {
      for (const part of ledgerPages(page)) snapshot.addLedger(part);
    }
    const records = pages("revisions", (after = 0) => store.revisions(after), numberOf, byNumber, signal);
    for await (const page of records) {
      for (const part of recordPages(page)) snapshot.addDecisions(part);
    }
  } catch (error) {
    snapshot.free();
    throw error;
  }
  return { snapshot, checkpoint: opened.checkpoint ?? undefined };
}

/**
 * The sessions that have something to give to a dream that `asks` a model or not, the first `limit` by id.
 * No page is asked for after those.
 */
export async function unread(
  store: Store,
  snapshot: Snapshot,
  limit: number,
  asks: boolean,
  signal: AbortSignal,
): Promise<Session[]> {
  const found: Session[] = [];
  const all = pages("sessions", (after?: string) => store.sessions(after), ({ id }) => id, byBytes, signal);
  for await (const page of all) {
    for (const session of page) {
      if (!isDone(snapshot, session, asks)) found.push(session);
      if (found.length >= limit) return found;
    }
  }
  return found;
}

/**
 * The pages of a list of a store, up to the empty one. Keys only ever ascend: a store that does not
 * look at `after`, or goes back, would be read for ever.
 */
async function* pages<T, K extends string | number>(
  list: string,
  page: (after?: K) => Eventually<readonly T[]>,
  key: (item: T) => K,
  order: (a: K, b: K) => number,
  signal: AbortSignal,
): AsyncGenerator<readonly T[], void> {
  const turns = new Turns();
  let after: K | undefined;
  for (;;) {
    const items = await ask(() => page(after), signal);
    if (!Array.isArray(items)) throw unusable(list, "gives no list");
    if (items.length === 0) return;
    for (const item of items as readonly (T | null | undefined)[]) {
      const next = item == null ? undefined : key(item);
      if (typeof next !== "string" && typeof next !== "number") throw unusable(list, "gives an item without a key");
      if (after !== undefined && order(next, after) <= 0) {
        throw unusable(list, `gives ${JSON.stringify(next)} after ${JSON.stringify(after)}, which is not their order`);
      }
      after = next;
    }
    yield items;
    await turns.rest();
  }
}

/** The number of a revision record. */
function numberOf(record: Document): number {
  try {
    const { number } = JSON.parse(record) as { number: unknown };
    if (typeof number === "number") return number;
  } catch {
    // It is said below.
  }
  throw invalid("record", "it is no revision record", "invalid-snapshot");
}

function byNumber(a: number, b: number): number {
  return a - b;
}

function unusable(list: string, problem: string): DreamingError {
  return invalid(list, `the store ${problem}`, "invalid-snapshot");
}
