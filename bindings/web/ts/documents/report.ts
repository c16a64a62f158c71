// What a dream did, and how sessions went since one was applied.

import type { Trust } from "./words.js";

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
   * Of those, sessions of which too little was understood to count them as read; 0 is left out. The plan says which:
   * `not_understood` of its sessions.
   */
  sessions_not_understood?: number;
  /**
   * Sessions that were read before and mined then, and were shown to a model again for the calls that had no
   * answer; 0 is left out.
   */
  sessions_asked_again?: number;
  /** Sessions of this dream that are read and wait for a model: a call for them has no usable answer; 0 is left out. */
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
   * that were over the budget; a refusal is an answer.
   */
  calls_unanswered?: number;
  /**
   * Of the calls that failed, the ids of those with an answer that nobody can use; left out for none. A host that keeps
   * answers forgets these: they are made again, but for those given up.
   */
  unusable?: string[];
  /** How many of these calls are not made again, after three such answers; 0 is left out. */
  calls_given_up?: number;
  /**
   * Whether no answer about a session was usable, and some were given for the first time: the model is the wrong one.
   * No answer of this dream counts, and the next asks about all of it again; left out when not.
   */
  nothing_usable?: true;
  /** Chunks that no call was made for, because the budget had ended. */
  calls_over_budget: number;
  /** Characters of the prompts of all calls that ended, with what the model is told to do; 0 is left out. */
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
  gates: Partial<Record<"auto" | "review", number>>;
}
