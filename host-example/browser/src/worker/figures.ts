// The numbers of the pictures, counted from the store before and after.

import { type EntryRecord, type Snapshot, type Stats, entries, stats } from "dreaming";

import type { Figures, Split } from "../protocol.js";

const DAY = 86_400_000;
const TRUST = ["external", "tool", "agent", "verified", "user"];
const TIER = ["short", "intermediate", "long"];
/**
 * Groups of statements by the time of their newest source: most days, and the name of the group.
 */
const AGES: [days: number, name: string][] = [
  [7, "a week"],
  [30, "a month"],
  [90, "three months"],
  [365, "a year"],
  [Infinity, "older"],
];
const NO_TIME = "no time known";
/** Tools that are shown, the most failures first. */
const TOOLS = 8;

/** The figures of a store before and after. `now` tells how old a statement is. */
export function figures(before: Snapshot, after: Snapshot, now: number): Figures {
  const [old, fresh] = [before, after].map((store) =>
    entries(store, 0, Infinity).map(({ ledger }) => JSON.parse(ledger) as EntryRecord),
  ) as [EntryRecord[], EntryRecord[]];
  const split = (names: readonly string[], of: (entry: EntryRecord) => string): Split[] =>
    names.map((name) => ({
      name,
      before: old.filter((entry) => of(entry) === name).length,
      after: fresh.filter((entry) => of(entry) === name).length,
    }));
  const age = ({ last_seen }: EntryRecord): string =>
    last_seen === null ? NO_TIME : (AGES.find(([days]) => now - last_seen < days * DAY)?.[1] ?? "older");
  const { trends, totals } = JSON.parse(stats(after, {}, now)) as Stats;
  return {
    trust: split(TRUST, ({ trust }) => trust),
    tier: split(TIER, ({ tier }) => tier),
    age: split([...AGES.map(([, name]) => name), NO_TIME], age),
    unit: trends.unit,
    periods: trends.periods.map(({ start, good, bad, unknown, calls, failed_calls }) => ({
      start,
      good,
      bad,
      unknown,
      calls,
      failed: failed_calls,
    })),
    tools: [...totals.tools]
      .filter(({ failed }) => failed > 0)
      .sort((a, b) => b.failed - a.failed || b.calls - a.calls || (a.tool < b.tool ? -1 : 1))
      .slice(0, TOOLS),
  };
}
