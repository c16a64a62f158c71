import type { Decision, Model, NotUnderstood, Policy } from "dreaming";

import type { Limits } from "./limits.js";

/** The settings that a dream is started with. */
export interface Terms {
  policy: Policy;
  instructions: string;
  /** Milliseconds since 1970. */
  now: number;
  /**
   * `propose`: open changes wait for a person. `auto`: changes with gate `auto` are applied, the
   * others are proposed again by the next dream.
   */
  mode: "propose" | "auto";
}

/** How far a dream is. `waiting`: its plan waits for a decision. */
export type Status = "running" | "waiting" | "done" | "failed" | "canceled";

/**
 * A session that was read and not understood. It stays unread, and is read again when the session
 * or the engine changes.
 */
export interface Unread extends NotUnderstood {
  session: string;
}

/** The state of a dream. */
export interface Dreamed {
  id: string;
  status: Status;
  mode: Terms["mode"];
  /**
   * The revision that its plan is about; absent for a store without any. A decision has to name it.
   */
  revision?: string;
  /** Sessions that the dream reads. */
  sessions: number;
  /** Invocations that kept something. */
  rounds: number;
  /** Invocations in a row that computed and kept nothing, the running one included. */
  attempts: number;
  /** Invocations in a row that waited for a model and got no answer, the running one included. */
  waits?: number;
  created: number;
  ended?: number;
  /** The sessions that the dream did not understand, if any. */
  unread?: Unread[];
  /** The revision that the dream made, if any. */
  committed?: string;
  /** Why it failed, or why its changes with gate `auto` were not applied. */
  error?: { code: string; message: string };
}

/** What dreams need beside the storage. */
export interface Tools {
  limits: Limits;
  model: Model | undefined;
  now: () => number;
}

/** A decision of a person about the plan of a dream. */
export type Verdict = Omit<Decision, "now"> & { revision: string | undefined };
