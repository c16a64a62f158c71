// What `JSON.parse` makes of the documents. Fields are named as in the JSON; what is unknown is
// `null`, never absent. Times are milliseconds since 1970, digests 64 hexadecimal digits.

import type { Gate, Operation, Policy, Support, Target } from "./types.js";

/** What sort of statement an entry is. `index`: a line of `MEMORY.md`. */
export type Kind =
  | "fact"
  | "preference"
  | "workflow"
  | "mistake"
  | "decision"
  | "practice"
  | "heuristic"
  | "training-priority"
  | "index";

/** How far a statement is trusted; later is higher. */
export type Trust = "external" | "tool" | "agent" | "verified" | "user";

/** How established an entry is: seen once, in several sessions, in many on several days. */
export type Tier = "short" | "intermediate" | "long";

/**
 * Where words come from: a person typed them, an agent wrote them, a call and its arguments, what a
 * tool printed about its own work, what a tool brought in from elsewhere, what the harness put in,
 * and what a memory put into the session, which is never evidence.
 */
export type Provenance =
  | "user"
  | "agent"
  | "tool-use"
  | "tool-result"
  | "external"
  | "harness"
  | "recalled";

/** Why a change is proposed. */
export type Cause =
  | "recurring"
  | "stated"
  | "distilled"
  | "noticed"
  | "duplicate"
  | "brought"
  | "newer-value"
  | "corrected"
  | "shared"
  | "refuted"
  | "stale"
  | "outgrown"
  | "withdrawn"
  | "over-budget"
  | "secret"
  | "index"
  | "dangling"
  | "index-limit";

/** Which engine made a document. Another one may give other bytes for equal inputs. */
export interface Fingerprint {
  /** Version of the engine. */
  engine: string;
  /** Parser of memories, with version. */
  markdown: string;
  /** Version of the rules that find secrets. */
  secrets: number;
  /** Version of the Unicode tables. */
  unicode: string;
  /** A number of all words in the tables of the engine, in hexadecimal digits. */
  words: string;
}

/** A place inside a session. */
export interface Pin {
  /** The part of the session. */
  part: string;
  /** Line of the part, counted from 1. */
  line: number;
  /** First byte of the quote in the decoded event text before redaction. */
  start: number;
  /** The byte after the last one of the quote there. */
  end: number;
  /** Id of the event as the transcript gives it, else `line-` and the line. */
  event: string;
  /** When it happened, by the transcript. */
  time: number | null;
  /** Where the words come from. */
  provenance: Provenance;
  /** The words, redacted, at most 300 bytes. */
  quote: string;
  /** Digest of the redacted words before they were cut. */
  quote_digest: string;
}

/** A place in a transcript, with the bytes of the part as they were read. */
export interface PinnedEvidence extends Pin {
  /** The session. */
  session: string;
  /** Length of the part in bytes. */
  part_bytes: number;
  /** Digest of the part. */
  part_digest: string;
  /** Set when only the host says so, see {@link plan}. */
  claimed?: true;
}

/** A score in named parts, each in parts per million. It orders what a person sees, no more. */
export interface Score {
  /** Weighted sum of the parts. */
  total: number;
  /** How recent. */
  recency: number;
  /** How widely supported. */
  support: number;
  /** How sessions fared in which it was in use or was done; 211,324 where no outcome is known. */
  outcome: number;
  /** How far its source is trusted. */
  trust: number;
  /** How much of the instructions it speaks about. */
  relevance: number;
}

/** A change as the plan holds it. {@link changes} gives the fields that a review shows. */
export interface PlanChange {
  /** Digest of operation, targets and new text. */
  id: string;
  /** What is done. */
  operation: Operation;
  /** The memory that is written. */
  path: string;
  /** What sort of statement it is about, when known. */
  kind: Kind | null;
  /** The entries that go or are rewritten, sorted; empty for an addition. */
  targets: Target[];
  /** For a merge: the entry that stays. */
  survivor: Target | null;
  /** The new text, when something is written. */
  text: string | null;
  /** Why. */
  cause: Cause;
  /** Why, as a sentence. */
  because: string;
  /** Where it comes from, sorted. */
  evidence: PinnedEvidence[];
  /** How widely it is supported. */
  support: Support;
  /** The trust of the result: never more than the lowest of its roots. */
  trust: Trust;
  /** The tier of the result. */
  tier: Tier;
  /** The subject whose value it sets, when known. */
  subject: string | null;
  /** Whose preference it is, when scoped. */
  principal: string | null;
  /** When the new value begins to hold, by its source. */
  valid_from: number | null;
  /** Time of the newest evidence, by its source. */
  last_seen: number | null;
  /** The score, part by part. */
  score: Score;
  /** Whether it may be applied unattended. */
  gate: Gate;
  /** Why that gate. */
  gate_reason: string;
}

