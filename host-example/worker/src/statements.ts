import { type Policy, type PruneOptions, type Statement, type Similarity, Statements, prune, reconcile, score } from "dreaming";

import { type Fields, fields, json, listOf, textOf, timeOf } from "./http.js";
import type { Limits } from "./limits.js";
import { invalid } from "./refused.js";

/**
 * Functions over statements without a store: `reconcile`, `score` and `prune`. Nothing is stored.
 * The engine checks each field of a statement.
 */
export async function statements(request: Request, verb: string, limits: Limits, now: number): Promise<Response> {
  const known = ["statements", "similarities", "policy", "now", "instructions", "budget", "without"];
  const body = await fields(request, limits.json, known);
  const all = Statements.from(listOf(body["statements"], "statements") as Statement[]);
  try {
    all.addSimilarities(listOf(body["similarities"], "similarities") as Similarity[]);
    const policy = (body["policy"] ?? {}) as Policy;
    if (verb === "reconcile") return json({ relations: reconcile(all, policy) });
    const options = { policy, now: timeOf(body["now"], "now", now), instructions: textOf(body["instructions"], "instructions", "") };
    if (verb === "score") return json({ scores: score(all, options) });
    return json({ kept: prune(all, { ...options, ...choice(body) }) });
  } finally {
    all.free();
  }
}

function choice(body: Fields): Pick<PruneOptions, "budget" | "without"> {
  if (typeof body["budget"] !== "number") throw invalid("budget: how many tokens may be kept", "budget");
  return { budget: body["budget"], without: listOf(body["without"], "without") as string[] };
}
