// What documents have in common.

/** What sort of statement an entry is. `index`: a line of `MEMORY.md`. */
export type Kind =
  | "fact"
  | "preference"
  | "workflow"
  | "mistake"
  | "decision"
  | "practice"
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

/** Settings that differ from their defaults, by name; a list of one text has its brackets. */
export type WrittenPolicy = Record<string, boolean | number | string[]>;

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
  /** Digest of the part; empty when only the host says so. */
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