/**
 * The support of an entry as it is from now on: more, less because sessions were withdrawn, or another
 * tier because of an open conflict. Touches the ledger only.
 */
export interface Reinforcement {
  /** The entry. */
  entry: string;
  /** Its evidence from now on, sorted. */
  evidence: PinnedEvidence[];
  /** Its support from now on. */
  support: Support;
  /** Its tier from now on. */
  tier: Tier;
  /** Its last-seen time from now on. */
  last_seen: number | null;
}

/** Two statements about one subject of which neither is known to be newer. */
export interface OpenConflict {
  /** What both are about. */
  subject: string;
  /** The entry of the store. */
  entry: Target;
  /** The other entry, when the store disagrees with itself; `null` when the other statement is from a session. */
  other: Target | null;
  /** The other statement. */
  text: string;
  /** Where that one comes from. */
  evidence: PinnedEvidence[];
  /** Why it could not be decided. */
  reason: string;
}

/** What was turned down, and why. */
export interface Rejected {
  /** The stage that turned it down: `read`, `mine`, `check`, `reconcile`, `prune`, `gate`. */
  stage: string;
  /** Why, as a stable word such as `quote-not-found`. */
  reason: string;
  /** What it was, redacted and cut to 300 bytes. */
  text: string;
  /** Where it came from, when known. */
  evidence: PinnedEvidence[];
}

/** What became of a session: read to the end, known to the ledger as it is, or still to be read. */
export type SessionOutcome =
  | { state: "read"; record: SessionRecord }
  | { state: "unchanged" }
  | { state: "pending"; reason: string };

/** The plan of a dream. */
export interface Plan {
  /** The form. */
  format: "dreaming.plan/1";
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** The revision that it was made for, when there is one. */
  base: string | null;
  /** Digest of the memories that it was made for. */
  memories: string;
  /** Root of the ledger that it was made for. */
  ledger: string;
  /** The `now` of the dream. */
  now: number;
  /** The settings of the dream that differ from their defaults. */
  policy: Policy;
  /** Digest of the instructions of the dream. */
  instructions: string;
  /** For a plan of {@link plan}: digest of the candidates. */
  candidates?: string;
  /** The sessions of the request with what became of them, by id. */
  sessions: { session: string; outcome: SessionOutcome }[];
  /** What a model said of pairs of statements of the store when this dream asked it, by key; absent when it said nothing. */
  compared?: PairRecord[];
  /** What would change, in the order in which it is applied. */
  changes: PlanChange[];
  /** More support for what is there, by entry. */
  reinforcements: Reinforcement[];
  /** What a person has to decide. */
  conflicts: OpenConflict[];
  /** What was turned down. */
  rejected: Rejected[];
}

/** What an importer used and skipped, as counts. */
export interface Account {
  /** Lines with anything on them. */
  lines: number;
  /** Lines that were used or known to carry nothing for memory. */
  understood: number;
  /** Lines that are not JSON, a cut last line included. */
  not_json: number;
  /** Lines that are JSON but no object. */
  not_object: number;
  /** Objects of a type that this version does not know. */
  unknown_type: number;
  /** Lines over the length limit of the policy. */
  too_long: number;
  /** Lines with bytes that are not UTF-8; read with U+FFFD in their place. */
  not_utf8: number;
  /** Events with a time after `now`; used without their time. */
  future_time: number;
  /** Records whose id was read before in the same part; used once. */
  repeated: number;
  /** Event texts that no prompt had room for. */
  not_shown: number;
}

