import { type Storage, type Write, all } from "./storage.js";

/** Bytes of a piece: below the limit of a row in any database. */
const PIECE = 1 << 20;
/** Pieces in memory at the same time. */
const AT_ONCE = 2;

const encoder = new TextEncoder();

/** Texts of any length, in pieces of bytes below `x/<name>/`. */
export class Documents {
  constructor(readonly storage: Storage) {}

  /** A document; `undefined` when there is none. */
  async get(name: string): Promise<string | undefined> {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let [text, found] = ["", false];
    for await (const [, piece] of all(this.storage, `x/${name}/`, AT_ONCE)) {
      text += decoder.decode(piece as Uint8Array, { stream: true });
      found = true;
    }
    return found ? text + decoder.decode() : undefined;
  }

  /** The writes that replace a document. */
  async writes(name: string, text: string): Promise<Write[]> {
    const bytes = encoder.encode(text);
    const pieces = Math.max(1, Math.ceil(bytes.length / PIECE));
    const writes = new Map<string, Write[1]>(await this.gone(name));
    for (let piece = 0; piece < pieces; piece += 1) {
      writes.set(`x/${name}/${String(piece).padStart(6, "0")}`, bytes.slice(piece * PIECE, (piece + 1) * PIECE));
    }
    return [...writes];
  }

  /** The writes that remove a document. */
  async gone(name: string): Promise<Write[]> {
    const keys: Write[] = [];
    for await (const [key] of all(this.storage, `x/${name}/`, AT_ONCE)) keys.push([key, undefined]);
    return keys;
  }
}
