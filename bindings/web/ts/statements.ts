/// <reference lib="esnext.disposable" preserve="true" />
import { count, invalid, iterable, object, time } from "./check.js";
import { type Names, PRUNE, WEIGH, named } from "./names.js";
import { Handle, call } from "./raw.js";
import { pagesOf } from "./snapshot.js";
import { byteLength, encodeJson } from "./text.js";
import type { Support } from "./documents.js";
import type { Policy, Similarity } from "./types.js";
import * as raw from "./wasm/dreaming.js";

/** How far a statement is trusted, lowest first. */
export type Trust = "external" | "tool" | "agent" | "verified" | "user";

/** A statement of a host that keeps its memories in a form of its own. */
export interface Statement {
  /** The host's id. Unique among the statements that are added. */
  id: string;
  /** Its words, as written. */
  text: string;
  /**
   * The headings above it, outermost first; equal words under other headings say something else.
   */
  headings?: readonly string[] | undefined;
  /** Subject and attribute, when somebody (a model, say) named them: `staging url`. */
  subject?: string | undefined;
  /** Whose preference it is; absent: it holds for everybody. */
  principal?: string | undefined;
  /**
   * When its source last stated it, in milliseconds since 1970. Without a time it counts as neither
   * newer nor older than others.
   */
  said?: number | undefined;
  /** How far it is trusted; absent: `agent`. */
  trust?: Trust | undefined;
  /** How widely it is supported; absent: not at all. */
  support?: Support | undefined;
  /**
   * How well sessions went with it, in parts per million of a measured session; absent: unknown.
   */
  outcomes?: { good: number; bad: number } | undefined;
  /** Whether {@link prune} keeps it whatever the budget is. */
  pinned?: boolean | undefined;
}

/**
 * How two statements relate: they say the `same`; the newer `updates` the value of the older; or
 * one `contradicts` the other, and nothing says which one holds.
 */
export type Tie = "same" | "updates" | "contradicts";

/**
 * Two statements that are not independent. A statement that can go (`older` in a `same` or
 * `updates`) appears in one such relation only, and the statement that it names stays.
 */
export interface Relation {
  /** Id of the one that can go, or of the older side of a contradiction. */
  older: string;
  /** Id of the one that stays, or of the newer side. */
  newer: string;
  /** How they relate. */
  tie: Tie;
  /**
   * The reason, as a stable word: `equal`, `near`, `similar` (a pair of the host) or `subject`.
   * More words may come.
   */
  reason: string;
  /** How alike their words are, in parts per million. */
  similarity: number;
}

/** The score of a statement in parts, each in parts per million. */
export interface Scored {
  /** The statement. */
  id: string;
  /** Weighted sum of the parts. */
  total: number;
  /** How recent: halves with each half-life. */
  recency: number;
  /** How widely supported. */
  support: number;
  /** How sessions fared with it; 211,324 where no outcome is known. */
  outcome: number;
  /** How far its source is trusted. */
  trust: number;
  /** How much of the instructions it speaks about; 0 without instructions. */
  relevance: number;
}

/** How statements are weighed. */
export interface WeighOptions {
  /** The time now, in milliseconds since 1970. */
  now: number;
  /** What matters, in words; empty when absent. */
  instructions?: string | undefined;
  /** Settings that differ from their defaults; none when absent. */
  policy?: Policy | undefined;
}

/** What to keep. */
export interface PruneOptions extends WeighOptions {
  /** Tokens (4 bytes of text, rounded up) that the kept statements may take together. */
  budget: number;
  /** Ids of statements that go anyway, such as the older ones of {@link reconcile}. */
  without?: readonly string[] | undefined;
}

/**
 * Statements, as a value: fill it, pass it to {@link reconcile}, {@link score} and {@link prune},
 * none of which changes it, and {@link Statements.free} it. No order changes any result.
 */
export class Statements {
  readonly #handle: Handle<raw.RawStatements>;

  /** An empty list. */
  constructor() {
    this.#handle = new Handle("statements", call(() => new raw.RawStatements()));
  }

  /**
   * All of `statements`, split into pages.
   *
   * @throws {@link DreamingError} as {@link Statements.add}.
   */
  static from(statements: Iterable<Statement>): Statements {
    const all = new Statements();
    try {
      all.add(statements);
    } catch (error) {
      all.free();
      throw error;
    }
    return all;
  }