/** What a dream did, in numbers. */
export interface Report {
  /** The form. */
  format: "dreaming.report/1";
  /** Memories of the store. */
  memories: number;
  /** Entries that were understood. */
  entries: number;
  /** Sessions of the request. */
  sessions: number;
  /** Sessions that were read to the end now. */
  sessions_read: number;
  /** Sessions that the ledger knew. */
  sessions_unchanged: number;
  /** Sessions that stay pending. */
  sessions_pending: number;
  /**
   * Sessions that were read before and mined then, and were shown to a model again for the calls that had no
   * answer; 0 is left out.
   */
  sessions_asked_again?: number;
  /** Sessions of this dream that are read and wait for a model: a call for them has no answer; 0 is left out. */
  sessions_unanswered?: number;
  /** Sessions that are a second file of another session of the store; counted once. */
  sessions_doubled: number;
  /** Sessions that the policy does not select; absent when there are none. */
  sessions_left_out?: number;
  /** Bytes of transcripts that were fed. */
  bytes: number;
  /** Events that were used. */
  events: number;
  /** What the importers used and skipped. */
  account: Account;
  /** Candidates that the miner found. */
  mined: number;
  /** Candidates seen in one session only, that wait for another. */
  waiting: number;
  /** Secrets that were cut out. */
  redactions: number;
  /** Places that were quarantined. */
  quarantined: number;
  /** Model calls that were asked for. */
  calls: number;
  /** Calls that were answered with something usable. */
  calls_answered: number;
  /** Calls that failed, were refused, or were answered with something unusable. */
  calls_failed: number;
  /**
   * Of the calls that failed, those that got no answer at all; 0 is left out. They are made again, like those
   * that were over the budget; a refusal and words that nobody can use are answers.
   */
  calls_unanswered?: number;
  /** Chunks that no call was made for, because the budget had ended. */
  calls_over_budget: number;
  /** Characters of the prompts of all calls about sessions, with what the model is told to do; 0 is left out. */
  prompt_characters?: number;
  /**
   * Characters of what there was to show in the sessions of these calls: texts, inputs and results of tools,
   * after the import and before anything was cut; 0 is left out.
   */
  transcript_characters?: number;
  /** Proposals about the sessions that were read that the check let through, now or in an earlier dream. */
  proposals: number;
  /** Changes with gate `auto`. */
  changes_auto: number;
  /** Changes with gate `review`. */
  changes_review: number;
  /** Changes with gate `blocked`. */
  changes_blocked: number;
  /** Whether anything recurred in the sessions of the store. */
  recurred: boolean;
  /** How far unattended changes and those of the last dreams change the store; shares of 0 are absent. */
  drift?: DriftShare[];
  /** How sessions went under the last revisions, the newest first. */
  in_force?: InForce[];
  /** Revisions to go back to, because sessions go worse since. */
  reverts?: ProposedRevert[];
  /** What a person should know, as sentences. */
  notes: string[];
}

/** A share that the drift monitor looks at, in parts per million. */
export interface DriftShare {
  /** The setting that limits it, such as `drift.added`. */
  setting: string;
  /** What the unattended changes of this dream come to. */
  dream: number;
  /** The limit for one dream. */
  dream_limit: number;
  /** What they come to together with the last dreams. */
  window: number;
  /** The limit for those. */
  window_limit: number;
}

/** How the sessions went that began while a revision was in force. */
export interface InForce {
  /** Number of the revision. Edits by people belong to the revision before them. */
  revision: number;
  /** Sessions of which something is known. */
  sessions: number;
  /** What went well, in hundredths of a session that was measured. */
  good: number;
  /** What went badly, likewise. */
  bad: number;
  /** The lower bound of how often it went well, in parts per million. */
  bound: number;
}

/** Going back is proposed: sessions went worse since a dream than before it. */
export interface ProposedRevert {
  /** The revision that a dream made, since which sessions go worse. */
  from: number;
  /** The revision before it. */
  to: number;
  /** How sessions went since. Both bounds are taken at the weight of the side of which less is known. */
  since: InForce;
  /** How they went before. */
  before: InForce;
}

/** What the changes of a dream did to a store, as counts. */
export interface Figures {
  /** Entries that were added. */
  added: number;
  /** Entries that went into others. */
  merged: number;
  /** Entries that newer values replaced. */
  superseded: number;
  /** Entries that were taken out. */
  retired: number;
  /** Bytes of the statements that were written. */
  bytes_written: number;
  /** Bytes of the statements that went. */
  bytes_lost: number;
  /** Statements that were written, by trust. */
  trust: Partial<Record<Trust, number>>;
  /** Changes, by gate. */
  gates: Partial<Record<"auto" | "review" | "blocked", number>>;
}

/** What was decided about one change. */
export interface Verdict {
  /** The change. */
  change: string;
  /** Whether it was applied; otherwise it was rejected. */
  accepted: boolean;
  /** The evidence that it had: a digest of session and quote for each piece, sorted. */
  evidence: string[];
  /** When it was applied in other words: their salted digest. */
  edited?: string;
}

