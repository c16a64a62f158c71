// What a dream asks of the engine.

import { type Policy, type Request, type Session, Dream, presets } from "dreaming";

import { KEEPS } from "../limits.js";
import { within } from "./snapshots.js";

/** Calls about sessions and pairs of a dream that names a model and no number. Chosen by us, as for the server. */
const CALLS = 200;

/** What a dream is asked for, as far as the engine is told of it. */
export interface Wanted {
  policy: Policy;
  instructions: string | null;
  /** Whether it has a model. */
  asks: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The request of a dream to the engine. Settings that keep the ledger within the limits are added where neither its policy
 * nor its preset has them; memories at `untouched` stay as they are.
 */
export function requestOf({ policy, instructions, asks, now }: Wanted, sessions: readonly Session[], untouched: readonly string[]): Request {
  const ours = { ...KEEPS, ...(asks ? { "propose.max-calls": CALLS } : {}) };
  const preset = presets().find((known) => known.name === policy["preset"])?.settings as Policy | undefined;
  const named = (name: string): boolean => policy[name] !== undefined || preset?.[name] !== undefined;
  const added = Object.fromEntries(Object.entries(ours).filter(([name]) => !named(name)));
  const pinned = policy["pins.paths"];
  const pins = untouched.length === 0 ? {} : { "pins.paths": [...untouched, ...(Array.isArray(pinned) ? (pinned as string[]) : [])] };
  return { policy: { ...added, ...policy, ...pins }, instructions: instructions ?? "", now, sessions };
}

/**
 * Checks settings with a dream over nothing.
 *
 * @throws DreamingError that says why they cannot be used.
 */
export function check(wanted: Wanted): void {
  within({ salt: "", memories: [], ledger: [], revisions: [] }, (nothing) => Dream.start(requestOf(wanted, [], []), nothing).free());
}
