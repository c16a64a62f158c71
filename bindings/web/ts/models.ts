import { type Failure, type Model, why } from "./answer.js";
import { invalid } from "./check.js";
import { ANTHROPIC, SERVICE, named } from "./names.js";
import type { Answer, ModelCall } from "./types.js";

/**
 * Longest body of an answer in bytes: 1 MiB of text with every character escaped, and some room.
 */
const MAX_BODY = 6 * (1 << 20) + (64 << 10);
/** Longest message of a service that is passed on, in characters. Chosen by us: one sentence. */
const MAX_MESSAGE = 200;
/** Replaces the key in messages. */
const HIDDEN = "[key]";
/**
 * Shortest key that is also cut out of answers, in characters. Keys of services are longer; servers that want none are
 * given a word in its place (`ollama`, `none`), and an answer without that word has other words and no true quote.
 */
const KEY = 16;

/** Tokens of one try, as the service counts them. */
export interface Usage {
  /** Read at the full price. */
  input: number;
  /** Read, and kept by the service for the next call. */
  cacheWrite: number;
  /** Read from what the service kept. */
  cacheRead: number;
  /** Written. */
  output: number;
}

/** A model of a service. */
export interface ServiceOptions {
  /** The name of the model. */
  model: string;
  /**
   * The key. Never put one into a page: whoever opens it has it. Give the `url` of a server of
   * yours there that adds the key.
   */
  key?: string | undefined;
  /** The address of the service, up to `/v1/messages` or `/chat/completions`. */
  url?: string | undefined;
  /** Longest time for one try, in milliseconds. Default 120,000. */
  timeout?: number | undefined;
  /** Tries after the first one. Default 3. */
  retries?: number | undefined;
  /** Wait before the second try, in milliseconds; it doubles with each one. Default 1,000. */
  wait?: number | undefined;
  /**
   * Called with the tokens of each try that the service counted. When it throws, the call counts as failed and is not
   * tried again.
   */
  onUsage?: ((usage: Usage) => void) | undefined;
  /** Sends the requests. Default: the `fetch` of the platform. */
  fetch?: typeof fetch | undefined;
}

/** A model that is served by Anthropic. */
export interface AnthropicOptions extends ServiceOptions {
  /** A token, sent as a bearer in the place of `key`. */
  token?: string | undefined;
}

/** How one service differs from another. */
interface Service {
  url: string;
  headers: Record<string, string>;
  secret: string | undefined;
  body(call: ModelCall): unknown;
  read(answer: unknown): Answer;
  usage(answer: unknown): Usage;
}

/** A try that failed. */
class Trouble extends Error {
  constructor(
    message: string,
    readonly again: boolean,
    readonly after?: number,
    /** The HTTP status, if the service answered. */
    readonly status?: number,
    /** Whether every other call would fail in the same way. */
    readonly isGeneral = false,
  ) {
    super(message);
  }
}

/** Statuses of a wrong key or address: every other call would get them too. */
const WRONG = [401, 403, 404];

/**
 * A model that is served by Anthropic's Messages API. The form of the answer is asked for by
 * `output_config.format`, and the system prompt is marked for the prompt cache.
 *
 * @throws {@link DreamingError} `invalid-request` for options that cannot be used.
 */
export function anthropic(options: AnthropicOptions): Model {
  const { model, key, token, url = "https://api.anthropic.com" } = named(options, ANTHROPIC, "options");
  const auth: Record<string, string> =
    key !== undefined ? { "x-api-key": key } : token !== undefined ? { authorization: `Bearer ${token}` } : {};
  return asking(options, {
    url: `${address(url)}/v1/messages`,
    headers: { "anthropic-version": "2023-06-01", ...auth },
    secret: key ?? token,
    body: ({ system, prompt, schema, maxTokens }) => ({
      model,
      max_tokens: maxTokens,
      system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: prompt }],
      output_config: { format: { type: "json_schema", schema: JSON.parse(schema) } },
    }),
    read: (answer) => {
      const reason = at(answer, "stop_reason");
      if (reason === "refusal") return { tag: "refused" };
      if (reason === "max_tokens" || reason === "model_context_window_exceeded") throw cut();
      const blocks = at(answer, "content");
      const texts = (Array.isArray(blocks) ? blocks : []).filter((block) => at(block, "type") === "text");
      return said(texts.map((block) => at(block, "text")).join(""));
    },
    usage: (answer) => ({
      input: count(answer, "usage", "input_tokens"),
      cacheWrite: count(answer, "usage", "cache_creation_input_tokens"),
      cacheRead: count(answer, "usage", "cache_read_input_tokens"),
      output: count(answer, "usage", "output_tokens"),
    }),
  });
}

