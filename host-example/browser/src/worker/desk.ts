// All that a person gave (memories, sessions, an export), and the store that a dream gets of it.

import {
  MemoryStore,
  type MemoryStoreOptions,
  type NewRevision,
  type RevisionRecord,
  type Session,
  Snapshot,
  detect,
  isDone,
  looksLike,
} from "dreaming";

import type { Inventory, Picked, Skipped } from "../protocol.js";
import { headOf, isPacked, lengthOf, streamOf } from "./bytes.js";
import { type Exported, isExport, isSession, readExport, replay } from "./exported.js";
import {
  type FoundMemory,
  type FoundPart,
  type FoundSession,
  findSessions,
  readMemories,
  withoutRoots,
} from "./find.js";

/**
 * Bytes by which the format of a transcript is detected: first try, then at most. The command has
 * the same numbers.
 */
const HEADS = [64 << 10, 1 << 20];

/** Assumed ratio of unpacked to packed bytes, for the estimate of the time left. Chosen by us. */
const PACKED = 5;

/** A store whose sessions are files that stream, packed ones too. */
export class FileStore extends MemoryStore {
  readonly #parts: ReadonlyMap<string, ReadonlyMap<string, FoundPart>>;
  readonly #listed: Session[];
  /** Set once the store is filled: from then on the commits of a dream are held back. */
  isWatched = false;

  /** @param onBytes - Called with the length of every chunk that is read, in bytes of the file. */
  constructor(
    options: MemoryStoreOptions,
    sessions: readonly { session: Session; found: FoundSession }[],
    readonly onBytes: (bytes: number) => void,
  ) {
    super(options);
    this.#listed = sessions.map(({ session }) => session).sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#parts = new Map(
      sessions.map(({ session, found }) => [session.id, new Map(found.parts.map((part) => [part.name, part]))]),
    );
  }

  /**
   * Commits only revisions of people's edits (`observe`) once a dream runs. A dream commits a plan
   * by itself when nobody has to decide it; then nobody could look at that plan here.
   */
  override commit(revision: NewRevision): void {
    const { kind } = JSON.parse(revision.record) as RevisionRecord;
    if (kind !== "dream" || !this.isWatched) super.commit(revision);
  }

  override sessions(after?: string): Session[] {
    return after === undefined ? this.#listed : [];
  }

  override read(session: string, part: string): ReadableStream<Uint8Array> {
    const found = this.#parts.get(session)?.get(part);
    if (found === undefined) throw new Error("not found");
    const told = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.onBytes(chunk.length);
        controller.enqueue(chunk);
      },
    });
    return streamOf(found.file, found.path).pipeThrough(told);
  }
}

/** What a person gave, until it is cleared. */
export class Desk {
  #memories = new Map<string, FoundMemory>();
  #sessions = new Map<string, FoundSession>();
  #exported: Exported | undefined;
  #skipped: Skipped[] = [];
  /**
   * The time of the first dream. A plan that is made again has the same time, so that its changes
   * keep their ids; `undefined` before the first.
   */
  now: number | undefined;

