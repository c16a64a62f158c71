import { bytes } from "./check.js";
import { call } from "./raw.js";
import { MAX_PAGE } from "./text.js";
import { detect as detectRaw } from "./wasm/dreaming.js";

/**
 * The format of a transcript by its first bytes (64 KiB are enough, 1 MiB is looked at), such as `claude-code`; `undefined`
 * when no importer knows it.
 *
 * @throws {@link DreamingError} `invalid-request` for anything but a `Uint8Array`.
 */
export function detect(head: Uint8Array): string | undefined {
  return call(() => detectRaw(bytes(head, "head").subarray(0, MAX_PAGE)));
}
