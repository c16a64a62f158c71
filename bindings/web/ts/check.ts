// Arguments are checked before they go into the engine: the generated code around the wasm module
// silently accepts some wrong ones and throws a bare `TypeError` for others.

import { DreamingError, type ErrorCode } from "./errors.js";
import { MAX_PAGE } from "./text.js";

/** The greatest number of 32 bits, which is what the engine takes as a count. */
const MAX_COUNT = 0xffff_ffff;

/** An argument that cannot be used. */
export function invalid(what: string, why: string, code: ErrorCode = "invalid-request"): DreamingError {
  return new DreamingError(code, `${what}: ${why}`, { what });
}

/** Checks for an object with fields. */
export function object<T>(value: T, what: string, code?: ErrorCode): T & object {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(what, "it is no object", code);
}

/** Checks for a list. */
export function list<T>(value: readonly T[], what: string, code?: ErrorCode): readonly T[] {
  if (Array.isArray(value)) return value;
  throw invalid(what, "it is no list", code);
}

/** Checks for something that `for … of` can iterate. */
export function iterable<T>(value: Iterable<T>, what: string, code?: ErrorCode): Iterable<T> {
  if (typeof (value as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] === "function") return value;
  throw invalid(what, "it cannot be iterated", code);
}

/** Checks for a time in milliseconds since 1970. */
export function time(value: number, what: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw invalid(what, "a time is a whole number of milliseconds since 1970");
}

/** Checks for a whole number from 0 to 2^32 − 1. */
export function count(value: number, what: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_COUNT) return value;
  throw invalid(what, `a whole number from 0 to ${MAX_COUNT}`);
}

/** As {@link count}, or `Infinity` for as many as there are. */
export function limit(value: number, what: string): number {
  return value === Infinity ? MAX_COUNT : count(value, what);
}

/** Checks for `true` or `false`. */
export function flag(value: boolean, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(what, "it is `true` or `false`");
}

/** The bytes of a `Uint8Array`, also one of another realm or of a class that extends it. */
export function bytes(value: Uint8Array, what: string): Uint8Array {
  if (!ArrayBuffer.isView(value) || value[Symbol.toStringTag] !== "Uint8Array") {
    throw invalid(what, "bytes are a `Uint8Array`");
  }
  try {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  } catch {
    throw invalid(what, "the bytes were transferred away");
  }
}

/**
 * As {@link bytes}, at most 1 MiB. The engine checks this too, but only after copying the bytes.
 */
export function chunk(value: Uint8Array, what: string): Uint8Array {
  const taken = bytes(value, what);
  if (taken.length <= MAX_PAGE) return taken;
  throw invalid(what, `${taken.length} bytes, at most ${MAX_PAGE}`, "too-large");
}