/**
 * A model that is served by OpenAI's chat completions, or by a server that speaks them: Ollama,
 * llama.cpp, vLLM and others with their `url`. The form of the answer is asked for by
 * `response_format`.
 *
 * @throws {@link DreamingError} `invalid-request` for options that cannot be used.
 */
export function openai(options: ServiceOptions): Model {
  const HOME = "https://api.openai.com/v1";
  const { model, key, url = HOME } = named(options, SERVICE, "options");
  const base = address(url);
  // Other servers take the schema unchanged, and the older name of the token limit.
  const isHome = base === HOME;
  return asking(options, {
    url: `${base}/chat/completions`,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    secret: key,
    body: ({ system, prompt, schema, maxTokens }) => ({
      model,
      messages: [
        { role: "system", content: system },
        { role: "user", content: prompt },
      ],
      [isHome ? "max_completion_tokens" : "max_tokens"]: maxTokens,
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", strict: isHome, schema: isHome ? strict(JSON.parse(schema)) : JSON.parse(schema) },
      },
    }),
    read: (answer) => {
      const choice = at(answer, "choices", 0);
      const reason = at(choice, "finish_reason");
      if (at(choice, "message", "refusal") || reason === "content_filter") return { tag: "refused" };
      if (reason === "length") throw cut();
      return said(at(choice, "message", "content"));
    },
    usage: (answer) => {
      const cacheRead = count(answer, "usage", "prompt_tokens_details", "cached_tokens");
      const input = Math.max(0, count(answer, "usage", "prompt_tokens") - cacheRead);
      return { input, cacheWrite: 0, cacheRead, output: count(answer, "usage", "completion_tokens") };
    },
  });
}

/** Asks a service, and asks again while a retry may help. */
function asking(options: ServiceOptions, service: Service): Model {
  const { model, timeout = 120_000, retries = 3, wait = 1_000, onUsage = () => {}, fetch: send = fetch } = options;
  if (typeof model !== "string" || model === "") throw invalid("model", "it is no name");
  for (const [name, value] of Object.entries({ timeout, retries, wait })) {
    if (!(Number.isFinite(value) && value >= 0)) throw invalid(name, "it is a number from 0 on");
  }
  const { secret } = service;
  const clean = (text: string): string => (secret ? text.replaceAll(secret, HIDDEN) : text);
  // What `onUsage` throws is no trouble of the service: a call that was paid is not made again for it.
  const told = (usage: Usage): void => {
    try {
      onUsage(usage);
    } catch (error) {
      throw new Trouble(`onUsage: ${why(error)}`, false);
    }
  };
  const isWord = secret !== undefined && secret.length < KEY;
  return async (call, { signal }) => {
    for (let tried = 0; ; tried += 1) {
      try {
        const answer = await post(service, service.body(call), timeout, signal, send);
        told(service.usage(answer));
        const read = service.read(answer);
        return read.tag === "text" && !isWord ? { tag: "text", val: clean(read.val) } : read;
      } catch (thrown) {
        signal.throwIfAborted();
        const trouble = thrown instanceof Trouble ? thrown : new Trouble(String(thrown), true);
        const after = trouble.after ?? wait * 2 ** tried;
        if (!trouble.again || tried >= retries || after > timeout) {
          const { status, isGeneral } = trouble;
          const said: Failure = { tag: "failed", val: clean(trouble.message), url: clean(shown(service.url)) };
          return { ...said, ...(status === undefined ? {} : { status }), ...(isGeneral ? { isGeneral } : {}) };
        }
        await pause(after, signal);
      }
    }
  };
}

