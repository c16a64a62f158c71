import { bytes } from "./check.js";
import { call } from "./raw.js";
import { MAX_PAGE } from "./text.js";
import { detect as detectRaw, looksLike as looksLikeRaw } from "./wasm/dreaming.js";

/**
 * The format of a transcript by its first bytes (64 KiB are enough, 1 MiB is looked at), such as
 * `claude-code`; `undefined` when no importer knows it.
 *
 * @throws {@link DreamingError} `invalid-request` for anything but a `Uint8Array`.
 */
export function detect(head: Uint8Array): string | undefined {
  return call(() => detectRaw(bytes(head, "head").subarray(0, MAX_PAGE)));
}

/**
 * What a transcript that no importer knows looks like, by its first bytes: the name of a program,
 * such as `GitHub Copilot CLI`. `undefined` when nothing is known that looks like it, and when
 * {@link detect} knows it. A guess, to be said to people.
 *
 * @throws {@link DreamingError} `invalid-request` for anything but a `Uint8Array`.
 */
export function looksLike(head: Uint8Array): string | undefined {
  return call(() => looksLikeRaw(bytes(head, "head").subarray(0, MAX_PAGE)));
}
