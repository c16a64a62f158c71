import type { RevisionRecord } from "./documents.js";
import { DreamingError } from "./errors.js";
import { MEMORY_STORE, named } from "./names.js";
import { isMemoryPath } from "./path.js";
import { Shelf } from "./shelf.js";
import type { Contents } from "./snapshot.js";
import type { Bytes, Kept, Opened, Store } from "./store.js";
import { encode } from "./text.js";
import type { Document, LedgerRow, Memory, NewRevision, RecordedAnswer, Session } from "./types.js";

/** Items in a page of a {@link MemoryStore}. Chosen by us: sessions have that limit in `wit/`. */
const PAGE_ITEMS = 1000;

/** A session with its bytes. */
export interface StoredSession {
  /** See {@link Session}. */
  id: string;
  /** See {@link Session}. */
  agent?: string | undefined;
  /** See {@link Session}. */
  principal?: string | undefined;
  /** The parts by name, see {@link Part}; texts are stored as UTF-8. */
  parts: Readonly<Record<string, Uint8Array | Blob | string>>;
}

/** What a {@link MemoryStore} begins with. */
export interface MemoryStoreOptions {
  /** See the constructor of {@link Snapshot}. Default: empty, because nothing goes to disk. */
  salt?: string | undefined;
  /** The memories. */
  memories?: Iterable<Memory> | undefined;
  /** The sessions. */
  sessions?: Iterable<StoredSession> | undefined;
}

/** A store in memory, for previews and tests. Nothing of it outlives the program. */
export class MemoryStore implements Store {
  readonly #salt: string;
  readonly #memories = new Shelf<Memory>();
  /** The texts that the head has of memories that were written or taken away since; `undefined` for none. */
  readonly #edited = new Map<string, string | undefined>();
  readonly #ledger = new Shelf<LedgerRow>();
  readonly #revisions: { id: string; record: Document }[] = [];
  readonly #sessions = new Shelf<{ session: Session; parts: Map<string, Uint8Array | Blob> }>();
  #checkpoint: Document | undefined;
  #answers: RecordedAnswer[] = [];

  /** @throws {@link DreamingError} as {@link MemoryStore.addSession}; `invalid-request` for another option. */
  constructor(options: MemoryStoreOptions = {}) {
    const { salt = "", memories = [], sessions = [] } = named(options, MEMORY_STORE, "options");
    this.#salt = salt;
    for (const memory of memories) this.#memories.set(memory.path, { ...memory });
    for (const session of sessions) this.addSession(session);
  }

  /** Writes a memory, as a person does between dreams. `observedAt`: see {@link Memory}. */
  write(path: string, text: string, observedAt?: number): void {
    this.#edit(path);
    this.#memories.set(path, { path, text, ...(observedAt === undefined ? {} : { observedAt }) });
  }

  /** Takes a memory away, as a person does between dreams. */
  remove(path: string): void {
    this.#edit(path);
    this.#memories.delete(path);
  }

  /**
   * Adds a session, or puts it in the place of the one with its id.
   *
   * @throws {@link DreamingError} `invalid-request` for a text with half a surrogate pair.
   */
  addSession({ parts, ...about }: StoredSession): void {
    const bytes = new Map<string, Uint8Array | Blob>();
    for (const [name, part] of Object.entries(parts)) {
      bytes.set(name, typeof part === "string" ? encode(part, "invalid-request", about.id) : part);
    }
    const size = (part: Uint8Array | Blob): number => (part instanceof Blob ? part.size : part.byteLength);
    const descriptors = [...bytes].map(([name, part]) => ({ name, bytes: size(part) }));
    this.#sessions.set(about.id, { session: { ...about, parts: descriptors }, parts: bytes });
  }

  /** Id of the newest revision; `undefined` before the first. */
  get head(): string | undefined {
    return this.#revisions.at(-1)?.id;
  }

  /** The answers of models that were kept since the head. */
  get answers(): readonly RecordedAnswer[] {
    return this.#answers;
  }

  /** All that the store holds now, for {@link Snapshot.from}. */
  contents(): Contents {
    const records = this.#revisions.map(({ record }) => record);
    const head = records.at(-1);
    return {
      salt: this.#salt,
      ...(head === undefined ? {} : { head }),
      memories: this.#memories.page(),
      ledger: this.#ledger.page(),
      revisions: records,
    };
  }

