// How much a store holds of what a dream has in memory. The total stands in the row of the store and is written with each
// change, so to write a memory nothing else is read.

import type { Limits } from "../limits.js";
import { tooLarge } from "../wire/errors.js";
import { type Sqlite, encoded, first, number } from "./sql.js";

/** How much of a store a dream holds in memory. */
export interface Size {
  /** Memories. */
  memories: number;
  /** Bytes of their paths and contents. */
  bytes: number;
  /** Lines of their contents that are not blank: a memory has at most as many statements. */
  lines: number;
  /** Bytes of the ledger's keys and rows. */
  ledger: number;
}

export const NOTHING: Size = { memories: 0, bytes: 0, lines: 0, ledger: 0 };
const NAMES = ["memories", "bytes", "lines", "ledger"] as const;

/** The size of one memory; without a content zero. */
export function ofMemory(path: string, content: string | undefined): Size {
  if (content === undefined) return NOTHING;
  return { memories: 1, bytes: encoded(path).length + encoded(content).length, lines: content.match(/^.*\S/gm)?.length ?? 0, ledger: 0 };
}

/** The size of one row of the ledger. */
export function ofRow(key: string, value: string | undefined): Size {
  return value === undefined ? NOTHING : { ...NOTHING, ledger: encoded(key).length + encoded(value).length };
}

/** How much a store holds. */
export function sizeOf(db: Sqlite, store: string): Size {
  const row = first(db, "SELECT memories, bytes, lines, ledger FROM memory_stores WHERE id = ?", store) ?? {};
  return { memories: number(row, "memories"), bytes: number(row, "bytes"), lines: number(row, "lines"), ledger: number(row, "ledger") };
}

/** Notes in the total of a store that one thing replaced another. */
export function replaced(db: Sqlite, store: string, old: Size, by: Size): void {
  const update = "UPDATE memory_stores SET memories = memories + ?, bytes = bytes + ?, lines = lines + ?, ledger = ledger + ? WHERE id = ?";
  db.rows(update, ...NAMES.map((name) => by[name] - old[name]), store);
}

/**
 * Refuses a change that made a store larger than a dream over it may be; called in its transaction, which ends then. A
 * change that made the store smaller passes, also above a limit.
 *
 * @throws ApiError, 413, with the size that would be, the limit, and what to do.
 */
export function mayGrow(db: Sqlite, store: string, from: Size, limits: Limits): void {
  const to = sizeOf(db, store);
  const over = NAMES.find((name) => to[name] > limits[name] && to[name] > from[name]);
  if (over !== undefined) throw tooLarge(`then ${told(over, to)}, at most ${shown(limits[over])}: ${NEXT[over]}`);
}

/** Refuses to load a store that is larger than the memory of an edge allows. */
export function mayLoad(size: Size, limits: Limits): void {
  const over = NAMES.find((name) => size[name] > limits[name]);
  if (over !== undefined) throw tooLarge(`${told(over, size)}, at most ${shown(limits[over])} are read at once: ${NEXT[over]}`);
}

const RAISE = "where a process has more memory, raise it in LIMITS";
const SHORTER = `take memories away or make them shorter; ${RAISE}`;
/** What to do when a limit is reached. */
const NEXT: Record<keyof Size, string> = {
  memories: `take some away, or several into one; ${RAISE}`,
  bytes: SHORTER,
  lines: SHORTER,
  // The settings that bound the parts of the ledger.
  ledger:
    "dream with lower ledger.whole-sessions, ledger.known-sessions, ledger.whole-retired or ledger.known-retired in `x_policy`, " +
    `or take memories away; ${RAISE}`,
};

function told(name: keyof Size, size: Size): string {
  const count = shown(size[name]);
  if (name === "memories") return `the store has ${count} memories`;
  return name === "ledger" ? `the ledger has ${count} bytes` : `the memories have ${count} ${name}`;
}

function shown(count: number): string {
  return count.toLocaleString("en-US");
}
