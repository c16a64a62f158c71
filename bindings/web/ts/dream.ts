import type { Model } from "./answer.js";
import { invalid, object } from "./check.js";
import type { Plan } from "./documents.js";
import { drive } from "./drive.js";
import type { FailedCall } from "./failures.js";
import { DREAM, named } from "./names.js";
import type { MemoryStore } from "./memory-store.js";
import type { Progress } from "./progress.js";
import { Run, type Terms } from "./run.js";
import type { Store } from "./store.js";
import type { Document, Policy } from "./types.js";

/**
 * Default number of reads and calls at the same time: enough to hide the latency of a network, few
 * enough for the rate limit of a model. Chosen by us.
 */
const CONCURRENCY = 4;

/**
 * Most model calls of a dream with a model when its policy names no number. Chosen by us; the
 * command has the same number.
 */
const CALLS_WITH_MODEL = 200;

/** The methods of a store. */
const METHODS = ["open", "memories", "ledger", "revisions", "sessions", "read", "keep", "commit"] as const;

/** What to dream over, and how. */
export interface DreamOptions {
  /** Memories, ledger and sessions. */
  store: Store;
  /**
   * Answers model calls: at most 200, or as many as the policy says (`propose.max-calls`; 0 makes
   * none). Needed when the policy says more than 0.
   */
  model?: Model | undefined;
  /**
   * What is done with the plan. `propose`, the default: a plan without open changes is committed,
   * so that its sessions count as read; any other plan waits for a decision. `auto`: changes with
   * gate `auto` are applied, the others stay open.
   */
  mode?: "propose" | "auto" | undefined;
  /** Settings that differ from their defaults. */
  policy?: Policy | undefined;
  /** See {@link Request.instructions}. */
  instructions?: string | undefined;
  /** The time of the dream, in milliseconds since 1970. Default: the clock of the machine. */
  now?: number | undefined;
  /**
   * Ends the dream, which then throws the reason of the signal. After the signal the dream makes no
   * commit, no call and no progress report; it only waits for a commit that has begun, and at most a
   * minute for a `keep`: one that has begun, or one last if a session was read or a call answered
   * since the one before. An error of that `keep` is ignored.
   */
  signal?: AbortSignal | undefined;
  /**
   * Sessions read and calls made at the same time, at least 1. Default 4. No result depends on it.
   */
  concurrency?: number | undefined;
  /**
   * Called after each session and each answer. An error that it throws rejects the dream. The dream
   * does not wait for it: a promise that it returns is ignored, also when it rejects.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a dream came to. */
export interface DreamResult {
  /** The revision that the plan is based on, when there is one. */
  base?: string;
  /** The plan, see {@link Plan}. Show its {@link changes} and {@link apply} it with a decision. */
  plan: Document;
  /** The report, see {@link Report}. */
  report: Document;
  /** The revision that was committed from the plan, if one was. */
  committed?: string;
  /**
   * The model calls of this run that got no answer, each with the reason, in the order in which
   * they failed; absent when all were answered. Their sessions count as read, and the next dream
   * with a model makes these calls again.
   */
  failed?: FailedCall[];
  /**
   * There when the dream went on from a checkpoint that the store had kept, of a dream with another `now`: the plan has the sessions and the `now` of then,
   * and nothing of what came since. Once that plan is stored or put away, forget the checkpoint
   * ({@link MemoryStore.forget}), and the next dream reads what is new.
   */
  resumed?: true;
}

/**
 * Runs a dream: opens the store, commits what people changed (`observe`), takes unread sessions up
 * to `dream.max-sessions` in the order of their ids, reads them, asks the model, keeps progress
 * after each round, and does with the plan what `mode` says. A session that cannot be read stays
 * pending. A dream that read nothing and changes nothing commits nothing.
 *
 * When the store has a checkpoint of the same engine, state of the store, policy and instructions,
 * the dream resumes it; the plan then has the sessions and `now` of the interrupted dream.
 *
 * @throws {@link DreamingError} as {@link Dream.start}, and `invalid-request` for options that
 * cannot be used, before anything is read or written; `unanswered` when no model call was answered
 * and none would be (wrong key or address, no connection); the reason of `signal`; what the store
 * throws. A revision of `observe` that was committed before stays.
 */
export async function dream(options: DreamOptions): Promise<DreamResult> {
  const { store, model, mode = "propose", concurrency = CONCURRENCY, onProgress = () => {} } =
    named(options, DREAM, "options");
  const { policy = {}, instructions = "", now = Date.now(), signal = new AbortController().signal } = options;
  if (typeof object(signal, "signal").throwIfAborted !== "function") throw invalid("signal", "it is no `AbortSignal`");
  signal.throwIfAborted();
  object(store, "store");
  if (mode !== "propose" && mode !== "auto") throw invalid("mode", "it is `propose` or `auto`");
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw invalid("concurrency", "it is a whole number above 0");
  }
  if (model !== undefined && typeof model !== "function") throw invalid("model", "it is no function");
  if (typeof onProgress !== "function") throw invalid("onProgress", "it is no function");
  const run = agreed({ policy, instructions, now, mode }, model !== undefined);
  try {
    if (run.maxCalls > 0 && model === undefined) {
      throw invalid("model", "the setting `propose.max-calls` asks for model calls, and there is no model");
    }
    for (const method of METHODS) {
      if (typeof store[method] !== "function") throw invalid("store", `it has no method \`${method}\``);
    }
    const ended = await drive(run, { store, model, concurrency, signal, onProgress });
    const { now: began } = JSON.parse(ended.plan) as Plan;
    return began === now ? ended : { ...ended, resumed: true };
  } finally {
    run.free();
  }
}

/**
 * Starts the run: with a model, 200 calls unless the policy says how many. An explicit 0 makes
 * none.
 */
function agreed(terms: Terms, asks: boolean): Run {
  const run = Run.start(terms);
  const name = "propose.max-calls";
  if (!asks || terms.policy[name] !== undefined || run.maxCalls > 0) return run;
  run.free();
  return Run.start({ ...terms, policy: { ...terms.policy, [name]: CALLS_WITH_MODEL } });
}
