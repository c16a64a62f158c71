// The first screen: what would change, in a person's words.

import type { JSX, Ref } from "preact";

import type { Dreamed, Skipped } from "../protocol.js";
import { GATES, TILES, clean, count, effect, reasons } from "../words.js";
import { Nothing, SeenOnce, Unseen } from "./counted.js";
import { Failed, Note } from "./notes.js";
import { Unread } from "./left.js";

/** What became of changes that the plan shows no more. */
export interface Settled {
  /** The changes that were proposed, those of the plan included. */
  proposed: number;
  said: string;
  rows: readonly (readonly [title: string, about: string])[];
}

interface Props {
  dreamed: Pick<Dreamed, "plan" | "report" | "left" | "entries"> & Partial<Pick<Dreamed, "failed">>;
  /** From what the plan is, if not from sessions. */
  from?: string | undefined;
  /** What is written or decided already; nothing unless said. */
  settled?: Settled | undefined;
  skipped: Skipped[];
  /** Whether to say how a model could look closer at sessions that none has seen. */
  closer: boolean;
  titleRef: Ref<HTMLHeadingElement>;
  filter: string | undefined;
  onFilter: (name: string) => void;
}

export function Summary({ dreamed, from, settled, skipped, closer, titleRef, filter, onFilter }: Props): JSX.Element {
  const { plan, report, left } = dreamed;
  // Without changes the page tells in its own words what recurred, in place of the note on it.
  const isEmpty = plan.changes.length === 0;
  const pending = plan.sessions.filter(({ outcome }) => outcome.state === "pending").length;
  return (
    <section class="summary" aria-labelledby="summary-title">
      <h1 id="summary-title" tabIndex={-1} ref={titleRef}>
        {isEmpty ? "No changes" : count(plan.changes.length, "change")}
        <small>
          {" "}
          {settled !== undefined && `left of ${settled.proposed} `}
          proposed {from ?? `from ${count(report.sessions_read, "session")}`}
          {settled === undefined
            ? ` over ${count(dreamed.entries, "statement")}; nothing is written yet`
            : `; ${settled.said}`}
        </small>
      </h1>
      {plan.changes.length > 0 && <p class="lead">Together they would {effect(plan.changes)}.</p>}
      {isEmpty && <Nothing plan={plan} skipped={skipped} />}
      {plan.changes.length > 0 && (
        <ul class="tiles">
          {TILES.map(({ name, titles, about, has }) => {
            const number = plan.changes.filter(has).length;
            return (
              <li key={name}>
                <button
                  type="button"
                  class={`tile ${name}`}
                  aria-pressed={filter === name}
                  disabled={number === 0}
                  onClick={() => onFilter(name)}
                >
                  <b>{number}</b> <span class="title">{titles[number === 1 ? 0 : 1]}</span>{" "}
                  <span class="about">{about}</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <ul class="gates">
        {["review", "auto", "blocked"].map((gate) => {
          const why = reasons(plan, gate);
          const number = why.reduce((sum, { number }) => sum + number, 0);
          if (number === 0) return null;
          return (
            <li key={gate} class={gate}>
              <button type="button" class="gate" aria-pressed={filter === gate} onClick={() => onFilter(gate)}>
                {number} {gate === "review" ? (number === 1 ? "waits for you" : "wait for you") : GATES[gate]}
              </button>
              <ul class="why">
                {why.map(({ reason, number }) => (
                  <li key={reason}>
                    {why.length > 1 && <b>{number}</b>} {clean(reason)}
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
        {settled?.rows.map(([title, about]) => (
          <li key={title} class="auto">
            <span class="gate">{title}</span> <span class="why">{about}</span>
          </li>
        ))}
        {pending > 0 && (
          <li class="blocked">
            <span class="gate">{count(pending, "session")} not read</span> <span class="why">see “Turned down”</span>
          </li>
        )}
        {left > 0 && (
          <li class="blocked">
            <span class="gate">{count(left, "older session")} left for the next dream</span>{" "}
            <span class="why">one dream takes those that were written last</span>
          </li>
        )}
        {report.waiting > 0 && (
          <li class="blocked">
            <SeenOnce plan={plan} report={report} />
          </li>
        )}
        <Unseen plan={plan} closer={closer} />
      </ul>
      <Unread skipped={skipped} />
      {report.notes.filter((note) => !(isEmpty && note.startsWith("Nothing recurred"))).map((note) => (
        <Note key={note} note={note} report={report} />
      ))}
      <Failed calls={dreamed.failed ?? []} report={report} />
    </section>
  );
}
