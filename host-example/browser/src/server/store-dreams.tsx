// The dreams over one store, and those that made it.

import type { JSX } from "preact";

import { usePaged } from "./asking.js";
import { DreamList } from "./dreams.js";
import { Listed } from "./listed.js";
import { address } from "./place.js";
import { type Dream, type Store, storeOf } from "./wire.js";

export function StoreDreams({ store }: { store: Store }): JSX.Element {
  // The API lists the dreams of all stores.
  const list = usePaged<Dream>("v1/dreams?limit=100");
  const ours = (list.items ?? []).filter(
    (dream) => storeOf(dream) === store.id || dream.outputs.some(({ memory_store_id }) => memory_store_id === store.id),
  );
  const none = (
    <p class="note">
      {list.hasMore ? "No dream over this store among the newest. " : "There is no dream over this store yet. "}
      <a href={address({ at: "store", id: store.id, view: "dream" })}>Dream now</a>
    </p>
  );
  return (
    <Listed list={list} empty={none}>
      {() => (ours.length === 0 ? none : <DreamList dreams={ours} />)}
    </Listed>
  );
}
