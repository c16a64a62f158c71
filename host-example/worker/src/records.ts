import { type Contents, type Memory, type NewRevision, Snapshot } from "dreaming";

import { LIMITS, type Limits } from "./limits.js";
import { conflict, missing } from "./refused.js";
import { type Size, mayGrow, mayLoad, ofMemory, ofRow, replaced, sizeOf, totalAt } from "./size.js";
import { type Expected, type Storage, type Write, all, text } from "./storage.js";

/** The newest revision of a store. */
export interface Head {
  /** Its number, from 1. */
  number: number;
  /** Its id, the digest of its record. */
  id: string;
}

/** A store as it was read, with what must still hold when something is written back. */
export interface Loaded {
  contents: Contents;
  head: Head | undefined;
  /** Grows with every write of a memory. */
  edits: string | undefined;
  /** How much the store holds now. */
  size: Size;
}

/** A memory as it is stored. */
interface Kept {
  text: string;
  observedAt?: number;
}

/** Reads that a write may disturb before the caller is told to come back. Chosen by us. */
const TRIES = 3;
/** Memories that are listed at once: at most 1.6 MB. */
const PAGE = 16;

/**
 * The memories, ledger and revisions of one store. Keys:
 *
 * - `meta`: the salt; `head`: the newest revision; `edits`: a counter of writes of memories;
 *   `size`: how much the store holds, written with each change.
 * - `m/<path>`: a memory as it is now, with people's edits since the head; `b/<path>`: the memory
 *   at the head, only where people wrote since.
 * - `l/<key>`: a ledger row; `r/<number>`: a revision, with its record.
 * - `h/<number>/m/<path>`, `h/<number>/l/<key>`: the value before that revision. So a store can be
 *   read as it was at any revision, and a revision takes no more room than its changes.
 */
export class Records {
  constructor(
    readonly storage: Storage,
    readonly limits: Limits = LIMITS,
  ) {}

  /** Makes the store, before its first write. */
  async create(): Promise<void> {
    if ((await this.storage.get("meta")) !== undefined) return;
    const salt = hex(16);
    await this.storage.write([["meta", JSON.stringify({ format: 1, salt })]], [["meta", undefined]]);
  }

  /** The salt of the digests of memories. */
  async salt(): Promise<string> {
    const meta = await text(this.storage, "meta");
    if (meta === undefined) throw missing("store");
    return (JSON.parse(meta) as { salt: string }).salt;
  }

  /** The newest revision. */
  async head(): Promise<Head | undefined> {
    const head = await text(this.storage, "head");
    return head === undefined ? undefined : (JSON.parse(head) as Head);
  }

  /** A memory as it is now. */
  async memory(path: string): Promise<Kept | undefined> {
    const kept = await text(this.storage, `m/${path}`);
    return kept === undefined ? undefined : (JSON.parse(kept) as Kept);
  }

  /**
   * Memories as they are now, ascending by path, those after `after`; few of them are in memory at
   * once.
   */
  async *memories(after: string | undefined, limit: number): AsyncGenerator<Memory, void> {
    let [left, last] = [limit, after === undefined ? undefined : `m/${after}`];
    while (left > 0) {
      const page = await this.storage.list("m/", last, Math.min(left, PAGE));
      for (const [key, value] of page) yield { path: key.slice(2), ...(JSON.parse(String(value)) as Kept) };
      if (page.length < PAGE) return;
      left -= page.length;
      last = page.at(-1)?.[0];
    }
  }

