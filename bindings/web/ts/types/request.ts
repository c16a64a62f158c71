// What a dream is asked to do, what it needs, and what it comes to.

import type { Policy } from "./policy.js";
import type { Document } from "./stored.js";

/** One file of a session. */
export interface Part {
  /**
   * `main` for the main file; for a sub-agent's or a spilled file its path relative to the
   * session's own folder, such as `subagents/agent-a1.jsonl`.
   */
  name: string;
  /**
   * Length in bytes now, unpacked. A session whose parts all have the lengths that the ledger knows
   * is not read again. It is no error when reading gives another length.
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
   * Pairs of entries of the store, by the ids that {@link entries} gives, that the host calls
   * alike, whatever their words are: a model is asked about these pairs too, the most alike first,
   * under the same guards and within `compare.max-calls`. Of more than 10,000 pairs the most alike
   * count; a pair with an entry that is not in the store is ignored. None when absent.
   */
  similarities?: Iterable<Similarity> | undefined;
}

/** What a plan of statements that the host found is asked for, see {@link plan}. */
export type PlanRequest = Pick<Request, "policy" | "instructions" | "now">;

/** Two statements that a measure of the host (embeddings, say) calls alike. */
export interface Similarity {
  /** Id of one: of a host's own statement, or of an entry. */
  a: string;
  /** Id of the other. */
  b: string;
  /**
   * How alike, in parts per million, a whole number. It orders and is shown; it decides nothing.
   */
  similarity: number;
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
 * The outcome of a model call: the model's text, unchecked; a refusal; or a call that failed
 * for good, with the reason. A text over 1 MiB, or one that is no Unicode, counts as failed.
 */
export type Answer = { tag: "text"; val: string } | { tag: "refused" } | { tag: "failed"; val: string };

/** A recorded answer, for a replay. */
export interface RecordedAnswer {
  /** The id of the call. */
  call: string;
  /** The answer to the call. */
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
