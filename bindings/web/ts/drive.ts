import { ask, eachOf } from "./abort.js";
import { type Model, failed, usable } from "./answer.js";
import type { Progress } from "./dream.js";
import type { Dream } from "./machine.js";
import { Unreadable, readPart } from "./read.js";
import type { Store } from "./store.js";
import { Turns } from "./turns.js";
import type { Answer, ModelCall, Outcome, RecordedAnswer, SessionNeed } from "./types.js";

/** What a dream is driven with. */
export interface Outside {
  store: Store;
  model: Model | undefined;
  concurrency: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** Meets the needs of a dream, round by round, until it has ended. */
export async function drive(machine: Dream, outside: Outside): Promise<Outcome> {
  const { store, signal } = outside;
  const sessions = machine.request().sessions.length;
  const run = new Run(machine, outside, { sessions, sessionsRead: 0, bytes: 0, calls: 0, callsAnswered: 0 });
  for (;;) {
    signal.throwIfAborted();
    const need = machine.poll();
    if (need.tag === "done") return need.val;
    const answers = need.tag === "calls" ? await run.ask(need.val) : await run.read(need.val);
    const checkpoint = machine.checkpoint();
    // A store that cannot keep it only loses the ability to resume.
    await ask(() => store.keep({ checkpoint, answers }), signal).catch(() => signal.throwIfAborted());
  }
}

class Run {
  readonly #turns = new Turns();

  constructor(
    readonly machine: Dream,
    readonly outside: Outside,
    readonly progress: Progress,
  ) {}

  /** Reads the sessions of a round. */
  async read(needs: readonly SessionNeed[]): Promise<RecordedAnswer[]> {
    const { concurrency, signal } = this.outside;
    await eachOf(needs, concurrency, signal, (need, _, stop) => this.session(need, stop));
    return [];
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
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.machine.miss(session, error.message);
    }
    this.report({ sessionsRead: 1 });
  }

  /** Has the calls of a round made; the answers in the order of the calls. */
  async ask(calls: readonly ModelCall[]): Promise<RecordedAnswer[]> {
    const { concurrency, signal } = this.outside;
    const answers: RecordedAnswer[] = [];
    this.report({ calls: calls.length });
    await eachOf(calls, concurrency, signal, async (call, index, stop) => {
      const answer = await this.complete(call, stop);
      this.machine.answer(call.id, answer);
      answers[index] = { call: call.id, answer };
      this.report({ callsAnswered: 1 });
    });
    return answers;
  }

  async complete(call: ModelCall, signal: AbortSignal): Promise<Answer> {
    const { model } = this.outside;
    if (model === undefined) return failed("there is no model");
    try {
      return usable(await ask(() => model(call, { signal }), signal));
    } catch (error) {
      return failed(error);
    }
  }

  report(more: Partial<Progress>): void {
    this.outside.signal.throwIfAborted();
    for (const [name, count] of Object.entries(more)) this.progress[name as keyof Progress] += count;
    this.outside.onProgress({ ...this.progress });
  }
}
