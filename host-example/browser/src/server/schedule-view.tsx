// Dreams of a store that begin by themselves.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { clean, count } from "../words.js";
import { Refused } from "./api.js";
import { may, useDesk, useDoing, useLoaded } from "./asking.js";
import { Allowed, Done, Sure, Trouble, When } from "./parts.js";
import { address } from "./place.js";
import { PLAIN, TermsFields, bodyOf, termsOf } from "./terms.js";
import type { Schedule, Store } from "./wire.js";

export function ScheduleView({ store }: { store: Store }): JSX.Element {
  const { api, key } = useDesk();
  const path = `v1/x/memory_stores/${store.id}/schedule`;
  const { value, trouble, again } = useLoaded(
    async (signal) =>
      await api.ask<Schedule>("GET", path, undefined, signal).catch((error: unknown) => {
        if (error instanceof Refused && error.status === 404) return null;
        throw error;
      }),
    [path],
  );
  const doing = useDoing();
  const end = (): void =>
    doing.run(async () => {
      await api.ask("DELETE", path);
      again();
      return "The schedule is gone: no dream begins by itself.";
    });
  if (value === undefined) return trouble === "" ? <p class="soft">Loading…</p> : <Trouble said={trouble} />;
  // A key of one store does not dream.
  const canSet = may(key, "write") && key.memory_store_id === null && store.archived_at === null;
  return (
    <>
      {value === null ? <p class="note">No dream begins by itself over this store.</p> : <Told schedule={value} />}
      {value !== null && canSet && (
        <p class="buttons">
          <Sure label="End the schedule" sure="Yes, end it" isBusy={doing.isBusy} onSure={end} />
        </p>
      )}
      {key.memory_store_id === null && (
        <Allowed to="write" what="set a schedule">
          {store.archived_at === null && <Form path={path} set={value} onSet={again} />}
        </Allowed>
      )}
      <Done doing={doing} />
    </>
  );
}

function Told({ schedule }: { schedule: Schedule }): JSX.Element {
  const { cron, model, next_at, last_dream_id, no_dream_because } = schedule;
  return (
    <div class="card">
      <p class="head">
        <code>{clean(cron)}</code> <span class="grow" />
        <span class="soft">
          next at <When at={next_at} />
        </span>
      </p>
      <p>
        With <code>{clean(model)}</code>, over {count(schedule.min_sessions, "new session")} or more, idle for{" "}
        {count(schedule.idle_minutes, "minute")} at least.
      </p>
      {schedule.instructions !== null && <p class="said-note">{clean(schedule.instructions)}</p>}
      {last_dream_id !== null && (
        <p>
          <a href={address({ at: "dream", id: last_dream_id })}>Its last dream</a>
        </p>
      )}
      {no_dream_because !== null && <p class="note">None began last time: {clean(no_dream_because)}</p>}
    </div>
  );
}

interface FormProps {
  path: string;
  /** What is set now. */
  set: Schedule | null;
  onSet: () => void;
}

function Form({ path, set, onSet }: FormProps): JSX.Element {
  const { api } = useDesk();
  const [cron, setCron] = useState("0 3 * * *");
  const [least, setLeast] = useState("1");
  const [idle, setIdle] = useState("10");
  const [terms, setTerms] = useState(PLAIN);
  const doing = useDoing();
  useEffect(() => {
    if (set === null) return;
    setCron(set.cron);
    setLeast(String(set.min_sessions));
    setIdle(String(set.idle_minutes));
    setTerms(termsOf(set));
  }, [set]);
  const put = (): void =>
    doing.run(async () => {
      const number = (text: string): unknown => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));
      // The settings of the policy, which this page does not show, stay as they are.
      const policy = set === null ? {} : { x_policy: set.x_policy };
      const when = { cron, min_sessions: number(least), idle_minutes: number(idle) };
      await api.ask("PUT", path, { ...when, ...policy, ...bodyOf(terms) });
      onSet();
      return "The schedule is set.";
    });
  return (
    <form class="group" aria-labelledby="set-schedule" onSubmit={(event) => (event.preventDefault(), put())}>
      <h2 id="set-schedule">{set === null ? "Have dreams begin by themselves" : "Change the schedule"}</h2>
      <p class="soft">
        At its times one dream into this store reads the sessions that had the store attached and changed since the last
        one. Minute, hour, day, month, weekday; UTC, or with a zone: <code>0 3 * * * Europe/Berlin</code>.
      </p>
      <div class="fields">
        <label>
          When
          <input value={cron} required autocomplete="off" onInput={({ currentTarget }) => setCron(currentTarget.value)} />
        </label>
        <label>
          From so many new sessions
          <input value={least} inputMode="numeric" onInput={({ currentTarget }) => setLeast(currentTarget.value)} />
        </label>
        <label>
          Minutes for which a session is idle
          <input value={idle} inputMode="numeric" onInput={({ currentTarget }) => setIdle(currentTarget.value)} />
        </label>
      </div>
      <TermsFields terms={terms} onTerms={setTerms} />
      <button type="submit" disabled={doing.isBusy}>
        {set === null ? "Set the schedule" : "Change the schedule"}
      </button>
      <Done doing={doing} />
    </form>
  );
}
