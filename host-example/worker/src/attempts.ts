import type { Dreamed } from "./dreamed.js";
import { conflict } from "./refused.js";
import type { Storage } from "./storage.js";

/**
 * How often invocations ended before their round did, by what they were doing. What a round computes it will
 * compute again: one that ends an invocation three times will end a fourth. While it waits for a model it holds still, and
 * an invocation that ends there was mostly ended for other reasons: a deployment, an eviction. And whoever
 * got an answer has come further.
 *
 * Each is counted before it begins, for an invocation that is ended says nothing any more.
 */
export class Attempts {
  #began: Dreamed;
  #marked: string;
  #waits: Promise<boolean> | undefined;

  private constructor(
    readonly storage: Storage,
    /** The dream as it was before this invocation. */
    readonly dream: Dreamed,
  ) {
    this.#began = { ...dream, attempts: dream.attempts + 1 };
    this.#marked = JSON.stringify(this.#began);
  }

  /** Counts an invocation that begins to compute; `undefined` when the dream is not what stands as `before`. */
  static async begin(storage: Storage, dream: Dreamed, before: string): Promise<Attempts | undefined> {
    const begun = new Attempts(storage, dream);
    return (await storage.write([[`d/${dream.id}`, begun.marked]], [[`d/${dream.id}`, before]])) ? begun : undefined;
  }

  /** The dream with what was counted. */
  get begun(): Dreamed {
    return this.#began;
  }

  /** What stands in the storage, for whoever writes next. */
  get marked(): string {
    return this.#marked;
  }

  /** Before the first call of a model: from now on the invocation waits. */
  async asks(): Promise<void> {
    this.#waits ??= this.#mark({ ...this.dream, waits: (this.dream.waits ?? 0) + 1 });
    if (!(await this.#waits)) throw conflict("somebody else did this round, or took the dream away");
  }

  /** After an answer was kept: whatever ends the invocation now, the dream has come further. */
  async keeps(): Promise<void> {
    // Of a dream that was taken away the other answers are kept all the same.
    if (this.#began.attempts > 0 || this.#began.waits !== undefined) await this.#mark(rested(this.#began));
  }

  /** Whether the dream is still what was marked before. */
  async #mark(dream: Dreamed): Promise<boolean> {
    const [before, after] = [this.#marked, JSON.stringify(dream)];
    [this.#began, this.#marked] = [dream, after];
    return await this.storage.write([[`d/${dream.id}`, after]], [[`d/${dream.id}`, before]]);
  }
}

/** A dream that has come further: nothing is counted. */
export function rested({ waits: _, ...dream }: Dreamed): Dreamed {
  return { ...dream, attempts: 0 };
}
