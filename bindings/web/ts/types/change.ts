// What a plan would change, as a review shows it.

import type { Cause, Gate, Kind, Operation, Provenance, Support, Target, Tier, Trust } from "../documents.js";

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
  /** Whether a person accepts it by its id alone: accepting all leaves it. */
  alone: boolean;
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
