// A store in files that agents load: as a block, or as small files.

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

/**
 * How a home wants its files, each with one entry. In `file` and `head`, `{name}` stands for words of
 * the entry (`a-z`, `0-9` and `-`, with the id of the entry where they would not be unique).
 */
export interface Form {
  /**
   * The path of a file below the folder of the home, `/` between its parts, with `{name}` in it.
   * `{time}` stands for the time of the entry by the ledger, as in `2026-02-20T00-00-00`; the first
   * of 1970 when nobody knows it.
   */
  file: string;
  /**
   * What stands above the entry, such as front matter; ends with a line end. Absent: nothing.
   * `{description}` stands for the entry on one line as it may stand within double quotes of YAML,
   * `{type}` for what Claude Code calls an entry of this kind, `feedback` or `project`.
   */
  head?: string | undefined;
  /** Longest name, in bytes; at least 32. */
  name: number;
  /** Longest description, in characters. */
  description: number;
  /** Longest file, in bytes; absent: no limit. */
  bytes?: number | undefined;
  /** Most files; absent: no limit. 0 takes all of them out. */
  files?: number | undefined;
  /** Only workflows that two sessions support, or a person's own words. */
  provenWorkflows?: boolean | undefined;
  /** The index, where the home has one. An entry for whose line it has no room gets no file. */
  index?: IndexForm | undefined;
}

/** A file that names the others in a block; people and agents write it too. */
export interface IndexForm extends Room {
  /** Its path below the folder of the home. */
  path: string;
}

/** A file of a home. */
export interface HomeFile {
  /** Its path below the folder of the home. */
  path: string;
  /** Its text. */
  text: string;
}

/** How to write a folder of small files, see {@link renderFiles}. */
export interface RenderFilesOptions {
  /** How the home wants its files. */
  form: Form;
  /**
   * Every file below the folder whose path the form can give, and the index: then nothing is written
   * over that is not of this store. Absent: none.
   */
  files?: HomeFile[] | undefined;
  /** For whom; absent: only what holds for everybody. */
  principal?: string | undefined;
}

/** A store as a folder of small files. */
export interface Folder {
  /**
   * The files with entries, the most important first, then the index; also those that are there
   * already as they should be.
   */
  files: HomeFile[];
  /** Paths of files of this store that are to go. */
  remove: string[];
  /** Files with an entry. */
  entries: number;
  /** Entries that are in no file; with `provenWorkflows`, workflows only. */
  leftOut: LeftOutEntry[];
}

/** An entry that is in no file. */
export interface LeftOutEntry {
  /** The memory that holds it. */
  path: string;
  /** Its text. */
  text: string;
  /** Why. */
  reason: LeftOutReason;
}

/**
 * Why an entry is in no file: its file would be too long (`size`), there are as many files as there
 * may be (`count`), the index has no room for its line (`index`), or one session alone supports the
 * workflow and no person said it (`unproven`).
 */
export type LeftOutReason = "size" | "count" | "index" | "unproven";
