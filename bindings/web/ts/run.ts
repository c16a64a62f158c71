import { usable } from "./answer.js";
import { chunk as chunkOf, invalid, list, object, time } from "./check.js";
import { known } from "./engine.js";
import { Handle, call } from "./raw.js";
import { ledgerPage, ledgerPages, memoryPage, memoryPages, recordPages } from "./snapshot.js";
import type { Kept, Opened } from "./store.js";
import { check, encode, encodeJson } from "./text.js";
import type { Answer, Document, LedgerRow, Memory, ModelCall, NewRevision, Policy, Session, SessionNeed } from "./types.js";
import { RawRun } from "./wasm/dreaming.js";

/** The settings of a run. */
export interface Terms {
  policy: Policy;
  instructions: string;
  now: number;
  mode: "propose" | "auto";
}

/** The result of a run. */
export interface Ended {
  base?: string;
  plan: Document;
  report: Document;
  committed?: string;
}

/** What a run needs next, see `running` in `wit/`. */
export type RunNeed =
  | { tag: "open" }
  | { tag: "memories" | "ledger" | "sessions"; val: string | null }
  | { tag: "revisions"; val: number }
  | { tag: "read"; val: SessionNeed[] }
  | { tag: "calls"; val: ModelCall[] }
  | { tag: "keep"; val: Kept }
  | { tag: "commit"; val: NewRevision }
  | { tag: "done"; val: Ended };

/**
 * A whole run, from opening a store to the commits that its mode allows. The engine decides what is
 * needed next, {@link dream} carries it out. What a store returns is checked here first.
 */
export class Run {
  readonly #handle: Handle<RawRun>;

  private constructor(raw: RawRun) {
    this.#handle = new Handle("run", raw);
  }

  /** Begins a run. Nothing is read or written before all of `terms` is known to be usable. */
  static start({ policy, instructions, now, mode }: Terms): Run {
    for (const [name, value] of Object.entries(object(policy, "policy"))) {
      if (value !== undefined) encodeJson(value, "invalid-request", name);
    }
    check(instructions, "invalid-request", "instructions");
    const json = encodeJson({ policy, instructions, now: time(now, "now"), sessions: [] }, "invalid-request", "request");
    return new Run(call(() => RawRun.start(json, mode === "auto")));
  }

  /** The model calls that the terms allow. */
  get maxCalls(): number {
    return call(() => this.#raw.maxCalls());
  }

  /** The sessions of the dream; 0 before they are known. */
  get count(): number {
    return call(() => this.#raw.count());
  }

  poll(): RunNeed {
    return call(() => this.#raw.poll()) as RunNeed;
  }

  opened(store: Opened): void {
    const { salt, head, checkpoint } = object(store, "open", "invalid-snapshot");
    const bytes = encode(salt, "invalid-snapshot", "salt");
    const record = head == null ? undefined : encode(head, "invalid-document", "record");
    // A checkpoint that is no text counts as one that does not fit.
    const isText = typeof checkpoint === "string" && checkpoint.isWellFormed();
    const kept = isText ? encode(checkpoint, "invalid-document", "checkpoint") : undefined;
    call(() => this.#raw.opened(bytes, record, kept));
  }

  memories(page: readonly Memory[]): void {
    const pages = memoryPages(keyed(page, "memories", ({ path }) => path));
    bring(pages, memoryPage, (bytes) => this.#raw.memories(bytes));
  }

  ledger(page: readonly LedgerRow[]): void {
    const pages = ledgerPages(keyed(page, "ledger", ({ key }) => key));
    bring(pages, ledgerPage, (bytes) => this.#raw.ledger(bytes));
  }

  revisions(page: readonly Document[]): void {
    const pages = recordPages(keyed(page, "revisions", (record) => record));
    bring(pages, (records) => encodeJson(records, "invalid-snapshot", "page"), (bytes) => this.#raw.revisions(bytes));
  }

  sessions(page: readonly Session[]): void {
    const all = keyed(page, "sessions", ({ id }) => id).map(known);
    const bytes = encodeJson(all, "invalid-request", "session");
    call(() => this.#raw.sessions(bytes));
  }

  feed(session: string, part: string, bytes: Uint8Array, last: boolean): void {
    const id = encode(session, "unexpected", "session");
    const name = encode(part, "unexpected", "part");
    call(() => this.#raw.feed(id, name, chunkOf(bytes, "chunk"), last));
  }

  miss(session: string, part: string, reason: string): void {
    const id = encode(session, "unexpected", "session");
    const name = encode(part, "unexpected", "part");
    const why = encode(reason, "unexpected", "reason");
    call(() => this.#raw.miss(id, name, why));
  }

  answer(id: string, answer: Answer): void {
    const name = encode(id, "unexpected", "call");
    const json = encodeJson(usable(answer), "unexpected", "answer");
    call(() => this.#raw.answer(name, json));
  }

  /** Checkpoint and answers to keep, if anything came in since the last {@link kept}. */
  progress(): Kept | undefined {
    return call(() => this.#raw.progress()) as Kept | undefined;
  }

  kept(): void {
    call(() => this.#raw.kept());
  }

  committed(): void {
    call(() => this.#raw.committed());
  }

  free(): void {
    this.#handle.free();
  }

  get #raw(): RawRun {
    return this.#handle.raw;
  }
}

/** The items of a page of a store, each with a key. */
function keyed<T>(page: readonly T[], name: string, key: (item: T) => unknown): readonly T[] {
  for (const item of list(page, name, "invalid-snapshot") as readonly (T | null | undefined)[]) {
    if (item == null || typeof key(item) !== "string") throw invalid(name, "an item has no key", "invalid-snapshot");
  }
  return page;
}

/**
 * Brings a page of a store in pieces of at most 1 MiB. An empty page is brought too: it ends the
 * list.
 */
function bring<T>(pages: Iterable<T[]>, bytes: (page: T[]) => Uint8Array, into: (bytes: Uint8Array) => void): void {
  let isEmpty = true;
  for (const page of pages) {
    isEmpty = false;
    const piece = bytes(page);
    call(() => into(piece));
  }
  if (isEmpty) {
    const none = bytes([]);
    call(() => into(none));
  }
}
