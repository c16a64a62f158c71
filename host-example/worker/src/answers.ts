import type { Answer, ModelCall } from "dreaming";

import type { Attempts } from "./attempts.js";
import type { Tools } from "./dreamed.js";
import { type Storage, text } from "./storage.js";

/** Calls made at the same time. Chosen by us: as the npm package does, and below the six connections that edges allow. */
const SIDE_BY_SIDE = 4;
/** Longest answer that is kept, in bytes: the engine takes no longer one. */
const MAX_ANSWER = 1 << 20;

/**
 * Brings the answers of calls. One that was kept is not asked for again, and one that comes is kept before
 * it is used: whatever ends this invocation, nothing is paid for twice.
 */
export async function answersOf(
  storage: Storage,
  { model }: Tools,
  attempts: Attempts,
  calls: readonly ModelCall[],
  bring: (call: string, answer: Answer) => void,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      const kept = await text(storage, `a/${call.id}`);
      if (kept !== undefined) {
        bring(call.id, JSON.parse(kept) as Answer);
        continue;
      }
      await attempts.asks();
      const answer = await asked(call, model);
      // A call that failed is made again by the next dream.
      if (answer.tag !== "failed") {
        await storage.write([[`a/${call.id}`, JSON.stringify(answer)]]);
        await attempts.keeps();
      }
      bring(call.id, answer);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

async function asked(call: ModelCall, model: Tools["model"]): Promise<Answer> {
  if (model === undefined) return { tag: "failed", val: "there is no model" };
  try {
    const answer = await model(call, { signal: new AbortController().signal });
    const known: Answer = typeof answer === "string" ? { tag: "text", val: answer } : answer;
    if (known.tag === "text" && new Blob([known.val]).size > MAX_ANSWER) return { tag: "failed", val: "the answer is over 1 MiB" };
    return known;
  } catch (error) {
    return { tag: "failed", val: error instanceof Error ? error.message : "no reason given" };
  }
}