  /**
   * Writes a memory as a person does between dreams, or removes it. `may` gets the present text
   * first and throws when the writer does not mean to replace it. Reads only this memory and the
   * total size.
   *
   * @throws Refused, 413, when the store would be larger than a dream over it may be.
   */
  async put(path: string, memory: Kept | undefined, may: (before: string | undefined) => Promise<void>): Promise<void> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      // The counter is read first, so that any later write, also while `may` runs, makes this one
      // fail.
      const { size, edits } = await sizeOf(this.storage);
      const before = await this.memory(path);
      await may(before?.text);
      if (before === undefined && memory === undefined) return;
      const total = replaced(size, ofMemory(path, before?.text), ofMemory(path, memory?.text));
      mayGrow(size, total, this.limits);
      const at = await text(this.storage, `b/${path}`);
      const base: Write[] = at === undefined ? [[`b/${path}`, JSON.stringify(before ?? null)]] : [];
      const writes: Write[] = [
        [`m/${path}`, memory === undefined ? undefined : JSON.stringify(memory)],
        ["edits", next(edits)],
        totalAt(next(edits), total),
        ...base,
      ];
      // Every write of a memory or a revision changes the counter.
      if (await this.storage.write(writes, [["edits", edits]])) return;
    }
    throw conflict(`\`${path}\` is written by somebody else`, path);
  }

  /**
   * The store as it is now, or at its head without people's edits since.
   *
   * @throws Refused, 413, when it is larger than a dream over it may be, which stores of an older
   * version of this program can be.
   */
  async load(view: "now" | "head"): Promise<Loaded> {
    return await this.read(view, (size) => mayLoad(size, this.limits));
  }

  /** As {@link Records.load}, of any size: the way out for a store that is too large for dreams. */
  async whole(view: "now" | "head"): Promise<Loaded> {
    return await this.read(view, () => {});
  }

  private async read(view: "now" | "head", may: (size: Size) => void): Promise<Loaded> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const [head, { size, edits }] = [await text(this.storage, "head"), await sizeOf(this.storage)];
      may(size);
      const memories = new Map<string, string>();
      for await (const [key, value] of all(this.storage, "m/")) memories.set(key.slice(2), String(value));
      if (view === "head") {
        for await (const [key, value] of all(this.storage, "b/")) restore(memories, key.slice(2), String(value));
      }
      const ledger = new Map<string, string>();
      for await (const [key, value] of all(this.storage, "l/")) ledger.set(key.slice(2), String(value));
      const contents = contentsOf(await this.salt(), memories, ledger, await this.records());
      // Pages of different moments do not fit together: after a write all is read again.
      const same = head === (await text(this.storage, "head")) && edits === (await text(this.storage, "edits"));
      if (same) return { contents, head: head === undefined ? undefined : (JSON.parse(head) as Head), edits, size };
    }
    throw conflict("the store is written to: come back in a moment");
  }

  /** The store as it was at a revision, without the records of later revisions. */
  async at(number: number): Promise<Contents> {
    const { contents, head } = await this.load("head");
    const memories = new Map<string, string>();
    for (const { path, ...kept } of contents.memories) memories.set(path, JSON.stringify(kept));
    const ledger = new Map([...contents.ledger].map(({ key, value }) => [key, value]));
    for (let later = head?.number ?? 0; later > number; later -= 1) {
      const before = `h/${numbered(later)}/`;
      for await (const [key, value] of all(this.storage, `${before}m/`)) {
        restore(memories, key.slice(before.length + 2), String(value));
      }
      for await (const [key, value] of all(this.storage, `${before}l/`)) {
        const row = JSON.parse(String(value)) as string | null;
        if (row === null) ledger.delete(key.slice(before.length + 2));
        else ledger.set(key.slice(before.length + 2), row);
      }
    }
    const records = [...contents.revisions].slice(0, number);
    return contentsOf(contents.salt, memories, ledger, records);
  }

  /** Revisions with their records, ascending by number, those after `after`. */
  async revisions(after: number, limit: number): Promise<(Head & { record: string })[]> {
    const page = await this.storage.list("r/", `r/${numbered(after)}`, limit);
    return page.map(([key, value]) => ({ number: Number(key.slice(2)), ...(JSON.parse(String(value)) as { id: string; record: string }) }));
  }

  /**
   * Stores a revision that was made of `loaded`, together with other writes: all or nothing.
   *
   * @throws Refused, 409, when the store has changed since; 413 when it would be larger than a
   * dream over it may be.
   */
  async commit(loaded: Loaded, revision: NewRevision, more: readonly Write[] = [], expected: readonly Expected[] = []): Promise<Head> {
    const head = { number: (loaded.head?.number ?? 0) + 1, id: revision.revision };
    const at = numbered(head.number);
    const writes = new Map<string, Write[1]>();
    const bases = new Map<string, string>();
    for await (const [key, value] of all(this.storage, "b/")) {
      bases.set(key.slice(2), String(value));
      writes.set(key, undefined);
    }
    for (const [path, base] of bases) writes.set(`h/${at}/m/${path}`, base);
    let total = loaded.size;
    for (const { path, text: words, observedAt } of revision.memories) {
      const before = await text(this.storage, `m/${path}`);
      total = replaced(total, ofMemory(path, before === undefined ? undefined : (JSON.parse(before) as Kept).text), ofMemory(path, words));
      writes.set(`h/${at}/m/${path}`, bases.get(path) ?? before ?? "null");
      const kept = { text: words, ...(observedAt === undefined ? {} : { observedAt }) };
      writes.set(`m/${path}`, words === undefined ? undefined : JSON.stringify(kept));
    }
    for (const { key, value } of revision.ledger) {
      const before = await text(this.storage, `l/${key}`);
      total = replaced(total, ofRow(key, before), ofRow(key, value));
      writes.set(`h/${at}/l/${key}`, JSON.stringify(before ?? null));
      writes.set(`l/${key}`, value);
    }
    writes.set(`r/${at}`, JSON.stringify({ id: head.id, record: revision.record }));
    writes.set("head", JSON.stringify(head));
    mayGrow(loaded.size, total, this.limits);
    writes.set("edits", next(loaded.edits));
    writes.set(...totalAt(next(loaded.edits), total));
    const unchanged: Expected[] = [
      ["head", loaded.head === undefined ? undefined : JSON.stringify(loaded.head)],
      ["edits", loaded.edits],
    ];
    if (await this.storage.write([...writes, ...more], [...unchanged, ...expected])) return head;
    throw conflict("the store has moved on: read it again");
  }

  private async records(): Promise<string[]> {
    const records: string[] = [];
    for await (const [, value] of all(this.storage, "r/")) {
      records.push((JSON.parse(String(value)) as { record: string }).record);
    }
    return records;
  }
}

