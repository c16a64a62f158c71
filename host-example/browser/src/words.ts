// The words of a plan in plain English. The command's review has the same ones (output/words.rs and
// output/text/brief.rs); a test compares them.

import type { PinnedEvidence, Plan, PlanChange } from "dreaming";

import { CAUSES } from "./causes.js";

/** What the gates mean. */
export const GATES: Readonly<Record<string, string>> = {
  auto: "safe without a look",
  review: "waits for you",
  blocked: "blocked",
};

/** The part `outcome` of a score when no session's outcome is known, as the engine documents it. */
const NO_OUTCOME = 211_324;

/** A number with its noun. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Changes of one cause. */
export interface Group {
  cause: string;
  title: string;
  changes: PlanChange[];
}

/** The changes by cause: known causes in their order, then the others by name. */
export function byCause(changes: readonly PlanChange[]): Group[] {
  const place = (cause: string): number => {
    const at = CAUSES.findIndex(([known]) => known === cause);
    return at < 0 ? CAUSES.length : at;
  };
  const groups = new Map<string, PlanChange[]>();
  for (const change of changes) groups.set(change.cause, [...(groups.get(change.cause) ?? []), change]);
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([cause, changes]) => ({ cause, title: CAUSES.find(([known]) => known === cause)?.[1] ?? cause, changes }));
}

/** Whether a change only keeps the index. */
export function isIndex({ cause }: PlanChange): boolean {
  return cause === "index" || cause === "dangling" || cause === "index-limit";
}

/** What all changes would do, as a sentence; lines of the index are only counted together. */
export function effect(changes: readonly PlanChange[]): string {
  const isLine = ({ cause }: PlanChange): boolean => cause === "index" || cause === "dangling";
  const of = (operation: string): number =>
    changes.filter((change) => change.operation === operation && !isLine(change)).length;
  const counts: [verb: string, number: number, noun: string][] = [
    ["add", of("add"), "statement"],
    ["merge", of("merge"), "duplicate"],
    ["replace", of("supersede"), "statement"],
    ["reword", of("revise"), "statement"],
    ["take out", of("retire"), "statement"],
    ["change", changes.filter(isLine).length, "index line"],
  ];
  const parts = counts
    .filter(([, number]) => number > 0)
    .map(([verb, number, noun]) => `${verb} ${count(number, noun)}`);
  return `${parts.join(", ")}, in ${count(new Set(changes.map(({ path }) => path)).size, "file")}`;
}

/** A tile of the first screen: a group of changes that people look for. */
export interface Tile {
  name: "duplicates" | "outdated" | "learned" | "tidied";
  /** The title for one change, and for several. */
  titles: readonly [one: string, more: string];
  about: string;
  has: (change: PlanChange) => boolean;
}

/** The tiles of the first screen. Every change is in one of them. */
export const TILES: readonly Tile[] = [
  {
    name: "duplicates",
    titles: ["duplicate", "duplicates"],
    about: "say what another statement says",
    has: (change) => change.operation === "merge",
  },
  {
    name: "outdated",
    titles: ["outdated", "outdated"],
    about: "proved wrong, replaced, or no longer supported",
    has: (change) => ["supersede", "revise", "retire"].includes(change.operation) && !isIndex(change),
  },
  {
    name: "learned",
    titles: ["learned", "learned"],
    about: "new, each with the words that support it",
    has: (change) => change.operation === "add" && !isIndex(change),
  },
  {
    name: "tidied",
    titles: ["index line", "index lines"],
    about: "so that agents find what is there",
    has: (change) => isIndex(change) && change.operation !== "merge",
  },
];

/** What a change does, as a verb. */
export function verb({ operation, targets, text }: PlanChange): string {
  if (operation === "add") return "Add";
  if (operation === "merge") return targets.length > 1 ? `Merge ${targets.length} into one` : "Merge into another";
  if (operation === "supersede") return "Replace";
  if (operation === "revise") return "Reword";
  return text === null ? "Take out" : "Replace";
}

/**
 * The text that a change takes out. A plan holds no secret: when it gives the new text for the old
 * one, a placeholder is shown.
 */
export function oldText(change: PlanChange, text: string): string {
  return change.cause === "secret" && change.text === text ? "(the statement, with a secret)" : text;
}

