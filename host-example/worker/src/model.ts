import { type Model, anthropic, openai } from "dreaming";

/** Which model an edge is configured with. */
export interface ModelSettings {
  /** `anthropic:<model>` or `openai:<model>`; absent: dreams ask no model. */
  MODEL?: string | undefined;
  /** The key of the service. */
  MODEL_KEY?: string | undefined;
  /** The address of the service, when it is not the usual one. */
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
    // With three tries of a minute, eight calls, four at a time, end far within the time that an
    // edge lets an invocation wait.
    timeout: 60_000,
    retries: 2,
    // Some edges throw when their `fetch` is called as a method.
    fetch: ((input, init) => fetch(input, init)) as typeof fetch,
  };
  if (service === "anthropic") return anthropic(options);
  if (service === "openai") return openai(options);
  throw new Error(`MODEL is anthropic:<model> or openai:<model>, not ${service}:…`);
}
