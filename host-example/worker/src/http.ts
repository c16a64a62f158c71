import { type Refused, invalid, tooLarge } from "./refused.js";

/** A JSON object from a request, with unchecked fields. */
export type Fields = Record<string, unknown>;

const encoder = new TextEncoder();

/**
 * Whether a request brings the token. Digests are compared in full, so that the time tells neither
 * the length of the token nor how much of it is right. An edge without a token admits nobody.
 */
export async function isAdmitted(request: Request, token: string): Promise<boolean> {
  const header = request.headers.get("authorization") ?? "";
  const [scheme, given] = [header.slice(0, 7), header.slice(7)];
  const [a, b] = await Promise.all([given, token].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
  const [left, right] = [new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer)];
  let differs = token === "" || scheme.toLowerCase() !== "bearer " ? 1 : 0;
  for (let at = 0; at < left.length; at += 1) differs |= (left[at] ?? 0) ^ (right[at] ?? 0);
  return differs === 0;
}

/** The response for somebody without the token. */
export function unauthorized(): Response {
  const body = JSON.stringify({ code: "unauthorized", message: "a bearer token is needed" });
  const headers = { "content-type": "application/json", "www-authenticate": "Bearer" };
  return new Response(body, { status: 401, headers });
}

/** A value as a response. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return document(JSON.stringify(value), status, headers);
}

/** A text that is JSON already, byte for byte. */
export function document(text: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { "content-type": "application/json", ...headers } });
}

/** A refusal as a response. */
export function refused({ status, code, message, what }: Refused): Response {
  return json({ code, message, ...(what === undefined ? {} : { what }) }, status);
}

/**
 * The chunks of a body of at most `limit` bytes. The length that a request claims is checked first,
 * then the bytes that come are counted.
 */
export async function* bounded(request: Request, limit: number): AsyncGenerator<Uint8Array, void> {
  const over = (): Refused => tooLarge(`the body is over ${limit} bytes`, "body");
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw over();
  if (request.body === null) return;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      if (length > limit) throw over();
      yield value;
    }
  } finally {
    // The rest of the body is not wanted, and the sender is not waited for.
    reader.cancel().catch(() => {});
  }
}

/** A body as text. Bytes that are no UTF-8 are refused: replacing them would lose characters. */
export async function textBody(request: Request, limit: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for await (const chunk of bounded(request, limit)) text += decoded(() => decoder.decode(chunk, { stream: true }));
  return text + decoded(() => decoder.decode());
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw invalid("the body is no UTF-8", "body");
  }
}

/** A body as a JSON object with no other fields than `known`. An empty body is an empty object. */
export async function fields(request: Request, limit: number, known: readonly string[]): Promise<Fields> {
  const text = await textBody(request, limit);
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("the body is no JSON", "body");
  }
  return object(value, known, "body");
}

/** Checks for a JSON object with no other fields than `known`. */
export function object(value: unknown, known: readonly string[], what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`${what}: it is no object`, what);
  const strange = Object.keys(value).find((name) => !known.includes(name));
  if (strange !== undefined) throw invalid(`nothing is known of a field \`${strange.slice(0, 64)}\``, strange.slice(0, 64));
  return value as Fields;
}

/** A field that is a text, or `standard` when it is absent. */
export function textOf<T>(value: unknown, what: string, standard: T): string | T {
  if (value === undefined) return standard;
  if (typeof value === "string") return value;
  throw invalid(`${what}: it is no text`, what);
}

/** A field that is a list, or an empty one when it is absent. */
export function listOf(value: unknown, what: string): unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${what}: it is no list`, what);
}

/**
 * A time in milliseconds since 1970 from a number or an RFC 3339 text, or `standard` when it is
 * absent.
 */
export function timeOf(value: unknown, what: string, standard: number): number {
  if (value === undefined || value === null) return standard;
  const time = typeof value === "string" ? Date.parse(value) : value;
  if (typeof time === "number" && Number.isSafeInteger(time)) return time;
  throw invalid(`${what}: a time is milliseconds since 1970 or a text such as 2026-03-16T08:00:00Z`, what);
}

/** A number of a query, from 1 to `most`; `standard` when it is absent. */
export function countOf(value: string | null, what: string, standard: number, most: number): number {
  if (value === null) return standard;
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= most) return count;
  throw invalid(`${what}: a whole number from 1 to ${most}`, what);
}
