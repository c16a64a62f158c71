// The sessions that a dream over a store can read, those that had the store first.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { clean } from "../words.js";
import { type Paged, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { When, moment } from "./parts.js";
import type { Session, Store } from "./wire.js";

type Chosen = ReadonlySet<string>;

interface Props {
  store: Store;
  chosen: Chosen;
  onChosen: (chosen: Chosen) => void;
}

export function Sessions({ store, chosen, onChosen }: Props): JSX.Element {
  const ours = usePaged<Session>(`v1/sessions?limit=50&include_archived=true&memory_store_id=${store.id}`);
  const [areOthers, setAreOthers] = useState(false);
  const isNone = ours.items?.some(isReadable) === false && !ours.hasMore;
  return (
    <fieldset class="sessions">
      <legend>Sessions to read</legend>
      {isNone ? (
        <p class="note">No session had this store attached. Those below are of the workspace, and may be about something else.</p>
      ) : (
        <Choose of="this store" list={ours} empty={null} chosen={chosen} onChosen={onChosen} />
      )}
      {isNone || areOthers ? (
        <Others store={store} chosen={chosen} onChosen={onChosen} empty={isNone ? <NoSession /> : <p class="soft">There is none.</p>} />
      ) : (
        ours.items !== undefined && (
          <p>
            <button type="button" class="quiet" onClick={() => setAreOthers(true)}>
              Sessions without this store, too
            </button>
          </p>
        )
      )}
    </fieldset>
  );
}

/** The traces of dreams stand among the sessions, and no dream reads them. */
function isReadable({ metadata }: Session): boolean {
  return metadata["x_dream_id"] === undefined;
}

/** The sessions of the workspace that did not have the store: other work, as a rule. */
function Others({ store, empty, chosen, onChosen }: Props & { empty: JSX.Element }): JSX.Element {
  const all = usePaged<Session>("v1/sessions?limit=50&include_archived=true");
  const isOther = ({ resources }: Session): boolean => !resources.some(({ memory_store_id }) => memory_store_id === store.id);
  const list = all.items === undefined ? all : { ...all, items: all.items.filter(isOther) };
  return (
    <section aria-labelledby="other-sessions">
      <h2 id="other-sessions">Without this store</h2>
      <Choose of="the workspace" list={list} empty={empty} chosen={chosen} onChosen={onChosen} />
    </section>
  );
}

interface ChooseProps {
  /** Whose sessions they are. */
  of: string;
  list: Paged<Session>;
  empty: JSX.Element | null;
  chosen: Chosen;
  onChosen: (chosen: Chosen) => void;
}

/** The newest first. */
function Choose({ of, list: given, empty, chosen, onChosen }: ChooseProps): JSX.Element {
  const list = given.items === undefined ? given : { ...given, items: given.items.filter(isReadable) };
  const put = (ids: readonly string[], isIn: boolean): void =>
    onChosen(new Set(isIn ? [...chosen, ...ids] : [...chosen].filter((id) => !ids.includes(id))));
  return (
    <Listed
      list={list}
      empty={empty}
      find={{ what: "session", in: ({ title, agent, id }) => `${title ?? ""}\n${agent.name}\n${id}` }}
    >
      {(sessions) => {
        if (sessions.length === 0) return <p class="soft">None so far.</p>;
        const isAll = sessions.every(({ id }) => chosen.has(id));
        return (
          <>
            <button
              type="button"
              class="quiet"
              aria-label={`${isAll ? "None" : `All ${sessions.length}`} of these sessions of ${of}`}
              onClick={() => put(sessions.map(({ id }) => id), !isAll)}
            >
              {isAll ? "None of these" : `All ${sessions.length} of these`}
            </button>
            <ul aria-label={`Sessions of ${of}`}>
              {sessions.map((session) => (
                <li key={session.id}>
                  <label>
                    <input
                      type="checkbox"
                      checked={chosen.has(session.id)}
                      onChange={({ currentTarget }) => put([session.id], currentTarget.checked)}
                    />
                    <span>
                      {named(session)}{" "}
                      <span class="soft">
                        {titleOf(session) !== "" && (
                          <>
                            {clean(session.agent.name)}, <When at={session.updated_at} />,{" "}
                          </>
                        )}
                        <code>{clean(session.id)}</code>
                      </span>
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Listed>
  );
}

function titleOf({ title }: Session): string {
  return title?.trim() ?? "";
}

/** The title of a session; without one, when it was and whose. */
function named(session: Session): string {
  const title = titleOf(session);
  return clean(title === "" ? `${moment(session.updated_at)}, ${session.agent.name}` : title);
}

function NoSession(): JSX.Element {
  return (
    <p class="note">
      There is no session to read. Register some from a program:
      <code class="line">client.beta.sessions.create(agent="agent_1", environment_id="env_1", metadata={"{"}"x_import": "true"{"}"})</code>
      and send its events; docs/server.md says how a transcript comes in as an agent wrote it.
    </p>
  );
}
