// What the server says, as far as this page shows it; host-example/server/openapi.yaml has all.

import type { RevisionRecord } from "dreaming";

/** What a key may do; each may also do what those before it may. */
export const RIGHTS = ["read", "write", "decide"] as const;
export type Right = (typeof RIGHTS)[number];

/** A key, without the key itself. */
export interface Key {
  id: string;
  workspace: string;
  may: Right;
  /** The only store that it opens, if it is for one. */
  memory_store_id: string | null;
}

export interface Page<T> {
  data: T[];
  next_page: string | null;
}

export interface Store {
  id: string;
  name: string;
  description: string;
  metadata: Record<string, string>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
}

export interface Memory {
  id: string;
  path: string;
  content: string | null;
  content_size_bytes: number;
  updated_at: string;
}

export interface Session {
  id: string;
  title: string | null;
  agent: { name: string };
  metadata: Record<string, string>;
  resources: { type: string; memory_store_id?: string }[];
  created_at: string;
  updated_at: string;
}

export const STATUSES = ["pending", "running", "completed", "failed", "canceled"] as const;
export type Status = (typeof STATUSES)[number];

export interface Budget {
  tokens?: number | null;
  dollars?: number | null;
}

export interface Dream {
  id: string;
  status: Status;
  inputs: ({ type: "memory_store"; memory_store_id: string } | { type: "sessions"; session_ids: string[] })[];
  outputs: { memory_store_id: string }[];
  model: { id: string };
  output_behavior: { type: "create_new" | "update_existing" };
  instructions: string | null;
  session_id: string | null;
  error: { type: string; message: string } | null;
  usage: {
    input_tokens: number;
    output_tokens: number;
    cache_read_input_tokens: number;
    cache_creation_input_tokens: number;
  };
  created_at: string;
  ended_at: string | null;
  archived_at: string | null;
  x_batch: boolean;
  x_budget: Budget | null;
  x_cost_dollars: number | null;
  x_undecided: number | null;
}

/** An event of a session; those of a dream's trace have a text, an error, or only a type. */
export interface Event {
  type: string;
  processed_at?: string | null;
  content?: unknown;
  error?: { message?: unknown };
}

export interface Revision {
  id: string;
  number: number;
  record: RevisionRecord;
}

/** The memories that differ between a revision and now. */
export interface Diff {
  data: { path: string; before: string | null; after: string | null }[];
}

/** Dollars; `null` when the price of the model is not known. */
interface Price {
  cost_dollars: number | null;
  most_cost_dollars: number | null;
}

/** What a dream would take. */
export interface Estimate extends Price {
  sessions: number;
  calls: { to_make: number; recorded: number; over_budget: number };
  tokens: { input: number; output: number; most_output: number };
  /** The same in batches; `null` where the model takes none. */
  batched: Price | null;
}

export interface Schedule {
  cron: string;
  model: string;
  min_sessions: number;
  idle_minutes: number;
  instructions: string | null;
  x_policy: Record<string, unknown>;
  x_batch: boolean;
  x_budget: Budget | null;
  next_at: string;
  last_dream_id: string | null;
  no_dream_because: string | null;
}

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  failing_since: string | null;
  reason: string | null;
  disabled_at: string | null;
}

/** The store that a dream is over. */
export function storeOf({ inputs }: Dream): string {
  return inputs.flatMap((input) => (input.type === "memory_store" ? [input.memory_store_id] : []))[0] ?? "";
}

/** The sessions that a dream reads. */
export function sessionsOf({ inputs }: Dream): string[] {
  return inputs.flatMap((input) => (input.type === "sessions" ? input.session_ids : []));
}

export function isOver({ status }: Dream): boolean {
  return status !== "pending" && status !== "running";
}
