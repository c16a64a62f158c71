// The rounds of the dreams of a workspace. A dream lives in the database: each round loads it, does one thing, and stores
// it, so that the process may die at any moment. One round runs at a time, because each holds a whole store in memory;
// dreams have their rounds in turn.

import { type Contents, DreamingError, Dream as Machine } from "dreaming";

import * as documents from "../db/documents.js";
import { type Dream, type Failure, end, find, isOver, marks, open } from "../db/dreams.js";
import * as events from "../db/events.js";
import * as parts from "../db/parts.js";
import * as revisions from "../db/revisions.js";
import { type Sqlite, encoded } from "../db/sql.js";
import * as turns from "../db/turns.js";
import type { Limits } from "../limits.js";
import { ApiError } from "../wire/errors.js";
import { Asking, Stopped, Unanswered } from "./asking.js";
import { begin, request } from "./begin.js";
import { Useless, finish } from "./finish.js";
import { type ModelSettings, serviceOf } from "./models.js";
import { within } from "./snapshots.js";

/** Events of a session that are in memory at once. Chosen by us: ordinary ones have some KiB, the largest 1 MiB. */
const EVENTS = 16;

/** A dream that cannot go on, with the reason. */
class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** The rounds of a workspace. */
export class Rounds {
  #going: { id: string; stop: AbortController; done: Promise<void> } | undefined;

  constructor(
    readonly db: Sqlite,
    readonly limits: Limits,
    readonly models: ModelSettings,
  ) {}

  /**
   * Does one round of a dream, or of the one whose turn it is. A call while another one runs waits for that one and does
   * nothing more, so that no model call is made twice.
   *
   * @returns Whether there is more to do.
   * @throws What is unexpected. It may pass: call again after a while. Turns are counted.
   */
  async drive(id = open(this.db)[0]): Promise<boolean> {
    if (this.#going !== undefined) await this.#going.done;
    else if (id !== undefined) {
      const stop = new AbortController();
      this.#going = { id, stop, done: this.#round(id, stop.signal).finally(() => (this.#going = undefined)) };
      await this.#going.done;
    }
    return open(this.db).length > 0;
  }

  /** Ends the round that runs, if it is that of one of these dreams, which are over. */
  stop(ids: readonly string[]): void {
    if (this.#going !== undefined && ids.includes(this.#going.id)) this.#going.stop.abort();
  }

  async #round(id: string, signal: AbortSignal): Promise<void> {
    const dream = turns.take(this.db, id);
    if (dream === undefined) return;
    try {
      this.#mayGoOn(dream);
      const service = serviceOf(dream.model, this.models);
      if (dream.status === "pending") begin(this.db, dream, service !== undefined, this.limits);
      else await this.#work(dream, new Asking(this.db, dream, service, signal));
    } catch (error) {
      if (error instanceof Stopped || signal.aborted) return;
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      this.#fail(dream, failure);
    }
  }

  #mayGoOn({ attempts, waits }: Dream): void {
    if (attempts >= this.limits.attempts) {
      const message = `a round ended ${attempts} invocations with nothing kept: dream over fewer sessions at once (\`round.sessions\` of \`x_policy\`)`;
      throw new Failed({ type: "timeout", message });
    }
    if (waits >= this.limits.waits) {
      const message = `${waits} invocations ended while they waited for a model, with no answer kept: dream again when the edge stays`;
      throw new Failed({ type: "internal_error", message });
    }
  }

