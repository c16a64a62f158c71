import { abortable, eachOf } from "./abort.js";
import { failed, usable } from "./answer.js";
import type { Dream } from "./machine.js";
import { Unreadable, readPart } from "./read.js";
import type { Eventually, Store } from "./store.js";
import type { Answer, ModelCall, Outcome, RecordedAnswer, SessionNeed } from "./types.js";

/**
 * Answers a call, with its own retries and timeouts. A string is the text of the model. What it
 * throws becomes an answer that failed: whatever a model does, the dream goes on.
 *
 * `signal` fires when the answer is no longer wanted; pass it to `fetch`.
 */
export type Model = (call: ModelCall, options: { signal: AbortSignal }) => Eventually<Answer | string>;

/** How far a dream is. Counts are those of this run: what a checkpoint brought is not in them. */
export interface Progress {
  /** Sessions that the dream was asked to read. */
  sessions: number;
  /** Sessions that were read to the end or could not be read. */
  sessionsRead: number;
  /** Bytes of transcripts that were read. */
  bytes: number;
  /** Model calls that were asked for. */
  calls: number;
  /** Model calls that have an answer. */
  callsAnswered: number;
}

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
    const keep = Promise.resolve().then(() => store.keep({ checkpoint, answers }));
    // A store that cannot keep it only loses the ability to resume.
    await abortable(keep, signal).catch(() => signal.throwIfAborted());
  }
}

class Run {
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
      return usable(await abortable(Promise.resolve().then(() => model(call, { signal })), signal));
    } catch (error) {
      signal.throwIfAborted();
      return failed(error);
    }
  }

  report(more: Partial<Progress>): void {
    for (const [name, count] of Object.entries(more)) this.progress[name as keyof Progress] += count;
    this.outside.onProgress({ ...this.progress });
  }
}
