// What comes of transcripts.

import type { Account } from "./report.js";

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
