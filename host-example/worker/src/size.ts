import type { Limits } from "./limits.js";
import { tooLarge } from "./refused.js";
import { type Storage, type Value, type Write, all, text } from "./storage.js";

/** How much of a store a dream holds in memory. */
export interface Size {
  /** Memories. */
  memories: number;
  /** Bytes of their paths and texts in UTF-8. */
  bytes: number;
  /** Lines of their texts that are not blank: a memory has at most as many statements. */
  lines: number;
  /** Bytes of the ledger's keys and rows in UTF-8. */
  ledger: number;
}

/** A size, and the counter of writes at which it was taken. */
export interface Sized {
  size: Size;
  edits: string | undefined;
}

const NOTHING: Size = { memories: 0, bytes: 0, lines: 0, ledger: 0 };
const NAMES = ["memories", "bytes", "lines", "ledger"] as const;
/** Memories that are counted at once: at most 1.6 MB of them. */
const PAGE = 16;

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** The size of one memory; without a text zero. */
export function ofMemory(path: string, text: string | undefined): Size {
  if (text === undefined) return NOTHING;
  return { memories: 1, bytes: bytesOf(path) + bytesOf(text), lines: text.match(/^.*\S/gm)?.length ?? 0, ledger: 0 };
}

/** The size of one row of the ledger. */
export function ofRow(key: string, value: Value | undefined): Size {
  if (typeof value !== "string") return NOTHING;
  return { ...NOTHING, ledger: bytesOf(key) + bytesOf(value) };
}

/** The size after one thing replaced another. */
export function replaced(size: Size, old: Size, by: Size): Size {
  return mapped((name) => size[name] - old[name] + by[name]);
}

/**
 * How much a store holds, by the total under the key `size`. A total names the counter of writes at
 * which it was taken. When there is none, or an older version of this program wrote since, all is
 * counted.
 */
export async function sizeOf(storage: Storage): Promise<Sized> {
  const edits = await text(storage, "edits");
  const total = await totalOf(storage);
  if (total !== undefined) return { size: total, edits };
  let size = NOTHING;
  for await (const [key, value] of all(storage, "m/", PAGE)) {
    size = replaced(size, NOTHING, ofMemory(key.slice(2), (JSON.parse(String(value)) as { text: string }).text));
  }
  for await (const [key, value] of all(storage, "l/")) size = replaced(size, NOTHING, ofRow(key.slice(2), value));
  return { size, edits };
}

/** The stored total, when it is of the present state. */
export async function totalOf(storage: Storage): Promise<Size | undefined> {
  const kept = await text(storage, "size");
  if (kept === undefined) return undefined;
  const { edits, ...size } = JSON.parse(kept) as Size & { edits: string };
  return edits === (await text(storage, "edits")) ? size : undefined;
}

/** The write that stores the total along with a change. */
export function totalAt(edits: string, size: Size): Write {
  return ["size", JSON.stringify({ edits, ...size })];
}

/**
 * Refuses a change that would make a store larger than a dream over it may be. A change that makes
 * the store smaller passes, also above a limit.
 *
 * @throws Refused, 413, with the size that would be, the limit, and what to do.
 */
export function mayGrow(from: Size, to: Size, limits: Limits): void {
  const over = NAMES.find((name) => to[name] > limits[name] && to[name] > from[name]);
  if (over !== undefined) throw tooLarge(`then ${told(over, to)}, at most ${shown(limits[over])}: ${NEXT[over]}`, over);
}

/** Refuses to load a store that is larger than the memory of an edge allows. */
export function mayLoad(size: Size, limits: Limits): void {
  const over = NAMES.find((name) => size[name] > limits[name]);
  if (over === undefined) return;
  const next = over === "ledger" ? `${RAISE}, for a dream with ${LESS}; or go on elsewhere with the export` : NEXT[over];
  throw tooLarge(`${told(over, size)}, at most ${shown(limits[over])} are read at once: ${next}`, over);
}

const RAISE = "where a process has more memory, raise it in LIMITS";
/** The settings that bound the parts of the ledger. */
const LESS = "lower ledger.whole-sessions, ledger.known-sessions, ledger.whole-retired or ledger.known-retired";
/** What to do when a limit is reached. */
const NEXT: Record<keyof Size, string> = {
  memories: `take some away, or several into one; ${RAISE}`,
  bytes: `take memories away or make them shorter; ${RAISE}`,
  lines: `take memories away or make them shorter; ${RAISE}`,
  ledger: `start a dream with ${LESS}, or take memories away; ${RAISE}`,
};

function told(name: keyof Size, size: Size): string {
  const count = shown(size[name]);
  if (name === "memories") return `the store has ${count} memories`;
  return name === "ledger" ? `the ledger has ${count} bytes` : `the memories have ${count} ${name}`;
}

function shown(count: number): string {
  return count.toLocaleString("en-US");
}

function mapped(of: (name: keyof Size) => number): Size {
  return { memories: of("memories"), bytes: of("bytes"), lines: of("lines"), ledger: of("ledger") };
}
