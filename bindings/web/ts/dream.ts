import type { Model } from "./answer.js";
import { invalid, object } from "./check.js";
import { drive } from "./drive.js";
import { apply, catchUp, changes, settings } from "./engine.js";
import { DreamingError } from "./errors.js";
import type { FailedCall } from "./failures.js";
import { Dream, type WholeRequest } from "./machine.js";
import { type Loaded, load, unread } from "./open.js";
import type { Progress } from "./progress.js";
import { Snapshot } from "./snapshot.js";
import type { Store } from "./store.js";
import type { Document, Policy, Request } from "./types.js";

/**
 * Reads and calls at the same time when nobody says otherwise: enough to hide the time of a network,
 * few enough for the rate limit of a model. Chosen by us.
 */
const CONCURRENCY = 4;

/** Model calls of a dream with a model whose policy names no number. Chosen by us, as the command does. */
const CALLS_WITH_MODEL = 200;

/** The methods of a store. */
const METHODS = ["open", "memories", "ledger", "revisions", "sessions", "read", "keep", "commit"] as const;

/** What to dream over, and how. */
export interface DreamOptions {
  /** Memories, ledger and sessions. */
  store: Store;
  /**
   * Answers model calls: up to 200 of them in place of none, unless the policy says how many (`propose.max-calls`; 0
   * asks nobody). Needed when that is above 0.
   */
  model?: Model | undefined;
  /**
   * What is done with the plan. `propose`, the default: nothing but what no one needs to decide; a
   * plan without open changes is committed, so that its sessions count as read, and any other plan
   * waits. `auto`: changes with gate `auto` are applied, the others stay open.
   */
  mode?: "propose" | "auto" | undefined;
  /** Settings that differ from their defaults. */
  policy?: Policy | undefined;
  /** See {@link Request.instructions}. */
  instructions?: string | undefined;
  /** The time of the dream, in milliseconds since 1970. Default: the clock of the machine. */
  now?: number | undefined;
  /**
   * Ends the dream with its reason. After it fires nothing is committed, asked or told any more, but
   * for one `keep`, if any session was read or call answered since the last one: it is waited for, and
   * its failure is ignored. A commit that has begun is waited for.
   */
  signal?: AbortSignal | undefined;
  /** Sessions read and calls made at the same time, at least 1. Default 4. Changes no byte. */
  concurrency?: number | undefined;
  /**
   * Called after each session and each answer. What it throws rejects the dream. It is not waited
   * for: a promise that it returns is ignored, also when it rejects.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a dream came to. */
export interface DreamResult {
  /** The revision that the plan is based on, when there is one. */
  base?: string;
  /** The plan, see {@link Plan}. Show {@link changes} of it and {@link apply} it with a decision. */
  plan: Document;
  /** The report, see {@link Report}. */
  report: Document;
  /** The revision that was committed from the plan, if one was. */
  committed?: string;
  /**
   * The model calls of this run that got no answer, each with why, in the order in which they failed. Absent: none did.
   * Their sessions count as read, and the next dream with a model asks about them.
   */
  failed?: FailedCall[];
}

/**
 * Runs a dream: opens the store, commits what people changed ({@link observe}), takes unread
 * sessions up to `dream.max-sessions` in the order of their ids, reads them, has the model asked,
 * keeps progress after each round, and does with the plan what `mode` says. A session that cannot be
 * read stays pending. A dream that read nothing and changes nothing commits nothing.
 *
 * Goes on from a kept checkpoint instead when that is of this engine, this state of the store, this
 * policy and these instructions; then sessions and `now` of the plan are those of the dream that
 * was interrupted.
 *
 * @throws {@link DreamingError} as {@link Dream.start}, and `invalid-request` for options that
 * cannot be used, before anything is read or written; `unanswered` when no model call was answered and none would be
 * (wrong key or address, no connection); the reason of `signal`; what the store throws.
 * What was committed before (the revision of `observe`) stays.
 */
export async function dream(options: DreamOptions): Promise<DreamResult> {
  const { store, model, mode = "propose", concurrency = CONCURRENCY, onProgress = () => {} } =
    object(options, "options");
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
  const terms = agreed({ policy, instructions, now, sessions: [] }, model !== undefined);
  if (setting(terms, "propose.max-calls") > 0 && model === undefined) {
    throw invalid("model", "the setting `propose.max-calls` asks for model calls, and there is no model");
  }

  for (const method of METHODS) {
    if (typeof store[method] !== "function") throw invalid("store", `it has no method \`${method}\``);
  }

  const loaded = await load(store, signal);
  let machine: Dream | undefined;
  try {
    // Read once: what somebody saves from here on is none of this dream, and an edit for the next one.
    const edits = catchUp(loaded.snapshot, now);
    if (edits !== undefined) {
      signal.throwIfAborted();
      await store.commit(edits);
    }
    machine = resume(loaded, terms);
    if (machine === undefined) {
      const limit = setting(terms, "dream.max-sessions");
      const asks = setting(terms, "propose.max-calls") > 0;
      const sessions = await unread(store, loaded.snapshot, limit, asks, signal);
      machine = Dream.start({ ...terms, now, sessions }, loaded.snapshot);
    }
    const { plan, report, failed } = await drive(machine, { store, model, concurrency, signal, onProgress });
    const committed = await settle(store, loaded.snapshot, plan, mode, now, signal);
    const { base } = JSON.parse(plan) as { base: string | null };
    return {
      ...(base === null ? {} : { base }),
      plan,
      report,
      ...(committed === undefined ? {} : { committed }),
      ...(failed.length === 0 ? {} : { failed }),
    };
  } finally {
    machine?.free();
    loaded.snapshot.free();
  }
}

/** What the dream is asked, with the calls of one that has a model. */
function agreed(request: Request, asks: boolean): WholeRequest {
  const terms = agree(request);
  const name = "propose.max-calls";
  // The engine leaves out what is as by default: who says 0 is asked here.
  if (!asks || request.policy?.[name] !== undefined || terms.policy[name] !== undefined) return terms;
  return agree({ ...request, policy: { [name]: CALLS_WITH_MODEL, ...terms.policy } });
}

/** What the dream is asked, as the engine understands it: checks all of it but the sessions. */
function agree(request: Request): WholeRequest {
  const nothing = new Snapshot("");
  let probe: Dream | undefined;
  try {
    probe = Dream.start(request, nothing);
    return probe.request();
  } finally {
    probe?.free();
    nothing.free();
  }
}

/** The value of a number of the policy. */
function setting({ policy }: WholeRequest, name: string): number {
  const standard = (): string | undefined => settings().find((known) => known.name === name)?.default;
  return Number(policy[name] ?? standard());
}

/** The dream of the kept checkpoint, when it is one of this store and these terms. */
function resume({ snapshot, checkpoint }: Loaded, terms: WholeRequest): Dream | undefined {
  if (checkpoint === undefined) return undefined;
  let kept: Dream;
  try {
    kept = Dream.restore(checkpoint, snapshot);
  } catch (error) {
    if (error instanceof DreamingError && error.code === "trap") throw error;
    return undefined;
  }
  // A checkpoint of a dream under other terms would answer another question than was asked.
  const { policy, instructions } = kept.request();
  if (instructions === terms.instructions && JSON.stringify(policy) === JSON.stringify(terms.policy)) {
    return kept;
  }
  kept.free();
  return undefined;
}

/** Commits what the mode allows and returns the revision, if there is one. */
async function settle(
  store: Store,
  snapshot: Snapshot,
  plan: Document,
  mode: "propose" | "auto",
  now: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (mode === "propose" && changes(plan).some(({ gate }) => gate !== "blocked")) return undefined;
  const decision = { accept: { tag: "auto" }, reject: [], reviewer: "", note: "", now } as const;
  const revision = apply(snapshot, plan, decision);
  // A dream that read nothing and changes nothing leaves no mark on the chain.
  if (revision.memories.length === 0 && revision.ledger.length === 0) return undefined;
  signal.throwIfAborted();
  await store.commit(revision);
  return revision.revision;
}
