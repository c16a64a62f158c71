import type { Dreamed } from "./dreamed.js";
import { conflict } from "./refused.js";
import type { Storage } from "./storage.js";

/**
 * Counts invocations of a dream that ended before their round did. Computing a round takes the same
 * resources every time, so a round that ended an invocation three times will end a fourth.
 * Invocations that end while they wait for a model are counted apart: mostly a deployment or an
 * eviction ended them. An answer that is kept sets both counts back.
 *
 * Each invocation is counted before it begins, because one that is ended cannot count itself.
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

  /**
   * Counts an invocation that begins to compute; `undefined` when the stored dream is no longer
   * `before`.
   */
  static async begin(storage: Storage, dream: Dreamed, before: string): Promise<Attempts | undefined> {
    const begun = new Attempts(storage, dream);
    return (await storage.write([[`d/${dream.id}`, begun.marked]], [[`d/${dream.id}`, before]])) ? begun : undefined;
  }

  /** The dream with the counts of this invocation. */
  get begun(): Dreamed {
    return this.#began;
  }

  /** The dream as it is stored: what the next write has to expect. */
  get marked(): string {
    return this.#marked;
  }

  /** Called before the first model call: from now on the invocation waits. */
  async asks(): Promise<void> {
    this.#waits ??= this.#mark({ ...this.dream, waits: (this.dream.waits ?? 0) + 1 });
    if (!(await this.#waits)) throw conflict("somebody else did this round, or took the dream away");
  }

  /** Called after an answer was kept: sets the counts back, because the dream has come further. */
  async keeps(): Promise<void> {
    // When the dream was canceled meanwhile, this write fails and the answers stay kept.
    if (this.#began.attempts > 0 || this.#began.waits !== undefined) await this.#mark(rested(this.#began));
  }

  /** Stores the dream; false when the stored one is no longer the one last written here. */
  async #mark(dream: Dreamed): Promise<boolean> {
    const [before, after] = [this.#marked, JSON.stringify(dream)];
    [this.#began, this.#marked] = [dream, after];
    return await this.storage.write([[`d/${dream.id}`, after]], [[`d/${dream.id}`, before]]);
  }
}

/** A dream that has come further, with its counts at zero. */
export function rested({ waits: _, ...dream }: Dreamed): Dreamed {
  return { ...dream, attempts: 0 };
}
