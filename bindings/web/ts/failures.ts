import type { Failure } from "./answer.js";
import { DreamingError } from "./errors.js";

/**
 * A dream gives up after this many failures that every call would share (a wrong key, no
 * connection) and no answer: as many as are made at the same time by default. Chosen by us: fewer
 * could be bad luck, more would only cost time.
 */
const SURE = 4;

/** A model call that got no answer. The next dream with a model makes it again. */
export interface FailedCall {
  /** The id of the call. */
  call: string;
  /** Why, for people; with `anthropic` and `openai` never the key. Do not parse it. */
  reason: string;
  /** The status that the service gave. Absent: it gave none, or the model did not say. */
  status?: number;
  /** The address that was asked, without the part behind a `?`. Absent: the model did not say. */
  url?: string;
}

/** The calls of a run that failed, in the order in which they failed. */
export class Failures {
  /** The calls, each with its reason. */
  readonly calls: FailedCall[] = [];
  #areGeneral = true;

  /** Notes a call that failed for `reason`, with the details that the model gave. */
  add(call: string, reason: string, { status, url, isGeneral }: Partial<Failure>): void {
    this.calls.push({
      call,
      reason,
      ...(typeof status === "number" ? { status } : {}),
      ...(typeof url === "string" ? { url } : {}),
    });
    this.#areGeneral &&= isGeneral === true;
  }

  /**
   * The error for the caller when no call was answered and none would be. `inRound` is the number
   * of calls in this round: a round with fewer calls than {@link SURE} is enough when all of them
   * failed.
   */
  hopeless(answered: number, inRound: number): DreamingError | undefined {
    const failed = this.calls.length;
    const [first] = this.calls;
    if (first === undefined || answered > 0 || !this.#areGeneral || failed < Math.min(SURE, inRound)) return undefined;
    const none = failed === 1 ? "the model call was not answered" : `none of ${failed} model calls was answered`;
    const where = first.url === undefined ? "" : ` (${first.url})`;
    const message = `${none}: ${first.reason}${where}. Nothing is used up: correct key, model or address, and dream again`;
    return new DreamingError("unanswered", message, { what: first.url, cause: first });
  }
}
