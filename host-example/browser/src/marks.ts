// Which words of a text a reader has to look at.

import { diffWordsWithSpace } from "diff";

import type { PlanChange } from "dreaming";

/** A piece of a text; `mark` is set for words that the other text does not have. */
export interface Piece {
  text: string;
  mark: boolean;
}

/**
 * Share of words that two texts must have in common before their differences are marked. Chosen by
 * us.
 */
const IN_COMMON = 0.3;
/** Longest texts that are compared word by word, in characters. Chosen by us. */
const LONGEST = 20_000;

/** Both texts in pieces, with the differing words marked; no marks when little is in common. */
export function compare(before: string, after: string): { old: Piece[]; new: Piece[] } {
  const plain = { old: [{ text: before, mark: false }], new: [{ text: after, mark: false }] };
  if (before.length + after.length > LONGEST) return plain;
  const parts = diffWordsWithSpace(before, after);
  const common = parts
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + value.length, 0);
  if (common < IN_COMMON * Math.max(before.length, after.length)) return plain;
  const side = (without: "added" | "removed"): Piece[] =>
    parts
      .filter((part) => !part[without])
      .map(({ value, added, removed }) => ({ text: value, mark: added || removed }));
  return { old: side("added"), new: side("removed") };
}

/**
 * A word with the punctuation inside it. The command splits texts the same way to say what would be
 * lost.
 */
const WORD = /[\p{L}\p{N}._\-/]+/gu;

function bare(word: string): string {
  return word.replace(/^[._\-/]+|[._\-/]+$/g, "").toLowerCase();
}

/** The text of an entry that a merge takes out; words that the surviving entry lacks are marked. */
export function lost(change: PlanChange, text: string): Piece[] {
  if (change.survivor === null) return [{ text, mark: false }];
  const stays = `${change.survivor.text}\n${change.text ?? ""}`;
  const known = new Set([...stays.matchAll(WORD)].map(([word]) => bare(word)));
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(WORD)) {
    const word = bare(match[0]);
    if (word === "" || known.has(word)) continue;
    pieces.push({ text: text.slice(at, match.index), mark: false }, { text: match[0], mark: true });
    at = match.index + match[0].length;
  }
  pieces.push({ text: text.slice(at), mark: false });
  return pieces.filter((piece) => piece.text !== "");
}
