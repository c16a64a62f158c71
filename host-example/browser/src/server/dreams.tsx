// The dreams of a workspace, and which of them wait for a person.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { DREAM, clean, count } from "../words.js";
import { may, useDesk, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { StoreLink, Title, When } from "./parts.js";
import { address } from "./place.js";
import { type Dream, STATUSES, type Status, sessionsOf, storeOf } from "./wire.js";

export function Dreams(): JSX.Element {
  const { key } = useDesk();
  const [status, setStatus] = useState<Filter>();
  const [turn, setTurn] = useState(0);
  if (key.memory_store_id !== null) {
    return (
      <main>
        <Title page="Dreams">Dreams</Title>
        <p class="note">This key opens one store, and sees no dreams.</p>
      </main>
    );
  }
  return (
    <main>
      <Title page="Dreams">Dreams</Title>
      <fieldset class="switch tools">
        <legend class="hidden">Which dreams</legend>
        {[undefined, "undecided" as const, ...STATUSES].map((known) => (
          <label key={known ?? ""}>
            <input type="radio" name="status" checked={status === known} onChange={() => setStatus(known)} />{" "}
            {known === undefined ? "all" : known === "undecided" ? "waiting for you" : DREAM[known]}
          </label>
        ))}
      </fieldset>
      <p class="tools">
        <button type="button" class="quiet" onClick={() => setTurn(turn + 1)}>
          Look again
        </button>
      </p>
      <List key={`${status} ${turn}`} status={status} />
    </main>
  );
}

/** Which dreams: of a status, or with changes that wait for a person. */
type Filter = Status | "undecided" | undefined;

function filterOf(filter: Filter): string {
  if (filter === undefined) return "";
  return filter === "undecided" ? "&x_undecided=true" : `&statuses=${filter}`;
}

function List({ status }: { status: Filter }): JSX.Element {
  const { key } = useDesk();
  const list = usePaged<Dream>(`v1/dreams?limit=20${filterOf(status)}`);
  return (
    <>
      <Listed
        list={list}
        empty={
          <p class="note">
            {status === undefined ? "There is no dream yet." : "There is none like that."}{" "}
            {may(key, "write") && (
              <>
                Open <a href={address({ at: "stores" })}>a store</a> and choose “Dream now”.
              </>
            )}
          </p>
        }
      >
        {(dreams) => <DreamList dreams={dreams} />}
      </Listed>
    </>
  );
}

/** Dreams, the newest first, each with what it left open. */
export function DreamList({ dreams }: { dreams: readonly Dream[] }): JSX.Element {
  return (
    <ul class="list">
      {dreams.map((dream) => {
        const left = dream.x_undecided ?? 0;
        const sessions = sessionsOf(dream).length;
        return (
          <li key={dream.id} class={`card dream ${dream.status}`}>
            <p class="head">
              <a class="name" href={address({ at: "dream", id: dream.id })}>
                {sessions === 0 ? "Proposal of an agent" : `Dream over ${count(sessions, "session")}`}
              </a>
              <span class={`badge ${dream.status}`}>{DREAM[dream.status] ?? clean(dream.status)}</span>
              {left > 0 && <span class="badge waits">{left === 1 ? "1 waits" : `${left} wait`} for you</span>}
              <span class="grow" />
              <span class="soft">
                <When at={dream.created_at} />
              </span>
            </p>
            {dream.error !== null && <p class="losing">{clean(dream.error.message)}</p>}
            <p class="soft id">
              over <StoreLink id={storeOf(dream)} />, <code>{clean(dream.id)}</code>
            </p>
          </li>
        );
      })}
    </ul>
  );
}
