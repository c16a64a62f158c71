// What a plan leaves open.

import type { Plan } from "dreaming";

/** Changes of a plan that a person can decide about. */
export function waiting({ changes }: Plan): number {
  return changes.filter(({ gate }) => gate !== "blocked").length;
}