/** The record of a revision. The digest of its text is its id. */
export interface RevisionRecord {
  /** The form. */
  format: "dreaming.revision/1";
  /** 1 for the first revision, then one more each. */
  number: number;
  /** The revision before; `null` for the first. */
  parent: string | null;
  /** How it came about: first seen, changed between dreams, a plan, a state restored, something erased. */
  kind: "import" | "edit" | "dream" | "revert" | "erase" | "gather";
  /** When, by the host. */
  now: number;
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** Digest of the memories. */
  memories: string;
  /** Root of the ledger. */
  ledger: string;
  /** Digest of the plan, for a dream. */
  plan: string | null;
  /** The revision whose state was restored, for a revert. */
  restores: string | null;
  /** What was decided, by change. */
  verdicts: Verdict[];
  /** For a dream that changed something: how much. */
  figures?: Figures;
  /** For a dream: digest of the sessions that had been read when it was applied. */
  cursor?: string;
  /** Who decided; empty when nobody had to. */
  reviewer: string;
  /** Why, in the reviewer's words. */
  note: string;
}

/** The value of a ledger row: `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`. */
export type LedgerValue = EntryRecord | MemoryRecord | PairRecord | SessionRecord;

/** What a model said of two texts that it compared. */
export interface PairRecord {
  /** Digest of both texts, whichever stands first. */
  key: string;
  /** Digest of each text, sorted. */
  texts: [string, string];
  /** What it said. */
  said: "same" | "updates" | "contradicts" | "independent";
}

/** What is known about one entry beside its place in the text. */
export interface EntryRecord {
  /** Given at first sight, kept for ever. */
  id: string;
  /** The memory that holds it, or held it last. */
  path: string;
  /** Its text, without list mark and surrounding white space. */
  text: string;
  /** Who brought it in: there before the first revision, a person or agent, or a dream. */
  origin: "imported" | "written" | "dream";
  /** What sort of statement it is, when known. */
  kind: Kind | null;
  /** How far it is trusted. */
  trust: Trust;
  /** How established it is. */
  tier: Tier;
  /** The subject whose newest value counts, when known. */
  subject: string | null;
  /** Whose preference it is; `null` = everybody's. */
  principal: string | null;
  /** Where its support comes from, sorted, at most `ledger.max-evidence`. */
  evidence: PinnedEvidence[];
  /** What supports it, beyond the kept evidence. */
  support: Support;
  /** When it was first true, by its source. */
  valid_from: number | null;
  /** When its value was replaced, by the source of the newer value. */
  valid_to: number | null;
  /** The time of its source: the newest of evidence and observed-at. */
  last_seen: number | null;
  /** Entries whose place it took. */
  supersedes: string[];
  /** The entry that it may be an edited form of, when that could not be decided. */
  maybe_from: string | null;
  /** Set when it is no longer in the store. */
  retired: Retirement | null;
  /** The stores that it came from, sorted; see `gather`. */
  sources?: EntrySource[];
  /** Who found it in sessions, when its words are those of what was found. */
  finder?: "miner" | "model" | "host";
}

/** A store that said what an entry says. */
export interface EntrySource {
  /** The name under which it was taken in. */
  store: string;
  /** The first 16 hexadecimal digits of the digest of the statement as it came. */
  key: string;
}

/** Why an entry is no longer in the store. */
export interface Retirement {
  /** Number of the revision that retired it. */
  revision: number;
  /** The operation: `merge`, `supersede`, `retire`, or `edited` when a person took it out. */
  by: string;
  /** The entry that took its place, if one did. */
  superseded_by: string | null;
}

/** What is known about a memory as a whole. */
export interface MemoryRecord {
  /** Where it is. */
  path: string;
  /** Salted digest of its text. */
  digest: string;
  /** When its text was last written, by its source. */
  observed_at: number | null;
}

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
   * What no model answered about it, if anything: a digest of what was asked about, its parts counted from 1, what
   * the parts before the first of them were about in a model's words, and whether one of the calls was made.
   */
  unanswered?: { series: string; parts: number[]; before: string; failed: boolean };
  /** Whether its evidence was withdrawn; left out when not. */
  withdrawn?: true;
}

/** What a session repeats of another one. It counts when that one was not read. */
export interface SessionHistory {
  /** The part that holds it. */
  part: string;
  /** Its last line there. */
  last_line: number;
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
  /** Calls that failed, with what then worked, in transcript order. */
  failures: { tool: string; template: string; pin: Pin; cure: { step: string; pin: Pin } | null }[];
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
  source: "weak" | "graded" | "measured";
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
}

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
