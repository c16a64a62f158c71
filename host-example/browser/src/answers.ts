// The answers of a person to the changes of a plan, with all earlier steps for undo.

import type { PlanChange } from "dreaming";

import { lines, verdict } from "./lines.js";
import type { Choice } from "./protocol.js";

/** The answer to a change. With a `text`: accepted in these words. */
export type Answer = { tag: "accept"; text?: string } | { tag: "reject" };

/** Answers by change, and for undo the answers before each step. */
export interface Answers {
  readonly given: ReadonlyMap<string, Answer>;
  readonly before: readonly ReadonlyMap<string, Answer>[];
}

export const NONE: Answers = { given: new Map(), before: [] };

/** Steps that can be taken back. Chosen by us. */
const STEPS = 500;

/** The answers that a kept choice stands for. */
export function fromChoice({ accept, reject, edits }: Choice): Answers {
  const given = new Map<string, Answer>();
  for (const id of accept) {
    const text = edits.find(({ change }) => change === id)?.text;
    given.set(id, text === undefined ? { tag: "accept" } : { tag: "accept", text });
  }
  for (const id of reject) given.set(id, { tag: "reject" });
  return { given, before: [] };
}

/** All answers, also those to changes that the plan at hand does not have, to be kept. */
export function asChoice({ given }: Answers): Choice {
  const choice: Choice = { accept: [], reject: [], edits: [] };
  for (const [id, answer] of given) put(choice, id, answer);
  return choice;
}

/** Lines of the index without an answer of their own that the answers to other changes decide. */
export function followed({ given }: Answers, changes: readonly PlanChange[]): Map<string, "accept" | "reject"> {
  const decided = new Map<string, "accept" | "reject">();
  for (const line of lines(changes)) {
    const tag = verdict(line, (id) => given.get(id)?.tag);
    if (tag !== undefined && !given.has(line.change.id)) decided.set(line.change.id, tag);
  }
  return decided;
}

/** Whether a change has no answer, and the answers to others do not decide it. */
export function isOpen(id: string, { given }: Answers, follows: ReadonlyMap<string, unknown>): boolean {
  return !given.has(id) && !follows.has(id);
}

/** The answers as a choice that can be applied, with the lines of the index that they decide. */
export function toChoice(answers: Answers, changes: readonly PlanChange[]): Choice {
  const given = applicable(answers.given, changes);
  for (const [id, tag] of followed({ ...answers, given }, changes)) given.set(id, { tag });
  return answered(given, changes);
}

/**
 * The answers without the accepted changes that go only together with others, when these are not accepted as they are:
 * what they would take out may be in no other words.
 */
function applicable(given: Answers["given"], changes: readonly PlanChange[]): Map<string, Answer> {
  const stands = (id: string): boolean => {
    const answer = given.get(id);
    return answer?.tag === "accept" && answer.text === undefined;
  };
  const held = new Set<string>();
  for (const { id, needs } of changes) {
    if (given.get(id)?.tag === "accept" && needs?.some((other) => !stands(other))) held.add(id);
  }
  return new Map([...given].filter(([id]) => !held.has(id)));
}

/** The answers as a choice, in the order of the plan. Blocked changes are left out. */
export function answered(given: Answers["given"], changes: readonly PlanChange[]): Choice {
  const choice: Choice = { accept: [], reject: [], edits: [] };
  for (const { id, gate } of changes) {
    const answer = given.get(id);
    if (answer === undefined || gate === "blocked") continue;
    put(choice, id, answer);
  }
  return choice;
}

function put(choice: Choice, id: string, answer: Answer): void {
  if (answer.tag === "reject") choice.reject.push(id);
  else {
    choice.accept.push(id);
    if (answer.text !== undefined) choice.edits.push({ change: id, text: answer.text });
  }
}

/**
 * A choice of all changes that can be applied, but for rejected ones and for those that have to be
 * accepted by their id and were not.
 */
export function everything(choice: Choice, changes: readonly PlanChange[]): Choice {
  const given = new Map<string, Answer>();
  const following = new Set(lines(changes).map(({ change }) => change.id));
  for (const { id, gate, alone } of changes) {
    const isLeft = choice.reject.includes(id) || (alone === true && !choice.accept.includes(id));
    if (gate === "blocked" || isLeft || following.has(id)) continue;
    const text = choice.edits.find(({ change }) => change === id)?.text;
    given.set(id, text === undefined ? { tag: "accept" } : { tag: "accept", text });
  }
  return { ...toChoice({ given, before: [] }, changes), reject: [] };
}

/** Gives several changes one answer, as one step. `undefined` leaves them open. */
export function say(answers: Answers, ids: readonly string[], answer: Answer | undefined): Answers {
  const given = new Map(answers.given);
  for (const id of ids) {
    if (answer === undefined) given.delete(id);
    else given.set(id, answer);
  }
  return { given, before: [...answers.before, answers.given].slice(-STEPS) };
}

/** Takes the last step back. */
export function undo({ given, before }: Answers): Answers {
  return { given: before.at(-1) ?? given, before: before.slice(0, -1) };
}

/** Whether a change can be applied in other words. */
export function isEditable({ text, kind, gate }: PlanChange): boolean {
  return text !== null && kind !== "index" && gate !== "blocked";
}
