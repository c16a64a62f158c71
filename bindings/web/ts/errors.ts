/**
 * What sort of error it is. The first nine are those of `wit/errors.wit`; after any of them nothing
 * has changed: correct the argument and call again.
 *
 * - `invalid-snapshot`: a memory, ledger row or record of the store is not usable.
 * - `invalid-request`: the policy, the sessions, another part of a request or an argument is not
 *   usable.
 * - `invalid-document`: a document is damaged, edited, or of another form or version.
 * - `unexpected`: a session, part or call that the dream did not ask for, or already has.
 * - `too-large`: more than 1 MiB in one piece.
 * - `stale`: the plan or checkpoint was made for another revision or other memories.
 * - `other-engine`: the plan or checkpoint was made by another engine.
 * - `canceled`: the dream was canceled.
 * - `other`: anything else, such as the use of an object after `free`.
 * - `conflict`: a store has another head than the revision builds on, or somebody changed a memory that the
 *   revision writes. Dream again.
 * - `unanswered`: no model call was answered, and none would be: a wrong key or address, no
 *   connection. The message has the reason, `what` the address, `cause` the first
 *   {@link FailedCall}. No call or session is used up: correct the reason and dream again.
 * - `trap`: the engine itself failed; a bug, or no memory left. After it every call of this package
 *   fails in this page, process or worker.
 */
export type ErrorCode =
  | "invalid-snapshot"
  | "invalid-request"
  | "invalid-document"
  | "unexpected"
  | "too-large"
  | "stale"
  | "other-engine"
  | "canceled"
  | "other"
  | "conflict"
  | "unanswered"
  | "trap";

/** Every error that this package makes. Errors of your own store and model come as they are. */
export class DreamingError extends Error {
  /** What sort of error it is. */
  readonly code: ErrorCode;
  /**
   * What it is about, when that has a name: a path, key, setting, session, change, call, address or
   * engine.
   */
  readonly what?: string;

  /**
   * @param code - What sort of error it is.
   * @param message - Why, for people. Do not parse it.
   * @param options - What it is about, and the error behind it.
   */
  constructor(code: ErrorCode, message: string, options: { what?: string | undefined; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "DreamingError";
    this.code = code;
    if (options.what !== undefined) this.what = options.what;
  }
}
