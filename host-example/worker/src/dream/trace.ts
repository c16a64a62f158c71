// What the trace of a dream tells: what was read, what was not and why, what was changed, and what was left.

import { type Change, type Plan, changes } from "dreaming";

import type { Dream } from "../db/dreams.js";
import type { NewEvent } from "../db/events.js";
import type { Loaded } from "../db/revisions.js";

/** What the report of a dream says, as far as it is told. */
export interface Told {
  /** Sessions that were read. */
  sessions_read: number;
  /** Calls of the model, those that were not made included. */
  calls: number;
  /** Of these: without any answer. */
  calls_unanswered: number;
  /** Calls whose answers nobody could use. */
  unusable: string[];
  /** Whether no answer was of any use. */
  nothing_usable: boolean;
}

/** What a report says. */
export function toldBy(report: string): Told {
  const standard = { sessions_read: 0, calls: 0, calls_unanswered: 0, unusable: [], nothing_usable: false };
  return { ...standard, ...(JSON.parse(report) as Partial<Told>) };
}

/** What the trace of a completed dream tells, one message a line. */
export function events(dream: Dream, told: Told, plan: string, { leftOut }: Loaded): NewEvent[] {
  const { sessions } = JSON.parse(plan) as Plan;
  const lines = [`Read ${told.sessions_read} of ${dream.sessions.length} sessions; ${calls(told)}.`];
  for (const { session, outcome } of sessions) {
    if (outcome.state !== "read") lines.push(`Not read: ${session} (${JSON.stringify(outcome)})`);
  }
  for (const [path, why] of leftOut) lines.push(`Left as it is: ${path} (${why})`);
  for (const change of changes(plan)) {
    const what = change.text ?? change.targets[0]?.text ?? "";
    lines.push(`${fate(dream, change)}: ${change.operation} in /${change.path}: ${what} (${change.because})`);
  }
  return lines.map((text) => ({ kind: "agent.message", fields: { content: [{ type: "text", text }] } }));
}

/** What became of a change. */
function fate({ isUpdate }: Dream, { gate, alone }: Change): string {
  if (gate === "blocked") return "Blocked";
  if (gate === "auto") return "Applied";
  return isUpdate || alone ? "Waits for a person" : "Applied, to be reviewed";
}

function calls({ calls, calls_unanswered: none }: Told): string {
  if (calls === 0) return "no model was asked";
  return none === 0 ? `${calls} model calls` : `${calls} model calls, ${none} of them without an answer`;
}
