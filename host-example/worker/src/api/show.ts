// Resources as the API shows them.

import type { Dream } from "../db/dreams.js";
import type { Memory } from "../db/memories.js";
import type { Session } from "../db/sessions.js";
import type { Store } from "../db/stores.js";
import type { Actor, Version } from "../db/versions.js";
import { written } from "../ids.js";

/** A memory store. */
export function store({ id, name, description, metadata, ...times }: Store): object {
  const { created_at, updated_at, archived_at } = times;
  const shown = { created_at: written(created_at), updated_at: written(updated_at), archived_at: maybe(archived_at) };
  return { id, type: "memory_store", name, description, metadata, ...shown };
}

/** A memory of the store `store`; with its content if `isFull`. */
export function memory(memory: Memory, store: string, isFull: boolean): object {
  return {
    id: memory.id,
    type: "memory",
    memory_store_id: store,
    path: memory.path,
    content: isFull ? memory.content : null,
    content_sha256: memory.sha256,
    content_size_bytes: memory.bytes,
    memory_version_id: memory.version,
    created_at: written(memory.created_at),
    updated_at: written(memory.updated_at),
  };
}

/** A version of a memory of the store `store`; with its content if `isFull`. */
export function version(version: Version, store: string, isFull: boolean): object {
  return {
    id: version.id,
    type: "memory_version",
    memory_store_id: store,
    memory_id: version.memory,
    operation: version.operation,
    path: version.path,
    content: isFull ? version.content : null,
    content_sha256: version.sha256,
    content_size_bytes: version.bytes,
    created_at: written(version.created_at),
    created_by: actor(version.actor),
    redacted_at: maybe(version.redacted_at),
    redacted_by: version.redactor === null ? null : actor(version.redactor),
  };
}

/** A dream. */
export function dream(dream: Dream): object {
  const { usage, output, store, isUpdate } = dream;
  return {
    id: dream.id,
    type: "dream",
    status: dream.status,
    inputs: [
      { type: "memory_store", memory_store_id: store },
      { type: "sessions", session_ids: dream.sessions },
    ],
    outputs: output === null ? [] : [{ type: "memory_store", memory_store_id: output }],
    model: { id: dream.model },
    output_behavior: isUpdate ? { type: "update_existing", memory_store_id: store } : { type: "create_new" },
    instructions: dream.instructions,
    session_id: dream.session,
    error: dream.error,
    usage: {
      input_tokens: usage.input,
      output_tokens: usage.output,
      cache_read_input_tokens: usage.cacheRead,
      cache_creation_input_tokens: usage.cacheWrite,
    },
    created_at: written(dream.created_at),
    ended_at: maybe(dream.ended_at),
    archived_at: maybe(dream.archived_at),
    x_policy: dream.policy,
  };
}

/** A session. Nothing runs in it but dreams in their traces, so it is idle until it is archived. */
export function session(session: Session): object {
  const open = session.dream === null ? "idle" : "running";
  return {
    id: session.id,
    type: "session",
    agent: session.agent,
    environment_id: session.environment,
    title: session.title,
    metadata: session.metadata,
    status: session.archived_at === null ? open : "terminated",
    created_at: written(session.created_at),
    updated_at: written(session.updated_at),
    archived_at: maybe(session.archived_at),
    outcome_evaluations: [],
    resources: session.resources,
    stats: {},
    usage: {},
    vault_ids: [],
    budget: null,
    deployment_id: null,
  };
}

function actor({ kind, id }: Actor): object {
  return { type: kind, [kind === "api_actor" ? "api_key_id" : "session_id"]: id };
}

function maybe(time: number | null): string | null {
  return time === null ? null : written(time);
}
