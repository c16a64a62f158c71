import {
  type Contents,
  Dream,
  DreamingError,
  type NewRevision,
  type Request as DreamRequest,
  type Session,
  Snapshot,
  apply,
  changes,
  isDone,
  observe,
  rebase,
  revert,
} from "dreaming";

import { answersOf } from "./answers.js";
import { Attempts, rested } from "./attempts.js";
import { Documents } from "./documents.js";
import type { Dreamed, Terms, Tools, Verdict } from "./dreamed.js";
import { type Head, type Loaded, Records, hex, within } from "./records.js";
import { Refused, conflict, invalid, missing, refusal, tooLarge } from "./refused.js";
import { Sessions } from "./sessions.js";
import { kept as keeping, setting } from "./settings.js";
import { bytesOf } from "./size.js";
import { type Expected, type Storage, type Write, all, text } from "./storage.js";
import { knownUnread, noted, unreadOf } from "./unread.js";

/**
 * The dreams of one store, one open at a time. A dream lives in the storage: each
 * {@link Dreams.round} loads it, does one round, and stores it, so that the process may die at any
 * moment. Keys: `d/<id>` the state of a dream, `open` the id of the dream without a decision,
 * `x/<id>/…` its documents, `a/<call>` answers of a model that no revision has yet.
 */
export class Dreams {
  readonly #documents: Documents;
  readonly #records: Records;
  readonly #sessions: Sessions;

  constructor(
    readonly storage: Storage,
    readonly tools: Tools,
  ) {
    this.#documents = new Documents(storage);
    this.#records = new Records(storage, tools.limits);
    this.#sessions = new Sessions(storage, tools.limits);
  }

