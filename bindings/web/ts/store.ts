import type { Document, LedgerRow, Memory, NewRevision, RecordedAnswer, Session } from "./types.js";

/** A value, or a promise of one. */
export type Eventually<T> = T | Promise<T>;

/** The store at its head. */
export interface Opened {
  /** See the constructor of {@link Snapshot}. */
  salt: string;
  /** The record of the newest revision; absent for a store without revisions. */
  head?: Document | undefined;
  /**
   * The newest checkpoint of a dream that did not end, if the store kept one. Forget it once you
   * have stored the plan of the dream. A dream begins anew when the checkpoint does not fit.
   */
  checkpoint?: Document | undefined;
}

/** What a store keeps while a dream runs. */
export interface Kept {
  /** The checkpoint; replaces the one before. */
  checkpoint: Document;
  /** The answers since the last time, in the order of their calls. */
  answers: RecordedAnswer[];
}

/**
 * The bytes of a part: whole, or as a stream of chunks of any size. `null`, as the `body` of a
 * response may be, when there is nothing to read: the part cannot be read.
 */
export type Bytes = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;

/**
 * Where memories, ledger and sessions are. Implement it over files, IndexedDB, a server, …; every
 * method may return a value or a promise. An error of any method but `read` and `keep` rejects the
 * dream, unchanged.
 *
 * Lists come in pages: a method gets the key of the last item of the page before, `undefined` (or
 * 0) for the first page, and returns the items after it, in ascending order: numbers, or texts by
 * their UTF-8 bytes. A page in another order is refused, because such a list might never end. An
 * empty page ends the list. All pages must be of the head that `open` gave. Nothing need be locked:
 * `commit` refuses a base that is no longer the head, and to write over words that are newer than
 * what `memories` gave.
 */
export interface Store {
  /** Opens the store. */
  open(): Eventually<Opened>;

  /**
   * The page of memories after the path `after`, in the order of paths. About 1 MiB is a good page.
   */
  memories(after?: string): Eventually<readonly Memory[]>;

  /** The page of ledger rows after the key `after`, in the order of keys. */
  ledger(after?: string): Eventually<readonly LedgerRow[]>;

  /** The page of revision records after revision number `after`, in the order of numbers. */
  revisions(after: number): Eventually<readonly Document[]>;

  /**
   * The page of sessions that a dream may read after the id `after`, in the order of ids. No more
   * is asked for once there are `dream.max-sessions` that the ledger does not know.
   */
  sessions(after?: string): Eventually<readonly Session[]>;

  /**
   * Opens a part from its first byte, unpacked. It must give the same bytes for the whole of a
   * dream. When it throws or gives `null`, or its stream throws, the session stays pending and the
   * report says why.
   *
   * @param options - `signal` fires when the dream no longer wants the bytes.
   */
  read(session: string, part: string, options: { signal: AbortSignal }): Eventually<Bytes>;

  /**
   * Keeps the progress of the running dream. Called after each round, and once more after an abort
   * when sessions were read or calls answered since the last time, so that no answer is paid for
   * twice. This last call may bring the answers of half a round. After an abort the dream waits at
   * most a minute for a `keep` before it rejects; one that takes longer is not stopped, and what it
   * keeps then is there for the next dream. When `keep` throws, only the ability to resume is lost;
   * the dream goes on.
   */
  keep(progress: Kept): Eventually<void>;

  /**
   * Stores a revision: all of it or none, and only when `revision.base` is the head.
   *
   * Where people edit memories outside of revisions (files, say), a memory of `revision.memories`
   * may have other words by now than those that {@link Store.memories} gave. They are not written
   * over: throw `conflict`, so that the next dream reads them. In a revision of kind `import` or
   * `edit` that memory alone can be left as it is, because such a revision changes no words.
   *
   * @throws {@link DreamingError} `conflict` when the head is another one, or a memory that would
   * be written was changed since it was read.
   */
  commit(revision: NewRevision): Eventually<void>;
}
