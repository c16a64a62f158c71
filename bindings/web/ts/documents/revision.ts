// What was decided about a plan.

import type { Figures } from "./report.js";
import type { Fingerprint } from "./words.js";

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
