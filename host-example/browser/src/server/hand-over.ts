// Hands a decision over to the server.

import type { Plan } from "dreaming";

import type { Choice } from "../protocol.js";
import { type Api, Refused } from "./api.js";

/**
 * Has a choice applied. An accepted index line stays open when it needs a change that is not accepted, as in `dreaming
 * review` and on the preview page; the server refuses it by its id.
 *
 * @returns the ids of these lines.
 * @throws {@link Refused}.
 */
export async function handOver(api: Api, dream: string, plan: Plan, choice: Choice, note: string): Promise<string[]> {
  const lines = new Set(plan.changes.filter(({ kind }) => kind === "index").map(({ id }) => id));
  const { digest } = plan;
  const { reject } = choice;
  const left: string[] = [];
  for (;;) {
    const accept = choice.accept.filter((id) => !left.includes(id));
    const edits = choice.edits.filter(({ change }) => accept.includes(change));
    try {
      await api.ask("POST", `v1/x/dreams/${dream}/review`, { digest, accept, reject, edits, note });
      return left;
    } catch (error) {
      const line = accept.find((id) => lines.has(id) && error instanceof Refused && error.status === 400 && error.message.includes(`\`${id}\``));
      // Without anything else it is the answer to what the person decided.
      if (line === undefined || accept.length + reject.length === 1) throw error;
      left.push(line);
    }
  }
}
