import type { Answer, Failure, ModelCall } from "dreaming";

import type { Attempts } from "./attempts.js";
import type { Tools } from "./dreamed.js";
import { Refused } from "./refused.js";
import { type Storage, text } from "./storage.js";

/**
 * Calls made at the same time. Chosen by us: the default of the npm package, and below the six
 * connections that edges allow.
 */
const SIDE_BY_SIDE = 4;
/** Longest answer that is kept, in bytes: the engine's limit. */
const MAX_ANSWER = 1 << 20;

/**
 * Gets the answers of calls. A kept answer is used without a call, and a new one is kept before it
 * is used, so that no call is paid for twice, whatever ends this invocation.
 *
 * @throws Refused, `unanswered`, when no call was answered and none would be: a wrong key or
 * address, no connection.
 */
export async function answersOf(
  storage: Storage,
  { model }: Tools,
  attempts: Attempts,
  calls: readonly ModelCall[],
  bring: (call: string, answer: Answer) => void,
): Promise<void> {
  let next = 0;
  let areAnswered = false;
  const failures: Failure[] = [];
  const isHopeless = (): boolean => !areAnswered && failures.length > 0 && failures.every(({ isGeneral }) => isGeneral === true);
  const worker = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      if (failures.length >= SIDE_BY_SIDE && isHopeless()) return;
      const kept = await text(storage, `a/${call.id}`);
      if (kept !== undefined) {
        bring(call.id, JSON.parse(kept) as Answer);
        continue;
      }
      await attempts.asks();
      const answer = await asked(call, model);
      // A failed call is not kept: the next dream makes it again.
      if (answer.tag === "failed") failures.push(answer);
      else {
        areAnswered = true;
        await storage.write([[`a/${call.id}`, JSON.stringify(answer)]]);
        await attempts.keeps();
      }
      bring(call.id, answer);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const [first] = failures;
  if (first !== undefined && isHopeless()) throw unanswered(first, failures.length);
}

/** The error of a dream whose model cannot be reached. */
function unanswered({ val, url }: Failure, calls: number): Refused {
  const none = calls === 1 ? "the model call was not answered" : `none of ${calls} model calls was answered`;
  const where = url === undefined ? "" : ` (${url})`;
  const next = "Nothing is used up: correct MODEL_KEY, MODEL or MODEL_URL of this edge, and start a dream again";
  return new Refused(424, "unanswered", `${none}: ${val}${where}. ${next}`, url);
}

async function asked(call: ModelCall, model: Tools["model"]): Promise<Answer | Failure> {
  if (model === undefined) return { tag: "failed", val: "there is no model" };
  try {
    const answer = await model(call, { signal: new AbortController().signal });
    const known: Answer | Failure = typeof answer === "string" ? { tag: "text", val: answer } : answer;
    if (known.tag === "text" && new Blob([known.val]).size > MAX_ANSWER) return { tag: "failed", val: "the answer is over 1 MiB" };
    return known;
  } catch (error) {
    return { tag: "failed", val: error instanceof Error ? error.message : "no reason given" };
  }
}
