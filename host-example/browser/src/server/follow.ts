// A dream as it goes on: its state, and the events of its trace as they come.

import { useEffect, useState } from "preact/hooks";

import type { Loaded } from "./asking.js";
import { said, useDesk, useLoaded } from "./asking.js";
import { type Dream, type Event, isOver } from "./wire.js";

/** Milliseconds between two looks at a dream that goes on. Chosen by us: the server looks twice a second itself. */
const LOOK = 1_000;

/** Milliseconds until a connection that broke off is tried again. Chosen by us. */
const AGAIN = 3_000;

/** A dream, looked at until it is over. */
export function useDream(id: string): Loaded<Dream> {
  const { api } = useDesk();
  const loaded = useLoaded((signal) => api.ask<Dream>("GET", `v1/dreams/${id}`, undefined, signal), [id]);
  const { value, trouble, again } = loaded;
  useEffect(() => {
    if (value === undefined || isOver(value)) return undefined;
    const timer = setTimeout(again, trouble === "" ? LOOK : AGAIN);
    return () => clearTimeout(timer);
  }, [value, trouble]);
  return loaded;
}

/** The events of a session; `trouble` says why they stopped to come. */
export function useTrace(session: string | null): { events: readonly Event[]; trouble: string } {
  const { api } = useDesk();
  const [events, setEvents] = useState<readonly Event[]>([]);
  const [trouble, setTrouble] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (session === null) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    void (async () => {
      // The stream begins with the first event each time.
      let known: Event[] = [];
      try {
        for await (const event of api.events(session, stop.signal)) {
          known = [...known, event];
          setEvents(known);
        }
        setTrouble("");
      } catch (error) {
        if (stop.signal.aborted) return;
        setTrouble(said(error));
        timer = setTimeout(() => setTurn((turn) => turn + 1), AGAIN);
      }
    })();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, session, turn]);
  return { events, trouble };
}

/** What an event of a trace says, or nothing. */
export function lineOf({ type, content, error }: Event): string {
  if (type === "session.status_running") return "The dream began.";
  if (type === "session.status_idle") return "The dream ended.";
  if (type === "session.status_terminated") return "The dream was ended before it was done.";
  if (typeof error?.message === "string") return error.message;
  if (!Array.isArray(content)) return "";
  return content
    .flatMap((block: unknown) => {
      const text = (block as { text?: unknown } | null)?.text;
      return typeof text === "string" ? [text] : [];
    })
    .join("\n");
}
