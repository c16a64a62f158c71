// What dreams left open. The server says it of one dream at a time.

import { useEffect, useState } from "preact/hooks";

import type { Plan } from "dreaming";

import { useDesk } from "./asking.js";
import type { Dream } from "./wire.js";

/** Changes that wait for a person, by the id of the dream. */
export type Open = ReadonlyMap<string, number>;

/** Completed dreams that are asked for, at most: each takes a turn of the engine. Chosen by us. */
const ASKED = 20;

/** Changes of a plan that a person can decide about. */
export function waiting({ changes }: Plan): number {
  return changes.filter(({ gate }) => gate !== "blocked").length;
}

/** Asks one dream after the other, until the view is left. What cannot be told is left out. */
export function useOpen(dreams: readonly Dream[]): Open {
  const { api } = useDesk();
  const [open, setOpen] = useState<Open>(new Map());
  const ids = dreams.filter(({ status }) => status === "completed").slice(0, ASKED).map(({ id }) => id);
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      for (const id of ids.filter((id) => !open.has(id))) {
        try {
          const plan = await api.ask<Plan>("GET", `v1/x/dreams/${id}/review`, undefined, stop.signal);
          setOpen((open) => new Map(open).set(id, waiting(plan)));
        } catch {
          if (stop.signal.aborted) return;
        }
      }
    })();
    return () => stop.abort();
  }, [api, ids.join(" ")]);
  return open;
}