/** Posts JSON and returns the JSON that comes back. A redirect is not followed. */
async function post(
  service: Service,
  body: unknown,
  timeout: number,
  signal: AbortSignal,
  send: typeof fetch,
): Promise<unknown> {
  const headers = { "content-type": "application/json", ...service.headers };
  const limit = AbortSignal.timeout(timeout);
  let response: Response;
  let text: string;
  try {
    const both = AbortSignal.any([signal, limit]);
    const request = { method: "POST", headers, body: JSON.stringify(body), redirect: "manual", signal: both } as const;
    response = await send(service.url, request);
    text = await bounded(response);
  } catch (thrown) {
    if (thrown instanceof Trouble) throw thrown;
    if (limit.aborted) throw new Trouble("no answer in time", true);
    throw new Trouble(`no connection: ${cause(thrown)}`, true, undefined, undefined, true);
  }
  // Browsers show a redirect as status 0.
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400)) throw new Trouble(`HTTP ${status}: not followed`, false, undefined, status);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    if (status === 200) throw new Trouble("the answer is no JSON", false);
  }
  if (status === 200) return json;
  const message = at(json, "error", "message");
  const told = typeof message === "string" ? `: ${message.replace(/\p{C}+/gu, " ").slice(0, MAX_MESSAGE)}` : "";
  const again = [408, 409, 425, 429].includes(status) || status >= 500;
  const after = retryAfter(response.headers.get("retry-after"));
  throw new Trouble(`HTTP ${status}${told}`, again, after, status, WRONG.includes(status));
}

/** Why no answer came: node keeps the reason in the `cause` of its error. */
function cause(thrown: unknown): string {
  const below = at(thrown, "cause");
  const said = [at(below, "code"), at(below, "message"), at(thrown, "message")];
  return said.find((text): text is string => typeof text === "string" && text !== "") ?? String(thrown);
}

/** An address without the part behind a `?`, which may hold a key, to be shown to people. */
function shown(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_BODY) throw new Trouble("the answer is over 1 MiB", false);
    parts.push(part);
  }
  return await new Blob(parts as BlobPart[]).text();
}

/** Milliseconds to wait, from a `Retry-After` header, which holds seconds or a date. */
function retryAfter(said: string | null): number | undefined {
  if (said === null) return undefined;
  const milliseconds = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * A schema in OpenAI's strict form: every field is required, and an optional one may be `null`,
 * which the engine reads as left out.
 */
function strict(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  const { items, properties, required = [], ...rest } = schema as {
    items?: unknown;
    properties?: Record<string, unknown>;
    required?: string[];
  };
  const given = { ...rest, ...(items === undefined ? {} : { items: strict(items) }) };
  if (properties === undefined) return given;
  const fields = Object.entries(properties).map(([name, field]) => {
    const whole = strict(field) as { type?: unknown; enum?: unknown[] };
    if (required.includes(name) || typeof whole.type !== "string") return [name, whole];
    const values = whole.enum === undefined ? {} : { enum: [...whole.enum, null] };
    return [name, { ...whole, ...values, type: [whole.type, "null"] }];
  });
  return { ...given, properties: Object.fromEntries(fields), required: Object.keys(properties) };
}

function said(text: unknown): Answer {
  if (typeof text !== "string" || text === "") throw new Trouble("the answer has no text", false);
  return { tag: "text", val: text };
}

function cut(): Trouble {
  return new Trouble("the answer was cut off: raise `propose.max-tokens`", false);
}

function address(url: string): string {
  if (typeof url !== "string" || !/^https?:\/\/[^/@]+(\/[^@]*)?$/.test(url)) {
    throw invalid("url", "an address begins with https:// or http:// and holds no name or password");
  }
  return url.replace(/\/+$/, "");
}

/** The value at a path in JSON; `undefined` when there is none. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<string | number, unknown> | null | undefined)?.[key], value);
}

function count(value: unknown, ...path: string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" && found >= 0 ? found : 0;
}
