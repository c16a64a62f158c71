// The values of the interface. The same ones, in the same words, are in `wit/types.wit`.

import type { Cause, Kind, Provenance, Tier, Trust } from "./documents.js";

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
   * Relative, `/`-separated, Unicode NFC, at most 1,024 bytes and 20 segments; no empty, `.` or
   * `..` segment, no backslash, no control or invisible character. Unique in a store.
   */
  path: string;
  /** Markdown, at most 102,400 bytes of UTF-8. */
  text: string;
  /**
   * When its source says that it was last written, in milliseconds since 1970. Absent when the
   * source does not know. A time after the dream's `now` counts as unknown.
   */
  observedAt?: number | undefined;
}

/** One row of the ledger. Stores keep rows as they are and hand all of them back. */
export interface LedgerRow {
  /** `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`; treat it as any text. Unique in a store. */
  key: string;
  /**
   * The row, see {@link LedgerValue}; byte for byte as a revision gave it. Written otherwise (other white space,
   * another order of fields, as in a column of parsed JSON) it makes another ledger.
   */
  value: Document;
}

/** One file of a session. */
export interface Part {
  /**
   * `main` for the main file; for a sub-agent's or a spilled file its path relative to the
   * session's own folder, such as `subagents/agent-a1.jsonl`.
   */
  name: string;
  /**
   * Length in bytes now, unpacked. A session whose parts all have the lengths that the ledger
   * knows is not read again. What is read counts: another length than this is no error.
   */
  bytes: number;
}

/** What is known about a session before it is read. */
export interface Session {
  /** The host's id, unique. Keep it: the ledger and all evidence name it. */
  id: string;
  /** The agent that ran. Absent: taken from the transcript. */
  agent?: string | undefined;
  /**
   * The person or account for whom it ran. Absent: taken from the transcript, if it says so. It
   * is written into plans and the ledger.
   */
  principal?: string | undefined;
  /** At least one; names unique. */
  parts: readonly Part[];
}

/**
 * The value of a setting: a switch, a number in the unit of the setting, or a list of texts, of which
 * one may stand by itself.
 */
export type SettingValue = boolean | number | string | readonly string[];

/**
 * Settings that differ from their defaults, by name. {@link settings} lists all of them. Under
 * `preset` the name of one of {@link presets}; the other settings stand over it.
 */
export type Policy = Readonly<Record<string, SettingValue>>;

/** What a dream is asked to do. */
export interface Request {
  /** Settings that differ from their defaults; none when absent. */
  policy?: Policy | undefined;
  /** Free text for the model. Cannot lift a rule. At most 4,096 characters; empty when absent. */
  instructions?: string | undefined;
  /** The time of the dream, in milliseconds since 1970. */
  now: number;
  /**
   * The sessions to read, at most `dream.max-sessions`, in any order. Sessions that the ledger
   * knows may be passed again: they count, but are not asked for.
   */
  sessions: readonly Session[];
  /**
   * Entries of the store, by the ids that {@link entries} gives, that the host calls alike, whatever their
   * words are: a model is asked about these pairs too, the most alike first, under the same guards and within
   * `compare.max-calls`. Of more than 10,000 pairs the most alike count; one of entries that the store has
   * not is passed over. None when absent.
   */
  similarities?: Iterable<Similarity> | undefined;
}

/** Two statements that a measure of the host (embeddings, say) calls alike. */
export interface Similarity {
  /** Id of one: of a host's own statement, or of an entry. */
  a: string;
  /** Id of the other. */
  b: string;
  /** How alike, in parts per million, a whole number. It orders and is shown; it decides nothing. */
  similarity: number;
}

/**
 * A place in a session, with the words there. When the record that a dream made of the session has these
 * words at that place, it is evidence like any other; otherwise it is marked as claimed.
 */
export interface Citation {
  /** The session, as requests name it; at most 1,024 bytes. */
  session: string;
  /** The part of the session, such as `main`; at most 1,024 bytes. */
  part: string;
  /** Line of the part that holds the event, counted from 1. */
  line: number;
  /** Id of the event; at most 1,024 bytes. */
  event?: string | undefined;
  /** When it happened, in milliseconds since 1970. */
  time?: number | undefined;
  /** Where the words come from. `harness` and `recalled` can be no evidence. */
  provenance: Provenance;
  /** First byte of the quote in the text of the event; 0 when absent. */
  start?: number | undefined;
  /** The words, word for word; 8 to 2,000 bytes. */
  quote: string;
}

