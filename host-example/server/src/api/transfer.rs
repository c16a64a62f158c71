//! `/v1/x/memory_stores/…`: a store with its history comes in as a file, and goes out as one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::keep::denied;
use super::parts::MAX_BYTES;
use super::{App, actor, show, stores};
use crate::dream::keep::Denied;
use crate::dream::transfer;
use crate::wire::body::bytes;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Makes a store from an export. It changes none that is there, so a key that may write may do it.
pub async fn import(
    State(app): State<App>,
    caller: Caller,
    query: Query,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let name = query.get("name").unwrap_or_default().to_owned();
    stores::check(&name, "", &BTreeMap::new())?;
    let file = bytes(request, MAX_BYTES, app.options).await?;
    let turn = app.runner.turn().await;
    let read = move |engine: &_| transfer::import(engine, &file);
    let history = app.runner.with_engine(turn, read).await.map_err(denied)?;
    let store =
        app.database.import_store(&caller.workspace, name, &history, &actor(&caller)).await?;
    Ok(Json(show::store(&store)))
}

/// The export of a store.
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let store = stores::known(&app, &caller, &id).await?;
    let refused = |why: String| ApiError::of("memory_store_id", format!("`{id}` {why}"));
    let turn = app.runner.turn().await;
    let history = app.database.history(&store.id).await?.map_err(refused)?;
    let write = move |_: &_| transfer::export(&history);
    let file = app.runner.with_engine(turn, write).await.map_err(|why| match why {
        Denied::Wrong(why) => refused(format!("has a history that cannot be exported: {why}")),
        other => denied(other),
    })?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], file).into_response())
}
