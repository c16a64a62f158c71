import type { Decision, Model, NotUnderstood, Policy } from "dreaming";

import type { Limits } from "./limits.js";

/** What a dream is started with. */
export interface Terms {
  policy: Policy;
  instructions: string;
  /** Milliseconds since 1970. */
  now: number;
  /** `propose`: what is open waits for a person. `auto`: what needs nobody is applied, the rest comes again. */
  mode: "propose" | "auto";
}

/** How far a dream is. `waiting`: its plan waits for a decision. */
export type Status = "running" | "waiting" | "done" | "failed" | "canceled";

/** A session that was read and not understood: it stays unread, and is taken again when it or the engine is another one. */
export interface Unread extends NotUnderstood {
  session: string;
}

/** What is known about a dream. */
export interface Dreamed {
  id: string;
  status: Status;
  mode: Terms["mode"];
  /** The revision that its plan is about; absent for a store without any. A decision names it. */
  revision?: string;
  /** Sessions that it reads. */
  sessions: number;
  /** Invocations that ended with something kept. */
  rounds: number;
  /** Invocations in a row that computed and did not come to an end with anything kept, the running one too. */
  attempts: number;
  /** Invocations in a row that waited for a model and did not come to an answer, the running one too. */
  waits?: number;
  created: number;
  ended?: number;
  /** The sessions that it did not understand, when there are any. */
  unread?: Unread[];
  /** The revision that came of it, when one did. */
  committed?: string;
  /** Why it failed, or why what needs nobody was not applied. */
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
