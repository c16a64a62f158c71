// The memory stores of a workspace.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { clean } from "../words.js";
import { may, useDesk, useDoing, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { Allowed, Done, Title, When } from "./parts.js";
import { address, go } from "./place.js";
import type { Store } from "./wire.js";

export function Stores(): JSX.Element {
  const { key } = useDesk();
  const [hasArchived, setHasArchived] = useState(false);
  const list = usePaged<Store>(`v1/memory_stores?limit=20${hasArchived ? "&include_archived=true" : ""}`);
  return (
    <main>
      <Title page="Memory stores">Memory stores</Title>
      <p class="tools">
        <label>
          <input
            type="checkbox"
            checked={hasArchived}
            onChange={({ currentTarget }) => setHasArchived(currentTarget.checked)}
          />{" "}
          archived ones too
        </label>
      </p>
      <Listed
        list={list}
        find={{ what: "store", in: ({ name, description, id }) => `${name}\n${description}\n${id}` }}
        empty={
          <p class="note">
            There is no store yet. {may(key, "write") ? "Make one below, or from a program:" : "A program makes one:"}
            <code class="line">client.beta.memory_stores.create(name="Shop")</code>
          </p>
        }
      >
        {(stores) => (
          <ul class="list">
            {stores.map((store) => (
              <li key={store.id} class="card">
                <p class="head">
                  <a class="name" href={address({ at: "store", id: store.id, view: "memories" })}>
                    {clean(store.name)}
                  </a>
                  {store.archived_at !== null && <span class="badge">archived</span>}
                  <span class="grow" />
                  <span class="soft">
                    since <When at={store.created_at} />
                  </span>
                </p>
                {store.description !== "" && <p>{clean(store.description)}</p>}
                <p class="soft id">
                  <code>{clean(store.id)}</code>
                </p>
              </li>
            ))}
          </ul>
        )}
      </Listed>
      <section class="group" aria-labelledby="new-store">
        <h2 id="new-store">A new store</h2>
        <Allowed to="write" what="make stores">
          <NewStore />
        </Allowed>
      </section>
    </main>
  );
}

function NewStore(): JSX.Element {
  const { api } = useDesk();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const doing = useDoing();
  const make = (): void =>
    doing.run(async () => {
      const about = description === "" ? {} : { description };
      const { id } = await api.ask<Store>("POST", "v1/memory_stores", { name, ...about });
      go({ at: "store", id, view: "memories" });
      return "The store is made.";
    });
  return (
    <form onSubmit={(event) => (event.preventDefault(), make())}>
      <div class="fields">
        <label>
          Name
          <input value={name} required autocomplete="off" onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <label>
          What it is about <small>agents read it; may be empty</small>
          <input
            value={description}
            autocomplete="off"
            onInput={({ currentTarget }) => setDescription(currentTarget.value)}
          />
        </label>
      </div>
      <button type="submit" disabled={doing.isBusy}>
        Make the store
      </button>
      <Done doing={doing} />
    </form>
  );
}
