// How views ask the server: what they load, what they load by pages, and what they have done.

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";

import type { Answers } from "../answers.js";
import type { Api } from "./api.js";
import { type Key, type Page, RIGHTS, type Right, type Store } from "./wire.js";

/** What every view needs. */
export interface Desk {
  api: Api;
  key: Key;
  /** Answers to plans by dream: kept while the page is open, so that a look elsewhere loses none. */
  answers: Map<string, Answers>;
  /** What the changes did to which answers were given, by dream and change. */
  seen: Map<string, ReadonlyMap<string, string>>;
  /** Notes on decisions that are not handed over, kept likewise. */
  notes: Map<string, string>;
  /** Names of stores by id, each asked for once. */
  names: Map<string, Promise<string>>;
}

export const Server = createContext<Desk | undefined>(undefined);

export function useDesk(): Desk {
  const desk = useContext(Server);
  if (desk === undefined) throw new Error("no key");
  return desk;
}

/** Whether the key may do what takes this right. */
export function may(key: Key, right: Right): boolean {
  return RIGHTS.indexOf(key.may) >= RIGHTS.indexOf(right);
}

export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was loaded. */
export interface Loaded<T> {
  value: T | undefined;
  /** Why nothing was loaded, or not again. */
  trouble: string;
  again: () => void;
}

/** Loads something when the view opens, whenever one of `on` changes, and again when asked. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "again">>({ value: undefined, trouble: "" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    load(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ value, trouble: "" }),
      (error: unknown) => !stop.signal.aborted && setState(({ value }) => ({ value, trouble: said(error) })),
    );
    return () => stop.abort();
  }, [...on, turn]);
  const again = useCallback(() => setTurn((turn) => turn + 1), []);
  return { ...state, again };
}

/** The name of a store; its id as long as nobody has told, or if nobody does: it may be gone. */
export function useName(id: string): string {
  const { api, names } = useDesk();
  const [name, setName] = useState(id);
  useEffect(() => {
    const asked = names.get(id) ?? api.ask<Store>("GET", `v1/memory_stores/${id}`).then(({ name }) => name);
    names.set(id, asked);
    asked.then(setName, () => setName(id));
  }, [id]);
  return name;
}

/** A list that comes in pages. */
export interface Paged<T> {
  /** `undefined` until the first page is there. */
  items: T[] | undefined;
  hasMore: boolean;
  isBusy: boolean;
  trouble: string;
  more: () => void;
  /** Loads all pages that are left. */
  all: () => void;
  again: () => void;
}

/** Items of a page when all are wanted: the most that the server gives. */
const MOST = 100;

/** Loads the first page of a list, and more when asked. `path` has its parameters, but for the page. */
export function usePaged<T>(path: string): Paged<T> {
  const { api } = useDesk();
  const [items, setItems] = useState<T[]>();
  const [next, setNext] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const stop = useRef(new AbortController());
  const load = useCallback(
    async (page: string | null, isAll = false) => {
      stop.current.abort();
      const mine = (stop.current = new AbortController());
      setIsBusy(true);
      try {
        const wide = isAll ? path.replace(/\blimit=\d+/, `limit=${MOST}`) : path;
        const mark = path.includes("?") ? "&" : "?";
        let at = page;
        do {
          const from = at === null ? wide : `${wide}${mark}page=${encodeURIComponent(at)}`;
          const isFirst = at === null;
          const found: Page<T> = await api.ask<Page<T>>("GET", from, undefined, mine.signal);
          setItems((known) => (isFirst ? found.data : [...(known ?? []), ...found.data]));
          setNext(found.next_page);
          at = found.next_page;
        } while (isAll && at !== null);
        setTrouble("");
      } catch (error) {
        if (!mine.signal.aborted) setTrouble(said(error));
      } finally {
        if (!mine.signal.aborted) setIsBusy(false);
      }
    },
    [api, path],
  );
  useEffect(() => {
    void load(null);
    return () => stop.current.abort();
  }, [load]);
  return {
    items,
    hasMore: next !== null,
    isBusy,
    trouble,
    more: () => void load(next),
    all: () => void load(next, true),
    again: () => void load(null),
  };
}

/** Something that a person has done. */
export interface Doing {
  isBusy: boolean;
  /** What came of it. */
  done: string;
  trouble: string;
  /** Does it, one thing at a time. It gives what is said when it is done. */
  run: (work: () => Promise<string>) => void;
}

export function useDoing(): Doing {
  const [state, setState] = useState({ isBusy: false, done: "", trouble: "" });
  const isBusy = useRef(false);
  const run = useCallback((work: () => Promise<string>) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState({ isBusy: true, done: "", trouble: "" });
    work()
      .then(
        (done) => setState({ isBusy: false, done, trouble: "" }),
        (error: unknown) => setState({ isBusy: false, done: "", trouble: said(error) }),
      )
      .finally(() => (isBusy.current = false));
  }, []);
  return { ...state, run };
}
