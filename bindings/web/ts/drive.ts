import { ask, eachOf } from "./abort.js";
import { type Failure, type Model, failed, usable } from "./answer.js";
import { type FailedCall, Failures } from "./failures.js";
import type { Progress } from "./progress.js";
import { Unreadable, readPart } from "./read.js";
import type { Ended, Run, RunNeed } from "./run.js";
import type { Store } from "./store.js";
import { Turns } from "./turns.js";
import type { ModelCall, SessionNeed } from "./types.js";

/**
 * Longest wait for a `keep` once a dream has ended without a plan, in milliseconds. Chosen by us: time for some megabytes
 * over a slow network, and an end for a store that never answers.
 */
const PATIENCE = 60_000;

/** What a run is driven with. */
export interface Outside {
  store: Store;
  model: Model | undefined;
  concurrency: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/**
 * Carries out what a run asks for until it has ended. After an abort, or an error of `onProgress`,
 * the store is asked to keep once more what was read and answered since it last kept progress.
 *
 * @throws {@link DreamingError} `unanswered` when no model call was answered and none would be. The
 * failed calls are not kept then, so that the next dream makes them.
 */
export async function drive(run: Run, outside: Outside): Promise<Ended & { failed?: FailedCall[] }> {
  const { store, signal } = outside;
  const hands = new Hands(run, outside);
  try {
    for (;;) {
      signal.throwIfAborted();
      const need = run.poll();
      if (need.tag === "done") {
        const failed = hands.failures.calls;
        return { ...need.val, ...(failed.length === 0 ? {} : { failed }) };
      }
      await hands.meet(need);
    }
  } catch (error) {
    // A `keep` that has begun is waited for, so that the next dream finds what it keeps.
    await atMost(PATIENCE, hands.keeping);
    const left = signal.aborted || hands.isStopped ? run.progress() : undefined;
    if (left !== undefined) await atMost(PATIENCE, last(() => store.keep(left)));
    throw error;
  }
}

/** Keeps progress, and ignores a failure: the caller needs the plan or the reason of the abort, not the error of `keep`. */
async function last(keep: () => unknown): Promise<void> {
  try {
    await keep();
  } catch {
    // Only the ability to resume is lost.
  }
}

/** Waits for `work`, which goes on by itself when it takes longer. */
async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((done) => (timer = setTimeout(done, milliseconds)));
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

class Hands {
  readonly #turns = new Turns();
  readonly #progress: Progress = { sessions: 0, sessionsRead: 0, bytes: 0, calls: 0, callsAnswered: 0, callsFailed: 0 };
  /** The calls of this run that failed. */
  readonly failures = new Failures();
  /** Settled when the store has kept what it was given last, or has failed to. */
  keeping: Promise<void> = Promise.resolve();
  /** Whether `onProgress` ended the dream. */
  isStopped = false;

  constructor(
    readonly run: Run,
    readonly outside: Outside,
  ) {}

  /** Gives the run what it needs next. */
  async meet(need: Exclude<RunNeed, { tag: "done" }>): Promise<void> {
    const { run } = this;
    const { store, signal } = this.outside;
    switch (need.tag) {
      case "open":
        return run.opened(await ask(() => store.open(), signal));
      case "memories":
        run.memories(await ask(() => store.memories(need.val ?? undefined), signal));
        return await this.#turns.rest();
      case "ledger":
        run.ledger(await ask(() => store.ledger(need.val ?? undefined), signal));
        return await this.#turns.rest();
      case "revisions":
        run.revisions(await ask(() => store.revisions(need.val), signal));
        return await this.#turns.rest();
      case "sessions":
        run.sessions(await ask(() => store.sessions(need.val ?? undefined), signal));
        return await this.#turns.rest();
      case "read":
        return await this.#read(need.val);
      case "calls":
        return await this.#ask(need.val);
      case "keep":
        run.kept();
        // When the store cannot keep progress, only the ability to resume is lost.
        this.keeping = last(() => store.keep(need.val));
        return await ask(() => this.keeping, signal);
      case "commit":
        // An abort does not interrupt a commit that has begun.
        await store.commit(need.val);
        return run.committed();
    }
  }

  /** Reads the sessions of a round. */
  async #read(needs: readonly SessionNeed[]): Promise<void> {
    const { concurrency, signal } = this.outside;
    this.#progress.sessions = this.run.count;
    await eachOf(needs, concurrency, signal, (need, _, stop) => this.#session(need, stop));
  }

  /** Reads the parts of a session, one after the other, up to the first that cannot be read. */
  async #session({ session, parts }: SessionNeed, signal: AbortSignal): Promise<void> {
    for (const part of parts) {
      try {
        for await (const chunk of readPart(this.outside.store, session, part, signal)) {
          this.run.feed(session, part, chunk, false);
          this.#progress.bytes += chunk.length;
          await this.#turns.rest();
        }
        this.run.feed(session, part, new Uint8Array(), true);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.run.miss(session, part, error.message);
        break;
      }
    }
    this.#report({ sessionsRead: 1 });
  }

  /** Makes the calls of a round. */
  async #ask(calls: readonly ModelCall[]): Promise<void> {
    const { concurrency, signal } = this.outside;
    this.#progress.sessions = this.run.count;
    this.#report({ calls: calls.length });
    await eachOf(calls, concurrency, signal, async (call, _, stop) => {
      const said = await this.#complete(call, stop);
      const answer = usable(said);
      if (answer.tag === "failed") {
        this.failures.add(call.id, answer.val, said as Failure);
        this.#report({ callsFailed: 1 });
        const hopeless = this.failures.hopeless(this.#progress.callsAnswered, calls.length);
        if (hopeless !== undefined) throw hopeless;
      }
      this.run.answer(call.id, answer);
      if (answer.tag !== "failed") this.#report({ callsAnswered: 1 });
    });
  }

  /** What the model returns, unchecked. */
  async #complete(call: ModelCall, signal: AbortSignal): Promise<unknown> {
    const { model } = this.outside;
    if (model === undefined) return failed("there is no model");
    try {
      return (await ask(() => model(call, { signal }), signal)) ?? failed("the model gave no answer");
    } catch (error) {
      // A call that failed because of the abort gets no answer, so that the next dream makes it
      // again.
      signal.throwIfAborted();
      return failed(error);
    }
  }

  #report(more: Partial<Progress>): void {
    this.outside.signal.throwIfAborted();
    for (const [name, count] of Object.entries(more)) this.#progress[name as keyof Progress] += count;
    const told = this.#tell();
    // `onProgress` is not awaited; an unhandled rejection of its promise would end the process.
    Promise.resolve(told).catch(() => {});
  }

  #tell(): unknown {
    try {
      return this.outside.onProgress({ ...this.#progress });
    } catch (error) {
      this.isStopped = true;
      throw error;
    }
  }
}