/** Calls `use` with a snapshot, and frees it whatever happens. */
export function within<T>(contents: Contents, use: (snapshot: Snapshot) => T): T {
  const snapshot = Snapshot.from(contents);
  try {
    return use(snapshot);
  } finally {
    snapshot.free();
  }
}

/** So many random bytes in hexadecimal digits. */
export function hex(bytes: number): string {
  const drawn = crypto.getRandomValues(new Uint8Array(bytes));
  return [...drawn].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A number as a key, padded so that the order of keys is the order of numbers. */
export function numbered(number: number): string {
  return String(number).padStart(12, "0");
}

function next(count: string | undefined): string {
  return String(Number(count ?? "0") + 1);
}

/** Sets a memory to a value kept as JSON; `null`: there was no memory. */
function restore(memories: Map<string, string>, path: string, kept: string): void {
  if (kept === "null") memories.delete(path);
  else memories.set(path, kept);
}

function contentsOf(
  salt: string,
  memories: ReadonlyMap<string, string>,
  ledger: ReadonlyMap<string, string>,
  revisions: readonly string[],
): Contents {
  const head = revisions.at(-1);
  return {
    salt,
    ...(head === undefined ? {} : { head }),
    memories: [...memories].map(([path, kept]) => ({ path, ...(JSON.parse(kept) as Kept) })),
    ledger: [...ledger].map(([key, value]) => ({ key, value })),
    revisions,
  };
}
