// What the session records of a dream count, for a person who wonders why little was proposed.

import type { Plan, SessionRecord } from "dreaming";

/**
 * Sessions in which a command must have worked without its first word before a mistake is proposed:
 * `LEAST` of the engine's `mine/mistakes`.
 */
const RETRIED = 3;

/** Something that happened, with the sessions in which it did. Copies of a session count once. */
export interface Happened {
  /** What failed: a command, or a tool. */
  what: string;
  /** The error message, or the wrong value. */
  message: string;
  /** What worked in its place, if anything did. */
  next: string | undefined;
  sessions: number;
}

export interface Counted {
  /** Calls of tools, and those that failed. */
  calls: number;
  failed: number;
  /** Failures that occurred in more than one session, most sessions first. */
  again: Happened[];
  /**
   * Failures with a cure (another value, or the command without its first word) that too few
   * sessions show.
   */
  waiting: Happened[];
  /** Sessions that no model was asked about. */
  unseen: number;
}

/** Counts what the sessions show that this dream read. */
export function counted({ sessions }: Pick<Plan, "sessions">): Counted {
  const read = sessions.flatMap(({ outcome }) => (outcome.state === "read" ? [outcome.record] : []));
  const records = distinct(read);
  const failures = records.flatMap((record) =>
    record.notes.failures.map(({ tool, template, cure }) => ({
      from: origin(record),
      what: command(tool),
      message: template,
      // The same tool called again with success tells no cure.
      next: cure !== null && isCommand(tool) && isCommand(cure.step) && cure.step !== tool ? command(cure.step) : undefined,
    })),
  );
  const retries = records.flatMap((record) =>
    record.notes.failures.flatMap(({ template, cure }) =>
      cure?.retry === undefined
        ? []
        : [{ from: origin(record), what: cure.retry.failed, message: template, next: cure.retry.failed.slice(cure.retry.left_out.length + 1) }],
    ),
  );
  const values = records.flatMap((record) =>
    record.notes.refutations.map(({ given_to, wrong, right }) => ({
      from: origin(record),
      what: command(given_to ?? ""),
      message: wrong,
      next: right === "" ? undefined : right,
    })),
  );
  const failed = together(failures);
  const tools = records.flatMap(({ notes }) => notes.tools ?? []);
  return {
    calls: tools.reduce((sum, { calls }) => sum + calls, 0),
    failed: tools.reduce((sum, { failed }) => sum + failed, 0),
    again: failed.filter(({ sessions }) => sessions > 1),
    waiting: [
      ...together(retries).filter(({ sessions }) => sessions < RETRIED),
      ...together(values).filter(({ sessions, next }) => sessions === 1 && next !== undefined),
    ],
    unseen: read.filter(({ unseen }) => unseen === true).length,
  };
}

/**
 * One record for each session, also for one that is only known because others, forked from it, repeat it: as the
 * figures of `dreaming stats` count. Of several the one with most events.
 */
function distinct(read: readonly SessionRecord[]): SessionRecord[] {
  const histories = read.flatMap(({ histories }) => histories ?? []).map(({ record }) => record);
  const all = read.concat(histories).toSorted((a, b) => b.notes.events - a.notes.events);
  return first(first(all, ({ id, notes }) => notes.origin || id), origin);
}

/** The first record of each key. */
function first(records: readonly SessionRecord[], key: (record: SessionRecord) => string): SessionRecord[] {
  const seen = new Set<string>();
  return records.filter((record) => seen.size < seen.add(key(record)).size);
}

/** Equal failures of several sessions as one, most sessions first, then by text. */
function together(all: readonly (Omit<Happened, "sessions"> & { from: string })[]): Happened[] {
  const groups = new Map<string, { what: string; message: string; next: Set<string>; from: Set<string> }>();
  for (const { from, what, message, next } of all) {
    const key = JSON.stringify([what, message]);
    const group = groups.get(key) ?? { what, message, next: new Set(), from: new Set() };
    group.from.add(from);
    if (next !== undefined) group.next.add(next);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a, { from: some }], [b, { from: others }]) => others.size - some.size || (a < b ? -1 : 1))
    .map(([, { what, message, next, from }]) => ({ what, message, next: [...next][0], sessions: from.size }));
}

/** The origin of a session: copies and forks begin with the same message and count as one. */
function origin({ id, notes }: SessionRecord): string {
  return notes.root ?? (notes.origin || id);
}

/** Whether a name is that of a shell command: only these have a space, between tool and command. */
function isCommand(tool: string): boolean {
  return tool.includes(" ");
}

function command(tool: string): string {
  return tool.slice(tool.indexOf(" ") + 1);
}
