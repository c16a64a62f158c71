//! `/v1/x/key`: what the key of the caller may do, so that a client offers nothing that would be refused.

use axum::Json;
use serde_json::{Value, json};

use crate::wire::caller::Caller;

pub async fn retrieve(caller: Caller) -> Json<Value> {
    Json(json!({
        "type": "x_key", "id": caller.key, "name": caller.name, "workspace": caller.workspace, "may": caller.may.name(),
        "memory_store_id": caller.store,
    }))
}
