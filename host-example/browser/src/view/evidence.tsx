// Where a change comes from, and how it was weighed.

import type { PinnedEvidence, PlanChange } from "dreaming";
import { type JSX, createContext } from "preact";
import { useContext } from "preact/hooks";

import { GATES, PROVENANCE, SCORE_PARTS, TIER, TRUST, clean, place, score, time } from "../words.js";

/** How a page names the place of a quote, and opens it when the page has the transcripts. */
export interface Finding {
  name: (evidence: PinnedEvidence) => string;
  open: ((evidence: PinnedEvidence) => void) | undefined;
}

export const Places = createContext<Finding>({ name: place, open: undefined });

export function Evidence({ change }: { change: PlanChange }): JSX.Element {
  const { total, parts } = score(change);
  return (
    <div class="evidence">
      <Quotes evidence={change.evidence} />
      <dl class="facts">
        <div>
          <dt>May it go in by itself?</dt>
          <dd>
            {change.gate === "auto" ? "Yes, " : change.gate === "review" ? "No, it " : ""}
            {clean(GATES[change.gate] ?? change.gate)}: {clean(change.gate_reason)}.
          </dd>
        </div>
        <div>
          <dt>Who vouches for it</dt>
          <dd>{clean(TRUST[change.trust] ?? change.trust)}</dd>
        </div>
        <div>
          <dt>How established</dt>
          <dd>{clean(TIER[change.tier] ?? change.tier)}</dd>
        </div>
        <div>
          <dt>Score {total} %</dt>
          <dd class="soft">It orders what you see; it decides nothing about truth.</dd>
        </div>
      </dl>
      <table class="score">
        <caption class="hidden">Parts of the score</caption>
        <tbody>
          {parts.map(({ name, percent }) => (
            <tr key={name}>
              <th scope="row">{clean(SCORE_PARTS[name] ?? name)}</th>
              <td>
                {percent !== null && (
                  <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="rail" width="100" height="6" />
                    <rect class="fill" width={percent} height="6" />
                  </svg>
                )}
              </td>
              <td class="number">{percent === null ? "not known" : `${percent} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft id">
        change <code>{change.id}</code>
      </p>
    </div>
  );
}

interface QuotesProps {
  evidence: readonly PinnedEvidence[];
  /** A text that is shown already, so that an equal quote is left out. */
  without?: string;
}

/** Quotes, each with its place in a transcript. */
export function Quotes({ evidence, without }: QuotesProps): JSX.Element | null {
  const { name, open } = useContext(Places);
  if (evidence.length === 0) return null;
  return (
    <ol class="quotes">
      {evidence.map((piece) => (
        <li key={`${piece.session} ${piece.part} ${piece.line} ${piece.start}`}>
          {piece.quote !== without && <blockquote class={piece.provenance}>{clean(piece.quote)}</blockquote>}
          <p class="soft">
            {clean(PROVENANCE[piece.provenance] ?? piece.provenance)}
            {piece.time !== null && `, ${time(piece.time)}`}
            {piece.claimed === true && ", claimed only"} ·{" "}
            {open === undefined ? (
              <span>{clean(name(piece))}</span>
            ) : (
              <button type="button" class="link" onClick={() => open(piece)}>
                {clean(name(piece))}
              </button>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
