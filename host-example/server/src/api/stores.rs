//! `/v1/memory_stores`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, show};
use crate::db::stores::{Listed, Store};
use crate::ids;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Characters of a name, at most. Source of this and the next ones: `dreams-api.md`, section 4.
const MAX_NAME: usize = 255;
/// Characters of a description, at most.
const MAX_DESCRIPTION: usize = 1_024;
/// Pairs of metadata, at most, and characters of a key and of a value.
const MAX_PAIRS: (usize, usize, usize) = (16, 64, 512);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    name: String,
    description: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    name: Option<String>,
    description: Option<String>,
    metadata: Option<BTreeMap<String, Option<String>>>,
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let description = new.description.unwrap_or_default();
    let metadata = new.metadata.unwrap_or_default();
    check(&new.name, &description, &metadata)?;
    let store = app.database.new_store(&caller.workspace, new.name, description, metadata).await?;
    Ok(Json(show::store(&store)))
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(show::store(&known(&app, &caller, &id).await?)))
}

pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(update): Body<Update>,
) -> Result<Json<Value>, ApiError> {
    let change = |store: &mut Store| -> Result<bool, ApiError> {
        if store.archived_at.is_some() {
            return Err(archived(&store.id));
        }
        let before = (store.name.clone(), store.description.clone(), store.metadata.clone());
        store.name = update.name.unwrap_or_else(|| store.name.clone());
        store.description = update.description.unwrap_or_else(|| store.description.clone());
        for (key, value) in update.metadata.into_iter().flatten() {
            match value {
                Some(value) => store.metadata.insert(key, value),
                None => store.metadata.remove(&key),
            };
        }
        check(&store.name, &store.description, &store.metadata)?;
        Ok(before != (store.name.clone(), store.description.clone(), store.metadata.clone()))
    };
    let changed = app.database.change_store(&caller.workspace, &id, change).await?;
    changed.map(|store| Json(show::store(&store))).ok_or_else(|| missing(&id))
}

pub async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let change = |store: &mut Store| -> Result<bool, ApiError> {
        let is_new = store.archived_at.is_none();
        store.archived_at = store.archived_at.or_else(|| Some(ids::now()));
        Ok(is_new)
    };
    let changed = app.database.change_store(&caller.workspace, &id, change).await?;
    changed.map(|store| Json(show::store(&store))).ok_or_else(|| missing(&id))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.delete_store(&caller.workspace, &id).await? {
        true => Ok(Json(json!({ "id": id, "type": "memory_store_deleted" }))),
        false => Err(missing(&id)),
    }
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let listed = Listed {
        workspace: caller.workspace,
        between: query.between("created_at")?,
        archived: query.is("include_archived")?,
        after: page::after(&query)?,
        limit: query.limit(false)?,
    };
    let found = app.database.stores(&listed).await?;
    Ok(Json(page::cut(found, listed.limit, |store| store.id.clone(), show::store)))
}

/// The store with this id, if the caller's workspace has it.
pub async fn known(app: &App, caller: &Caller, id: &str) -> Result<Store, ApiError> {
    app.database.store(&caller.workspace, id).await?.ok_or_else(|| missing(id))
}

/// The error for a store that is not there, or is another workspace's.
pub fn missing(id: &str) -> ApiError {
    ApiError::NotFound("memory store", id.into())
}

/// The error for a change of an archived store.
pub fn archived(id: &str) -> ApiError {
    ApiError::of(
        "memory_store_id",
        format!("`{id}` is archived: it can be read, and takes no change"),
    )
}

/// Refuses a name, a description or metadata that no store may have.
pub fn check(
    name: &str,
    description: &str,
    metadata: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let characters = |text: &str| text.chars().count();
    if name.is_empty() || characters(name) > MAX_NAME {
        return Err(ApiError::of("name", "must have from 1 to 255 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(ApiError::of("name", "must have no control character"));
    }
    if characters(description) > MAX_DESCRIPTION {
        return Err(ApiError::of("description", "must have at most 1,024 characters"));
    }
    check_metadata(metadata)?;
    // Postgres keeps no text with this character.
    match description.contains('\0') {
        true => Err(ApiError::of("description", "must have no U+0000")),
        false => Ok(()),
    }
}

/// Refuses metadata that no resource may have.
pub fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let characters = |text: &str| text.chars().count();
    let (pairs, key, value) = MAX_PAIRS;
    if metadata.len() > pairs {
        return Err(ApiError::of("metadata", "must have at most 16 pairs"));
    }
    for (name, text) in metadata {
        if name.is_empty() || characters(name) > key {
            return Err(ApiError::of("metadata", "must have keys of 1 to 64 characters"));
        }
        if characters(text) > value {
            return Err(ApiError::of(
                format!("metadata.{name}"),
                "must have at most 512 characters",
            ));
        }
    }
    let has_null = |text: &String| text.contains('\0');
    if metadata.iter().any(|(key, value)| has_null(key) || has_null(value)) {
        return Err(ApiError::of("metadata", "must have no U+0000"));
    }
    Ok(())
}
