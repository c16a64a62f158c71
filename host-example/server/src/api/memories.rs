//! `/v1/memory_stores/{store}/memories`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, actor, show, stores};
use crate::db::memories::{Changed, Edit, Memory, end_of};
use crate::path;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Bytes of a content, at most. Source: `dreams-api.md`, section 4.1.
pub const MAX_CONTENT: usize = 102_400;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    path: String,
    content: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    content: Option<String>,
    path: Option<String>,
    precondition: Option<Precondition>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Precondition {
    #[serde(rename = "content_sha256")]
    Content { content_sha256: String },
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    query: Query,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(false)?;
    path_of(&new.path)?;
    content_of(&new.content)?;
    let memory = (&*new.path, &*new.content);
    let changed =
        app.database.new_memory(&caller.workspace, &store, memory, &actor(&caller)).await?;
    let memory = done(changed, &store, "", None)?;
    Ok(Json(show::memory(&memory, &store, is_full)))
}

/// The memories of a store behind a path, by their paths.
pub async fn some(
    app: &App,
    caller: &Caller,
    store: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Memory>, ApiError> {
    let store = stores::known(app, caller, store).await?;
    Ok(app.database.memories(&store.id, after, "", limit).await?)
}

/// The memory at a path, if the store has one there.
pub async fn at(
    app: &App,
    caller: &Caller,
    store: &str,
    path: &str,
) -> Result<Option<Memory>, ApiError> {
    let store = stores::known(app, caller, store).await?;
    Ok(app.database.memory_at(&store.id, path).await?)
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path((store, id)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(true)?;
    stores::known(&app, &caller, &store).await?;
    let memory = app.database.memory(&store, &id).await?.ok_or_else(|| missing(&id))?;
    Ok(Json(show::memory(&memory, &store, is_full)))
}

pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((store, id)): Path<(String, String)>,
    query: Query,
    Body(update): Body<Update>,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(false)?;
    update.path.as_deref().map_or(Ok(()), path_of)?;
    update.content.as_deref().map_or(Ok(()), content_of)?;
    let expected =
        update.precondition.map(|Precondition::Content { content_sha256 }| content_sha256);
    expected
        .as_deref()
        .map_or(Ok(()), |digest| sha256_of("precondition.content_sha256", digest))?;
    let edit = Edit { content: update.content, path: update.path, expected };
    let memory = (&*store, &*id);
    let changed =
        app.database.change_memory(&caller.workspace, memory, &edit, &actor(&caller)).await?;
    let memory = done(changed, &store, &id, edit.expected.as_deref())?;
    Ok(Json(show::memory(&memory, &store, is_full)))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((store, id)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    const EXPECTED: &str = "expected_content_sha256";
    let expected = query.get(EXPECTED);
    expected.map_or(Ok(()), |digest| sha256_of(EXPECTED, digest))?;
    let memory = (&*store, &*id);
    let changed =
        app.database.delete_memory(&caller.workspace, memory, expected, &actor(&caller)).await?;
    done(changed, &store, &id, expected)?;
    Ok(Json(json!({ "id": id, "type": "memory_deleted" })))
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let is_full = query.is_full(false)?;
    let limit = query.limit(is_full)?;
    let prefix = query.get("path_prefix").unwrap_or("/");
    if !prefix.starts_with('/') || !prefix.ends_with('/') || prefix.contains('\0') {
        return Err(ApiError::of("path_prefix", "must begin and end with `/`"));
    }
    if prefix.contains("//") {
        return Err(ApiError::of("path_prefix", "must have no empty part"));
    }
    let is_flat = match query.get("depth") {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => return Err(ApiError::of("depth", "must be 0 or 1")),
    };
    let after = page::after(&query)?;
    stores::known(&app, &caller, &store).await?;
    let mut walk =
        Walk { app: &app, store: &store, prefix, is_flat, after: after.unwrap_or_default() };
    let mut items = walk.next(limit + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(Item::key);
    let shown = items.iter().map(|item| match item {
        Item::Memory(memory) => show::memory(memory, &store, is_full),
        Item::Folder(path) => json!({ "type": "memory_prefix", "path": path }),
    });
    Ok(Json(page::page(shown.collect(), next.as_deref())))
}

/// An item of a list.
enum Item {
    Memory(Box<Memory>),
    /// A folder, with `/` at its end.
    Folder(String),
}

impl Item {
    /// The text behind which the rest of the list begins.
    fn key(&self) -> String {
        match self {
            Self::Memory(memory) => memory.path.clone(),
            // Behind all that is in the folder.
            Self::Folder(path) => end_of(path.trim_end_matches('/')),
        }
    }
}

/// A walk over a store's memories in the order of their paths.
struct Walk<'a> {
    app: &'a App,
    store: &'a str,
    /// Only what is below this folder, which ends in `/`.
    prefix: &'a str,
    /// Whether a folder in it stands for all that it holds.
    is_flat: bool,
    /// Where the walk is.
    after: String,
}

impl Walk<'_> {
    /// The next items, at most `limit`.
    async fn next(&mut self, limit: usize) -> Result<Vec<Item>, ApiError> {
        let end = end_of(self.prefix.trim_end_matches('/'));
        let mut items = Vec::new();
        while items.len() < limit {
            let after = self.after.as_str().max(self.prefix);
            let asked = i64::try_from(limit - items.len()).unwrap_or(i64::MAX);
            let found = self.app.database.memories(self.store, after, &end, asked).await?;
            let is_last = found.len() < limit - items.len();
            let mut skips = false;
            for memory in found {
                let below = memory.path.get(self.prefix.len()..).unwrap_or_default();
                let item = match below.split_once('/').filter(|_| self.is_flat) {
                    Some((folder, _)) => Item::Folder(format!("{}{folder}/", self.prefix)),
                    None => Item::Memory(Box::new(memory)),
                };
                self.after = item.key();
                skips = matches!(item, Item::Folder(_));
                items.push(item);
                if skips {
                    // The rest of what was found may be in the same folder.
                    break;
                }
            }
            if is_last && !skips {
                break;
            }
        }
        Ok(items)
    }
}

/// The memory after a change, or why there was none.
fn done(
    changed: Changed,
    store: &str,
    id: &str,
    expected: Option<&str>,
) -> Result<Memory, ApiError> {
    match changed {
        Changed::Done(memory) => Ok(*memory),
        Changed::NoStore => Err(stores::missing(store)),
        Changed::NoMemory => Err(missing(id)),
        Changed::Archived => Err(stores::archived(store)),
        Changed::Taken(memory, path) => Err(ApiError::PathTaken { memory, path }),
        Changed::Differs => Err(ApiError::Precondition(expected.unwrap_or_default().into())),
    }
}

fn missing(id: &str) -> ApiError {
    ApiError::NotFound("memory", id.into())
}

fn path_of(path: &str) -> Result<(), ApiError> {
    path::refused(path).map_or(Ok(()), |why| Err(ApiError::of("path", why)))
}

fn content_of(content: &str) -> Result<(), ApiError> {
    match content.len() > MAX_CONTENT {
        true => Err(ApiError::of("content", "must have at most 102,400 bytes")),
        false => Ok(()),
    }
}

fn sha256_of(field: &str, digest: &str) -> Result<(), ApiError> {
    let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    match digest.len() == 64 && digest.bytes().all(is_digit) {
        true => Ok(()),
        false => Err(ApiError::of(field, "must have 64 hexadecimal digits in lower case")),
    }
}
