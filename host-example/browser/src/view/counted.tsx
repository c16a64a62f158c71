// What a dream counted, shown in full when nothing is proposed, so that the page is never empty.

import type { Plan, Report } from "dreaming";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { type Happened, counted } from "../counted.js";
import type { Skipped } from "../protocol.js";
import { clean, count } from "../words.js";
import { isUnread } from "./left.js";

/** Items that are listed of a kind; the rest is only counted. */
const LISTED = 20;

/** The model in the example that estimates a price: a small one, as `dreaming run` names it. */
const EXAMPLE = "anthropic:claude-haiku-4-5";

/** A command that makes no call, and tells how many there would be and what they cost. */
const ESTIMATE = `dreaming run --model ${EXAMPLE} --estimate --memory MEMORY --sessions SESSIONS`;

/** Failures that too few sessions show, in a section to open. */
export function SeenOnce({ plan, report }: { plan: Plan; report: Report }): JSX.Element {
  const { waiting } = useMemo(() => counted(plan), [plan]);
  return (
    <>
      <span class="gate">{report.waiting} seen once</span>{" "}
      <details class="why">
        <summary>not proposed before another session shows the same</summary>
        {waiting.length === 0 ? (
          <p>The sessions that show it were read by an earlier dream.</p>
        ) : (
          <>
            <p>This was mended in too few sessions.</p>
            <List items={waiting} />
          </>
        )}
      </details>
    </>
  );
}

/** The page of a dream that proposes nothing. */
export function Nothing({ plan, skipped }: { plan: Plan; skipped: Skipped[] }): JSX.Element {
  const { calls, failed, again } = useMemo(() => counted(plan), [plan]);
  return (
    <div class="nothing">
      <p class="lead">
        {plan.sessions.length === 0
          ? `${skipped.some(isUnread) ? "No session was read" : "No sessions were given"}: only the memories were compared.`
          : `${count(calls, "call")} of tools ${calls === 1 ? "was" : "were"} counted; ${failed.toLocaleString("en")} failed.`}
      </p>
      {again.length > 0 && (
        <details>
          <summary>{count(again.length, "failure")} came in more than one session</summary>
          <p class="soft">
            Without a model something is learned of a failure when two sessions show the name or value that is right, or three
            that the command works without the word in front.
          </p>
          <List items={again} />
        </details>
      )}
    </div>
  );
}

/** Tells that a model could look closer, and how to learn what that costs. */
export function Unseen({ plan, closer }: { plan: Plan; closer: boolean }): JSX.Element | null {
  const { unseen } = useMemo(() => counted(plan), [plan]);
  if (unseen === 0 || !closer) return null;
  return (
    <li class="unseen">
      <span class="gate">no model looked</span>
      <details class="why">
        <summary>{count(unseen, "session")} could be looked at more closely; see what that costs</summary>
        <p>
          This page knows no prices. The command says how many calls it would be, and what they cost; it asks nobody for
          that. Put your folders in place of the two words in capitals:
        </p>
        <pre class="command" tabIndex={0} aria-label="Command line">
          {ESTIMATE}
        </pre>
      </details>
    </li>
  );
}

function List({ items }: { items: Happened[] }): JSX.Element {
  return (
    <ul class="happened">
      {items.slice(0, LISTED).map(({ what, message, next, sessions }) => (
        <li key={JSON.stringify([what, message])}>
          {what !== "" && <code>{clean(what)}</code>} {message !== "" && `“${clean(message)}”`}
          {next !== undefined && (
            <>
              {" "}
              – then <code>{clean(next)}</code> worked
            </>
          )}
          {sessions > 1 && `, in ${count(sessions, "session")}`}
        </li>
      ))}
      {items.length > LISTED && <li>and {items.length - LISTED} more</li>}
    </ul>
  );
}
