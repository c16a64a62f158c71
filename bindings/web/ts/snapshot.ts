/// <reference lib="esnext.disposable" preserve="true" />
import { invalid, iterable, list, object } from "./check.js";
import { DreamingError } from "./errors.js";
import { Handle, call } from "./raw.js";
import { MAX_PAGE, byteLength, check, encode, encodeJson } from "./text.js";
import type { Document, LedgerRow, Memory } from "./types.js";
import { RawSnapshot } from "./wasm/dreaming.js";

/** All that a store holds at one revision, in any order. */
export interface Contents {
  /** See the constructor of {@link Snapshot}. */
  salt: string;
  /** The record of the newest revision; absent for a store without revisions. */
  head?: Document | undefined;
  /** All memories. */
  memories: Iterable<Memory>;
  /** All ledger rows. */
  ledger: Iterable<LedgerRow>;
  /** All revision records, including the head's. */
  revisions: Iterable<Document>;
}

/**
 * A store at one revision, as a value. Fill it, pass it to functions, none of which changes it, and
 * {@link Snapshot.free} it. Pages may come in any order; each memory, row and record once. It must
 * be whole: functions fail with `invalid-snapshot` when ledger rows of its head are missing.
 */
export class Snapshot {
  readonly #handle: Handle<RawSnapshot>;

  /**
   * An empty store.
   *
   * @param salt - Mixed into the digests of memories that revision records hold, so that erased
   * text cannot be guessed from them. Drawn once for a store (32 hexadecimal digits, say) and
   * passed every time: under another salt every memory looks edited. May be empty.
   * @throws {@link DreamingError} `invalid-snapshot`.
   */
  constructor(salt: string) {
    const bytes = encode(salt, "invalid-snapshot", "salt");
    this.#handle = new Handle("snapshot", call(() => new RawSnapshot(bytes)));
  }

  /**
   * A snapshot of all of `contents`, split into pages.
   *
   * @throws {@link DreamingError} as the methods that add pages; `too-large` with its path, key or
   * `record` for one item that is over 1 MiB.
   */
  static from(contents: Contents): Snapshot {
    const { salt, head, memories, ledger, revisions } = object(contents, "contents", "invalid-snapshot");
    const snapshot = new Snapshot(salt);
    try {
      if (head !== undefined) snapshot.setHead(head);
      for (const page of memoryPages(items(memories, "memories"))) snapshot.addMemories(page);
      for (const page of ledgerPages(items(ledger, "ledger"))) snapshot.addLedger(page);
      for (const page of recordPages(iterable(revisions, "revisions", "invalid-snapshot"))) {
        snapshot.addDecisions(page);
      }
    } catch (error) {
      snapshot.free();
      throw error;
    }
    return snapshot;
  }

  /**
   * Sets the head: the record of the newest revision. Not called for a store without revisions.
   *
   * @throws {@link DreamingError} `invalid-document`.
   */
  setHead(record: Document): void {
    const bytes = encode(record, "invalid-document", "record");
    call(() => this.raw.setHead(bytes));
  }

  /**
   * Adds a page of memories, at most 1 MiB of paths and texts: all of it or none.
   *
   * @throws {@link DreamingError} `invalid-snapshot` with the path of the first memory that is not
   * usable; `too-large`.
   */
  addMemories(page: readonly Memory[]): void {
    const bytes = memoryPage(page);
    call(() => this.raw.addMemories(bytes));
  }

  /**
   * Adds a page of ledger rows, at most 1 MiB of keys and values: all of it or none.
   *
   * @throws {@link DreamingError} `invalid-snapshot` with the key; `too-large`.
   */
  addLedger(page: readonly LedgerRow[]): void {
    const bytes = ledgerPage(page);
    call(() => this.raw.addLedger(bytes));
  }

  /**
   * Adds revision records whose decisions count: all of the chain, with the head. A change that was
   * rejected in a record that is left out is proposed again. At most 1 MiB: all of it or none.
   *
   * @throws {@link DreamingError} `invalid-snapshot`; `too-large`.
   */
  addDecisions(records: readonly Document[]): void {
    const bytes = encodeJson(records, "invalid-snapshot", "page");
    call(() => this.raw.addDecisions(bytes));
  }

  /**
   * Frees the memory of the snapshot. A second call does nothing; any other use afterwards throws.
   */
  free(): void {
    this.#handle.free();
  }

  /** {@link Snapshot.free}, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  /** @internal */
  get raw(): RawSnapshot {
    return this.#handle.raw;
  }
}

/** @internal The object of the module. `what` names the argument in the error for anything else. */
export function rawOf(snapshot: Snapshot, what = "store"): RawSnapshot {
  if (!(snapshot instanceof Snapshot)) throw invalid(what, "it is no `Snapshot`");
  return snapshot.raw;
}

/** Memories or rows, each an object. */
function* items<T>(all: Iterable<T>, what: string): Iterable<T> {
  for (const item of iterable(all, what, "invalid-snapshot")) yield object(item, what, "invalid-snapshot");
}

/** @internal A page of memories as it goes into the engine. */
export function memoryPage(page: readonly Memory[]): Uint8Array {
  const known = list(page, "page", "invalid-snapshot").map((memory) => {
    const { path, text, observedAt } = object(memory, "page", "invalid-snapshot");
    check(path, "invalid-snapshot", "path");
    check(text, "invalid-snapshot", path);
    if (observedAt != null && !Number.isSafeInteger(observedAt)) {
      const message = `${path}: observedAt is no whole number of milliseconds`;
      throw new DreamingError("invalid-snapshot", message, { what: path });
    }
    return { path, text, observedAt };
  });
  return encodeJson(known, "invalid-snapshot", "page");
}

/** @internal A page of ledger rows as it goes into the engine. */
export function ledgerPage(page: readonly LedgerRow[]): Uint8Array {
  const known = list(page, "page", "invalid-snapshot").map((row) => {
    const { key, value } = object(row, "page", "invalid-snapshot");
    check(key, "invalid-snapshot", "key");
    check(value, "invalid-snapshot", key);
    return { key, value };
  });
  return encodeJson(known, "invalid-snapshot", "page");
}

/** @internal Memories in pages that a snapshot takes. */
export function memoryPages(memories: Iterable<Memory>): Iterable<Memory[]> {
  return pagesOf(memories, ({ path, text }) => byteLength(path) + byteLength(text), ({ path }) => path);
}

/** @internal Ledger rows in pages that a snapshot takes. */
export function ledgerPages(rows: Iterable<LedgerRow>): Iterable<LedgerRow[]> {
  return pagesOf(rows, ({ key, value }) => byteLength(key) + byteLength(value), ({ key }) => key);
}

/** @internal Revision records in pages that a snapshot takes. */
export function recordPages(records: Iterable<Document>): Iterable<Document[]> {
  return pagesOf(records, byteLength, () => "record");
}

/** @internal Items in pages of at most 1 MiB. */
export function* pagesOf<T>(items: Iterable<T>, size: (item: T) => number, name: (item: T) => string): Iterable<T[]> {
  let page: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const more = size(item);
    if (more > MAX_PAGE) {
      const what = name(item);
      throw new DreamingError("too-large", `${what}: ${more} bytes, at most ${MAX_PAGE}`, { what });
    }
    if (bytes + more > MAX_PAGE) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(item);
    bytes += more;
  }
  if (page.length > 0) yield page;
}
