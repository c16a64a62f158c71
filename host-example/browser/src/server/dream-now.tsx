// A dream over a store and sessions that a person chooses.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { count } from "../words.js";
import { useDesk, useDoing } from "./asking.js";
import { Allowed, Done } from "./parts.js";
import { go } from "./place.js";
import { Sessions } from "./sessions.js";
import { Takes } from "./takes.js";
import { PLAIN, TermsFields, bodyOf } from "./terms.js";
import type { Dream, Store } from "./wire.js";

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
  const same = { type: "update_existing", memory_store_id: store.id };
  const body = {
    inputs: [
      { type: "memory_store", memory_store_id: store.id },
      { type: "sessions", session_ids: [...chosen] },
    ],
    output_behavior: isSame ? same : { type: "create_new" },
    ...bodyOf(terms),
  };
  const begin = (): void =>
    doing.run(async () => {
      const { id } = await api.ask<Dream>("POST", "v1/dreams", body);
      go({ at: "dream", id });
      return "The dream begins.";
    });
  return (
    <form onSubmit={(event) => (event.preventDefault(), begin())}>
      <Sessions store={store} chosen={chosen} onChosen={setChosen} />
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
      {terms.model.trim() !== "x_none" && <Takes body={body} isReady={chosen.size > 0} />}
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
