// The messages between page and worker. The page draws; the worker has the files and the engine.

import type {
  Document,
  FailedCall,
  Plan,
  Policy,
  PresetDescription,
  Report,
  Rewording,
  SettingDescription,
  SettingValue,
} from "dreaming";

/** A file that a person gave, with its path below the picked or dropped folder. */
export interface Picked {
  path: string;
  file: File;
}

/** A memory and what it says. */
export interface MemoryText {
  path: string;
  text: string;
}

/** A file that was left alone. */
export interface Skipped {
  path: string;
  reason: string;
  /**
   * For a transcript of an unknown format: the program whose format it resembles, or an empty text.
   */
  looksLike?: string;
}

/** The files to dream over, counted. */
export interface Inventory {
  memories: number;
  sessions: number;
  /** Bytes of the transcripts as stored; packed ones are longer when read. */
  bytes: number;
  /** Revisions that an export of the command brought. */
  revisions: number;
  skipped: Skipped[];
  /** Paths of what lies in the folder of the memories and is no memory. */
  others: string[];
}

/** A service that answers model calls. Held in memory only. */
export interface ModelChoice {
  service: "anthropic" | "openai";
  model: string;
  url: string;
  key: string;
  maxCalls: number;
}

/** How far a dream is. */
export interface Step {
  sessions: number;
  sessionsRead: number;
  bytes: number;
  bytesRead: number;
  calls: number;
  callsAnswered: number;
  callsFailed: number;
  /** Milliseconds since it began. */
  elapsed: number;
}

/** A dream that has ended, as the page shows it. */
export interface Dreamed {
  plan: Plan;
  report: Report;
  /** Model calls that got no answer, each with the reason. */
  failed: FailedCall[];
  /** The memories before the dream. */
  memories: MemoryText[];
  /** Sessions that a later dream would read, because one dream takes no more. */
  left: number;
  /** Milliseconds from the request to the plan. */
  took: number;
  /** Statements in the store. */
  entries: number;
}

/** What a person decided. */
export interface Choice {
  accept: string[];
  reject: string[];
  edits: Rewording[];
}

/** One memory before and after a choice. */
export interface FileChange {
  path: string;
  before: string | null;
  after: string | null;
}

/** What applying a choice would write. */
export interface Applied {
  files: FileChange[];
  /** Accepted index lines that need a change that is not accepted. */
  leftOpen: string[];
  /** The record of the revision. */
  record: Document;
}

/** Words around a quote in a transcript. */
export interface Passage {
  lines: { number: number; who: string; text: string; cut: boolean; isQuoted: boolean }[];
  /** Whether the words of the quote were found in the line. */
  found: boolean;
}

/** Number of entries of one group (a trust, an age …), before and after. */
export interface Split {
  name: string;
  before: number;
  after: number;
}

/** The numbers behind the pictures. */
export interface Figures {
  trust: Split[];
  tier: Split[];
  age: Split[];
  unit: "week" | "day";
  periods: {
    start: number;
    good: number;
    bad: number;
    unknown: number;
    calls: number;
    failed: number;
  }[];
  tools: { tool: string; calls: number; failed: number }[];
}

/** Summary of a visit that was kept. */
export interface Kept {
  id: string;
  at: number;
  memories: number;
  sessions: number;
  decisions: number;
}

/** Settings and answers that are kept beside the files. */
export interface Work {
  policy: Record<string, SettingValue>;
  choice: Choice;
}

/** The questions to the worker, each with the form of its answer. */
export interface Questions {
  /** `left`: what could not be read of what was dropped. */
  take: { with: { files: Picked[]; left: Skipped[] }; gives: Inventory };
  sample: { with: null; gives: Inventory };
  clear: { with: null; gives: null };
  settings: { with: null; gives: { settings: SettingDescription[]; presets: PresetDescription[] } };
  /** `again`: also ask again what the model has answered with nothing usable. */
  dream: { with: { policy: Policy; model: ModelChoice | null; again: boolean }; gives: Dreamed };
  cancel: { with: null; gives: null };
  apply: { with: Choice; gives: Applied };
  files: { with: Choice; gives: MemoryText[] };
  documents: { with: Choice; gives: { plan: Document; decision: Document; report: Document } };
  passage: { with: { session: string; part: string; line: number; quote: string }; gives: Passage };
  figures: { with: Choice; gives: Figures };
  keep: { with: Work; gives: boolean };
  kept: { with: null; gives: Kept[] };
  resume: { with: string; gives: { inventory: Inventory; work: Work } };
  forget: { with: string; gives: null };
}

export type Question = keyof Questions;

/** A question on its way to the worker. */
export interface Asked<Q extends Question = Question> {
  id: number;
  ask: Q;
  with: Questions[Q]["with"];
}

/** The messages of the worker. */
export type Said =
  | { tag: "ready" }
  | { tag: "failed"; message: string }
  | { tag: "step"; step: Step }
  | { tag: "answer"; id: number; gives: unknown }
  | { tag: "error"; id: number; message: string; code: string };