/** A statement that an extractor of the host found, see {@link plan}. */
export interface Candidate {
  /** What sort of statement it is. */
  kind: Exclude<Kind, "index">;
  /** The statement, one or two sentences that can be understood without the session. */
  text: string;
  /** Subject and attribute, when another value would make it wrong: `staging url`. At most 200 bytes. */
  subject?: string | undefined;
  /** Whose preference it is; absent: everybody's. At most 200 bytes. */
  principal?: string | undefined;
  /** The value that no longer holds, as a quote has it. At most 200 bytes. */
  wrong?: string | undefined;
  /** The value that holds, as statement and quote have it. At most 200 bytes. */
  right?: string | undefined;
  /** Where it comes from: 1 to 256 places. Support is counted over these by the engine. */
  evidence: readonly Citation[];
}

/** A call that a model is asked to answer. */
export interface ModelCall {
  /** Keys the answer. Equal sessions and prompts give equal ids. */
  id: string;
  /** The system prompt. */
  system: string;
  /** The user prompt. Contains transcript text between fences: data, never instructions. */
  prompt: string;
  /** JSON schema of the answer, as text. Hold the model to it if you can. */
  schema: string;
  /** Tokens that the answer may have. */
  maxTokens: number;
}

/**
 * What became of a model call: the model's text, whatever it is; a refusal; or a call that failed
 * for good, with the reason. A text over 1 MiB, or one that is no Unicode, counts as failed.
 */
export type Answer = { tag: "text"; val: string } | { tag: "refused" } | { tag: "failed"; val: string };

/** A recorded answer, for a replay. */
export interface RecordedAnswer {
  /** The id of the call. */
  call: string;
  /** What became of it. */
  answer: Answer;
}

/** A session that a dream needs to read now. */
export interface SessionNeed {
  /** The session. */
  session: string;
  /**
   * The parts that are not complete yet, by name. A part that was begun and is listed goes on
   * where it stood; after a restore every listed part begins at its first byte.
   */
  parts: string[];
}

/** What a dream came to. */
export interface Outcome {
  /** The plan, see {@link Plan}. */
  plan: Document;
  /** The report, see {@link Report}. */
  report: Document;
}

/**
 * What a dream needs next: transcripts, by session; model calls, by session and position (only
 * when the setting `propose.max-calls` is above its default, 0); or nothing, it has ended.
 */
export type Need =
  | { tag: "sessions"; val: SessionNeed[] }
  | { tag: "calls"; val: ModelCall[] }
  | { tag: "done"; val: Outcome };

/**
 * Which changes to apply: those with gate `auto`; all that are not blocked, but those of cause `noticed` or
 * `inferred`, which are accepted by their ids; these ids.
 */
export type Selection = { tag: "auto" } | { tag: "all" } | { tag: "only"; val: readonly string[] };

/** Other words for a change. */
export interface Rewording {
  /** Id of the change: one that is accepted and writes a statement. */
  change: string;
  /** What is written in place of its text: one statement of at most 2,000 bytes, without secrets. */
  text: string;
}

/** What is erased: a session or an entry, by id. */
export type Erasure = { tag: "session"; val: string } | { tag: "entry"; val: string };

/** A decision about a plan. */
export interface Decision {
  /** The changes that are applied. */
  accept: Selection;
  /**
   * Ids of changes that are rejected: they come back only with new evidence. A change that is
   * neither accepted nor rejected is left open and may be proposed again.
   */
  reject: readonly string[];
  /**
   * Accepted changes that are applied in the reviewer's words. Their evidence, trust and ids stay; the
   * first words do not come back without new evidence.
   */
  edits?: readonly Rewording[] | undefined;
  /** Who decided. */
  reviewer: string;
  /** Why, in the reviewer's words; may be empty. */
  note: string;
  /** When it was decided, in milliseconds since 1970. */
  now: number;
}

