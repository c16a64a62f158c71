// What a store knows beside its memories.

import type { Support } from "../types.js";
import type { SessionRecord } from "./session.js";
import type { Kind, PinnedEvidence, Tier, Trust } from "./words.js";

/** The value of a ledger row: `distilled/<digest>`, `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`. */
export type LedgerValue = Distilled | EntryRecord | MemoryRecord | PairRecord | SessionRecord;

/**
 * A statement that a model wrote from findings of several sessions. Places, trust and support are those of its
 * findings, so that it falls when they do.
 */
export interface Distilled {
  /** Digest of its kind and words. */
  key: string;
  /** What sort of statement it is. */
  kind: Kind;
  /** The statement, one paragraph, redacted. */
  text: string;
  /** Digests of the findings that it rests on, sorted: of kind and words of a statement, or of a tool and its message. */
  findings: string[];
  /** The entry whose place it takes, when the model was shown one and said so. */
  replaces?: string;
}

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
  /** The operation, `outgrown` when sessions show something else by now, or `edited` when a person took it out. */
  by: "merge" | "supersede" | "retire" | "outgrown" | "edited";
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
