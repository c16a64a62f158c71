//! Resources as the API shows them.

use serde_json::{Value, json};

use crate::db::dreams::Dream;
use crate::db::memories::Memory;
use crate::db::sessions::Session;
use crate::db::stores::Store;
use crate::db::versions::{Actor, Version};
use crate::ids::written;

/// A memory store.
pub fn store(store: &Store) -> Value {
    json!({
        "id": store.id, "type": "memory_store", "name": store.name, "description": store.description,
        "metadata": store.metadata, "created_at": written(store.created_at),
        "updated_at": written(store.updated_at), "archived_at": store.archived_at.map(written),
    })
}

/// A memory of the store `store`; with its content if `is_full`.
pub fn memory(memory: &Memory, store: &str, is_full: bool) -> Value {
    json!({
        "id": memory.id, "type": "memory", "memory_store_id": store, "path": memory.path,
        "content": is_full.then_some(&memory.content), "content_sha256": memory.sha256,
        "content_size_bytes": memory.bytes, "memory_version_id": memory.version,
        "created_at": written(memory.created_at), "updated_at": written(memory.updated_at),
    })
}

/// A version of a memory of the store `store`; with its content if `is_full`.
pub fn version(version: &Version, store: &str, is_full: bool) -> Value {
    json!({
        "id": version.id, "type": "memory_version", "memory_store_id": store, "memory_id": version.memory,
        "operation": version.operation, "path": version.path,
        "content": version.content.as_ref().filter(|_| is_full), "content_sha256": version.sha256,
        "content_size_bytes": version.bytes, "created_at": written(version.created_at),
        "created_by": actor(&version.actor),
        "redacted_at": version.redacted.as_ref().map(|(time, _)| written(*time)),
        "redacted_by": version.redacted.as_ref().map(|(_, by)| actor(by)),
    })
}

/// A dream; `is_spent` is whether its workspace has used its budget of today.
pub fn dream(dream: &Dream, is_spent: bool) -> Value {
    let asked = &dream.asked;
    let behavior = match asked.is_update {
        true => json!({ "type": "update_existing", "memory_store_id": asked.store }),
        false => json!({ "type": "create_new" }),
    };
    let output = |store: &String| json!({ "type": "memory_store", "memory_store_id": store });
    json!({
        "id": dream.id, "type": "dream", "status": dream.status.name(),
        "inputs": [
            { "type": "memory_store", "memory_store_id": asked.store },
            { "type": "sessions", "session_ids": asked.sessions },
        ],
        "outputs": dream.output.iter().map(output).collect::<Vec<_>>(),
        "model": { "id": asked.terms.model }, "output_behavior": behavior, "instructions": asked.terms.instructions,
        "session_id": dream.session,
        "error": dream.error.as_ref().map(|error| json!({ "type": error.kind, "message": error.why })),
        "usage": {
            "input_tokens": dream.usage.input, "output_tokens": dream.usage.output,
            "cache_read_input_tokens": dream.usage.cache_read,
            "cache_creation_input_tokens": dream.usage.cache_write,
        },
        "created_at": written(dream.created_at), "ended_at": dream.ended_at.map(written),
        "archived_at": dream.archived_at.map(written), "x_policy": asked.terms.policy,
        "x_batch": asked.terms.in_batches, "x_budget": asked.terms.budget, "x_cost_dollars": dream.cost(),
        "x_undecided": dream.undecided,
        "x_waits_for_budget": is_spent && dream.waits_for_budget(),
    })
}

/// The state of a session. Nothing runs in it but dreams in their traces, so it is idle until it is archived.
pub fn status(session: &Session) -> &'static str {
    match (session.archived_at, &session.dream) {
        (Some(_), _) => "terminated",
        (None, Some(_)) => "running",
        (None, None) => "idle",
    }
}

/// A session with its files, by name and bytes.
pub fn session(session: &Session, parts: &[(String, u64)]) -> Value {
    let status = status(session);
    let part = |(name, bytes): &(String, u64)| json!({ "name": name, "size_bytes": bytes });
    let parts: Vec<Value> = parts.iter().map(part).collect();
    json!({
        "id": session.id, "type": "session", "agent": session.agent, "environment_id": session.environment,
        "title": session.title, "metadata": session.metadata, "status": status,
        "created_at": written(session.created_at), "updated_at": written(session.updated_at),
        "archived_at": session.archived_at.map(written), "outcome_evaluations": [], "resources": session.resources,
        "stats": {}, "usage": {}, "vault_ids": [], "budget": null, "deployment_id": null,
        "x_parts": parts,
    })
}

fn actor(actor: &Actor) -> Value {
    let id = match &*actor.kind {
        "api_actor" => "api_key_id",
        "session_actor" => "session_id",
        "service_account_actor" => "service_account_id",
        _ => "user_id",
    };
    json!({ "type": actor.kind, id: actor.id })
}
