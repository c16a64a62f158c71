import { abortable } from "./abort.js";
import { why } from "./answer.js";
import type { Bytes, Store } from "./store.js";
import { MAX_PAGE } from "./text.js";

/** A part that cannot be read. Its session is missed; the dream goes on. */
export class Unreadable extends Error {}

/**
 * The chunks of a part of a session, see {@link chunks}.
 *
 * @throws {@link Unreadable} with the reason, or the reason of `signal`.
 */
export async function* readPart(
  store: Store,
  session: string,
  part: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  try {
    signal.throwIfAborted();
    const opening = Promise.resolve(store.read(session, part, { signal }));
    opening.then((late) => signal.aborted && discard(late, signal.reason)).catch(() => {});
    yield* chunks(await abortable(opening, signal), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreadable(why(error), { cause: error });
  }
}

/** Where chunks come from: the next one, and a way to say that no more are wanted. */
interface Source {
  next(): PromiseLike<{ done?: boolean | undefined; value?: unknown }>;
  cancel(reason: unknown): unknown;
}

/**
 * The chunks of a part, in order, none over 1 MiB, none empty. The next one is asked for when the
 * one before was taken. The source is canceled when the reader stops early or `signal` fires.
 *
 * @throws What the source throws, the reason of `signal`, or `TypeError` for chunks that are no
 * bytes.
 */
async function* chunks(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const source = open(bytes);
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await abortable(source.next(), signal);
      if (done === true) break;
      yield* pieces(value);
    }
    ended = true;
  } finally {
    if (!ended) cancel(source, signal.reason);
  }
}

/** Cancels bytes that were opened and are not wanted. */
function discard(bytes: Bytes, reason: unknown): void {
  cancel(open(bytes), reason);
}

/** Cancels a source without waiting for it: a source that hangs must not hold up the dream. */
function cancel(source: Source, reason: unknown): void {
  void Promise.resolve()
    .then(() => source.cancel(reason))
    .catch(() => {});
}

function open(bytes: Bytes): Source {
  if (bytes === null) throw new TypeError("it has no bytes");
  if (ArrayBuffer.isView(bytes)) return once(bytes);
  if (typeof bytes === "object") {
    if ("getReader" in bytes) return reader(bytes);
    if ("stream" in bytes && typeof bytes.stream === "function") return reader(bytes.stream());
    if (Symbol.asyncIterator in bytes) {
      const iterator = bytes[Symbol.asyncIterator]();
      return { next: () => iterator.next(), cancel: () => iterator.return?.() };
    }
  }
  throw new TypeError("it was given neither as bytes nor as a stream");
}

function reader(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader();
  return { next: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
}

function once(value: Uint8Array): Source {
  let done = false;
  const next = (): Promise<{ done: boolean; value?: Uint8Array }> => {
    const item = done ? { done } : { done, value };
    done = true;
    return Promise.resolve(item);
  };
  return { next, cancel: () => {} };
}

function* pieces(value: unknown): Generator<Uint8Array, void> {
  if (!ArrayBuffer.isView(value)) throw new TypeError("its stream gave something else than bytes");
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  for (let at = 0; at < bytes.length; at += MAX_PAGE) yield bytes.subarray(at, at + MAX_PAGE);
}
