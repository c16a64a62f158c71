// The answers of model calls. A kept answer is used without a call, and a new one is kept before it is used, so that no
// call is paid for twice, whatever ends this invocation.

import type { Answer, Failure, Model, ModelCall, Usage } from "dreaming";

import * as answers from "../db/answers.js";
import type { Dream } from "../db/dreams.js";
import type { Sqlite } from "../db/sql.js";
import * as turns from "../db/turns.js";
import type { Service } from "./models.js";

/** Calls made at the same time. Chosen by us: the default of the npm package, and below the six connections that edges allow. */
const SIDE_BY_SIDE = 4;
/** Longest answer that is kept, in bytes: the engine's limit. */
const MAX_ANSWER = 1 << 20;

/** The invocation has its dream no more: the dream is over, or another invocation has it. */
export class Stopped extends Error {}

/** No call was answered, and none would be: a wrong key or address, no connection. */
export class Unanswered extends Error {}

/** Asks the model of a dream, in one invocation. */
export class Asking {
  /** What the model took so far, in all invocations. */
  readonly usage: Usage;
  readonly #whose: answers.Whose;
  readonly #model: Model | undefined;
  #waits = false;
  #failure: string | undefined;

  constructor(
    readonly db: Sqlite,
    readonly dream: Dream,
    service: Service | undefined,
    readonly signal: AbortSignal,
  ) {
    this.usage = { ...dream.usage };
    this.#whose = { store: dream.store, model: service?.identity ?? "" };
    this.#model = service?.model((usage) => {
      for (const name of ["input", "output", "cacheRead", "cacheWrite"] as const) this.usage[name] += usage[name];
    });
  }

  /** Why a call of this invocation got no answer, of the first that got none. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Gets the answers of calls.
   *
   * @throws Unanswered, Stopped
   */
  async all(calls: readonly ModelCall[], bring: (call: string, answer: Answer) => void): Promise<void> {
    let next = 0;
    let areAnswered = false;
    const failures: Failure[] = [];
    const isHopeless = (): boolean => !areAnswered && failures.length > 0 && failures.every(({ isGeneral }) => isGeneral === true);
    const worker = async (): Promise<void> => {
      for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
        if (failures.length >= SIDE_BY_SIDE && isHopeless()) return;
        const kept = answers.find(this.db, this.#whose, call.id);
        const answer = kept ?? (await this.#ask(call));
        if (answer.tag === "failed") {
          this.#failure ??= answer.val;
          failures.push(answer);
        } else areAnswered = true;
        bring(call.id, answer);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    const [first] = failures;
    if (first !== undefined && isHopeless()) throw unanswered(first, failures.length);
  }

  /** Forgets answers that nobody could use, so that the calls are made again. */
  forget(calls: readonly string[]): void {
    answers.forget(this.db, this.#whose, calls);
  }

  /** Forgets all refusals of the model in this store, so that what it refused is asked again. */
  forgetRefusals(): void {
    answers.forgetRefusals(this.db, this.#whose);
  }

  async #ask(call: ModelCall): Promise<Answer | Failure> {
    if (this.#model === undefined) return { tag: "failed", val: "there is no model" };
    if (!this.#waits) {
      this.#waits = true;
      if (!turns.waits(this.db, this.dream)) throw new Stopped();
    }
    const answer = await this.#said(call, this.#model);
    if (this.signal.aborted) throw new Stopped();
    // A failed call is not kept: the next dream makes it again.
    if (answer.tag === "failed") return answer;
    this.db.transaction(() => {
      answers.keep(this.db, this.#whose, call.id, answer);
      // When the dream is over meanwhile, the answer stays kept.
      turns.further(this.db, this.dream, this.usage, 0);
    });
    return answer;
  }

  async #said(call: ModelCall, model: Model): Promise<Answer | Failure> {
    try {
      const said = await model(call, { signal: this.signal });
      const answer: Answer | Failure = typeof said === "string" ? { tag: "text", val: said } : said;
      if (answer.tag === "text" && new Blob([answer.val]).size > MAX_ANSWER) return { tag: "failed", val: "the answer is over 1 MiB" };
      return answer;
    } catch (error) {
      return { tag: "failed", val: error instanceof Error ? error.message : "no reason given" };
    }
  }
}

function unanswered({ val, url }: Failure, calls: number): Unanswered {
  const none = calls === 1 ? "the model call was not answered" : `none of ${calls} model calls was answered`;
  const where = url === undefined ? "" : ` (${url})`;
  return new Unanswered(`${none}: ${val}${where}. Nothing is used up: correct the key or the address of the model in the settings of the worker, and dream again`);
}
