// What a read session left in the ledger.

import type { Account } from "./report.js";
import type { Kind, Pin, Trust } from "./words.js";

/** What one read session leaves behind: bounded and redacted. */
export interface SessionRecord {
  /** The session. */
  id: string;
  /** The bytes that were read, by part name. */
  parts: { name: string; bytes: number; digest: string }[];
  /** What was found. */
  notes: SessionNotes;
  /** What it repeats of sessions from which it was forked, in the order of the lines; absent when nothing. */
  histories?: SessionHistory[];
  /** What a model proposed and the check let through, sorted. */
  proposals: Proposal[];
  /**
   * What no model gave a usable answer about, if anything: a digest of what was asked about, its parts counted from 1,
   * what the parts before the first of them were about in a model's words, whether one of the calls was made, and the
   * parts that got answers which nobody can use, each once for every one that counts (left out for none).
   */
  unanswered?: { series: string; parts: number[]; before: string; failed: boolean; tried?: number[] };
  /** Whether only dreams that ask no model have read it as it is; left out when not. */
  unseen?: true;
  /** Whether its evidence was withdrawn; left out when not. */
  withdrawn?: true;
}

/** What a session repeats of another one. It counts when that one was not read. */
export interface SessionHistory {
  /** The part that holds it. */
  part: string;
  /** Its last line there. */
  last_line: number;
  /** Whether a model was asked about it with this session, as with no other; left out when not. */
  asked?: true;
  /** What was found in it: the origin in its notes is the other session. */
  record: SessionRecord;
}

/** What was found in one session, without any model. */
export interface SessionNotes {
  /** Name of the format, such as `claude-code`; empty when no importer knew it. */
  format: string;
  /** The session id inside the transcript. */
  origin: string;
  /** A digest of the first message: sessions that share it count once; absent when it has no id or time. */
  root?: string;
  /** The agent. */
  agent: string | null;
  /** The person. */
  principal: string | null;
  /** What the agent is for; absent when nothing says so. */
  role?: string;
  /** The category of its task; absent when nothing says so. */
  task?: string;
  /** The first working directory; absent when nothing says so. */
  cwd?: string;
  /** The first branch; absent when nothing says so. */
  branch?: string;
  /** Time of the first event. */
  first: number | null;
  /** Time of the last event. */
  last: number | null;
  /** Events that were used. */
  events: number;
  /** Tokens that model calls used; absent when nothing says how many. */
  tokens?: { input: number; output: number };
  /** What says how the session went; absent when nothing does. */
  outcomes?: { metric: Metric; pin: Pin }[];
  /** Calls by tool. */
  tools?: { tool: string; calls: number; failed: number }[];
  /** Calls of commands of shells whose end is known, by program and subcommand. */
  commands?: { tool: string; calls: number; failed: number }[];
  /** Work given to other agents. */
  hand_offs?: { to: string; failed: boolean | null; pin: Pin }[];
  /** The words that tell the task. */
  topic?: string[];
  /** Calls that changed something outside files and shells. */
  actions?: { name: string; arguments: string; pin: Pin }[];
  /** What was done that `actions` does not list: calls that were cut off, commands, files; 0 when it is missing. */
  actions_unlisted?: number;
  /** Digests of the statements of memories that were shown to the agent. */
  recalled?: string[];
  /** Steps of the project's own that documents shown to the agent name, sorted; absent when none. */
  documented?: string[];
  /**
   * Calls that failed, with what then worked, in transcript order; `retry` is there when that is the same command
   * without the words that stood in front of it.
   */
  failures: {
    tool: string;
    template: string;
    pin: Pin;
    cure: { step: string; pin: Pin; retry?: { failed: string; left_out: string } } | null;
  }[];
  /**
   * Values that the session showed to be wrong, with the right one; what they were given to (a tool) and as (a
   * field or option), each absent when nothing tells.
   */
  refutations: { given_to?: string; given_as?: string; wrong: string; right: string; pins: Pin[] }[];
  /** Preferences and corrections in the user's own words, in transcript order. */
  statements: Statement[];
  /** Distinct steps that worked, the most frequent first. */
  steps: { name: string; pin: Pin }[];
  /** The order of the steps as indexes, by thread; left out when the steps stand in it. */
  order?: number[][];
  /** Instruction-like or hidden text from tools and pages, kept as evidence only. */
  quarantined: { reason: string; pin: Pin }[];
  /** What was found but cut off by `notes.max-bytes`. */
  dropped: number;
  /** Secrets that were cut out of everything kept. */
  redactions: number;
  /** What the importer used and skipped, over all parts. */
  account: Account;
}

/** One number about a session. Values are in millionths. */
export interface Metric {
  /** What was measured. */
  name: string;
  /** Where it comes from. */
  source: "weak" | "rubric" | "graded" | "measured";
  /** The value in millionths. */
  value: number;
  /** From which value on it counts as reached. */
  goal: number | null;
  /** Which values are good. */
  better: "higher" | "lower";
  /** How much it counts among the metrics of its session, in percent. */
  weight: number;
}

/** Words of a person that ask for something beyond the task at hand. */
export interface Statement {
  /** A standing instruction, or a newer value for something. */
  kind: "preference" | "correction" | "fact";
  /** The sentence, redacted. */
  text: string;
  /** What no longer holds, for a correction. */
  wrong: string | null;
  /** What holds instead, for a correction. */
  right: string | null;
  /** The subject that the value belongs to, when the sentence names it. */
  subject: string | null;
  /** Where it is. */
  pin: Pin;
}

/** What a model proposed and the check let through. */
export interface Proposal {
  /** What sort of statement it is. */
  kind: Kind;
  /** The statement, redacted. */
  text: string;
  /** Subject and attribute, lower case, when the model gave one. */
  subject: string | null;
  /** The value that no longer holds. */
  wrong: string | null;
  /** The value that holds. */
  right: string | null;
  /** The entry whose place it takes, when the model was shown one and said so. */
  corrects?: string;
  /** Places that support it; each quote was found word for word. */
  pins: Pin[];
  /** The lowest trust of those places. */
  trust: Trust;
  /**
   * What it came to when a model wrote from all findings together: `true` = it stands for itself, `false` = it was left;
   * absent when a statement that was written holds it, or no model has seen it yet.
   */
  worth?: boolean;
}
