import type { Eventually } from "./store.js";
import type { Answer, ModelCall } from "./types.js";

/** A call that failed for good, with details for the caller of a dream; no plan holds them. */
export interface Failure {
  /** The tag of a failed {@link Answer}. */
  tag: "failed";
  /** Why, for people. */
  val: string;
  /** The status that a service gave. */
  status?: number | undefined;
  /** The address that the request went to. */
  url?: string | undefined;
  /**
   * Whether every other call would fail for the same reason: a wrong key or address, no connection.
   * When all calls fail for such reasons, the dream is rejected as `unanswered`.
   */
  isGeneral?: boolean | undefined;
}

/**
 * Answers a call, with retries and timeouts of its own. A string that it returns is the text of the
 * model. An error that it throws becomes a failed answer, and the dream goes on; so it does after a
 * {@link Failure}, unless that says that every call would fail.
 *
 * `signal` fires when the answer is no longer wanted; pass it to `fetch`.
 */
export type Model = (call: ModelCall, options: { signal: AbortSignal }) => Eventually<Answer | Failure | string>;

/** The message of whatever was thrown, as text that the engine accepts. */
export function why(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : thrown;
  return typeof text === "string" ? text.toWellFormed() : "no reason given";
}

/** The answer for a call that failed for good. */
export function failed(thrown: unknown): Answer {
  return { tag: "failed", val: why(thrown) };
}

/**
 * The answer in a form that the engine accepts, so that no answer of a model ends a dream. Anything
 * that is no answer, no Unicode or over the limit becomes a failed answer.
 */
export function usable(answer: unknown): Answer {
  if (typeof answer === "string") return usable({ tag: "text", val: answer });
  const { tag, val } = (answer ?? {}) as { tag?: unknown; val?: unknown };
  if (tag === "refused") return { tag };
  if (tag === "failed") return failed(val);
  if (tag !== "text" || typeof val !== "string") return failed("the model gave no answer");
  if (!val.isWellFormed()) return failed("the answer has half a surrogate pair");
  return { tag, val };
}
