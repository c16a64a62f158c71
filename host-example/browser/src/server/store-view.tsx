// One memory store: what it holds, how it came to be so, and its dreams.

import type { JSX } from "preact";

import { Tabs } from "../view/tabs.js";
import { clean } from "../words.js";
import { useDesk, useLoaded } from "./asking.js";
import { DreamNow } from "./dream-now.js";
import { History } from "./history.js";
import { Memories } from "./memories.js";
import { Title, Trouble, When } from "./parts.js";
import { VIEWS, type View, go } from "./place.js";
import { ScheduleView } from "./schedule-view.js";
import { StoreDreams } from "./store-dreams.js";
import type { Store } from "./wire.js";

const TITLES: Record<View, string> = {
  memories: "Memories",
  history: "History",
  dreams: "Dreams",
  schedule: "Schedule",
  dream: "Dream now",
};

export function StoreView({ id, view }: { id: string; view: View }): JSX.Element {
  const { api, key } = useDesk();
  const { value: store, trouble } = useLoaded(
    (signal) => api.ask<Store>("GET", `v1/memory_stores/${id}`, undefined, signal),
    [id],
  );
  if (store === undefined) {
    return <main>{trouble === "" ? <p class="soft">Loading…</p> : <Trouble said={trouble} />}</main>;
  }
  // A key of one store sees no sessions and no dreams.
  const views: readonly View[] = key.memory_store_id === null ? VIEWS : ["memories", "history", "schedule"];
  const shown = views.find((known) => known === view) ?? "memories";
  return (
    <main>
      <Title page={clean(store.name)}>{clean(store.name)}</Title>
      <About store={store} />
      {key.memory_store_id !== null && (
        <p class="note">This key opens one store. It sees no sessions and no dreams, and does not dream.</p>
      )}
      <Tabs names={views} titles={TITLES} tab={shown} of="store" onTab={(view) => go({ at: "store", id, view })} />
      <section id={`panel-${shown}`} role="tabpanel" aria-labelledby={`tab-${shown}`} class="panel" tabIndex={-1}>
        {shown === "memories" && <Memories store={store} />}
        {shown === "history" && <History store={store} />}
        {shown === "dreams" && <StoreDreams store={store} />}
        {shown === "schedule" && <ScheduleView store={store} />}
        {shown === "dream" && <DreamNow store={store} />}
      </section>
    </main>
  );
}

function About({ store }: { store: Store }): JSX.Element {
  const pairs = Object.entries(store.metadata);
  return (
    <>
      {store.description !== "" && <p class="lead">{clean(store.description)}</p>}
      <p class="soft">
        <code>{clean(store.id)}</code>, since <When at={store.created_at} />
      </p>
      {pairs.length > 0 && (
        <ul class="pairs soft">
          {pairs.map(([name, value]) => (
            <li key={name}>
              <code>{clean(name)}</code>: {clean(value)}
            </li>
          ))}
        </ul>
      )}
      {store.archived_at !== null && (
        <p class="note">
          It is archived since <When at={store.archived_at} />: it can be read, and takes no change.
        </p>
      )}
    </>
  );
}