  /** The state of a dream. */
  async get(id: string): Promise<Dreamed> {
    return (await this.#known(id))[1];
  }

  /** Dreams, the oldest first, those after the id `after`. */
  async list(after: string | undefined, limit: number): Promise<Dreamed[]> {
    const page = await this.storage.list("d/", after === undefined ? undefined : `d/${after}`, limit);
    return page.map(([, value]) => JSON.parse(String(value)) as Dreamed);
  }

  /** The plan or report of a dream, byte for byte. */
  async document(id: string, name: "plan" | "report"): Promise<string> {
    await this.get(id);
    const found = await this.#documents.get(`${id}/${name}`);
    if (found === undefined) throw missing(name, id);
    return found;
  }

  /** The dream without a decision, if any. */
  async open(): Promise<Dreamed | undefined> {
    const id = await text(this.storage, "open");
    return id === undefined ? undefined : await this.get(id);
  }

  /** Starts a dream over the sessions that none has read. No session is read yet. */
  async start(terms: Terms): Promise<Dreamed> {
    const { instructions, now, mode } = terms;
    const asks = Number(setting(terms.policy, "propose.max-calls")) > 0;
    if (asks && this.tools.model === undefined) throw invalid("`propose.max-calls` asks for a model, and this edge has none", "propose.max-calls");
    // Checks the terms before anything is written.
    within({ salt: "", memories: [], ledger: [], revisions: [] }, (nothing) => Dream.start({ ...terms, sessions: [] }, nothing).free());
    const open = await this.open();
    if (open !== undefined) throw conflict(`dream ${open.id} is ${open.status}: decide, or take it away first`, open.id);
    await this.#sessions.sweep(this.tools.now());
    await this.#records.create();
    const loaded = await this.#observed(now, "head");
    const [sessions, known] = await this.#unread(loaded, asks, Number(setting(terms.policy, "dream.max-sessions")));
    const request: DreamRequest = { policy: keeping(terms.policy, known), instructions, now, sessions };
    const checkpoint = within(loaded.contents, (snapshot) => checkpointOf(Dream.start(request, snapshot)));
    const created = this.tools.now();
    const dream: Dreamed = {
      // Ids begin with the time, so that their order is the order of time.
      id: `drm_${created.toString(16).padStart(12, "0")}${hex(6)}`,
      status: "running",
      mode,
      ...(loaded.head === undefined ? {} : { revision: loaded.head.id }),
      sessions: request.sessions.length,
      rounds: 0,
      attempts: 0,
      created,
    };
    const writes: Write[] = [
      [`d/${dream.id}`, JSON.stringify(dream)],
      ["open", dream.id],
      ...(await this.#documents.writes(`${dream.id}/request`, JSON.stringify(request))),
      ...(await this.#documents.writes(`${dream.id}/checkpoint`, checkpoint)),
    ];
    const head: Expected = ["head", loaded.head === undefined ? undefined : JSON.stringify(loaded.head)];
    if (await this.storage.write(writes, [["open", undefined], head])) return dream;
    throw conflict("another dream was begun");
  }

  /** Does one round of the open dream, if one runs. The dream may still run afterwards. */
  async round(): Promise<Dreamed | undefined> {
    const id = await text(this.storage, "open");
    if (id === undefined) return undefined;
    const [before, open] = await this.#known(id);
    if (open.status !== "running") return open;
    const { attempts, waits } = this.tools.limits;
    if (open.attempts >= attempts) {
      const message = `a round ended ${open.attempts} invocations with nothing kept: start a dream that takes fewer sessions (\`round.sessions\`)`;
      return await this.#end(open, before, { code: "too-large", message });
    }
    if ((open.waits ?? 0) >= waits) {
      const message = `${open.waits} invocations ended while they waited for a model, with no answer kept: start the dream again when the edge stays`;
      return await this.#end(open, before, { code: "interrupted", message });
    }
    const begun = await Attempts.begin(this.storage, open, before);
    if (begun === undefined) return await this.open();
    try {
      return await this.#work(begun);
    } catch (error) {
      const { code, message, status } = refusal(error);
      // Another invocation did this round, or the dream was canceled.
      if (code === "conflict") return await this.get(open.id);
      // An unexpected error may pass: the caller tries again, and the attempts are counted.
      if (status >= 500) throw error;
      return await this.#end(begun.begun, begun.marked, { code, message });
    }
  }

  /**
   * Applies a person's decision about a plan.
   *
   * @throws Refused, 409, when the plan is not about the revision that the person names, or the
   * store has moved on since. In the latter case the plan is made again, and a person has to look
   * at it again.
   */
  async decide(id: string, { revision, ...verdict }: Verdict): Promise<Dreamed> {
    const [before, dream] = await this.#known(id);
    if (dream.status !== "waiting") throw conflict(`the dream is ${dream.status}`, id);
    if (dream.revision !== revision) throw conflict(`the plan is about revision ${dream.revision ?? "none"}`, dream.revision);
    const now = this.tools.now();
    const plan = await this.document(id, "plan");
    const loaded = await this.#records.load("now");
    const edited = within(loaded.contents, (snapshot) => observe(snapshot, now));
    if (edited !== undefined) {
      const again = await this.#again(dream, before, loaded, edited, plan);
      throw conflict(`memories were changed since: the plan was made again, about revision ${again.revision}`, again.revision);
    }
    const made = within(loaded.contents, (snapshot) => apply(snapshot, plan, { ...verdict, now }));
    return await this.#settled(dream, before, loaded, made);
  }

  /** Cancels an open dream. Its sessions stay unread, and answers that were paid for are kept. */
  async cancel(id: string): Promise<Dreamed> {
    const [before, dream] = await this.#known(id);
    if (dream.status !== "running" && dream.status !== "waiting") throw conflict(`the dream is ${dream.status}`, id);
    const ended: Dreamed = { ...dream, status: "canceled", ended: this.tools.now() };
    const writes: Write[] = [[`d/${id}`, JSON.stringify(ended)], ["open", undefined], ...(await this.#documents.gone(`${id}/checkpoint`))];
    if (await this.storage.write(writes, [[`d/${id}`, before]])) return ended;
    throw conflict("the dream has gone on");
  }

  /**
   * Goes back to an earlier revision, byte for byte.
   *
   * @throws Refused, 409, when a dream is open, or the head of the store is not `from`: edits that
   * people made since become a revision first.
   */
  async revert(to: string, from: string | undefined, reviewer: string, note: string): Promise<Head> {
    const open = await this.open();
    if (open !== undefined) throw conflict(`dream ${open.id} is ${open.status}: decide, or take it away first`, open.id);
    const head = await this.#records.head();
    if (head?.id !== from) throw conflict(`the newest revision is ${head?.id ?? "none"}`, head?.id);
    const found = await this.#numberOf(to);
    const now = this.tools.now();
    const loaded = await this.#observed(now, "now");
    if (loaded.head?.id !== from) throw conflict(`memories were changed since: they are revision ${loaded.head?.id} now`, loaded.head?.id);
    const target = await this.#records.at(found);
    const made = within(loaded.contents, (snapshot) => within(target, (then) => revert(snapshot, then, { reviewer, note, now })));
    return await this.#records.commit(loaded, made, [], [["open", undefined]]);
  }

  /** Whether a running dream reads a session. */
  async reads(session: string): Promise<boolean> {
    const open = await this.open();
    if (open?.status !== "running") return false;
    const request = await this.#request(open.id);
    return request.sessions.some(({ id }) => id === session);
  }

  /** One round: reads sessions, asks the model about them, and keeps both. */
  async #work(attempts: Attempts): Promise<Dreamed> {
    const { id, revision } = attempts.dream;
    const loaded = await this.#records.load("head");
    if (loaded.head?.id !== revision) throw new Refused(409, "stale", "the store has moved on");
    const request = await this.#request(id);
    const kept = (await this.#documents.get(`${id}/checkpoint`)) ?? "";
    const machine = within(loaded.contents, (snapshot) => restored(kept, request, snapshot));
    try {
      let need = machine.poll();
      if (need.tag === "done") return await this.#finish(attempts, need.val.plan, need.val.report);
      if (need.tag === "sessions") {
        for (const { session, parts } of need.val) await this.#read(machine, session, parts);
        need = machine.poll();
      }
      // The calls of a round are made in the round, because only this machine has the texts of its
      // sessions.
      for (let left = this.tools.limits.calls; need.tag === "calls" && left > 0; need = machine.poll()) {
        const calls = need.val.slice(0, left);
        await answersOf(this.storage, this.tools, attempts, calls, (call, answer) => machine.answer(call, answer));
        left -= calls.length;
      }
      const after: Dreamed = { ...rested(attempts.begun), rounds: attempts.begun.rounds + 1 };
      const checkpoint = machine.checkpoint();
      this.#bounded(checkpoint, request);
      const writes = await this.#documents.writes(`${id}/checkpoint`, checkpoint);
      if (await this.storage.write([[`d/${id}`, JSON.stringify(after)], ...writes], [[`d/${id}`, attempts.marked]])) return after;
      throw conflict("somebody else did this round");
    } finally {
      machine.free();
    }
  }

  async #read(machine: Dream, session: string, parts: readonly string[]): Promise<void> {
    try {
      for (const part of parts) {
        for await (const piece of this.#sessions.read(session, part)) machine.feed(session, part, piece, false);
        machine.feed(session, part, new Uint8Array(), true);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // The session was removed since: it stays pending, and the report says so.
      machine.miss(session, error.message);
    }
  }

  /** Stores a plan. It waits for a person unless the mode or the plan leaves nothing to decide. */
  async #finish({ begun: dream, marked }: Attempts, plan: string, report: string): Promise<Dreamed> {
    const unread = unreadOf(plan);
    const writes = [
      ...noted(unread, (await this.#request(dream.id)).sessions),
      ...(await this.#documents.writes(`${dream.id}/plan`, plan)),
      ...(await this.#documents.writes(`${dream.id}/report`, report)),
      ...(await this.#documents.gone(`${dream.id}/checkpoint`)),
    ];
    const waits = dream.mode === "propose" && changes(plan).some(({ gate }) => gate !== "blocked");
    const done: Dreamed = { ...rested(dream), status: "waiting", ...(unread.length === 0 ? {} : { unread }) };
    const planned = JSON.stringify(done);
    if (!(await this.storage.write([...writes, [`d/${dream.id}`, planned]], [[`d/${dream.id}`, marked]]))) {
      throw conflict("somebody else did this round");
    }
    return waits ? done : await this.#unattended(done, planned);
  }

  /** Applies the changes with gate `auto`. When that fails, the plan waits. */
  async #unattended(dream: Dreamed, before: string): Promise<Dreamed> {
    const { now } = await this.#request(dream.id);
    let [current, known] = [dream, before];
    try {
      let loaded = await this.#records.load("now");
      const edited = within(loaded.contents, (snapshot) => observe(snapshot, this.tools.now()));
      if (edited !== undefined) {
        current = await this.#again(dream, before, loaded, edited, await this.document(dream.id, "plan"));
        known = JSON.stringify(current);
        loaded = await this.#records.load("now");
      }
      const plan = await this.document(dream.id, "plan");
      const made = within(loaded.contents, (snapshot) =>
        apply(snapshot, plan, { accept: { tag: "auto" }, reject: [], reviewer: "", note: "", now }),
      );
      return await this.#settled(current, known, loaded, made);
    } catch (error) {
      const { code, message, status } = refusal(error);
      if (status >= 500) throw error;
      const [now, waiting] = await this.#known(dream.id);
      const told = JSON.stringify({ ...waiting, error: { code, message } });
      if (waiting.status === "waiting") await this.storage.write([[`d/${dream.id}`, told]], [[`d/${dream.id}`, now]]);
      return await this.get(dream.id);
    }
  }

  /** Commits people's edits, and makes the plan again over them. */
  async #again(dream: Dreamed, before: string, loaded: Loaded, edited: NewRevision, plan: string): Promise<Dreamed> {
    const { instructions = "" } = await this.#request(dream.id);
    const moved: Dreamed = { ...dream, revision: edited.revision };
    // The plan is made over the future store before anything is written, so that an error writes
    // nothing.
    const after = withRevision(loaded, edited);
    const planned = within(after, (snapshot) => rebase(snapshot, plan, instructions));
    const writes = await this.#documents.writes(`${dream.id}/plan`, planned);
    const more: Write[] = [[`d/${dream.id}`, JSON.stringify(moved)], ...writes];
    await this.#records.commit(loaded, edited, more, [[`d/${dream.id}`, before]]);
    return moved;
  }

  /** Stores the revision that a dream made, and closes the dream in the same batch. */
  async #settled({ error: _, ...dream }: Dreamed, before: string, loaded: Loaded, made: NewRevision): Promise<Dreamed> {
    // A dream that read nothing and changes nothing makes no revision.
    const empty = made.memories.length === 0 && made.ledger.length === 0;
    const done: Dreamed = {
      ...dream,
      status: "done",
      ended: this.tools.now(),
      ...(empty ? {} : { committed: made.revision }),
    };
    const writes: Write[] = [[`d/${dream.id}`, JSON.stringify(done)], ["open", undefined]];
    for await (const [key] of all(this.storage, "a/", 2)) writes.push([key, undefined]);
    const expected: Expected[] = [[`d/${dream.id}`, before]];
    if (!empty) await this.#records.commit(loaded, made, writes, expected);
    else if (!(await this.storage.write(writes, expected))) throw conflict("somebody else decided");
    return done;
  }

  /** Ends a dream that cannot go on. Its sessions stay unread. */
  async #end(dream: Dreamed, before: string, error: { code: string; message: string }): Promise<Dreamed> {
    const failed: Dreamed = { ...dream, status: "failed", ended: this.tools.now(), error };
    const gone = await this.#documents.gone(`${dream.id}/checkpoint`);
    await this.storage.write([[`d/${dream.id}`, JSON.stringify(failed)], ["open", undefined], ...gone], [[`d/${dream.id}`, before]]);
    return await this.get(dream.id);
  }

  /**
   * Commits people's edits and loads the store. Edits that are made meanwhile show in the view
   * `now` only.
   */
  async #observed(now: number, view: "now" | "head"): Promise<Loaded> {
    const loaded = await this.#records.load("now");
    const edited = within(loaded.contents, (snapshot) => observe(snapshot, now));
    if (edited === undefined) return loaded;
    await this.#records.commit(loaded, edited, [], [["open", undefined]]);
    return await this.#records.load(view);
  }

  /**
   * The first `most` sessions that a dream would read and may understand, and the number of all
   * sessions.
   */
  async #unread({ contents }: Loaded, asks: boolean, most: number): Promise<[unread: Session[], all: number]> {
    const unread: Session[] = [];
    let all = 0;
    const isKnownUnread = await knownUnread(this.storage);
    const snapshot = Snapshot.from(contents);
    try {
      for await (const session of this.#sessions.all()) {
        all += 1;
        if (unread.length >= most || isKnownUnread(session)) continue;
        if (!isDone(snapshot, session, asks)) unread.push(session);
      }
    } finally {
      snapshot.free();
    }
    return [unread, all];
  }

  /** Refuses to go on when making the plan would take more memory than there is. */
  #bounded(checkpoint: string, { sessions }: DreamRequest): void {
    const [bytes, most] = [bytesOf(checkpoint), this.tools.limits.checkpoint];
    if (bytes <= most) return;
    const next = `start a dream over fewer sessions (\`dream.max-sessions\`; this one has ${sessions.length})`;
    throw tooLarge(`what was found in the sessions has ${bytes} bytes, at most ${most}: ${next}`, "dream.max-sessions");
  }

  async #request(id: string): Promise<DreamRequest> {
    return JSON.parse((await this.#documents.get(`${id}/request`)) ?? "{}") as DreamRequest;
  }

  async #numberOf(revision: string): Promise<number> {
    for (let after = 0; ; ) {
      const page = await this.#records.revisions(after, 256);
      const found = page.find(({ id }) => id === revision);
      if (found !== undefined) return found.number;
      const last = page.at(-1);
      if (last === undefined) throw missing("revision", revision);
      after = last.number;
    }
  }

  async #known(id: string): Promise<[text: string, dream: Dreamed]> {
    const known = await text(this.storage, `d/${id}`);
    if (known === undefined) throw missing("dream", id);
    return [known, JSON.parse(known) as Dreamed];
  }
}

/**
 * The dream of a checkpoint; when another engine made it or it is damaged, the dream from the
 * start.
 */
function restored(checkpoint: string, request: DreamRequest, snapshot: Snapshot): Dream {
  try {
    return Dream.restore(checkpoint, snapshot);
  } catch (error) {
    if (!(error instanceof DreamingError) || !["other-engine", "invalid-document"].includes(error.code)) throw error;
    return Dream.start(request, snapshot);
  }
}

function checkpointOf(machine: Dream): string {
  try {
    return machine.checkpoint();
  } finally {
    machine.free();
  }
}

/** The contents of a store with a revision of `observe`, which changes ledger rows only. */
function withRevision({ contents }: Loaded, { record, ledger }: NewRevision): Contents {
  const rows = new Map([...contents.ledger].map((row) => [row.key, row]));
  for (const { key, value } of ledger) {
    if (value === undefined) rows.delete(key);
    else rows.set(key, { key, value });
  }
  return { ...contents, head: record, ledger: [...rows.values()], revisions: [...contents.revisions, record] };
}
