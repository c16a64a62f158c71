// What the trace of a dream tells: what was read, what was not and why, what was changed, and what was left.

import { type Change, type Plan, type SessionOutcome, changes } from "dreaming";

import type { Dream } from "../db/dreams.js";
import type { NewEvent } from "../db/events.js";
import type { Loaded } from "../db/revisions.js";

/** What the report of a dream says, as far as it is told. */
export interface Told {
  /** Sessions that were read. */
  sessions_read: number;
  /** Sessions that were read before and that a model was asked about now. */
  sessions_asked_again: number;
  /** Calls of the model, those that were not made included. */
  calls: number;
  /** Of these: without any answer. */
  calls_unanswered: number;
  /** Of these: with a usable answer. */
  calls_answered: number;
  /** Of these: that failed, were refused, or got an answer that nobody could use. */
  calls_failed: number;
  /** Calls whose answers nobody could use. */
  unusable: string[];
  /** Whether no answer was of any use. */
  nothing_usable: boolean;
}

/** What a report says. */
export function toldBy(report: string): Told {
  const numbers = { sessions_read: 0, sessions_asked_again: 0, calls: 0, calls_unanswered: 0, calls_answered: 0, calls_failed: 0 };
  const standard: Told = { ...numbers, unusable: [], nothing_usable: false };
  return { ...standard, ...(JSON.parse(report) as Partial<Told>) };
}

/** Calls that the model refused. */
export function refused({ calls_failed, calls_unanswered, unusable }: Told): number {
  return Math.max(0, calls_failed - calls_unanswered - unusable.length);
}

/** What the trace of a completed dream tells, one message a line. */
export function events(dream: Dream, told: Told, plan: string, { leftOut }: Loaded): NewEvent[] {
  const { sessions } = JSON.parse(plan) as Plan;
  const outcomes = sessions.map(({ outcome }) => outcome);
  const lines = [`${read(dream, told, outcomes)}; ${calls(told)}.`];
  for (const { session, outcome } of sessions) {
    if (outcome.state === "unchanged") lines.push(`Not read: ${session} (known before)`);
    if (outcome.state === "pending") lines.push(`Not read: ${session} (${outcome.reason})`);
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

/** How many sessions were read, how many of them had nothing to read, and how many were read before. */
function read({ sessions }: Dream, { sessions_read, sessions_asked_again: again }: Told, outcomes: SessionOutcome[]): string {
  const empty = outcomes.filter((outcome) => outcome.state === "read" && outcome.record.parts.every(({ bytes }) => bytes === 0));
  const pending = outcomes.filter(({ state }) => state === "pending");
  // The engine is not told of those that the store knows as they are.
  const known = sessions.length - sessions_read - again - pending.length;
  const said = [`Read ${sessions_read} of ${sessions.length} sessions`];
  if (empty.length > 0) said.push(`${empty.length} of them with nothing in them`);
  if (again > 0) said.push(`asked again about ${again} that were read before`);
  if (known > 0) said.push(`${known} known before`);
  return said.join(", ");
}

function calls(told: Told): string {
  if (told.calls === 0) return "no model was asked";
  const kinds = [
    { number: told.calls_unanswered, what: "without an answer" },
    { number: refused(told), what: "refused" },
    { number: told.unusable.length, what: "answered by what nobody can use" },
  ];
  const some = kinds.filter(({ number }) => number > 0);
  const said = some.map(({ number, what }, at) => `${number}${at === 0 ? " of them" : ""} ${what}`);
  return [`${told.calls} model calls`, ...said].join(", ");
}
