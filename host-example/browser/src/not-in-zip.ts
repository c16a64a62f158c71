// What lies in the folder of the memories and is not in the zip of the new memory.

import { clean, count } from "./words.js";

/** The file of the zip that names it. */
export const NOT_IN_ZIP = "NOT-IN-THIS-ZIP.txt";

/** Files that a sentence names; the rest is only counted. */
const NAMED = 3;

/** What is not in the zip, for the page. */
export function notInZip(others: readonly string[]): string {
  const named = others.slice(0, NAMED).map(clean).join(", ");
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  const is = others.length === 1 ? "is" : "are";
  return `The zip has memories only. ${count(others.length, "file")} of the folder ${is} not in it: ${named}${more}. Unpack it over the folder, not in its place; ${NOT_IN_ZIP} in it names all of them.`;
}

/** The text of the file of the zip. */
export function noteOf(others: readonly string[]): string {
  const list = others.map((path) => `- ${clean(path)}\n`).join("");
  return `This zip has the memories of the folder only. What follows was in the folder and is not in the zip.\nUnpack the zip over the folder, not in its place, or you lose it:\n\n${list}`;
}
