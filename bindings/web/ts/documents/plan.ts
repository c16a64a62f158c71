// What a dream would change, and why.

import type { Gate, Operation, Support, Target } from "../types.js";
import type { Distilled, PairRecord } from "./ledger.js";
import type { SessionRecord } from "./session.js";
import type { Cause, Fingerprint, Kind, PinnedEvidence, Score, Tier, Trust, WrittenPolicy } from "./words.js";

/** A change as the plan holds it. {@link changes} gives the fields that a review shows. */
export interface PlanChange {
  /** Digest of operation, memory, targets, survivor and new text. */
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
  /** Set when a person accepts it by its id alone: accepting all leaves it. */
  alone?: true;
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
  /** The stage that turned it down. */
  stage: "mine" | "check" | "reconcile" | "steer" | "prune" | "index" | "gate";
  /** Why, as a stable word such as `quote-not-found`. */
  reason: string;
  /** What it was, redacted and cut to 300 bytes. */
  text: string;
  /** Where it came from, when known. */
  evidence: PinnedEvidence[];
}

/**
 * What became of a session: read to the end, known to the ledger as it is, or still to be read. Of a pending one that
 * came and was not understood, `not_understood` says how little of it was.
 */
export type SessionOutcome =
  | { state: "read"; record: SessionRecord }
  | { state: "unchanged" }
  | { state: "pending"; reason: string; not_understood?: NotUnderstood };

/** How little of a session was understood, and what it may be. */
export interface NotUnderstood {
  /** Lines with anything on them, of all parts. */
  lines: number;
  /** Those of them that were understood. */
  understood: number;
  /** A guess: the name of a program, such as `GitHub Copilot CLI`, or of a format; empty when nothing known looks like it. */
  looks_like: string;
}

/** What a finding came to when no statement that was written holds it. */
export interface Look {
  /** Digest of its kind and words. */
  statement: string;
  /** Whether it stands for itself: the model named it, but wrote nothing of it that holds. Else it was left. */
  keep: boolean;
}

/** The plan of a dream. */
export interface Plan {
  /** The form. */
  format: "dreaming.plan/1";
  /** Digest of the canonical bytes of the plan without this field: a plan that was edited is refused. */
  digest: string;
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
  policy: WrittenPolicy;
  /** Digest of the instructions of the dream. */
  instructions: string;
  /** For a plan of {@link plan}: digest of the candidates. */
  candidates?: string;
  /** The sessions of the request with what became of them, by id. */
  sessions: { session: string; outcome: SessionOutcome }[];
  /** What a model said of pairs of statements of the store when this dream asked it, by key; absent when it said nothing. */
  compared?: PairRecord[];
  /** What a model wrote from all findings together, by key; absent when it wrote nothing. */
  distilled?: Distilled[];
  /** What the findings came to that no statement of these holds, by statement; absent for none. */
  looked?: Look[];
  /** What would change, in the order in which it is applied. */
  changes: PlanChange[];
  /** More support for what is there, by entry. */
  reinforcements: Reinforcement[];
  /** What a person has to decide. */
  conflicts: OpenConflict[];
  /** What was turned down. */
  rejected: Rejected[];
}