  /** Takes memories and transcripts in. */
  async take(files: readonly Picked[]): Promise<void> {
    this.#skipped = [];
    const rest: Picked[] = [];
    for (const picked of files) {
      if (/\.jsonl(?:\.gz)?$/.test(picked.path) && (await isExport(picked.file))) {
        this.#exported = await readExport(picked.file);
      } else rest.push(picked);
    }
    for (const memory of await readMemories(withoutRoots(rest), this.#skipped)) this.#memories.set(memory.path, memory);
    await this.#takeSessions(rest);
    this.now = undefined;
  }

  /** Takes the sample in, with the time of `cargo xtask demo`. */
  sample(files: Readonly<Record<string, string>>, now: number): void {
    this.clear();
    const given = Object.entries(files).map(([path, text]) => ({ path, file: new File([text], path) }));
    const below = (folder: string): Picked[] =>
      given
        .filter(({ path }) => path.startsWith(folder))
        .map(({ path, file }) => ({ path: path.slice(folder.length), file }));
    for (const [path, text] of Object.entries(files)) {
      const short = path.startsWith("memory/") ? path.slice("memory/".length) : undefined;
      // Without times of files: a checkout gives all files its own time.
      if (short !== undefined) this.#memories.set(short, { path: short, text });
    }
    for (const session of findSessions(below("sessions/"), this.#skipped)) this.#sessions.set(session.id, session);
    this.now = now;
  }

  /** Forgets all that was given. */
  clear(): void {
    this.#memories = new Map();
    this.#sessions = new Map();
    this.#exported = undefined;
    this.#skipped = [];
    this.now = undefined;
  }

  /** Counts what was given. */
  inventory(): Inventory {
    const parts = [...this.#sessions.values()].flatMap(({ parts }) => parts);
    return {
      memories: this.#memories.size > 0 ? this.#memories.size : this.#ofExport(),
      sessions: this.#sessions.size,
      bytes: parts.reduce((sum, { file }) => sum + file.size, 0),
      revisions: this.#exported?.revisions.length ?? 0,
      skipped: this.#skipped,
    };
  }

  /** The session with an id. */
  session(id: string): FoundSession | undefined {
    return this.#sessions.get(id);
  }

  /** Everything that has to be kept between visits. */
  kept(): KeptDesk {
    return {
      memories: [...this.#memories.values()],
      sessions: [...this.#sessions.values()],
      exported: this.#exported,
      now: this.now,
    };
  }

  /** Takes back what an earlier visit kept. */
  restore({ memories, sessions, exported, now }: KeptDesk): void {
    this.clear();
    for (const memory of memories) this.#memories.set(memory.path, memory);
    for (const session of sessions) this.#sessions.set(session.id, session);
    this.#exported = exported;
    this.now = now;
  }

  /**
   * A store to dream over, with the sessions that a dream of `limit` would take: those whose files
   * were written last, as the command takes them.
   */
  async store(
    limit: number,
    onBytes: (bytes: number) => void,
  ): Promise<{ store: FileStore; left: number; bytes: number }> {
    const before = new MemoryStore({ salt: this.#exported?.salt ?? "" });
    if (this.#exported !== undefined) replay(this.#exported, before);
    const knows = [...before.contents().ledger].some(isSession);
    const written = ({ parts }: FoundSession): number => Math.max(...parts.map(({ file }) => file.lastModified));
    const all = [...this.#sessions.values()].sort((a, b) => written(b) - written(a) || (a.id < b.id ? -1 : 1));
    using snapshot = Snapshot.from(before.contents());
    const unread: { session: Session; found: FoundSession }[] = [];
    for (const found of all) {
      // Only a ledger with sessions compares lengths beforehand, so that the real length is needed
      // only then.
      const parts = found.parts.map(async ({ name, file, path }) => ({
        name,
        bytes: knows ? await lengthOf(file, path) : file.size,
      }));
      const session = { id: found.id, parts: await Promise.all(parts) };
      if (!knows || !isDone(snapshot, session)) unread.push({ session, found });
    }
    const taken = unread.slice(0, limit);
    const store = new FileStore(
      { salt: this.#exported?.salt ?? "", memories: this.#exported === undefined ? this.#memories.values() : [] },
      taken,
      onBytes,
    );
    if (this.#exported !== undefined) {
      replay(this.#exported, store);
      this.#lay(store);
    }
    store.isWatched = true;
    const bytes = taken
      .flatMap(({ found }) => found.parts)
      .reduce((sum, { file, path }) => sum + file.size * (isPacked(path) ? PACKED : 1), 0);
    return { store, left: unread.length - taken.length, bytes };
  }

  /** Writes the given memories over those of an export, as edits that people made since. */
  #lay(store: FileStore): void {
    if (this.#memories.size === 0) return;
    for (const { path } of store.contents().memories) if (!this.#memories.has(path)) store.remove(path);
    for (const { path, text, observedAt } of this.#memories.values()) store.write(path, text, observedAt);
  }

  #ofExport(): number {
    if (this.#exported === undefined) return 0;
    const store = new MemoryStore({ salt: this.#exported.salt });
    replay(this.#exported, store);
    return [...store.contents().memories].length;
  }

  async #takeSessions(files: readonly Picked[]): Promise<void> {
    for (const session of findSessions(files, this.#skipped)) {
      const guess = await unknown(session);
      const path = session.parts[0]?.path ?? session.id;
      if (guess === undefined) this.#sessions.set(session.id, session);
      else this.#skipped.push({ path, reason: reasonOf(guess), looksLike: guess });
    }
  }
}

/** The state of the desk that is kept between visits. */
export interface KeptDesk {
  memories: FoundMemory[];
  sessions: FoundSession[];
  exported: Exported | undefined;
  now: number | undefined;
}

/** Why a session of an unknown form is left unread. */
function reasonOf(guess: string): string {
  return guess === "" ? "no reader knows its form" : `it looks like ${guess}, which no reader knows`;
}

/**
 * What a session of an unknown format looks like, by its transcript or one of a sub-agent; empty
 * when nothing looks like it, `undefined` when the engine can read it.
 */
async function unknown({ parts }: FoundSession): Promise<string | undefined> {
  let guess = "";
  for (const { name, file, path } of parts) {
    if (name !== "main" && !name.startsWith("subagents/")) continue;
    for (const limit of HEADS) {
      try {
        const head = await headOf(file, path, limit);
        if (head.length === 0 || detect(head) !== undefined) return undefined;
        if (name === "main") guess = looksLike(head) ?? "";
        if (head.length < limit) break;
      } catch {
        // Skip a damaged file here: the dream that cannot read it reports its name.
        return undefined;
      }
    }
  }
  return guess;
}
