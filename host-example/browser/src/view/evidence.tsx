// Where a change comes from, and how it was weighed.

import type { PinnedEvidence, PlanChange } from "dreaming";
import type { JSX } from "preact";

import { GATES, PROVENANCE, SCORE_PARTS, TIER, TRUST, clean, place, score, time } from "../words.js";

export function Evidence({
  change,
  onPlace,
}: {
  change: PlanChange;
  onPlace: (evidence: PinnedEvidence) => void;
}): JSX.Element {
  const { total, parts } = score(change);
  return (
    <div class="evidence">
      <Quotes evidence={change.evidence} onPlace={onPlace} />
      <dl class="facts">
        <div>
          <dt>May it go in by itself?</dt>
          <dd>
            {change.gate === "auto" ? "Yes, " : change.gate === "review" ? "No, it " : ""}
            {GATES[change.gate] ?? change.gate}: {clean(change.gate_reason)}.
          </dd>
        </div>
        <div>
          <dt>Who vouches for it</dt>
          <dd>{TRUST[change.trust] ?? change.trust}</dd>
        </div>
        <div>
          <dt>How established</dt>
          <dd>{TIER[change.tier] ?? change.tier}</dd>
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
              <th scope="row">{SCORE_PARTS[name] ?? name}</th>
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
  onPlace: (evidence: PinnedEvidence) => void;
  /** What was said already and is not quoted again. */
  without?: string;
}

/** Quotes, each with a way into its transcript. */
export function Quotes({ evidence, onPlace, without }: QuotesProps): JSX.Element | null {
  if (evidence.length === 0) return null;
  return (
    <ol class="quotes">
      {evidence.map((piece) => (
        <li key={`${piece.session} ${piece.part} ${piece.line} ${piece.start}`}>
          {piece.quote !== without && <blockquote class={piece.provenance}>{clean(piece.quote)}</blockquote>}
          <p class="soft">
            {PROVENANCE[piece.provenance] ?? piece.provenance}
            {piece.time !== null && `, ${time(piece.time)}`}
            {piece.claimed === true && ", claimed only"} ·{" "}
            <button type="button" class="link" onClick={() => onPlace(piece)}>
              {clean(place(piece))}
            </button>
          </p>
        </li>
      ))}
    </ol>
  );
}