  /**
   * Adds statements, page by page.
   *
   * @throws {@link DreamingError} `too-large` with the id of a statement over 1 MiB;
   * `invalid-request` for anything that is no statement.
   */
  add(statements: Iterable<Statement>): void {
    for (const page of pagesOf(known(statements), size, ({ id }) => id)) {
      const bytes = encodeJson(page, "invalid-request", "statements");
      call(() => this.raw.add(bytes));
    }
  }

  /**
   * Adds pairs that {@link reconcile} compares whatever their words are. Guards hold for them too;
   * a pair that no guard stops is the `same`, for the reason `similar`.
   *
   * @throws {@link DreamingError} as {@link Statements.add}.
   */
  addSimilarities(pairs: Iterable<Similarity>): void {
    for (const page of pagesOf(similar(pairs), ({ a, b }) => byteLength(a) + byteLength(b), ({ a }) => a)) {
      const bytes = encodeJson(page, "invalid-request", "similarities");
      call(() => this.raw.addSimilarities(bytes));
    }
  }

  /**
   * Frees the memory of the statements. A second call does nothing; any other use afterwards
   * throws.
   */
  free(): void {
    this.#handle.free();
  }

  /** {@link Statements.free}, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  /** @internal */
  get raw(): raw.RawStatements {
    return this.#handle.raw;
  }
}

/**
 * Which statements say the same, which ones newer values replace, and which ones contradict each
 * other, by id of the older one, then of the newer one. Exact: no pair that the engine would call
 * the same is missed. Guards (another value, another subject, a reversed sense) stop a merge
 * whatever the similarity is. Nothing is removed; that is for the host to decide.
 *
 * @throws {@link DreamingError} `invalid-request` when two statements have one id, or for a setting
 * that is not usable.
 */
export function reconcile(all: Statements, policy: Policy = {}): Relation[] {
  const settings = encodeJson(object(policy, "policy"), "invalid-request", "policy");
  return call(() => raw.reconcile(rawOf(all), settings)) as Relation[];
}

/**
 * The score of each statement, by id. A score orders; it decides nothing about truth.
 *
 * @throws {@link DreamingError} as {@link reconcile}.
 */
export function score(all: Statements, options: WeighOptions): Scored[] {
  const weighing = encodeJson(weigh(options, WEIGH), "invalid-request", "options");
  return call(() => raw.score(rawOf(all), weighing)) as Scored[];
}

/**
 * The ids of the statements to keep within a budget, by id: first pinned ones at any size, then
 * those with the highest score for each token. One that does not fit is passed over and the next
 * one tried.
 *
 * @throws {@link DreamingError} as {@link reconcile}.
 */
export function prune(all: Statements, options: PruneOptions): string[] {
  const { budget, without = [] } = object(options, "options");
  const choice = { ...weigh(options, PRUNE), without, budget: count(budget, "budget") };
  const bytes = encodeJson(choice, "invalid-request", "options");
  return call(() => raw.prune(rawOf(all), bytes)) as string[];
}

function weigh<T extends WeighOptions>(options: T, names: Names<T>): object {
  const { now, instructions = "", policy = {} } = named(options, names, "options");
  return { now: time(now, "now"), instructions, policy };
}

function rawOf(all: Statements): raw.RawStatements {
  if (!(all instanceof Statements)) throw invalid("all", "it is no `Statements`");
  return all.raw;
}

/** The fields that the engine knows, and no others of the host's objects. */
function* known(all: Iterable<Statement>): Iterable<Statement> {
  for (const item of iterable(all, "statements", "invalid-request")) {
    const { id, text, headings, subject, principal } = object(item, "statements");
    const { said, trust = "agent", support, outcomes, pinned } = item;
    yield { id, text, headings, subject, principal, said, trust, support, outcomes, pinned };
  }
}

/** @internal As {@link known}. */
export function* similar(pairs: Iterable<Similarity>): Iterable<Similarity> {
  for (const item of iterable(pairs, "similarities", "invalid-request")) {
    const { a, b, similarity } = object(item, "similarities");
    yield { a, b, similarity: count(similarity, "similarities") };
  }
}

/** Bytes that a statement takes of a page. */
function size({ id, text, headings = [], subject = "", principal = "" }: Statement): number {
  const words = [id, text, subject, principal, ...(Array.isArray(headings) ? headings : [])];
  return words.reduce((sum, word) => sum + byteLength(word) + 1, 0);
}
