import { MAX_PAGE, byteLength } from "./text.js";
import type { Answer } from "./types.js";

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
  const bytes = byteLength(val);
  if (bytes > MAX_PAGE) return failed(`the answer has ${bytes} bytes, at most ${MAX_PAGE}`);
  return { tag, val };
}
