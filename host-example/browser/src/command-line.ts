// A choice as people type it.

import type { Choice } from "./protocol.js";
import { clean } from "./words.js";

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

/**
 * A word quoted for a POSIX shell. With characters that {@link clean} spells out, or tabs, which a terminal may take for a
 * key, it is in the form of bash and zsh that has their bytes: what is printed is what a shell reads.
 */
function quoted(word: string): string {
  const characters = [...word];
  const isShown = (character: string): boolean => character !== "\t" && clean(character) === character;
  if (characters.every(isShown)) return `'${word.replaceAll("'", "'\\''")}'`;
  const written = characters.map((character) => {
    if (!isShown(character)) return octal(character);
    return character === "'" || character === "\\" ? `\\${character}` : character;
  });
  return `$'${written.join("")}'`;
}

/** The bytes of a character as a shell reads them. */
function octal(character: string): string {
  return Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
