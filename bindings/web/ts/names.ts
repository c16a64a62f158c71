// The names of options and of decisions. The compiler refuses a list here that lacks a field of its type, or has one
// that the type does not have. What a store gives (memories, rows, sessions, contents) may have fields of the host's own.

import { invalid, object } from "./check.js";
import type { DreamOptions } from "./dream.js";
import type { MemoryStoreOptions } from "./memory-store.js";
import type { AnthropicOptions, ServiceOptions } from "./models.js";
import type { PruneOptions, WeighOptions } from "./statements.js";
import type {
  Decision,
  Form,
  IndexForm,
  PackOptions,
  PlanRequest,
  RenderFilesOptions,
  RenderOptions,
  Request,
} from "./types.js";

/** The names of all fields of `T`. */
export type Names<T> = { readonly [name in keyof T]-?: true };

export const DREAM: Names<DreamOptions> = {
  store: true,
  model: true,
  mode: true,
  policy: true,
  instructions: true,
  now: true,
  signal: true,
  concurrency: true,
  onProgress: true,
};

export const PLAN: Names<PlanRequest> = { policy: true, instructions: true, now: true };

export const REQUEST: Names<Request> = { ...PLAN, sessions: true, similarities: true };

export const SERVICE: Names<ServiceOptions> = {
  model: true,
  key: true,
  url: true,
  timeout: true,
  retries: true,
  wait: true,
  onUsage: true,
  fetch: true,
};

export const ANTHROPIC: Names<AnthropicOptions> = { ...SERVICE, token: true };

export const DECISION: Names<Decision> = {
  accept: true,
  reject: true,
  edits: true,
  reviewer: true,
  note: true,
  now: true,
};

export const PACK: Names<PackOptions> = { query: true, budget: true, principal: true };

export const RENDER: Names<RenderOptions> = { file: true, bytes: true, lines: true, principal: true };

export const RENDER_FILES: Names<RenderFilesOptions> = { form: true, files: true, principal: true };

export const FORM: Names<Form> = {
  file: true,
  head: true,
  name: true,
  description: true,
  bytes: true,
  files: true,
  provenWorkflows: true,
  index: true,
};

export const INDEX: Names<IndexForm> = { path: true, bytes: true, lines: true };

export const WEIGH: Names<WeighOptions> = { now: true, instructions: true, policy: true };

export const PRUNE: Names<PruneOptions> = { ...WEIGH, budget: true, without: true };

export const MEMORY_STORE: Names<MemoryStoreOptions> = { salt: true, memories: true, sessions: true };

/**
 * Checks for an object whose fields all have one of the names: a misspelt one would be ignored without a word. A field
 * that is `undefined` is as good as absent.
 */
export function named<T>(value: T, names: Names<T>, what: string): T & object {
  const given = object(value, what);
  for (const [name, inner] of Object.entries(given)) {
    if (inner === undefined || Object.hasOwn(names, name)) continue;
    const list = Object.keys(names).map((known) => `\`${known}\``);
    throw invalid(name, `${what} has no such field; there are ${list.join(", ")}`);
  }
  return given;
}
