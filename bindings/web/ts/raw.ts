import { DreamingError, type ErrorCode } from "./errors.js";

/** Set when the module failed: after a trap its memory may hold anything. */
let dead: DreamingError | undefined;

/**
 * Calls the engine. Every call into the wasm module goes through here, so that every error comes
 * out as a {@link DreamingError}.
 *
 * @throws {@link DreamingError}
 */
export function call<T>(into: () => T): T {
  if (dead !== undefined) throw dead;
  try {
    return into();
  } catch (thrown) {
    throw typed(thrown);
  }
}

/** The error of the module as a {@link DreamingError}. */
function typed(thrown: unknown): DreamingError {
  if (thrown instanceof DreamingError) return thrown;
  // The generated code around the module throws `TypeError` for a wrong argument; the module stays
  // usable. Errors of the engine have a code. Anything else leaves its memory in an unknown state.
  if (thrown instanceof TypeError) {
    return new DreamingError("invalid-request", `an argument cannot be used: ${thrown.message}`, {
      what: "argument",
      cause: thrown,
    });
  }
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") {
    const what = "what" in thrown && typeof thrown.what === "string" ? thrown.what : undefined;
    return new DreamingError(thrown.code as ErrorCode, thrown.message, { what, cause: thrown });
  }
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  dead = new DreamingError("trap", `the engine failed: ${why}`, { cause: thrown });
  return dead;
}

/** An object of the module that is freed once. */
export class Handle<T extends { free(): void }> {
  readonly #name: string;
  #raw: T | undefined;

  constructor(name: string, raw: T) {
    this.#name = name;
    this.#raw = raw;
  }

  /**
   * The object.
   *
   * @throws {@link DreamingError} `other` after it was freed.
   */
  get raw(): T {
    if (this.#raw !== undefined) return this.#raw;
    throw new DreamingError("other", `the ${this.#name} was freed`, { what: this.#name });
  }

  /** Frees the object; a second call does nothing. */
  free(): void {
    const raw = this.take();
    if (raw !== undefined && dead === undefined) raw.free();
  }

  /** Takes the object out, for a call that consumes it. */
  take(): T | undefined {
    const raw = this.#raw;
    this.#raw = undefined;
    return raw;
  }
}
