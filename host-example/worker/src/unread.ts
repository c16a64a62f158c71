import { type Plan, type Session, fingerprint } from "dreaming";

import type { Unread } from "./dreamed.js";
import { type Storage, type Write, all } from "./storage.js";

/** The sessions of a plan that were not understood. */
export function unreadOf(plan: string): Unread[] {
  const { sessions } = JSON.parse(plan) as Plan;
  return sessions.flatMap(({ session, outcome }) =>
    outcome.state === "pending" && outcome.not_understood !== undefined ? [{ session, ...outcome.not_understood }] : [],
  );
}

/** The writes that note the sessions that were not understood, as they are now: `n/<id>`. */
export function noted(unread: readonly Unread[], sessions: readonly Session[]): Write[] {
  const is = new Set(unread.map(({ session }) => session));
  return sessions.filter(({ id }) => is.has(id)).map((session) => [`n/${session.id}`, note(session)]);
}

/**
 * Whether this engine is known not to understand a session as it is now. A dream takes a limited
 * number of sessions in the order of their ids; without the notes, those that nobody understands
 * would keep all later ones out.
 */
export async function knownUnread(storage: Storage): Promise<(session: Session) => boolean> {
  const notes = new Map<string, string>();
  for await (const [key, value] of all(storage, "n/")) notes.set(key.slice(2), String(value));
  return (session) => notes.get(session.id) === note(session);
}

/**
 * Engine and lengths of the parts. Another engine may know the format; another file may be
 * readable.
 */
function note({ parts }: Session): string {
  return JSON.stringify([fingerprint(), parts]);
}
