// One dream: how far it is, what it took, what became of it, and what it left open.

import type { JSX } from "preact";

import { DREAM, clean, count } from "../words.js";
import { may, useDesk, useDoing } from "./asking.js";
import { Decide } from "./decide.js";
import { lineOf, useDream, useTrace } from "./follow.js";
import { Done, StoreLink, Sure, Title, Trouble, When, moment } from "./parts.js";
import { type Dream, type Event, isOver, sessionsOf, storeOf } from "./wire.js";

export function DreamView({ id }: { id: string }): JSX.Element {
  const { api, key } = useDesk();
  const { value: dream, trouble, again } = useDream(id);
  const trace = useTrace(dream?.session_id ?? null);
  const doing = useDoing();
  if (dream === undefined) {
    return <main>{trouble === "" ? <p class="soft">Loading…</p> : <Trouble said={trouble} />}</main>;
  }
  const sessions = sessionsOf(dream).length;
  const cancel = (): void =>
    doing.run(async () => {
      await api.ask("POST", `v1/dreams/${id}/cancel`, {});
      again();
      return "The dream is canceled. Nothing of it is written.";
    });
  return (
    <main class="result">
      <Title page="Dream">{sessions === 0 ? "Proposal of an agent" : `Dream over ${count(sessions, "session")}`}</Title>
      <p class="head">
        <span class={`badge ${dream.status}`}>{DREAM[dream.status] ?? clean(dream.status)}</span>
        <code class="path">{clean(dream.id)}</code>
      </p>
      <Trouble said={trouble} />
      {dream.error !== null && (
        <p class="trouble">
          It failed: {clean(dream.error.message)}
          {/* The type of all faults that have no name of their own says nothing to a person. */}
          {dream.error.type !== "internal_error" && <span class="soft"> ({clean(dream.error.type)})</span>}
        </p>
      )}
      <Facts dream={dream} />
      {!isOver(dream) && (
        <div class="bar">
          <progress max="1" aria-label="The dream goes on" />
          <p role="status" class="soft">
            {goesOn(dream)}
          </p>
          {may(key, "write") && (
            <Sure label="Cancel the dream" sure="Yes, cancel it" isBusy={doing.isBusy} onSure={cancel} />
          )}
        </div>
      )}
      <Done doing={doing} />
      {dream.session_id !== null && <Trace isOpen={!isOver(dream)} events={trace.events} trouble={trace.trouble} />}
      {dream.status === "completed" && <Decide dream={dream} />}
    </main>
  );
}

function goesOn({ status, x_batch }: Dream): string {
  if (status === "pending") return "It waits for its turn.";
  if (x_batch) return "Its calls go in batches, whose answers come within a day. You need not wait here.";
  return "It reads and thinks; this page follows it.";
}

function Facts({ dream }: { dream: Dream }): JSX.Element {
  const store = storeOf(dream);
  const made = dream.outputs.map(({ memory_store_id }) => memory_store_id).find((id) => id !== store);
  const { tokens, dollars } = dream.x_budget ?? {};
  const limits = [tokens == null ? [] : [count(tokens, "token")], dollars == null ? [] : [`${dollars} dollars`]].flat();
  const sessions = sessionsOf(dream);
  return (
    <dl class="facts">
      <div>
        <dt>Over</dt>
        <dd>
          <StoreLink id={store} />
          {dream.output_behavior.type === "update_existing" && ", and into it"}
          {made !== undefined && (
            <>
              , into <StoreLink id={made} />
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Model</dt>
        <dd>
          {dream.model.id === "x_none" ? "none" : clean(dream.model.id)}
          {dream.x_batch && ", in batches"}
          {limits.length > 0 && `, at most ${limits.join(" and ")}`}
        </dd>
      </div>
      <div>
        <dt>It took</dt>
        <dd>{spent(dream)}</dd>
      </div>
      <div>
        <dt>When</dt>
        <dd>
          <When at={dream.created_at} />
          {dream.ended_at !== null && ` to ${moment(dream.ended_at)}`}
        </dd>
      </div>
      {dream.instructions !== null && (
        <div>
          <dt>What to look for</dt>
          <dd class="said-note">{clean(dream.instructions)}</dd>
        </div>
      )}
      {sessions.length > 0 && (
        <div>
          <dt>Sessions</dt>
          <dd>
            <details>
              <summary>{count(sessions.length, "id")}</summary>
              <ul>
                {sessions.map((id) => (
                  <li key={id}>
                    <code>{clean(id)}</code>
                  </li>
                ))}
              </ul>
            </details>
          </dd>
        </div>
      )}
    </dl>
  );
}

function spent({ usage, x_cost_dollars }: Dream): string {
  const read = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  if (read + usage.output_tokens === 0) return "no tokens";
  const cost = x_cost_dollars === null ? "" : `, ${x_cost_dollars.toFixed(4)} dollars`;
  return `${count(read, "token")} read, ${count(usage.output_tokens, "token")} written${cost}`;
}

interface TraceProps {
  isOpen: boolean;
  events: readonly Event[];
  trouble: string;
}

/** What a dream says of itself: what was read, what was not and why, and what became of each change. */
function Trace({ isOpen, events, trouble }: TraceProps): JSX.Element {
  const lines = events.map(lineOf).filter((line) => line !== "");
  return (
    <details class="trace" open={isOpen}>
      <summary>What it did: {count(lines.length, "line")}</summary>
      <Trouble said={trouble} />
      <ol>
        {lines.map((line, at) => (
          <li key={at}>{clean(line)}</li>
        ))}
      </ol>
    </details>
  );
}