/** A score in parts per million as a percentage, and its parts in words. */
export function score({ score }: PlanChange): { total: number; parts: { name: string; percent: number | null }[] } {
  const percent = (ppm: number): number => Math.floor((ppm + 5_000) / 10_000);
  const { total, ...parts } = score;
  return {
    total: percent(total),
    parts: Object.entries(parts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, ppm]) => ({ name, percent: name === "outcome" && ppm === NO_OUTCOME ? null : percent(ppm) })),
  };
}

/** Why accepting a group leaves this change out, as a sentence; `undefined` when it does not. */
export function alone({ alone, cause, kind, needs, trust }: PlanChange): string | undefined {
  if (alone !== true) return undefined;
  if (needs !== undefined) return "Accepting all leaves it, as it leaves what this goes together with.";
  if ((["noticed", "newer-value"].includes(cause) || kind === "fact") && trust === "external") return "Accepting all leaves it: only a page, a file, a tool, a guest or a quotation says it.";
  if (cause === "noticed") return "Accepting all leaves it: no more than a model noticed it, in one session.";
  return "Accepting all leaves it: it deletes, forces or skips a check.";
}

/** The changes without which this one is not applied, as a sentence; `undefined` if it needs none. */
export function together({ needs }: PlanChange, changes: readonly PlanChange[]): string | undefined {
  if (needs === undefined) return undefined;
  const begins = ({ text }: PlanChange): string => {
    const words = (text ?? "").split(/\s+/);
    return `“${words.slice(0, BEGINS).join(" ")}${words.length > BEGINS ? " …" : ""}”`;
  };
  const written = changes.filter(({ id }) => needs.includes(id));
  return `It goes only together with ${written.map(begins).join(" and ")}.`;
}

/** Words by which a statement is recognised that another change writes. Chosen by us. */
const BEGINS = 8;

/** What the parts of a score measure. */
export const SCORE_PARTS: Readonly<Record<string, string>> = {
  outcome: "how sessions went with it",
  recency: "how recent it is",
  relevance: "how much of the instructions it speaks about",
  support: "how widely it is supported",
  trust: "how far its source is trusted",
};

/** What the levels of trust mean. */
export const TRUST: Readonly<Record<string, string>> = {
  external: "text from outside",
  tool: "a tool",
  agent: "an agent",
  verified: "checked by a tool",
  user: "a person",
};

/** What the tiers mean. */
export const TIER: Readonly<Record<string, string>> = {
  short: "seen in one session",
  intermediate: "seen in several sessions",
  long: "seen in many sessions on several days",
};

/** What the kinds of provenance mean. */
export const PROVENANCE: Readonly<Record<string, string>> = {
  user: "a person typed",
  agent: "the agent wrote",
  "tool-use": "the agent ran",
  "tool-result": "a tool printed",
  external: "brought in from outside",
  harness: "the harness put in",
  recalled: "from a memory",
};

/** Why something was turned down; a reason that this page does not know is shown as it is. */
const REJECTED: Readonly<Record<string, string>> = {
  ambiguous: "nothing says which of several values is the newest",
  failed: "the model gave no answer",
  "from-outside": "it was written again without words that only a page, a file or a tool has",
  "given-up": "a later session gave that up",
  "hidden-characters": "it has characters that nobody sees",
  ignored: "a setting says to ignore it",
  "instruction-like": "it reads like an order to leave the rules, a person's consent or a secret behind: no dream writes such words, whoever said them; write them into the memory by hand",
  known: "what agents read says it already",
  "left-by-model": "a rule found it, and a model that read its session proposed other things of it; write it into the memory by hand where it holds",
  "lower-trust": "somebody who is trusted more gave another value",
  malformed: "the answer of the model has another form",
  "no-room": "what dreams may leave is full (`learn.tokens`)",
  "form-of-the-line": "it is a row of a table or a line of code, and comes in the place of no such line, and as a row after none",
  "no-such-finding": "it names a finding that is not there",
  "no-such-place": "it cites a place that is not there",
  "its-statement-fell": "what a model wrote from it was turned down",
  "not-worth-keeping": "a model that saw it beside all else left it",
  "of-several-people": "its places are of several people",
  "older-than-entry": "what stands in the memory was said or written later",
  "one-session": "no second session shows it",
  "only-claimed": "no record of a session has the words that it cites",
  "other-kind": "a setting wants other kinds of statements",
  "outside-paths": "a setting keeps it out of that memory",
  "over-budget": "there is no room for it",
  "over-limit": "the index has no room for its line",
  "part-without-source": "it was kept without a part that no source gives, or only one from outside",
  quarantined: "it comes from a place that tries to order agents about",
  "quote-not-found": "its quote does not stand in the session",
  "quote-too-short": "its quote is too short to show anything",
  refused: "the model refused to answer",
  "rejected-before": "somebody rejected it before, and there is no new evidence",
  "retired-before": "the same statement was retired before, and there is no new evidence",
  "reworded-before": "somebody worded it in other words",
  "same-as-another": "another proposal says the same",
  "same-line":
    "another change of this plan is about the same line; the next dream proposes what then is left of it",
  secret: "it holds what looks like a secret",
  "superseded-in-batch": "a later session gives a newer value",
  "too-long": "it is too long for a statement",
  "too-many": "the model proposed more than it may",
  "too-short": "it is too short for a statement",
  "unknown-kind": "the model gave it a kind that nobody knows",
  unreadable: "the answer of the model could not be read",
  unsupported: "its evidence does not say it",
  "unsupported-value": "its evidence does not have a value that it names",
  "untrusted-instruction": "what it tells agents to run, open or write stands in no words of a person or agent and in no call",
  "waits-to-be-written": "it waits until a model has written from all that was found",
  withdrawn: "the session that it cites was withdrawn",
};

