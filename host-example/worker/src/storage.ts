/** A value, or a promise of one. */
export type Eventually<T> = T | Promise<T>;

/** The value of a key: a text, or bytes of at most 1 MiB. */
export type Value = string | Uint8Array;

/** A key with its new value; `undefined` takes the key away. */
export type Write = readonly [key: string, value: Value | undefined];

/**
 * A key with the text that it must have when a batch is written; `undefined`: it must have none.
 */
export type Expected = readonly [key: string, text: string | undefined];

/**
 * Where one memory store is kept: a sorted map with batches that are written all or none. An edge
 * needs nothing else of its database. One object stands for one store as long as it is in memory.
 */
export interface Storage {
  /** The value of a key. */
  get(key: string): Eventually<Value | undefined>;

  /**
   * At most `limit` keys that begin with `prefix`, with their values, ascending by the UTF-8 bytes
   * of the keys, after the key `after` if given. A prefix ends with `/`.
   */
  list(prefix: string, after: string | undefined, limit: number): Eventually<(readonly [string, Value])[]>;

  /**
   * Writes all of `writes`, or nothing when one of `expected` does not hold. Nobody sees half of a
   * batch, and once this returns, a crash loses nothing of it.
   *
   * @returns Whether it was written.
   */
  write(writes: readonly Write[], expected?: readonly Expected[]): Eventually<boolean>;
}

/** Keys in a page of {@link all}. Chosen by us: a page of ledger rows is some 100 KB. */
const PAGE = 256;

/** All keys with a prefix, page by page; only `limit` of them are in memory at once. */
export async function* all(storage: Storage, prefix: string, limit = PAGE): AsyncGenerator<readonly [string, Value], void> {
  let after: string | undefined;
  for (;;) {
    const page = await storage.list(prefix, after, limit);
    yield* page;
    if (page.length < limit) return;
    after = page.at(-1)?.[0];
  }
}

/** The text of a key; `undefined` when there is none. */
export async function text(storage: Storage, key: string): Promise<string | undefined> {
  const value = await storage.get(key);
  return typeof value === "string" ? value : undefined;
}
