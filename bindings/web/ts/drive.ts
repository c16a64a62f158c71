import { ask, eachOf } from "./abort.js";
import { type Failure, type Model, failed, usable } from "./answer.js";
import { type FailedCall, Failures } from "./failures.js";
import type { Dream } from "./machine.js";
import type { Progress } from "./progress.js";
import { Unreadable, readPart } from "./read.js";
import type { Kept, Store } from "./store.js";
import { Turns } from "./turns.js";
import type { ModelCall, Outcome, RecordedAnswer, SessionNeed } from "./types.js";

/** What a dream is driven with. */
export interface Outside {
  store: Store;
  model: Model | undefined;
  concurrency: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/**
 * Meets the needs of a dream, round by round, until it has ended. After an abort it has the store keep
 * once more what was read and answered since the last time.
 *
 * @throws {@link DreamingError} `unanswered` when no model call was answered and none would be; of what failed so
 * nothing is kept.
 */
export async function drive(machine: Dream, outside: Outside): Promise<Outcome & { failed: FailedCall[] }> {
  const { store, signal } = outside;
  const sessions = machine.request().sessions.length;
  const run = new Run(machine, outside, { sessions, sessionsRead: 0, bytes: 0, calls: 0, callsAnswered: 0, callsFailed: 0 });
  try {
    for (;;) {
      signal.throwIfAborted();
      const need = machine.poll();
      if (need.tag === "done") return { ...need.val, failed: run.failures.calls };
      if (need.tag === "calls") await run.ask(need.val);
      else await run.read(need.val);
      // A store that cannot keep it only loses the ability to resume.
      await ask(() => store.keep(run.progressed()), signal).catch(() => signal.throwIfAborted());
    }
  } catch (error) {
    if (signal.aborted && run.news) await last(() => store.keep(run.progressed()));
    throw error;
  }
}

/** What is kept after an abort. Whether it fails changes nothing. */
async function last(keep: () => unknown): Promise<void> {
  try {
    await keep();
  } catch {
    // The reason of the abort is what the caller has to hear.
  }
}

class Run {
  readonly #turns = new Turns();
  /** Whether a session was read or a call answered that no `keep` was given. */
  news = false;
  /** The answers among them, by the position of their calls in the round. */
  #answers: RecordedAnswer[] = [];
  /** The calls of this run that failed. */
  readonly failures = new Failures();

  constructor(
    readonly machine: Dream,
    readonly outside: Outside,
    readonly progress: Progress,
  ) {}

  /** The progress since the last time, to be kept now. */
  progressed(): Kept {
    // Calls that an abort cut off left holes.
    const answers = Object.values(this.#answers);
    this.#answers = [];
    this.news = false;
    return { checkpoint: this.machine.checkpoint(), answers };
  }

  /** Reads the sessions of a round. */
  async read(needs: readonly SessionNeed[]): Promise<void> {
    const { concurrency, signal } = this.outside;
    await eachOf(needs, concurrency, signal, (need, _, stop) => this.session(need, stop));
  }

  /**
   * Reads the parts of a session. One that cannot be read is missed as a whole: what is concluded
   * from half a session would be another session's digest.
   */
  async session({ session, parts }: SessionNeed, signal: AbortSignal): Promise<void> {
    try {
      for (const part of parts) {
        for await (const chunk of readPart(this.outside.store, session, part, signal)) {
          this.machine.feed(session, part, chunk, false);
          this.progress.bytes += chunk.length;
          await this.#turns.rest();
        }
        this.machine.feed(session, part, new Uint8Array(), true);
      }
      this.news = true;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.machine.miss(session, error.message);
    }
    this.report({ sessionsRead: 1 });
  }

  /** Has the calls of a round made. */
  async ask(calls: readonly ModelCall[]): Promise<void> {
    const { concurrency, signal } = this.outside;
    this.report({ calls: calls.length });
    await eachOf(calls, concurrency, signal, async (call, index, stop) => {
      const said = await this.complete(call, stop);
      const answer = usable(said);
      if (answer.tag === "failed") {
        this.failures.add(call.id, answer.val, said as Failure);
        this.report({ callsFailed: 1 });
        const hopeless = this.failures.hopeless(this.progress.callsAnswered, calls.length);
        if (hopeless !== undefined) throw hopeless;
      }
      this.machine.answer(call.id, answer);
      this.#answers[index] = { call: call.id, answer };
      this.news = true;
      if (answer.tag !== "failed") this.report({ callsAnswered: 1 });
    });
  }

  /** What the model says, whatever it is. */
  async complete(call: ModelCall, signal: AbortSignal): Promise<unknown> {
    const { model } = this.outside;
    if (model === undefined) return failed("there is no model");
    try {
      return (await ask(() => model(call, { signal }), signal)) ?? failed("the model gave no answer");
    } catch (error) {
      // A call that failed because nobody wants it any more is asked again by the next dream.
      signal.throwIfAborted();
      return failed(error);
    }
  }

  report(more: Partial<Progress>): void {
    this.outside.signal.throwIfAborted();
    for (const [name, count] of Object.entries(more)) this.progress[name as keyof Progress] += count;
    const told: unknown = this.outside.onProgress({ ...this.progress });
    // It is not waited for, and a rejection that nobody handles would end the process.
    Promise.resolve(told).catch(() => {});
  }
}
