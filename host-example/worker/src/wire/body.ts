// Bodies of requests.

import { type ApiError, invalid, tooLarge } from "./errors.js";

/** Bytes of a body, at most: the largest content of a memory takes six times as many when each is written as an escape. */
export const MAX_BYTES = 1 << 20;

/**
 * Newer parts of `JSON` that TypeScript does not know yet. With them a number that JavaScript cannot hold (an id of 64 bits in
 * the input of a tool, say) stays as it was written.
 */
const exact = JSON as unknown as {
  parse: (text: string, revive: (key: string, value: unknown, about: { source?: string }) => unknown) => unknown;
  rawJSON: (text: string) => object;
  isRawJSON: (value: unknown) => boolean;
};

/** A body of up to so many times the limit is read to its end before it is refused. Chosen by us. */
const PATIENCE = 2;

/**
 * The chunks of a body of at most `limit` bytes. One that says that it is longer is refused before any of it is used: at
 * once, or, when it is not much longer, after it has come, because many clients listen only then.
 */
export async function* bounded(request: Request, limit: number): AsyncGenerator<Uint8Array, void> {
  const over = (): ApiError => tooLarge(`the body has more than ${limit} bytes`);
  const claimed = Number(request.headers.get("content-length") ?? 0);
  if (claimed > limit * PATIENCE) throw over();
  if (request.body === null) return;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done && claimed > limit) throw over();
      if (done) return;
      length += value.length;
      if (length > limit && claimed <= limit) throw over();
      if (claimed <= limit) yield value;
    }
  } finally {
    // The rest of the body is not wanted, and the sender is not waited for.
    reader.cancel().catch(() => {});
  }
}

/** A body that is an object with no other fields than `known`. */
export async function body(request: Request, known: readonly string[]): Promise<Fields> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const pieces: Uint8Array[] = [];
  for await (const piece of bounded(request, MAX_BYTES)) pieces.push(piece);
  let value: unknown;
  try {
    const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
    value = exact.parse(text, (key, value, { source }) => {
      if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) throw new Error("half a surrogate pair");
      const isInexact = typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;
      return isInexact && source !== undefined ? exact.rawJSON(source) : value;
    });
  } catch (error) {
    throw invalid("body", `must be an object in JSON: ${error instanceof Error ? error.message : "it is none"}`);
  }
  return Fields.of(value, "", known);
}

/** An object of a body, whose fields are read by their types. A field that is `null` counts as absent. */
export class Fields {
  private constructor(
    /** The fields as they came. */
    readonly all: Readonly<Record<string, unknown>>,
    /** Where the object stands in the body; empty for the body itself. */
    readonly at: string,
  ) {}

  /** Checks for an object with no other fields than `known`; without them any are taken. */
  static of(value: unknown, at: string, known?: readonly string[]): Fields {
    if (!isObject(value)) throw invalid(at === "" ? "body" : at, "must be an object");
    const fields = new Fields(value, at);
    const strange = Object.keys(value).find((name) => known !== undefined && !known.includes(name));
    if (strange !== undefined) throw fields.wrong(strange.slice(0, 64), `unknown field, expected one of ${known?.join(", ")}`);
    return fields;
  }

  /** The error about a field. */
  wrong(name: string, why: string): ApiError {
    return invalid(this.at === "" ? name : `${this.at}.${name}`, why);
  }

  /** A text that must be there. */
  text(name: string): string {
    const value = this.all[name];
    if (typeof value !== "string") throw this.wrong(name, "must be a text");
    return value;
  }

  /** A text, if it is there. */
  maybe(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  /** A list; an empty one when it is absent. */
  list(name: string): unknown[] {
    const value = this.all[name] ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, "must be a list");
    return value;
  }

  /** A list of texts; an empty one when it is absent. */
  texts(name: string): string[] {
    const isText = (item: unknown): item is string => typeof item === "string";
    const list = this.list(name);
    if (!list.every(isText)) throw this.wrong(name, "must be a list of texts");
    return list;
  }

  /** A list of objects with no other fields than `known`. */
  objects(name: string, known?: readonly string[]): Fields[] {
    const at = this.at === "" ? name : `${this.at}.${name}`;
    return this.list(name).map((item, place) => Fields.of(item, `${at}[${place}]`, known));
  }

  /** An object, if it is there. */
  object(name: string, known?: readonly string[]): Fields | undefined {
    return this.has(name) ? Fields.of(this.all[name], this.at === "" ? name : `${this.at}.${name}`, known) : undefined;
  }

  /** Texts by name, if they are there; `null` among them only with `nulls`. */
  pairs(name: string, nulls: boolean): Record<string, string | null> | undefined {
    const object = this.object(name);
    for (const [key, value] of Object.entries(object?.all ?? {})) {
      if (typeof value !== "string" && !(nulls && value === null)) throw this.wrong(`${name}.${key}`, "must be a text");
    }
    return object?.all as Record<string, string | null> | undefined;
  }

  /** Whether a field is there and not `null`. */
  has(name: string): boolean {
    return this.all[name] !== undefined && this.all[name] !== null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !exact.isRawJSON(value);
}

/** A digest as the engine writes it: 64 hexadecimal digits in lower case. */
export function digest(field: string, text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw invalid(field, "must have 64 hexadecimal digits in lower case");
  return text;
}