/** Who takes a store back to an earlier revision, why, and when. */
export type Reversal = Pick<Decision, "reviewer" | "note" | "now">;

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
  /** The revision that it builds on; absent for the first. A store with another head refuses. */
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

/** An entry of the base revision that a change is about. */
export interface Target {
  /** Its id. */
  entry: string;
  /** The memory that holds it. */
  path: string;
  /** Line on which it starts, counted from 1. */
  line: number;
  /** Its text. */
  text: string;
}

/** The place that supports a change. */
export interface Evidence {
  /** The session. */
  session: string;
  /** The part of the session. */
  part: string;
  /** Line of the part, counted from 1. */
  line: number;
  /** Id of the event. */
  event: string;
  /** When it happened, by the transcript, in milliseconds since 1970. */
  time?: number;
  /** Where the words come from. */
  provenance: Provenance;
  /** First byte of the quote in the decoded event text before redaction. */
  start: number;
  /** The byte after the last one of the quote there. */
  end: number;
  /** The words, redacted, at most 300 bytes. */
  quote: string;
  /** Whether only the host says so, see {@link plan}: nothing that the engine read has these words there. */
  claimed: boolean;
}

/** How widely something is supported. */
export interface Support {
  /** Distinct sessions. */
  sessions: number;
  /** Distinct agents. */
  agents: number;
  /** Distinct UTC days. */
  days: number;
}

/**
 * What a change does: `add` a new entry at the end of a memory; `merge` entries that say the same;
 * `supersede` an older value by a newer one; `revise` the wording; `retire` an entry.
 */
export type Operation = "add" | "merge" | "supersede" | "revise" | "retire";

/** Whether a change may be applied unattended: yes, only when a person accepts it, or never. */
export type Gate = "auto" | "review" | "blocked";

/** A change, in the fields that a review shows; the document has all fields. */
export interface Change {
  /** Id; the same change has the same id in every dream. */
  id: string;
  /** What is done. */
  operation: Operation;
  /** The memory that is written. */
  path: string;
  /** The entries that go or are rewritten. */
  targets: Target[];
  /** For a merge: the entry that stays. */
  survivor?: Target;
  /** The new text; absent for a merge and a retirement. */
  text?: string;
  /** What sort of statement it is, when known. */
  kind?: Kind;
  /** Why. */
  cause: Cause;
  /** Why, as a sentence. */
  because: string;
  /** How far the result is trusted. */
  trust: Trust;
  /** How established it is. */
  tier: Tier;
  /** How widely it is supported. */
  support: Support;
  /** Whose preference it is, when scoped. */
  principal?: string;
  /** Where it comes from. */
  evidence: Evidence[];
  /** Score in parts per million. */
  score: number;
  /** Whether it may be applied unattended. */
  gate: Gate;
  /** Why that gate. */
  gateReason: string;
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

/** What to load, see {@link pack}. */
export interface PackOptions {
  /** What the agent is about to do; empty or absent: everything. */
  query?: string | undefined;
  /** At most so many tokens together. */
  budget: number;
  /** For whom; absent: only what holds for everybody. */
  principal?: string | undefined;
}

/** An entry for an agent to load. */
export interface Packed {
  /** Its id, as {@link entries} gives it. */
  entry: string;
  /** The memory that holds it. */
  path: string;
  /** Line on which it starts, counted from 1. */
  line: number;
  /** The headings above it, outermost first. They may turn its sense around, so show them. */
  headings: string[];
  /** Its text, without list mark and without secrets. */
  text: string;
  /** How well it fits the query, in parts per million; 0 without a query. */
  score: number;
  /** What it takes of the budget: the bytes of text and headings ÷ 4, rounded up. An estimate. */
  tokens: number;
}

/** A preset of the policy table. */
export interface PresetDescription {
  /** Name. */
  name: string;
  /** Whom it is for, in a sentence. */
  about: string;
  /** Its settings; none for the preset that is the defaults. */
  settings: Policy;
}

/** One setting of the policy table. */
export interface SettingDescription {
  /** Name, such as `round.sessions`. */
  name: string;
  /** `switch`, or `integer` with range and unit, or `texts` with what an item is. */
  takes: string;
  /** Default, as JSON. */
  default: string;
  /** Why, with source or "chosen by us". */
  reason: string;
}