  #fail(dream: Dream, failure: Failure): void {
    this.db.transaction(() => {
      const now = find(this.db, dream.id);
      if (now !== undefined && now.owner === dream.owner && !isOver(now)) end(this.db, now, "failed", failure);
    });
  }

  /** One round: reads sessions, asks the model about them, and keeps both. */
  async #work(dream: Dream, asking: Asking): Promise<void> {
    const contents = revisions.loadAt(this.db, dream.output ?? "", dream.base ?? 0);
    const kept = documents.get(this.db, dream.id, "checkpoint") ?? "";
    const machine = this.#restored(dream, kept, contents);
    try {
      let need = machine.poll();
      if (need.tag === "done") {
        // What ends the dream takes its memory.
        machine.free();
        return await finish(this.db, dream, asking, need.val.plan, need.val.report, this.limits);
      }
      if (need.tag === "sessions") {
        for (const { session, parts: names } of need.val) this.#read(machine, dream, session, names);
        need = machine.poll();
      }
      // The calls of a round are made in the round, because only this machine has the texts of its sessions.
      for (let left = this.limits.calls; need.tag === "calls" && left > 0; need = machine.poll()) {
        const calls = need.val.slice(0, left);
        await asking.all(calls, (call, answer) => machine.answer(call, answer));
        left -= calls.length;
      }
      const checkpoint = machine.checkpoint();
      this.#bounded(checkpoint, dream);
      this.db.transaction(() => {
        if (!turns.further(this.db, dream, asking.usage, 1)) throw new Stopped();
        documents.put(this.db, dream.id, "checkpoint", checkpoint);
        const isFirst = documents.get(this.db, dream.id, "failure") === undefined;
        if (asking.failure !== undefined && isFirst) documents.put(this.db, dream.id, "failure", asking.failure);
      });
    } finally {
      machine.free();
    }
  }

  /** The dream of a checkpoint; when another engine made it or it is damaged, the dream from the start. */
  #restored(dream: Dream, checkpoint: string, contents: Contents): Machine {
    return within(contents, (snapshot) => {
      try {
        return Machine.restore(checkpoint, snapshot);
      } catch (error) {
        if (!(error instanceof DreamingError) || !["other-engine", "invalid-document"].includes(error.code)) throw error;
        const asks = serviceOf(dream.model, this.models) !== undefined;
        const { leftOut } = revisions.load(this.db, dream.output ?? "", this.limits);
        return Machine.start(request(this.db, dream, asks, leftOut), snapshot);
      }
    });
  }

  #read(machine: Machine, dream: Dream, session: string, names: readonly string[]): void {
    const hasFiles = parts.list(this.db, session).length > 0;
    for (const name of names) {
      const pieces = hasFiles ? parts.read(this.db, session, name) : this.#lines(dream, session);
      for (const piece of pieces) machine.feed(session, name, piece, false);
      machine.feed(session, name, new Uint8Array(), true);
    }
  }

  /** The events of a session as far as they went when the dream began, one in each line, in pieces that the engine takes. */
  *#lines(dream: Dream, session: string): Generator<Uint8Array, void> {
    const { last } = marks(this.db, dream.id, session);
    for (let after = 0; after < last; ) {
      const page = events.between(this.db, session, after, last, EVENTS);
      if (page.length === 0) return;
      for (const { body } of page) {
        const line = encoded(`${body}\n`);
        for (let at = 0; at < line.length; at += parts.PIECE) yield line.subarray(at, at + parts.PIECE);
      }
      after = page.at(-1)?.number ?? last;
    }
  }

  /** Refuses to go on when making the plan would take more memory than there is. */
  #bounded(checkpoint: string, { sessions }: Dream): void {
    const [size, most] = [encoded(checkpoint).length, this.limits.checkpoint];
    if (size <= most) return;
    const message = `what was found in the sessions has ${size} bytes, at most ${most}: dream over fewer sessions (this one has ${sessions.length})`;
    throw new Failed({ type: "internal_error", message });
  }
}

/** Why a dream fails for what was thrown; `undefined` when it may go on after it. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failed) return error.failure;
  const isEngine = error instanceof DreamingError;
  const refused = error instanceof ApiError ? error.status : 500;
  // After a trap nothing works before the platform replaces the isolate.
  if (isEngine && error.code === "trap") return undefined;
  const isKnown = isEngine || refused < 500 || error instanceof Unanswered || error instanceof Useless;
  if (!isKnown) return undefined;
  const isTooLarge = refused === 413 || (isEngine && error.code === "too-large");
  return { type: isTooLarge ? "input_memory_store_too_large" : "internal_error", message: (error as Error).message };
}
