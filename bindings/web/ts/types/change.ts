// What a plan would change, as a review shows it.

import type { Cause, Gate, Kind, Operation, Provenance, Support, Target, Tier, Trust } from "../documents.js";

/** A change, in the fields that a review shows; the document has all fields. */
export interface Change {
  /** Id; the same change has the same id in every dream. */
  id: string;
  /** The operation: add, merge, supersede, revise or retire. */
  operation: Operation;
  /** The memory that is written. */
  path: string;
  /** The entries that go or are rewritten. */
  targets: Target[];
  /** For a merge: the entry that stays; for a supersede: the entry that already has the newer value. */
  survivor?: Target;
  /** For an addition: the entry after which it is written; absent where it comes into a list of new statements. */
  after?: Target;
  /** Whether it is written as the next step of that entry's numbered list. */
  step: boolean;
  /** The new text; absent when this change writes nothing. */
  text?: string;
  /** What sort of statement it is, when known. */
  kind?: Kind;
  /** The cause of the change. */
  cause: Cause;
  /** The reason, as a sentence. */
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
  /** The reason for the gate. */
  gateReason: string;
  /** Whether a person has to accept it by its id: accepting all leaves it out. */
  alone: boolean;
  /** Ids of the changes of the plan without which it is not applied: they write in other words what its targets say. */
  needs: string[];
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
  /**
   * Whether only the host says that the words stand there, see {@link plan}: the engine has not
   * read them.
   */
  claimed: boolean;
}
