// A text that strangers wrote, with marked words.

import type { JSX } from "preact";

import type { Piece } from "../marks.js";
import { clean } from "../words.js";

/** Code in Markdown: text between back-ticks. */
const CODE = /(`[^`\n]+`)/;

/**
 * A text in pieces. `mark` says what a mark means: a word that differs, or a word that would be
 * lost.
 */
export function Text({ pieces, mark }: { pieces: readonly Piece[]; mark: "differs" | "lost" }): JSX.Element {
  const isWhole = pieces.length === 1;
  return (
    <span class="text">
      {pieces.map((piece, at) => {
        if (piece.mark) {
          return (
            <mark key={at} class={mark}>
              {clean(piece.text)}
            </mark>
          );
        }
        return isWhole ? <Said text={piece.text} /> : clean(piece.text);
      })}
    </span>
  );
}

/** A sentence in which text between back-ticks is shown as code. */
export function Said({ text }: { text: string }): JSX.Element {
  return (
    <>{text.split(CODE).map((part) => (CODE.test(part) ? <code>{clean(part.slice(1, -1))}</code> : clean(part)))}</>
  );
}
