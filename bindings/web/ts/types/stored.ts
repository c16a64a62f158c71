// What a store keeps: memories, ledger, revisions.

/**
 * Canonical JSON (RFC 8785, integers only) that the engine wrote. Keep and compare the text as it
 * is; do not write it again. `JSON.parse` may read it: the types of what comes out are
 * {@link Plan}, {@link Report}, {@link RevisionRecord} and {@link LedgerValue}.
 * A checkpoint is opaque.
 */
export type Document = string;

/** One memory of a store. */
export interface Memory {
  /**
   * A Markdown file: the last segment ends in `.md` or `.mdc` and begins without a dot. Relative,
   * `/`-separated, Unicode NFC, at most 1,024 bytes and 20 segments; no empty, `.` or `..` segment,
   * none that a file system takes for `.git`, no backslash, no control or invisible character.
   * Unique in a store.
   */
  path: string;
  /** Markdown, at most 102,400 bytes of UTF-8. */
  text: string;
  /**
   * When its source says that it was last written, in milliseconds since 1970. Absent when the
   * source does not know. A time after the dream's `now` counts as unknown. A person's correction
   * from before that time is not turned down: it waits for a person, who sees both times.
   */
  observedAt?: number | undefined;
}

/** One row of the ledger. Stores keep rows as they are and hand all of them back. */
export interface LedgerRow {
  /**
   * `distilled/<digest>`, `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`; treat
   * it as any text. Unique in a store.
   */
  key: string;
  /**
   * The row, see {@link LedgerValue}; byte for byte as a revision gave it. A row that was written
   * again (other white space, another order of fields, as in a column of parsed JSON) makes another
   * ledger.
   */
  value: Document;
}

/** A change of one memory. */
export interface MemoryWrite {
  /** The memory. */
  path: string;
  /** The new text; absent when the memory goes. */
  text?: string;
  /**
   * Time of the newest source of what is in the new text, in milliseconds since 1970. It is in
   * the ledger too, so a store may drop it.
   */
  observedAt?: number;
}

/** A change of one ledger row. */
export interface RowWrite {
  /** As in {@link LedgerRow}. */
  key: string;
  /** The new value; absent when the row goes. */
  value?: Document;
}

/** What a store has to keep, all or none, to make a revision. */
export interface NewRevision {
  /** The revision that it builds on; absent for the first. A store with another head refuses it. */
  base?: string;
  /** Id of the new revision: the digest of `record`. */
  revision: string;
  /** The revision record, see {@link RevisionRecord}. */
  record: Document;
  /** The memories that differ from those of `base`, by path. */
  memories: MemoryWrite[];
  /** The ledger rows that change, by key. */
  ledger: RowWrite[];
}

/** An entry of a store, as the engine reads it. */
export interface Entry {
  /** Its id. For an entry that no revision has seen: the id that {@link observe} would give it. */
  id: string;
  /** The memory that holds it. */
  path: string;
  /** Line on which it starts, counted from 1. */
  line: number;
  /** Its text, without list mark. */
  text: string;
  /** Its ledger row, see {@link EntryRecord}. */
  ledger: Document;
}

/** How one memory differs between two snapshots. */
export interface Difference {
  /** The memory. */
  path: string;
  /** Its text before, if it was there. */
  before?: string;
  /** Its text after, if it is there. */
  after?: string;
}
