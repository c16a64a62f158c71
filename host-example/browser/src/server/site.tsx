// The page of the server: a key first, and then what it opens.

import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { Moon } from "../view/moon.js";
import { clean, rights } from "../words.js";
import { Api } from "./api.js";
import { type Desk, Server, useLoaded } from "./asking.js";
import { DreamView } from "./dream-view.js";
import { Dreams } from "./dreams.js";
import { KeyForm } from "./key-form.js";
import { type Place, address, placeOf } from "./place.js";
import { StoreView } from "./store-view.js";
import { Stores } from "./stores.js";
import { Trouble } from "./parts.js";
import { Webhooks } from "./webhooks.js";
import type { Key } from "./wire.js";

/** Where the key is kept: as long as this tab, and for this address alone. */
const KEPT = "dreaming-key";

/** In place of the server's words, which speak to programs. */
const NOTHING =
  "This key opens nothing here: it was mistyped, revoked, or is of another server. Whoever runs the server sees its keys by `dreaming-server keys`, and makes one as below.";

export function Site(): JSX.Element {
  const [key, setKey] = useState(() => sessionStorage.getItem(KEPT));
  const [why, setWhy] = useState("");
  const forget = useCallback((why: string) => {
    sessionStorage.removeItem(KEPT);
    setWhy(why);
    setKey(null);
  }, []);
  const take = useCallback((key: string) => {
    sessionStorage.setItem(KEPT, key);
    setWhy("");
    setKey(key);
  }, []);
  if (key === null) {
    return (
      <>
        <Top />
        <KeyForm why={why} onKey={take} />
      </>
    );
  }
  return <Opened key={key} secret={key} onForget={forget} />;
}

/** What a key opens. */
function Opened({ secret, onForget }: { secret: string; onForget: (why: string) => void }): JSX.Element {
  const api = useMemo(() => new Api(secret, () => onForget(NOTHING)), [secret, onForget]);
  const { value: key, trouble, again } = useLoaded((signal) => api.ask<Key>("GET", "v1/x/key", undefined, signal), [api]);
  const desk = useMemo<Desk | undefined>(() => key && { api, key, answers: new Map(), seen: new Map(), notes: new Map(), names: new Map() }, [api, key]);
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const onHash = (): void => setPlace(placeOf(location.hash));
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  const only = key?.memory_store_id ?? undefined;
  // A key of one store has one page to begin with.
  const shown: Place = only !== undefined && place.at === "stores" ? { at: "store", id: only, view: "memories" } : place;
  return (
    <>
      <Top place={shown} desk={desk} onForget={() => onForget("")} />
      {desk === undefined ? (
        <main>
          {trouble === "" ? <p class="soft">Asking the server what this key opens…</p> : <Trouble said={trouble} />}
          {trouble !== "" && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
        </main>
      ) : (
        <Server.Provider value={desk}>
          <Shown place={shown} />
        </Server.Provider>
      )}
    </>
  );
}

function Shown({ place }: { place: Place }): JSX.Element {
  switch (place.at) {
    case "stores":
      return <Stores />;
    case "store":
      return <StoreView key={place.id} id={place.id} view={place.view} />;
    case "dreams":
      return <Dreams />;
    case "dream":
      return <DreamView key={place.id} id={place.id} />;
    case "webhooks":
      return <Webhooks />;
  }
}

/** The parts of the page that a key of all stores opens. */
const PARTS = [
  ["stores", "Memory stores"],
  ["dreams", "Dreams"],
  ["webhooks", "Webhooks"],
] as const;

interface TopProps {
  place?: Place;
  desk?: Desk | undefined;
  onForget?: () => void;
}

function Top({ place, desk, onForget }: TopProps): JSX.Element {
  const part = place?.at.replace(/^(store|dream)$/, "$1s");
  const isAll = desk !== undefined && desk.key.memory_store_id === null;
  return (
    <header class="top server">
      <span class="brand">
        <Moon />
        <b>Dreaming</b>
      </span>
      {isAll && (
        <nav aria-label="Parts of the server">
          {PARTS.map(([at, title]) => (
            <a key={at} href={address({ at })} aria-current={at === part ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      )}
      <span class="grow" />
      {desk !== undefined && (
        <span class="whose soft">
          key <code>{clean(desk.key.id)}</code> of <b>{clean(desk.key.workspace)}</b> {rights(desk.key)}
        </span>
      )}
      {onForget !== undefined && (
        <button type="button" class="quiet" onClick={onForget}>
          Forget the key
        </button>
      )}
    </header>
  );
}
