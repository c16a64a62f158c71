// A store as a block in a file that agents load.

/** How much of a file an agent loads. */
export interface Room {
  /** Bytes of the whole file; absent: no limit. */
  bytes?: number | undefined;
  /** Lines of the whole file; absent: no limit. */
  lines?: number | undefined;
}

/** How to write the block, see {@link render}. */
export interface RenderOptions extends Room {
  /** The text of the file; empty or absent for a new one. */
  file?: string | undefined;
  /** For whom; absent: only what holds for everybody. */
  principal?: string | undefined;
}

/** A file with the block. */
export interface Rendering {
  /** The whole text of the file. */
  text: string;
  /** Entries in the block. */
  entries: number;
  /** Entries for which there was no room. */
  leftOut: number;
}

/** A statement that was changed, added or taken out in a block. */
export interface Edited {
  /** The memory that it concerns. */
  path: string;
  /** The statement in the memory; absent for a new one. */
  before?: string;
  /** The statement in the block; absent for one that was taken out. */
  after?: string;
}

/** What people changed in a block, see {@link readBack}. */
export interface Edits {
  /** Each change, in the order of the block. */
  edited: Edited[];
  /** The memories that become different, with their whole texts, by path. */
  memories: { path: string; text: string }[];
  /**
   * Lines that cannot be taken in: what is no statement (code, tables), and changes of entries that
   * the store has changed too. Rendering would drop them.
   */
  stuck: string[];
}