/** Why something was turned down, in words. */
export function turnedDown(reason: string): string {
  return REJECTED[reason] ?? reason.replaceAll("-", " ");
}

/** Why changes have a gate: each reason with the number of its changes, most first. */
export function reasons(plan: Plan, gate: string): { reason: string; number: number }[] {
  const counts = new Map<string, number>();
  for (const change of plan.changes) {
    if (change.gate === gate) counts.set(change.gate_reason, (counts.get(change.gate_reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, number]) => ({ reason, number }))
    .sort((a, b) => b.number - a.number || (a.reason < b.reason ? -1 : 1));
}

/** Why accepted lines of the index stay open, as a sentence about so many. */
export function linesLeft(number: number): string {
  const [stay, name] = number === 1 ? ["stays", "it names"] : ["stay", "they name"];
  return `${count(number, "index line")} ${stay} open: ${name} a memory that is not there without another change.`;
}

/** Why accepted changes stay open that go only together with others, as a sentence about so many. */
export function heldBack(number: number): string {
  const [stay, go] = number === 1 ? ["stays", "it goes"] : ["stay", "they go"];
  return `${count(number, "accepted change")} ${stay} open: ${go} only together with what is not accepted as it is.`;
}

/** What the states of a dream mean. */
export const DREAM: Readonly<Record<string, string>> = {
  pending: "waits for its turn",
  running: "is dreaming",
  completed: "completed",
  failed: "failed",
  canceled: "canceled",
};

/** How revisions came about. */
export const REVISION: Readonly<Record<string, string>> = {
  import: "as it was first seen",
  edit: "changed by people or agents",
  dream: "changes of a dream",
  revert: "back to an earlier revision",
  erase: "erased at a wish",
  gather: "taken in from another store",
  reopen: "rejected changes opened again",
};

const MAY: Readonly<Record<string, string>> = {
  read: "may only read",
  write: "may read, write and dream, and not decide",
  decide: "may read, write, dream and decide",
};

const MAY_OF_ONE: Readonly<Record<string, string>> = {
  read: "may only read one store",
  write: "may read and write one store, and not decide",
  decide: "may read and write one store, and decide about it",
};

/** What a key may do; one for a single store does not dream. */
export function rights({ may, memory_store_id }: { may: string; memory_store_id: string | null }): string {
  return (memory_store_id === null ? MAY : MAY_OF_ONE)[may] ?? `may ${may}`;
}

/** A time to the minute. */
export function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The place of a piece of evidence. */
export function place({ session, part, line }: PinnedEvidence): string {
  const short = session.length > 13 ? `${session.slice(0, 8)}…` : session;
  return `${short}${part === "main" ? "" : ` ${part}`}, line ${line}`;
}

/** Bytes, for people. */
export function size(bytes: number): string {
  if (bytes < 1_000) return count(bytes, "byte");
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

/**
 * A text in which nothing hides: control characters and characters that change the direction of
 * writing are spelled out.
 */
export function clean(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
