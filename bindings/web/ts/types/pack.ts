// What an agent loads.

/** What to load, see {@link pack}. */
export interface PackOptions {
  /** What the agent is about to do; empty or absent: everything. */
  query?: string | undefined;
  /** At most so many tokens together. */
  budget: number;
  /** For whom; absent: only what holds for everybody. */
  principal?: string | undefined;
}

/** An entry for an agent to load. */
export interface Packed {
  /** Its id, as {@link entries} gives it. */
  entry: string;
  /** The memory that holds it. */
  path: string;
  /** Line on which it starts, counted from 1. */
  line: number;
  /** What it stands below, outermost first: headings, the line that introduces its list, the items around it. They may turn its sense around, so show them. */
  headings: string[];
  /** Its text without secrets: after the number of a step or the box of a task (`2.`, `[x]`), and without any other list mark. */
  text: string;
  /** How well it fits the query, in parts per million; 0 without a query, and where nothing has a word of it. */
  score: number;
  /** What it takes of the budget: the bytes of text and headings ÷ 4, rounded up. An estimate. */
  tokens: number;
}
