// `/v1/x/statements/…`: functions over statements without a store. Nothing is kept.

import { type Policy, type PruneOptions, type Similarity, type Statement, Statements, prune, reconcile, score } from "dreaming";

import { read } from "../ids.js";
import { type Fields, body } from "../wire/body.js";

const FIELDS = ["statements", "similarities", "policy", "now", "instructions", "budget", "without"];

/** Relates, weighs or chooses statements. The engine checks each field of a statement. */
export async function answer(request: Request, verb: string): Promise<object> {
  const asked = await body(request, FIELDS);
  const all = Statements.from(asked.list("statements") as Statement[]);
  try {
    all.addSimilarities(asked.list("similarities") as Similarity[]);
    const policy = (asked.object("policy")?.all ?? {}) as Policy;
    if (verb === "reconcile") return { relations: reconcile(all, policy) };
    const options = { policy, now: timeOf(asked), instructions: asked.maybe("instructions") ?? "" };
    if (verb === "score") return { scores: score(all, options) };
    return { kept: prune(all, { ...options, ...choice(asked) }) };
  } finally {
    all.free();
  }
}

/** The verbs. */
export const VERBS = ["reconcile", "score", "prune"];

function choice(asked: Fields): Pick<PruneOptions, "budget" | "without"> {
  const budget = asked.all["budget"];
  if (typeof budget !== "number") throw asked.wrong("budget", "must be the number of tokens that may be kept");
  return { budget, without: asked.texts("without") };
}

/** The time that counts as now, in milliseconds since 1970: a number, or a text as everywhere. */
function timeOf(asked: Fields): number {
  const given = asked.all["now"] ?? Date.now();
  const time = typeof given === "string" ? Math.floor((read(given) ?? Number.NaN) / 1_000) : given;
  if (typeof time !== "number" || !Number.isSafeInteger(time)) throw asked.wrong("now", "must be a time such as `2026-03-01T10:00:00Z`");
  return time;
}
