// Candidates that the engine turned down, and conflicts that it could not decide.

import type { Rejected } from "dreaming";
import type { JSX } from "preact";

import type { Dreamed, Skipped } from "../protocol.js";
import { clean, count, turnedDown } from "../words.js";
import { Quotes } from "./evidence.js";
import { Left } from "./left.js";
import { Text } from "./text.js";

interface Props {
  dreamed: Pick<Dreamed, "plan" | "report">;
  skipped: Skipped[];
}

export function Down({ dreamed: { plan, report }, skipped }: Props): JSX.Element {
  const pending = plan.sessions.flatMap(({ session, outcome }) =>
    outcome.state === "pending" ? [{ session, reason: outcome.reason }] : [],
  );
  const byReason = new Map<string, Rejected[]>();
  for (const item of plan.rejected) byReason.set(item.reason, [...(byReason.get(item.reason) ?? []), item]);
  const isEmpty = plan.rejected.length === 0 && plan.conflicts.length === 0 && pending.length === 0;
  return (
    <div class="down">
      {isEmpty && <p class="soft">Nothing was turned down, and nothing is open.</p>}
      {plan.conflicts.length > 0 && (
        <section class="group">
          <h2>Which one is right?</h2>
          <p class="soft">Of two statements neither is known to be newer. You decide, in the memory itself.</p>
          <ol>
            {plan.conflicts.map(({ subject, entry, text, evidence, reason }) => (
              <li key={entry.entry + text} class="card">
                <p class="head">
                  <span class="verb">{clean(subject)}</span>{" "}
                  <code class="path">{[`${entry.path}:${entry.line}`, ...(entry.below ?? [])].map(clean).join(" › ")}</code>
                </p>
                <div class="statements">
                  <div class="statement same">
                    <Text pieces={[{ text: entry.text, mark: false }]} mark="differs" />
                  </div>
                  <div class="statement same">
                    <Text pieces={[{ text, mark: false }]} mark="differs" />
                  </div>
                </div>
                <p class="because">{clean(reason)}</p>
                <Quotes evidence={evidence} />
              </li>
            ))}
          </ol>
        </section>
      )}
      {[...byReason].map(([reason, items]) => (
        <section key={reason} class="group">
          <div class="heading">
            <h2>
              Turned down: {clean(turnedDown(reason))} <span class="number">{items.length}</span>
            </h2>
          </div>
          <ol>
            {items.map(({ text, piece, evidence }, at) => (
              <li key={at} class="card">
                <div class="statements">
                  <div class="statement refused">
                    <Text pieces={[{ text, mark: false }]} mark="differs" />
                  </div>
                </div>
                {typeof piece === "string" && <p class="because">Because of: {clean(piece)}</p>}
                <Quotes evidence={evidence} without={text} />
              </li>
            ))}
          </ol>
        </section>
      ))}
      {pending.length > 0 && (
        <section class="group">
          <h2>Not read</h2>
          <ul>
            {pending.map(({ session, reason }) => (
              <li key={session}>
                <code>{clean(session)}</code>: {clean(reason)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="soft">
        {count(report.account.lines, "line")} of transcripts, {report.account.understood.toLocaleString("en")} of them
        understood
        {report.redactions > 0 && `; ${count(report.redactions, "secret")} cut out`}.
      </p>
      <Left skipped={skipped} />
    </div>
  );
}
