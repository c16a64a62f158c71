// What comes of exports of other stores and of transcripts.

import type { Account } from "./report.js";

/** The memories that the export of another store comes to, and what was not used. */
export interface Adoption {
  /** The form. */
  format: "dreaming.adoption/1";
  /** The memories, by path. `observed_at` is when the oldest entry was written, if all say. */
  memories: { path: string; text: string; observed_at: number | null }[];
  /** The entries, by memory and in its order. */
  entries: AdoptedEntry[];
  /** What was read: an entry counts as understood, an object without a text as of unknown type. */
  account: Account;
  /** Secrets that were cut out. */
  redactions: number;
  /** Characters that were cut out because they only hide something. */
  hidden: number;
  /** Entries that there was no room for: the last ones of a very large export. */
  left_out: number;
  /** Entries that order agents to leave their rules: they stand in no memory. Absent when there are none. */
  quarantined?: AdoptedEntry[];
}

/** One entry of an export. */
export interface AdoptedEntry {
  /** The memory that it stands in. */
  path: string;
  /** Where the other store has it from. */
  source: string | null;
  /** When it was written there. */
  time: number | null;
  /** What it says, in one line. */
  text: string;
  /** Its id there. */
  id: string | null;
}

/** What is in a transcript, as counts that another reader can check. */
export interface Census {
  /** The form. */
  format: "dreaming.census/1";
  /** Format of the transcript, such as `claude-code`; `null` when no importer knows it. */
  transcript: string | null;
  /** Counts by name. Names whose count is 0 are absent. */
  counts: Record<string, number>;
  /** Records by type; `None` for those without one. */
  types: Record<string, number>;
  /** Distinct record ids. */
  distinct_uuids: number;
  /** Distinct session ids, sorted. */
  session_ids: string[];
  /** The least time stamp, as text. */
  first: string | null;
  /** The greatest time stamp, as text. */
  last: string | null;
  /** Distinct models, sorted. */
  models: string[];
  /** Distinct versions of the agent, sorted. */
  versions: string[];
  /** The first five distinct working directories, sorted. */
  cwd: string[];
  /**
   * What the records came to, by name: `message user`, `message agent`, `call Bash`, `result Bash`, `failed Bash`;
   * a result without a call is one of `?`.
   */
  events: Record<string, number>;
  /** Tokens, each response counted once. */
  tokens: { input: number; output: number };
  /** What was used and skipped. */
  account: Account;
}
