// The models that dreams may ask, by the names that clients use.

import { type Model, type Usage, anthropic, openai } from "dreaming";

import { invalid } from "../wire/errors.js";

/** Keys and addresses of services, as whoever runs the worker sets them. */
export interface ModelSettings {
  ANTHROPIC_API_KEY?: string | undefined;
  ANTHROPIC_AUTH_TOKEN?: string | undefined;
  OPENAI_API_KEY?: string | undefined;
  /** Other addresses than those of the makers, up to `/v1/messages` or `/chat/completions`. */
  ANTHROPIC_URL?: string | undefined;
  OPENAI_URL?: string | undefined;
}

/** A model that can be asked. */
export interface Service {
  /** Name and address: what tells its answers from those of others. */
  identity: string;
  /** The model, which tells what each try of a call took. */
  model: (onUsage: (usage: Usage) => void) => Model;
}

/** The name under which a dream asks no model. */
const NONE = "x_none";
const HOMES = { anthropic: "https://api.anthropic.com", openai: "https://api.openai.com/v1" };

/**
 * The service behind the name of a model; `undefined` for a dream without one.
 *
 * @throws ApiError, 400, when nobody can be asked.
 */
export function serviceOf(name: string, settings: ModelSettings): Service | undefined {
  if (name === NONE) return undefined;
  const [, maker, model] = /^(anthropic|openai):(.+)$/s.exec(name.startsWith("claude-") ? `anthropic:${name}` : name) ?? [];
  if (model === undefined) throw invalid("model", "must be `claude-…`, `anthropic:NAME`, `openai:NAME`, or `x_none` for a dream without a model");
  const isAnthropic = maker === "anthropic";
  const home = isAnthropic ? HOMES.anthropic : HOMES.openai;
  const url = ((isAnthropic ? settings.ANTHROPIC_URL : settings.OPENAI_URL) || home).replace(/\/+$/, "");
  const key = (isAnthropic ? settings.ANTHROPIC_API_KEY : settings.OPENAI_API_KEY) || undefined;
  const token = (isAnthropic && key === undefined && settings.ANTHROPIC_AUTH_TOKEN) || undefined;
  if (key === undefined && token === undefined && url === home) {
    throw invalid("model", `\`${name}\` cannot be asked: set ${isAnthropic ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY"} as a secret of the worker`);
  }
  const options = {
    model,
    url,
    ...(key === undefined ? {} : { key }),
    // With three tries of a minute, eight calls, four at a time, end far within the time that an edge lets an invocation wait.
    timeout: 60_000,
    retries: 2,
    // Some edges throw when their `fetch` is called as a method.
    fetch: ((input, init) => fetch(input, init)) as typeof fetch,
  };
  return {
    identity: `${maker}:${model} ${url}`,
    model: (onUsage) => (isAnthropic ? anthropic({ ...options, token, onUsage }) : openai({ ...options, onUsage })),
  };
}
