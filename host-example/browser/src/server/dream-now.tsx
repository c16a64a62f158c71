// A dream over a store and sessions that a person chooses.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { clean, count } from "../words.js";
import { useDesk, useDoing, usePaged } from "./asking.js";
import { Allowed, Done, Listed, When } from "./parts.js";
import { go } from "./place.js";
import { PLAIN, TermsFields, bodyOf } from "./terms.js";
import type { Dream, Session, Store } from "./wire.js";

export function DreamNow({ store }: { store: Store }): JSX.Element {
  if (store.archived_at !== null) return <p class="note">The store is archived: no dream is made over it.</p>;
  return (
    <Allowed to="write" what="dream">
      <Form store={store} />
    </Allowed>
  );
}

function Form({ store }: { store: Store }): JSX.Element {
  const { api } = useDesk();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isSame, setIsSame] = useState(true);
  const [terms, setTerms] = useState(PLAIN);
  const doing = useDoing();
  const begin = (): void =>
    doing.run(async () => {
      const same = { type: "update_existing", memory_store_id: store.id };
      const { id } = await api.ask<Dream>("POST", "v1/dreams", {
        inputs: [
          { type: "memory_store", memory_store_id: store.id },
          { type: "sessions", session_ids: [...chosen] },
        ],
        output_behavior: isSame ? same : { type: "create_new" },
        ...bodyOf(terms),
      });
      go({ at: "dream", id });
      return "The dream begins.";
    });
  return (
    <form onSubmit={(event) => (event.preventDefault(), begin())}>
      <Sessions chosen={chosen} onChosen={setChosen} />
      <fieldset class="switch group">
        <legend class="hidden">Into which store</legend>
        <label>
          <input type="radio" name="into" checked={isSame} onChange={() => setIsSame(true)} /> into this store: what is safe
          is applied, the rest waits for you
        </label>
        <label>
          <input type="radio" name="into" checked={!isSame} onChange={() => setIsSame(false)} /> into a new store, a copy to
          look at as a whole
        </label>
      </fieldset>
      <TermsFields terms={terms} onTerms={setTerms} />
      <p class="buttons">
        <button type="submit" class="primary big" disabled={doing.isBusy || chosen.size === 0}>
          Dream
        </button>
        <span class="soft">
          {chosen.size === 0 ? "Choose one session or more." : `over ${count(chosen.size, "session")}`}
        </span>
      </p>
      <Done doing={doing} />
    </form>
  );
}

interface SessionsProps {
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}

/** The sessions that a dream can read, the newest first. */
function Sessions({ chosen, onChosen }: SessionsProps): JSX.Element {
  const list = usePaged<Session>("v1/sessions?limit=50&include_archived=true");
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChosen(next);
  };
  return (
    <fieldset class="sessions">
      <legend>Sessions to read</legend>
      <Listed list={list} empty={<NoSession />}>
        {(sessions) => {
          // The traces of dreams stand among the sessions, and no dream reads them.
          const readable = sessions.filter(({ metadata }) => metadata["x_dream_id"] === undefined);
          if (readable.length === 0) return list.hasMore ? <p class="soft">Only traces of dreams so far.</p> : <NoSession />;
          const isAll = readable.every(({ id }) => chosen.has(id));
          return (
            <>
              <button
                type="button"
                class="quiet"
                onClick={() => onChosen(new Set(isAll ? [] : readable.map(({ id }) => id)))}
              >
                {isAll ? "None of these" : `All ${readable.length} of these`}
              </button>
              <ul>
                {readable.map((session) => (
                  <li key={session.id}>
                    <label>
                      <input type="checkbox" checked={chosen.has(session.id)} onChange={() => toggle(session.id)} />
                      <span>
                        {clean(session.title ?? "without a title")}{" "}
                        <span class="soft">
                          <code>{clean(session.id)}</code>, {clean(session.agent.name)}, <When at={session.updated_at} />
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
    </fieldset>
  );
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
