import type { Session } from "dreaming";

import type { Limits } from "./limits.js";
import { hex } from "./records.js";
import { conflict, missing, tooLarge } from "./refused.js";
import { type Expected, type Storage, type Write, all, text } from "./storage.js";

/** Bytes of a piece: the most that a dream takes at once. */
const PIECE = 1 << 20;
/**
 * Milliseconds after which an unfinished upload is removed. Chosen by us: no upload takes an hour.
 */
const STALE = 3_600_000;
/** Uploads that may collide on one session before the caller is told to come back. Chosen by us. */
const TRIES = 8;

/** A part of a session, and where its bytes are. */
interface Part {
  name: string;
  bytes: number;
  /** Its pieces are `c/<upload>/0` and so on. */
  upload: string;
  pieces: number;
}

interface Kept {
  agent?: string;
  principal?: string;
  parts: Part[];
}

/** Who ran a session, and for whom. */
export interface About {
  agent: string | undefined;
  principal: string | undefined;
}

/**
 * The transcripts of a store. Keys: `s/<id>` a session with its parts, `c/<upload>/<piece>` bytes,
 * `u/<upload>` an upload that has not ended, `n/<id>` a note that the session was not understood. A
 * session does not change while a running dream reads it: each write expects the open dream to be
 * the one that `may` has checked.
 */
export class Sessions {
  constructor(
    readonly storage: Storage,
    readonly limits: Limits,
  ) {}

  /** Sessions, ascending by id, those after `after`. */
  async list(after: string | undefined, limit: number): Promise<Session[]> {
    const page = await this.storage.list("s/", after === undefined ? undefined : `s/${after}`, limit);
    return page.map(([key, value]) => described(key.slice(2), JSON.parse(String(value)) as Kept));
  }

  /** All sessions, ascending by id. */
  async *all(): AsyncGenerator<Session, void> {
    for await (const [key, value] of all(this.storage, "s/")) {
      yield described(key.slice(2), JSON.parse(String(value)) as Kept);
    }
  }

  /** One session. */
  async get(id: string): Promise<Session> {
    return described(id, (await this.kept(id))[1]);
  }

  /** The bytes of a part in pieces, none over 1 MiB. */
  async *read(id: string, name: string): AsyncGenerator<Uint8Array, void> {
    const part = (await this.kept(id))[1].parts.find((known) => known.name === name);
    if (part === undefined) throw missing("part", name);
    for (let piece = 0; piece < part.pieces; piece += 1) {
      const bytes = await this.storage.get(`c/${part.upload}/${piece}`);
      if (!(bytes instanceof Uint8Array)) throw missing("piece of the part", name);
      yield bytes;
    }
  }

  /**
   * Stores a part as it streams in, and replaces the part of that name once the new one is whole.
   * `may` throws when a dream reads the session; it is called before the upload and before the old
   * part goes.
   */
  async put(id: string, name: string, about: About, chunks: AsyncIterable<Uint8Array>, now: number, may: () => Promise<void>): Promise<Session> {
    await may();
    await this.room(id);
    const upload = hex(16);
    let [pieces, bytes] = [0, 0];
    const begun: Expected = [`u/${upload}`, String(now)];
    await this.storage.write([begun]);
    try {
      for await (const piece of pieced(chunks)) {
        await this.storage.write([[`c/${upload}/${pieces}`, piece]]);
        pieces += 1;
        bytes += piece.length;
      }
      return await this.place(id, about, { name, bytes, upload, pieces }, begun, may);
    } catch (error) {
      await this.storage.write([...gone(upload, pieces), [`u/${upload}`, undefined]]);
      throw error;
    }
  }

  /** Removes a session, unless `may` throws. What the ledger learned from it stays. */
  async remove(id: string, may: () => Promise<void>): Promise<void> {
    const open: Expected = ["open", await text(this.storage, "open")];
    await may();
    const [before, session] = await this.kept(id);
    const pieces = session.parts.flatMap((part) => gone(part.upload, part.pieces));
    if (await this.storage.write([...pieces, [`s/${id}`, undefined], [`n/${id}`, undefined]], [[`s/${id}`, before], open])) return;
    throw conflict(`\`${id}\` is written by somebody else`, id);
  }

  /** Removes the pieces of uploads that never ended. */
  async sweep(now: number): Promise<void> {
    for await (const [key, begun] of all(this.storage, "u/")) {
      if (now - Number(begun) < STALE) continue;
      const pieces: Write[] = [];
      for await (const [piece] of all(this.storage, `c/${key.slice(2)}/`, 2)) pieces.push([piece, undefined]);
      await this.storage.write([...pieces, [key, undefined]]);
    }
  }

  /** Refuses a new session when the store has as many as it may have. */
  private async room(id: string): Promise<void> {
    if ((await this.storage.get(`s/${id}`)) !== undefined) return;
    const most = this.limits.sessions;
    const page = await this.storage.list("s/", undefined, most);
    if (page.length >= most) throw tooLarge(`the store has ${most} sessions: take some away`, "sessions");
  }

  /**
   * Puts an uploaded part into its session, unless {@link Sessions.sweep} has removed the upload.
   */
  private async place(id: string, { agent, principal }: About, part: Part, begun: Expected, may: () => Promise<void>): Promise<Session> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const open: Expected = ["open", await text(this.storage, "open")];
      await may();
      const before = await text(this.storage, `s/${id}`);
      const { parts, ...known } = before === undefined ? { parts: [] } : (JSON.parse(before) as Kept);
      const old = parts.find(({ name }) => name === part.name);
      const others = parts.filter(({ name }) => name !== part.name);
      if (others.length >= this.limits.parts) throw tooLarge(`a session has at most ${this.limits.parts} parts`, id);
      const kept: Kept = {
        ...known,
        ...(agent === undefined ? {} : { agent }),
        ...(principal === undefined ? {} : { principal }),
        parts: [...others, part],
      };
      const writes: Write[] = [[`s/${id}`, JSON.stringify(kept)], [`u/${part.upload}`, undefined]];
      if (old !== undefined) writes.push(...gone(old.upload, old.pieces));
      if (await this.storage.write(writes, [[`s/${id}`, before], begun, open])) return described(id, kept);
    }
    throw conflict(`\`${id}\` is written by somebody else`, id);
  }

  private async kept(id: string): Promise<[text: string, session: Kept]> {
    const kept = await text(this.storage, `s/${id}`);
    if (kept === undefined) throw missing("session", id);
    return [kept, JSON.parse(kept) as Kept];
  }
}

/** The fields of a session that a dream gets. */
function described(id: string, { agent, principal, parts }: Kept): Session {
  return {
    id,
    ...(agent === undefined ? {} : { agent }),
    ...(principal === undefined ? {} : { principal }),
    parts: parts.map(({ name, bytes }) => ({ name, bytes })),
  };
}

/** The writes that remove the pieces of an upload. */
function gone(upload: string, pieces: number): Write[] {
  return Array.from({ length: pieces }, (_, piece) => [`c/${upload}/${piece}`, undefined] as const);
}

/** Chunks of any size as pieces of {@link PIECE} bytes; the last one may be shorter. */
async function* pieced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let piece = new Uint8Array(PIECE);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + PIECE - filled);
      piece.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled < PIECE) continue;
      yield piece;
      piece = new Uint8Array(PIECE);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}