  /** A copy of the store that later changes do not share, for a preview. */
  clone(): MemoryStore {
    const copy = new MemoryStore({ salt: this.#salt, memories: this.#memories.values() });
    for (const [path, text] of this.#edited) copy.#edited.set(path, text);
    for (const [key, row] of this.#ledger) copy.#ledger.set(key, row);
    for (const [id, session] of this.#sessions) copy.#sessions.set(id, session);
    copy.#revisions.push(...this.#revisions);
    copy.#checkpoint = this.#checkpoint;
    copy.#answers = [...this.#answers];
    return copy;
  }

  /**
   * Forgets the checkpoint and the kept answers. Call it when a plan is stored or put away; a commit
   * does it too.
   */
  forget(): void {
    this.#checkpoint = undefined;
    this.#answers = [];
  }

  /** See {@link Store.open}. */
  open(): Opened {
    const head = this.#revisions.at(-1)?.record;
    return {
      salt: this.#salt,
      ...(head === undefined ? {} : { head }),
      ...(this.#checkpoint === undefined ? {} : { checkpoint: this.#checkpoint }),
    };
  }

  /** See {@link Store.memories}. */
  memories(after?: string): Memory[] {
    return this.#memories.page(after, PAGE_ITEMS);
  }

  /** See {@link Store.ledger}. */
  ledger(after?: string): LedgerRow[] {
    return this.#ledger.page(after, PAGE_ITEMS);
  }

  /** See {@link Store.revisions}. */
  revisions(after: number): Document[] {
    return this.#revisions.slice(after, after + PAGE_ITEMS).map(({ record }) => record);
  }

  /** See {@link Store.sessions}. */
  sessions(after?: string): Session[] {
    return this.#sessions.page(after, PAGE_ITEMS).map(({ session }) => session);
  }

  /** See {@link Store.read}. */
  read(session: string, part: string): Bytes {
    const bytes = this.#sessions.get(session)?.parts.get(part);
    if (bytes === undefined) throw new DreamingError("other", "not found", { what: session });
    return bytes;
  }

  /** Notes the text that the head has of a memory, before the first change of it. */
  #edit(path: string): void {
    if (!this.#edited.has(path)) this.#edited.set(path, this.#memories.get(path)?.text);
  }

  /** Whether somebody changed a memory since the head, into something else than `text`. */
  #isNewer(path: string, text: string | undefined): boolean {
    return this.#edited.has(path) && this.#memories.get(path)?.text !== text;
  }

  /** See {@link Store.keep}. */
  keep({ checkpoint, answers }: Kept): void {
    this.#checkpoint = checkpoint;
    this.#answers.push(...answers);
  }

  /**
   * See {@link Store.commit}.
   *
   * @throws {@link DreamingError} `conflict` when the revision has another base, or changes a memory that somebody
   * changed in the meantime; `invalid-snapshot` when it writes to a path that no memory may have, which no revision of
   * the engine does.
   */
  commit(revision: NewRevision): void {
    if (revision.base !== this.head) {
      const message = `the revision builds on ${revision.base ?? "nothing"}, the head is ${this.head ?? "nothing"}`;
      throw new DreamingError("conflict", message, { what: this.head });
    }
    const strange = revision.memories.find(({ path }) => !isMemoryPath(path))?.path;
    if (strange !== undefined) {
      throw new DreamingError("invalid-snapshot", `path \`${strange}\` is not usable: no memory has it`, { what: strange });
    }
    const { kind } = JSON.parse(revision.record) as RevisionRecord;
    // These say what people wrote. Words that are newer still stay, and are the next edit.
    const isSeen = kind === "import" || kind === "edit";
    const newer = revision.memories.filter(({ path, text }) => this.#isNewer(path, isSeen ? text : this.#edited.get(path)));
    const [first] = newer;
    if (first !== undefined && !isSeen) {
      const message = `${first.path}: somebody changed it since the dream read it; dream again`;
      throw new DreamingError("conflict", message, { what: first.path });
    }
    for (const write of revision.memories) {
      const { path, text, observedAt } = write;
      if (newer.includes(write)) this.#edited.set(path, text);
      else {
        if (text === undefined) this.remove(path);
        else this.write(path, text, observedAt);
        this.#edited.delete(path);
      }
    }
    for (const { key, value } of revision.ledger) {
      if (value === undefined) this.#ledger.delete(key);
      else this.#ledger.set(key, { key, value });
    }
    this.#revisions.push({ id: revision.revision, record: revision.record });
    this.forget();
  }
}
