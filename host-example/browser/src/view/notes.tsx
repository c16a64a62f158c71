// The notes of the report, and why model calls failed.

import type { FailedCall, Report } from "dreaming";
import type { JSX } from "preact";

import { clean, count } from "../words.js";

/** The first words of the engine's note on sessions whose calls the next dream makes again. */
const AGAIN = "The next dream with a model asks again about ";
/** Sessions named before the rest is folded. Chosen by us: their ids are as long as half a line. */
const NAMED = 3;

/** A note of the report. A long list of sessions is folded. */
export function Note({ note, report }: { note: string; report: Report }): JSX.Element {
  const waiting = report.sessions_unanswered ?? 0;
  if (!note.startsWith(AGAIN) || waiting <= NAMED) return <p class="note">{clean(note)}</p>;
  return (
    <details class="note again">
      <summary>
        {AGAIN}
        {count(waiting, "session")}
      </summary>
      <p>{clean(note)}</p>
    </details>
  );
}

/** Says that the model answered with nothing usable, and asks for that again when the person wants it. */
export function Unusable(props: { number: number; isAsking: boolean; onAgain: () => void }): JSX.Element | null {
  const { number, isAsking, onAgain } = props;
  if (number === 0) return null;
  return (
    <p class="note" role="status">
      {count(number, "answer")} of the model cannot be used. Other settings do not ask for {number === 1 ? "it" : "them"} again.{" "}
      <button type="button" class="quiet" disabled={isAsking} onClick={onAgain}>
        {isAsking ? "Asking…" : `Ask for ${number === 1 ? "it" : "them"} again`}
      </button>
    </p>
  );
}

/** Why model calls failed: each reason once, with the address, most calls first. */
export function Failed({ calls, report }: { calls: readonly FailedCall[]; report: Report }): JSX.Element | null {
  if (calls.length === 0) return null;
  const numbers = new Map<string, number>();
  for (const { reason, url } of calls) {
    const why = url === undefined ? reason : `${reason} (${url})`;
    numbers.set(why, (numbers.get(why) ?? 0) + 1);
  }
  const reasons = [...numbers].sort(([, a], [, b]) => b - a);
  const named = reasons.map(([why, number]) => (reasons.length === 1 ? why : `${number} × ${why}`));
  return (
    <p class="note failed">
      {calls.length.toLocaleString("en")} of {count(report.calls, "model call")} failed: {clean(named.join("; "))}.
    </p>
  );
}
