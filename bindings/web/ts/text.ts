import { DreamingError, type ErrorCode } from "./errors.js";

/** Most bytes of a page, chunk or answer, from `wit/`. */
export const MAX_PAGE = 1 << 20;

const encoder = new TextEncoder();

/**
 * The UTF-8 bytes of a text. Text goes into the engine as bytes, never as a string: node 25.4 and
 * later cut strings that pass through `encodeInto` (nodejs/node#65994).
 *
 * @throws {@link DreamingError} with `code` when it is no text, or has half a surrogate pair, which
 * UTF-8 cannot hold: the character would be lost without a word.
 */
export function encode(text: string, code: ErrorCode, what: string): Uint8Array {
  check(text, code, what);
  return encoder.encode(text);
}

/** Throws as {@link encode}. */
export function check(text: unknown, code: ErrorCode, what: string): void {
  if (typeof text !== "string") throw new DreamingError(code, `${what}: not a text`, { what });
  if (text.isWellFormed()) return;
  throw new DreamingError(code, `${what}: the text has half a surrogate pair`, { what });
}

/**
 * The UTF-8 bytes of a value as JSON.
 *
 * @throws {@link DreamingError} with `code`, as {@link encode}, for any text in the value, and for
 * what JSON cannot hold.
 */
export function encodeJson(value: unknown, code: ErrorCode, what: string): Uint8Array {
  const checked = (key: string, inner: unknown): unknown => {
    check(key, code, what);
    if (typeof inner === "string") check(inner, code, what);
    // `JSON.stringify` would silently leave out functions and symbols.
    if (["bigint", "function", "symbol"].includes(typeof inner)) {
      throw new DreamingError(code, `${what}: a ${typeof inner} is no value`, { what });
    }
    return inner;
  };
  let json: string | undefined;
  try {
    json = JSON.stringify(value, checked);
  } catch (error) {
    if (error instanceof DreamingError) throw error;
    throw new DreamingError(code, `${what}: ${String(error)}`, { what, cause: error });
  }
  if (json === undefined) throw new DreamingError(code, `${what}: not a value`, { what });
  return encoder.encode(json);
}

/** Length of a text in bytes of UTF-8; 0 for what is no text. */
export function byteLength(text: string): number {
  return typeof text === "string" ? encoder.encode(text).length : 0;
}

/**
 * Orders texts by their UTF-8 bytes, which is the order of code points. The order of `<` differs:
 * it puts the surrogates of astral characters before U+E000 to U+FFFF.
 */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** A code unit with surrogates moved to the end. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
