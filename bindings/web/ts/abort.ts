/**
 * The result of `work`, or a rejection with the reason of `signal` as soon as it fires. What `work`
 * returns or throws after that is ignored.
 */
export function abortable<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    const done = (): void => signal.removeEventListener("abort", stop);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    work.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

/**
 * Calls `host`, unless `signal` has fired, and waits for its result as {@link abortable} does. An
 * error that `host` throws becomes a rejection.
 */
export async function ask<T>(host: () => T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return await abortable(Promise.resolve(host()), signal);
}

/**
 * Calls `work` for each item, `width` at a time, in order of the items. When one fails, `signal`
 * fires for the others, all of them are waited for, and the first error is thrown.
 */
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  outer: AbortSignal,
  work: (item: T, index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const inner = new AbortController();
  const stop = (): void => inner.abort(outer.reason);
  if (outer.aborted) stop();
  outer.addEventListener("abort", stop, { once: true });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && !inner.signal.aborted) {
      const index = next;
      next += 1;
      await work(items[index] as T, index, inner.signal);
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      if (!inner.signal.aborted) inner.abort(error);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(width, items.length) }, guarded));
  } finally {
    outer.removeEventListener("abort", stop);
  }
  inner.signal.throwIfAborted();
}
