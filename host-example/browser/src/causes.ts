// Written by `cargo xtask documents` from the types of the engine.

import type { Cause } from "dreaming";

/** Every cause of a change with its title, in the order in which a person should see them: first what may do harm, then what tidies, last what no more than a model speaks for. */
export const CAUSES: readonly (readonly [cause: Cause, title: string])[] = [
  ["secret", "Secrets"],
  ["corrected", "Corrected by a person"],
  ["refuted", "Shown to be wrong"],
  ["withdrawn", "Evidence withdrawn"],
  ["newer-value", "Newer value"],
  ["stated", "Said by a person"],
  ["recurring", "Seen again and again"],
  ["distilled", "Worded by a model from what sessions show"],
  ["extracted", "Found by another extractor"],
  ["shared", "Wanted by several people"],
  ["duplicate", "Duplicates"],
  ["stale", "Stale"],
  ["outgrown", "Written anew, or no longer found in sessions"],
  ["over-budget", "No room"],
  ["index", "Index lines"],
  ["dangling", "Index lines that lead nowhere"],
  ["index-limit", "Index too long"],
  ["noticed", "Noticed by a model in one session; nothing else speaks for it"],
];
