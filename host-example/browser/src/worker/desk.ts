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
import { NOT_IN_ZIP } from "../not-in-zip.js";
import { byBytes, headOf, isPacked, lengthOf, streamOf } from "./bytes.js";
import { type Exported, isExport, isSession, readExport, replay } from "./exported.js";
import {
  type FoundMemory,
  type FoundPart,
  type FoundSession,
  belowMemories,
  findSessions,
  isMarkdown,
  readMemories,
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
    this.#listed = sessions.map(({ session }) => session).sort((a, b) => byBytes(a.id, b.id));
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
  /** Paths of what lies in the folder of the memories and is none; a hidden folder counts as one. */
  #others = new Set<string>();
  /** Whether memories came with their folder, so that what is not among them is not in it. */
  #hasFolder = false;
  /**
   * The time of the first dream. A plan that is made again has the same time, so that its changes
   * keep their ids; `undefined` before the first.
   */
  now: number | undefined;

  /** Takes memories and transcripts in. `left`: what could not even be given. */
  async take(files: readonly Picked[], left: readonly Skipped[]): Promise<void> {
    const rest: Picked[] = [];
    for (const picked of files) {
      if (/\.jsonl(?:\.gz)?$/.test(picked.path) && (await isExport(picked))) {
        this.#exported = await readExport(picked.file);
      } else rest.push(picked);
    }
    const skipped = [...left];
    const below = belowMemories(rest);
    const short = ({ path, file }: Picked): Picked => ({ path: below(path) ?? path, file });
    const memories = rest.filter(({ path }) => isMarkdown(path)).map(short);
    const read = await readMemories(memories, skipped);
    this.#noteOthers([...rest, ...left].map(({ path }) => below(path)), read);
    for (const memory of read) {
      const before = this.#memories.get(memory.path);
      if (before !== undefined && before.text !== memory.text) skipped.push({ path: memory.path, reason: AGAIN });
      this.#memories.set(memory.path, memory);
    }
    // A folder of which something could not be given is not known whole.
    const isFolder = rest.some(({ path }) => path.includes("/") && isMarkdown(path));
    if (read.length > 0 && isFolder && left.length === 0) this.#hasFolder = true;
    await this.#takeSessions(rest, skipped);
    // What was left of other files stays said.
    const given = new Set([...rest, ...memories, ...skipped].map(({ path }) => path));
    this.#skipped = [...this.#skipped.filter(({ path }) => !given.has(path)), ...skipped];
    this.now = undefined;
  }

  /** Notes which of the files in the folder of the memories are none. */
  #noteOthers(paths: readonly (string | undefined)[], read: readonly FoundMemory[]): void {
    const isRead = new Set(read.map(({ path }) => path));
    for (const path of paths) {
      if (path === undefined || path === NOT_IN_ZIP || isRead.has(path.normalize("NFC"))) continue;
      this.#others.add(/^(.*\/)?\.[^/]+\//.exec(path)?.[0] ?? path);
    }
    for (const path of isRead) this.#others.delete(path);
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
    this.#others = new Set();
    this.#hasFolder = false;
    this.now = undefined;
  }

  /** Counts what was given. */
  inventory(): Inventory {
    const parts = [...this.#sessions.values()].flatMap(({ parts }) => parts);
    return {
      memories: this.#exported === undefined ? this.#memories.size : this.#withExport(),
      sessions: this.#sessions.size,
      bytes: parts.reduce((sum, { file }) => sum + file.size, 0),
      revisions: this.#exported?.revisions.length ?? 0,
      skipped: this.#skipped,
      others: [...this.#others].sort(byBytes),
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
      skipped: this.#skipped,
      others: [...this.#others],
      hasFolder: this.#hasFolder,
    };
  }

  /** Takes back what an earlier visit kept. */
  restore({ memories, sessions, exported, now, skipped = [], others = [], hasFolder = true }: KeptDesk): void {
    this.clear();
    this.#skipped = skipped;
    this.#others = new Set(others);
    this.#hasFolder = hasFolder;
    for (const memory of memories) this.#memories.set(memory.path, memory);
    for (const session of sessions) this.#sessions.set(session.id, session);
    this.#exported = exported;
    this.now = now;
  }

  /**
   * A store to dream over, with the sessions that a dream of `limit` would take: those whose files
   * were written last, as the command takes them. One that `asks` a model takes also those that wait
   * for an answer of one.
   */
  async store(
    limit: number,
    asks: boolean,
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
        // Of a damaged file the dream reports that it cannot be read.
        bytes: knows ? await lengthOf(file, path).catch(() => file.size) : file.size,
      }));
      const session = { id: found.id, parts: await Promise.all(parts) };
      if (!knows || !isDone(snapshot, session, asks)) unread.push({ session, found });
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

  /**
   * Writes the given memories over those of an export, as edits that people made since. A folder of memories is all of
   * them; of single files nobody knows what became of the others. What was left alone is not gone.
   */
  #lay(store: MemoryStore): void {
    // Transcripts alone say nothing of the memories.
    if (this.#memories.size === 0) return;
    const left = new Set(this.#skipped.map(({ path }) => path.normalize("NFC")));
    const isGone = (path: string): boolean => this.#hasFolder && !this.#memories.has(path) && !left.has(path);
    for (const { path } of store.contents().memories) if (isGone(path)) store.remove(path);
    for (const { path, text, observedAt } of this.#memories.values()) store.write(path, text, observedAt);
  }

  /** Memories that an export and what was given make together. */
  #withExport(): number {
    const store = new MemoryStore();
    if (this.#exported !== undefined) replay(this.#exported, store);
    this.#lay(store);
    return [...store.contents().memories].length;
  }

  async #takeSessions(files: readonly Picked[], skipped: Skipped[]): Promise<void> {
    for (const session of findSessions(files, skipped)) {
      const guess = await unknown(session);
      const [main] = session.parts;
      const path = main?.path ?? session.id;
      if (guess !== undefined) {
        skipped.push({ path, reason: reasonOf(guess), looksLike: guess });
        continue;
      }
      const before = this.#sessions.get(session.id)?.parts[0];
      if (before !== undefined && !isSame(before, main)) skipped.push({ path: before.path, reason: AGAIN });
      this.#sessions.set(session.id, session);
    }
  }
}

/** Why a file counts no more. */
const AGAIN = "another one with its name was given later, which counts in its place";

/** Whether two parts are one file, given twice. */
function isSame(a: FoundPart, b: FoundPart | undefined): boolean {
  return a.path === b?.path && a.file.size === b.file.size && a.file.lastModified === b.file.lastModified;
}

/** The state of the desk that is kept between visits. */
export interface KeptDesk {
  memories: FoundMemory[];
  sessions: FoundSession[];
  exported: Exported | undefined;
  now: number | undefined;
  /** Absent in visits that earlier versions kept, as is what follows. */
  skipped?: Skipped[];
  others?: string[];
  hasFolder?: boolean;
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
