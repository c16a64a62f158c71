// A choice as people type it.

import type { Choice } from "./protocol.js";

/** Characters of an id on a command line, as `dreaming review` prints them. */
const SHORT = 8;

/**
 * `command` with options for the choice. A change accepted in other words is named in `--edit`
 * only.
 */
export function commandLine(command: string, { accept, reject, edits }: Choice): string {
  const ids = (list: string[]): string => list.map((id) => id.slice(0, SHORT)).join(" ");
  const plain = accept.filter((id) => !edits.some(({ change }) => change === id));
  return [
    command,
    plain.length > 0 ? `--accept ${ids(plain)}` : "",
    reject.length > 0 ? `--reject ${ids(reject)}` : "",
    ...edits.map(({ change, text }) => `--edit ${quoted(`${change.slice(0, SHORT)}=${text}`)}`),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** A word quoted for a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
