/// <reference lib="esnext.disposable" preserve="true" />
import { bytes, chunk as chunkOf } from "./check.js";
import { DreamingError } from "./errors.js";
import { Handle, call } from "./raw.js";
import { MAX_PAGE } from "./text.js";
import type { Document } from "./types.js";
import { RawImporter, detect as detectRaw } from "./wasm/dreaming.js";

/**
 * The format of a transcript by its first bytes (64 KiB are enough, 1 MiB is looked at): `claude-code`, or `undefined`
 * when no importer knows it.
 *
 * @throws {@link DreamingError} `invalid-request` for anything but a `Uint8Array`.
 */
export function detect(head: Uint8Array): string | undefined {
  return call(() => detectRaw(bytes(head, "head").subarray(0, MAX_PAGE)));
}

/** Reads one part of a session as it streams, without a dream. What cannot be used is counted. */
export class Importer {
  readonly #handle = new Handle("importer", call(() => new RawImporter()));

  /**
   * The next bytes, at most 1 MiB.
   *
   * @throws {@link DreamingError} `too-large`; `invalid-request` for anything but a `Uint8Array`.
   */
  push(chunk: Uint8Array): void {
    call(() => this.#handle.raw.push(chunkOf(chunk, "chunk")));
  }

  /** Ends the part and the importer: what was read, see {@link Census}. */
  finish(): Document {
    const raw = this.#handle.take();
    if (raw === undefined) {
      throw new DreamingError("other", "the importer has ended", { what: "importer" });
    }
    return call(() => raw.finish());
  }

  /** Gives its memory back. A second time does nothing; any other use afterwards throws. */
  free(): void {
    this.#handle.free();
  }

  /** {@link Importer.free}, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }
}
