// A choice as people type it.

import type { Choice } from "./protocol.js";

/** Characters of an id on a command line. As `dreaming review` prints them. */
const SHORT = 8;

/** `command` with the choice in its options. What is accepted in other words stands with these only. */
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

/** A word as a POSIX shell takes it for one word. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
