// What a person decides: about a plan, about going back, and what is erased.

/**
 * Which changes to apply. `auto`: those with gate `auto`. `all`: all but the blocked ones and those
 * that have to be accepted by their id (`alone`). `only`: those with the ids in `val`.
 */
export type Selection = { tag: "auto" } | { tag: "all" } | { tag: "only"; val: readonly string[] };

/** Other words for a change. */
export interface Rewording {
  /** Id of the change: one that is accepted and writes a statement. */
  change: string;
  /**
   * The words of the reviewer: one statement of at most 2,000 bytes, without secrets.
   */
  text: string;
}

/** A decision about a plan. */
export interface Decision {
  /** The changes that are applied. */
  accept: Selection;
  /**
   * Ids of changes that are rejected: they come back only with new evidence. A change that is
   * neither accepted nor rejected is left open and may be proposed again.
   */
  reject: readonly string[];
  /**
   * Accepted changes that are applied in the reviewer's words. Their evidence, trust and ids stay.
   * The original words are proposed again only with new evidence.
   */
  edits?: readonly Rewording[] | undefined;
  /** Who decided. */
  reviewer: string;
  /** Why, in the reviewer's words; may be empty. */
  note: string;
  /** When it was decided, in milliseconds since 1970. */
  now: number;
}

/** Who takes a store back to an earlier revision, why, and when. */
export type Reversal = Pick<Decision, "reviewer" | "note" | "now">;

/** What to erase: a session or an entry, by id. */
export type Erasure = { tag: "session"; val: string } | { tag: "entry"; val: string };
