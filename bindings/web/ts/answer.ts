import type { Eventually } from "./store.js";
import type { Answer, ModelCall } from "./types.js";

/** A call that failed for good, with what a model may say beside the reason. It is for the caller: no plan holds it. */
export interface Failure {
  /** As of an {@link Answer} that failed. */
  tag: "failed";
  /** Why, for people. */
  val: string;
  /** The status that a service gave. */
  status?: number | undefined;
  /** The address that was asked. */
  url?: string | undefined;
  /**
   * Whether the reason says nothing about this call, so that every other one would fail too: a wrong key or address, no
   * connection. When all calls fail so, the dream is rejected as `unanswered`.
   */
  isGeneral?: boolean | undefined;
}

/**
 * Answers a call, with its own retries and timeouts. A string is the text of the model. What it
 * throws becomes an answer that failed, and the dream goes on, unless a {@link Failure} says that no call will be answered.
 *
 * `signal` fires when the answer is no longer wanted; pass it to `fetch`.
 */
export type Model = (call: ModelCall, options: { signal: AbortSignal }) => Eventually<Answer | Failure | string>;

/** Why something was thrown, as a text that the engine takes. */
export function why(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : thrown;
  return typeof text === "string" ? text.toWellFormed() : "no reason given";
}

/** A call that failed for good. */
export function failed(thrown: unknown): Answer {
  return { tag: "failed", val: why(thrown) };
}

/**
 * The answer as the engine takes it: whatever a model brings, the dream goes on. What is no answer,
 * no Unicode or over the limit is one that failed.
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
