/** How much a store, a request or an invocation may take. */
export interface Limits {
  /** Bytes of a part of a session. */
  part: number;
  /** Parts of a session. */
  parts: number;
  /** Memories of a store. */
  memories: number;
  /** Bytes of the paths and texts of its memories. */
  bytes: number;
  /** Lines of its memories that are not blank; each may be a statement. */
  lines: number;
  /** Bytes of its ledger. */
  ledger: number;
  /** Bytes of the checkpoint of a dream: session records, and answers that it has not used yet. */
  checkpoint: number;
  /** Model calls that one invocation makes; the next one makes the rest. */
  calls: number;
  /**
   * Invocations in a row that may end while computing a round, with nothing kept; then the dream
   * fails.
   */
  attempts: number;
  /**
   * Invocations in a row that may end while waiting for a model, with no answer kept; then the
   * dream fails.
   */
  waits: number;
}

/**
 * Edges allow 128 MB of memory in all, and 30 s of processor time. `lines`, `bytes`, `ledger` and
 * `checkpoint` are chosen so that a dream over a store at all four limits takes less than half: 24
 * MB of the engine, 24 of JavaScript and two seconds, as measured (`npm run measure`; the table
 * is in the README). The engine takes 2.2 KB for a line, and up to 10 bytes for each byte of
 * sessions in the ledger and of the checkpoint.
 *
 * The others are chosen by us. Transcripts of a day reach some MiB. 8 calls, 4 at a time, each tried
 * for 3 minutes at most, end within the 15 minutes that edges let an invocation wait. A round that
 * ended three invocations will end a fourth; ten invocations that ended in a model call are many
 * restarts, or an answer that crashes each of them, and every such call may cost money.
 */
export const LIMITS: Limits = {
  part: 32 << 20,
  parts: 256,
  memories: 2_000,
  bytes: 1 << 20,
  lines: 5_000,
  ledger: 4 << 20,
  checkpoint: 1 << 20,
  calls: 8,
  attempts: 3,
  waits: 10,
};

/**
 * Settings for dreams whose policy names none. With the engine's defaults a ledger reaches 20 MB,
 * more than {@link LIMITS} allow. Chosen by us: at the sizes in docs/policy.md (5 KB for a whole
 * session record, half a KB for a shortened one) the ledger has some 3 MB.
 */
export const KEEPS = {
  "ledger.whole-sessions": 200,
  "ledger.known-sessions": 2_000,
  "ledger.whole-retired": 100,
  "ledger.known-retired": 1_000,
};

/** Limits that a person set, as JSON. A process with more memory than 128 MB can allow more. */
export function limitsOf(json: string | undefined): Partial<Limits> {
  let given: unknown;
  try {
    given = JSON.parse(json || "{}");
  } catch {
    given = undefined;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Error('LIMITS is JSON such as {"lines":50000}');
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(LIMITS, name)) throw new Error(`LIMITS: there is no limit \`${name}\``);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`LIMITS: \`${name}\` is a whole number above 0`);
  }
  return given;
}
