import { type Model, anthropic, openai } from "dreaming";

/** Which model an edge is configured with. */
export interface ModelSettings {
  /** `anthropic:<model>` or `openai:<model>`; none: dreams ask nobody. */
  MODEL?: string | undefined;
  /** The key of the service. */
  MODEL_KEY?: string | undefined;
  /** Where the service is, when it is not at home. */
  MODEL_URL?: string | undefined;
}

/** The model of the settings; `undefined` when they name none. */
export function modelOf({ MODEL = "", MODEL_KEY, MODEL_URL }: ModelSettings): Model | undefined {
  if (MODEL === "") return undefined;
  const [service = "", ...model] = MODEL.split(":");
  const options = {
    model: model.join(":"),
    ...(MODEL_KEY === undefined ? {} : { key: MODEL_KEY }),
    ...(MODEL_URL === undefined ? {} : { url: MODEL_URL }),
    // With three tries of a minute, eight calls, four at a time, end far below what an invocation may wait.
    timeout: 60_000,
    retries: 2,
    // Some edges want their own `fetch` called as a function, not as a method.
    fetch: ((input, init) => fetch(input, init)) as typeof fetch,
  };
  if (service === "anthropic") return anthropic(options);
  if (service === "openai") return openai(options);
  throw new Error(`MODEL is anthropic:<model> or openai:<model>, not ${service}:…`);
}
