import type { Fingerprint, WrittenPolicy } from "./documents.js";

/**
 * What `JSON.parse` makes of the document of {@link stats}. Shares are in parts per million and `null`
 * where there is nothing to take a share of; times are milliseconds since 1970.
 */
export interface Stats {
  /** The form. */
  format: "dreaming.stats/1";
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** The time it was asked for. */
  now: number;
  /** What was selected. */
  policy: WrittenPolicy;
  /** Sessions that are a second file of another one; counted nowhere. */
  doubled: number;
  /** Sessions that the selection left out; counted nowhere. */
  left_out: number;
  /** All selected sessions; its name is empty. */
  totals: StatsGroup;
  /** By agent: most sessions first, then by name; so are the next three. */
  agents: StatsGroup[];
  /** By role. */
  roles: StatsGroup[];
  /** By category of task. */
  tasks: StatsGroup[];
  /** By person. */
  principals: StatsGroup[];
  /** What agents, roles and tasks have better than all others together, beyond chance. */
  strengths: Finding[];
  /** What they have worse. */
  weaknesses: Finding[];
  /** Work given from agent to agent: most failures first. */
  hand_offs: Flow[];
  /** Weeks or days, and what rises or falls. */
  trends: Trends;
  /** Sessions and periods far from the others: the furthest first. */
  anomalies: Anomaly[];
  /** Sessions about the same task: the largest first. */
  clusters: Cluster[];
  /** Wishes that several people share: most people first. */
  shared_preferences: SharedPreference[];
}

/** Figures of some sessions. */
export interface StatsGroup {
  /** Name of the agent, role, task or person. */
  name: string;
  /** Sessions. */
  sessions: number;
  /** UTC days on which one of them ended. */
  days: number;
  /** When the first began. */
  first: number | null;
  /** When the last ended. */
  last: number | null;
  /** Events that were used. */
  events: number;
  /** Tokens that model calls read. */
  input_tokens: number;
  /** Tokens that model calls wrote. */
  output_tokens: number;
  /** Calls of tools that have a result. */
  calls: number;
  /** Those that failed. */
  failed_calls: number;
  /** Their share. */
  failed_share: number | null;
  /** By tool: most calls first. */
  tools: { tool: string; calls: number; failed: number }[];
  /** How the sessions went. */
  outcomes: StatsOutcomes;
  /** Mistakes that recur among these sessions, as a memory would say them. */
  mistakes: { text: string; sessions: number }[];
  /** Orders of steps that recur among these sessions. */
  workflows: { text: string; sessions: number }[];
  /** Work that these sessions gave to other agents. */
  hand_offs: { given: number; failed: number; unknown: number };
}

/** How sessions went. */
export interface StatsOutcomes {
  /** Sessions that went well. */
  good: number;
  /** Sessions that went badly. */
  bad: number;
  /** Sessions of which nothing tells. */
  unknown: number;
  /** Share of the good ones among those of which something tells. */
  good_share: number | null;
  /** By what told, the strongest first. */
  by_source: { source: "measured" | "graded" | "rubric" | "weak"; good: number; bad: number }[];
}

/** What is measured. */
export type Measure = "sessions" | "good-outcomes" | "failed-calls" | "events" | "output-tokens";

/** Something that a group has better or worse than all others together. */
export interface Finding {
  /** What sort of group. */
  of: "agent" | "role" | "task";
  /** Which. */
  name: string;
  /** What is compared; for `failed-calls` the sessions with more of them than the median one. */
  measure: Measure;
  /** Its sessions of which the measure is known. */
  sessions: number;
  /** Its share. */
  share: number;
  /** The others' sessions. */
  other_sessions: number;
  /** Their share. */
  other_share: number;
}

/** Work given from one agent to another. */
export interface Flow {
  /** Who gave it, when known. */
  from: string | null;
  /** Who got it. */
  to: string;
  /** Sessions in which it was given. */
  sessions: number;
  /** How often it was given. */
  given: number;
  /** How often it came back without what was asked for. */
  failed: number;
  /** How often nothing tells. */
  unknown: number;
  /** Whether it fails in more sessions than those of all other pairs, beyond chance. */
  stands_out: boolean;
}

/** Figures over time. */
export interface Trends {
  /** The length of a period: ISO weeks from Monday, or UTC days. */
  unit: "week" | "day";
  /** The periods, empty ones too, in order of time. */
  periods: {
    /** When it begins. */
    start: number;
    /** Whether it had ended; one that had not is in no trend. */
    ended: boolean;
    /** Sessions that ended in it. */
    sessions: number;
    /** Their calls. */
    calls: number;
    /** The calls that failed. */
    failed_calls: number;
    /** Their share. */
    failed_share: number | null;
    /** Sessions that went well. */
    good: number;
    /** Sessions that went badly. */
    bad: number;
    /** Sessions of which nothing tells. */
    unknown: number;
  }[];
  /** What each measure does. */
  trends: {
    /** The measure. */
    measure: Measure;
    /** Periods that have it. */
    periods: number;
    /** Pairs of periods of which the later has more, less those of which it has less. */
    sign_sum: number;
    /** Where it goes, beyond chance. */
    direction: "rising" | "falling" | "unclear" | "too-few";
  }[];
}

/** A value far from the others. */
export interface Anomaly {
  /** The session, or the start of the period. */
  of: { session: string } | { period: number };
  /** What was measured. */
  measure: Measure;
  /** Its value. */
  value: number;
  /** The median of all. */
  median: number;
  /** How many values there are. */
  values: number;
  /** How many median deviations lie between, in hundredths. */
  distance: number;
}

/** Sessions about the same task. */
export interface Cluster {
  /** The words that most of them share. */
  words: string[];
  /** The steps that most of them take. */
  steps: string[];
  /** How many there are. */
  sessions: number;
  /** Some of them, by id. */
  examples: string[];
  /** How they went. */
  outcomes: StatsOutcomes;
  /** When the last ended. */
  last: number | null;
}

/** A wish that several people share. */
export interface SharedPreference {
  /** The wish. */
  text: string;
  /** Who has it. */
  principals: string[];
  /** Sessions in which it was said. */
  sessions: number;
}
