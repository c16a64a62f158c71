import { ask } from "./abort.js";
import { isRead } from "./engine.js";
import { DreamingError } from "./errors.js";
import { Snapshot, ledgerPages, memoryPages, recordPages } from "./snapshot.js";
import type { Eventually, Store } from "./store.js";
import { byBytes } from "./text.js";
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
  const opened = await ask(() => store.open(), signal);
  const snapshot = new Snapshot(opened.salt);
  try {
    if (opened.head != null) snapshot.setHead(opened.head);
    const memories = pages("memories", (after?: string) => store.memories(after), ({ path }) => path, signal);
    for await (const page of memories) {
      for (const part of memoryPages(page)) snapshot.addMemories(part);
    }
    const rows = pages("ledger", (after?: string) => store.ledger(after), ({ key }) => key, signal);
    for await (const page of rows) {
      for (const part of ledgerPages(page)) snapshot.addLedger(part);
    }
    const records = pages("revisions", (after = 0) => store.revisions(after), numberOf, signal);
    for await (const page of records) {
      for (const part of recordPages(page)) snapshot.addDecisions(part);
    }
  } catch (error) {
    snapshot.free();
    throw error;
  }
  return { snapshot, checkpoint: opened.checkpoint ?? undefined };
}

/** The sessions that the ledger does not know as they are, the first `limit` by id. */
export async function unread(
  store: Store,
  snapshot: Snapshot,
  limit: number,
  signal: AbortSignal,
): Promise<Session[]> {
  const found: Session[] = [];
  const all = pages("sessions", (after?: string) => store.sessions(after), ({ id }) => id, signal);
  for await (const page of all) {
    found.push(...page.filter((session) => !isRead(snapshot, session)));
  }
  return found.sort((a, b) => byBytes(a.id, b.id)).slice(0, limit);
}

/** The pages of a list of a store, up to the empty one. */
async function* pages<T, K extends string | number>(
  list: string,
  page: (after?: K) => Eventually<readonly T[]>,
  key: (item: T) => K,
  signal: AbortSignal,
): AsyncGenerator<readonly T[], void> {
  let after: K | undefined;
  for (;;) {
    const items = await ask(() => page(after), signal);
    if (!Array.isArray(items)) throw unusable(list, "gives no list");
    const last = items.at(-1) as T | undefined;
    if (last === undefined) return;
    yield items;
    const next = key(last);
    // A store that does not look at `after` would be read for ever.
    if (next === after) throw unusable(list, `gives the page that ends with ${after} again`);
    after = next;
  }
}

/** The number of a revision record. The snapshot has taken the record, so it has one. */
function numberOf(record: Document): number {
  return (JSON.parse(record) as { number: number }).number;
}

function unusable(list: string, problem: string): DreamingError {
  return new DreamingError("invalid-snapshot", `${list}: the store ${problem}`, { what: list });
}
