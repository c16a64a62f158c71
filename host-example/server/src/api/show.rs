//! Resources as the API shows them.

use serde_json::{Value, json};

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

/// A session. Nothing runs in it, so it is idle until it is archived.
pub fn session(session: &Session) -> Value {
    let status = if session.archived_at.is_some() { "terminated" } else { "idle" };
    json!({
        "id": session.id, "type": "session", "agent": session.agent, "environment_id": session.environment,
        "title": session.title, "metadata": session.metadata, "status": status,
        "created_at": written(session.created_at), "updated_at": written(session.updated_at),
        "archived_at": session.archived_at.map(written), "outcome_evaluations": [], "resources": [],
        "stats": {}, "usage": {}, "vault_ids": [], "budget": null, "deployment_id": null,
    })
}

/// An agent that is only known by its id.
pub fn agent(id: &str, version: i64) -> Value {
    json!({
        "id": id, "type": "agent", "version": version, "name": id, "model": { "id": "unknown" },
        "tools": [], "mcp_servers": [], "skills": [], "execution_identity": { "type": "service_account" },
        "system": null, "description": null, "multiagent": null,
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
