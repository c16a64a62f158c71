//! `/v1/memory_stores/{store}/memory_versions`.

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::{App, actor, show, stores};
use crate::db::versions::{Listed, Redacted};
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// What can happen to a memory.
const OPERATIONS: [&str; 3] = ["created", "modified", "deleted"];

/// The filters by who did it, each with the type of the actor.
const ACTORS: [(&str, &str); 3] = [
    ("session_id", "session_actor"),
    ("api_key_id", "api_actor"),
    ("service_account_id", "service_account_actor"),
];

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(false)?;
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let operation = text("operation");
    if !operation.is_empty() && !OPERATIONS.contains(&&*operation) {
        return Err(ApiError::of("operation", format!("must be one of {}", OPERATIONS.join(", "))));
    }
    let mut actors =
        ACTORS.iter().filter_map(|(name, kind)| Some(((*kind).into(), query.get(name)?.into())));
    let actor = actors.next().unwrap_or_default();
    let has_two = actors.next().is_some();
    stores::known(&app, &caller, &store).await?;
    let listed = Listed {
        memory: text("memory_id"),
        operation,
        actor,
        between: query.between("created_at")?,
        after: page::after(&query)?.unwrap_or_default(),
        limit: query.limit(is_full)?,
        store,
    };
    if has_two {
        // No version has two actors.
        return Ok(Json(page::page(Vec::new(), None)));
    }
    let found = app.database.versions(&listed).await?;
    let shown = |version: &_| show::version(version, &listed.store, is_full);
    Ok(Json(page::cut(found, listed.limit, |version| version.id.clone(), shown)))
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path((store, id)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(true)?;
    stores::known(&app, &caller, &store).await?;
    let version = app.database.version(&store, &id).await?.ok_or_else(|| missing(&id))?;
    Ok(Json(show::version(&version, &store, is_full)))
}

pub async fn redact(
    State(app): State<App>,
    caller: Caller,
    Path((store, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    stores::known(&app, &caller, &store).await?;
    match app.database.redact(&caller.workspace, &store, &id, &actor(&caller)).await? {
        Redacted::Done(version) => Ok(Json(show::version(&version, &store, true))),
        Redacted::Missing => Err(missing(&id)),
        Redacted::Head => Err(ApiError::of(
            "memory_version_id",
            "is what the memory holds now: change or delete the memory first",
        )),
    }
}

fn missing(id: &str) -> ApiError {
    ApiError::NotFound("memory version", id.into())
}
