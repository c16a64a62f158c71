//! `/v1/x/memory_stores/{store}/entries`: the statements of a store, each with where it came from.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::keep::{denied, loaded};
use super::{App, stores};
use crate::dream::keep;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Letters of an id that its beginning must have. Chosen by us: fewer are as likely a word.
const BEGINNING: usize = 6;

/// An entry with what the engine keeps of it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// The memory that holds it, without the first `/`.
    pub path: String,
    /// Line on which it starts, counted from 1.
    pub line: u64,
    /// Its text, without list mark.
    pub text: String,
    /// Its record: evidence, trust, tier and so on.
    pub record: Value,
}

impl Known {
    /// Its place in the order of all.
    fn key(&self) -> String {
        format!("{}\n{:012}", self.path, self.line)
    }

    /// Whether somebody who writes `wanted` may mean it: by its id, its place, or words of it.
    fn is_meant(&self, wanted: &str) -> bool {
        let place = || format!("{}:{}", self.path, self.line);
        wanted.len() >= BEGINNING && self.id.starts_with(wanted)
            || wanted.trim_start_matches('/') == place()
            || self.text.to_lowercase().contains(&wanted.to_lowercase())
    }
}

/// All entries, or those that `entry` may mean.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let wanted = query.get("entry").unwrap_or_default().to_owned();
    let (after, limit) = (page::after(&query)?, query.limit(false)?);
    let mut found = found(&app, &caller, &store, &wanted).await?;
    found.retain(|known| after.as_ref().is_none_or(|after| known.key() > *after));
    found.truncate(limit + 1);
    let shown = |known: &Known| {
        json!({
            "type": "x_entry", "entry": known.id, "path": format!("/{}", known.path),
            "line": known.line, "text": known.text, "record": known.record,
        })
    };
    Ok(Json(page::cut(found, limit, Known::key, shown)))
}

/// The entries of a store that `wanted` may mean, in the order of their places; all if it is empty.
pub async fn found(
    app: &App,
    caller: &Caller,
    store: &str,
    wanted: &str,
) -> Result<Vec<Known>, ApiError> {
    let store = stores::known(app, caller, store).await?;
    let turn = app.runner.turn().await;
    let loaded = loaded(app, caller, &store.id).await?;
    let entries = move |engine: &_| keep::entries(engine, &loaded);
    let entries = app.runner.with_engine(turn, entries).await.map_err(denied)?;
    let known = |entry: dreaming_wasmtime::Entry| Known {
        id: entry.id,
        path: entry.path,
        line: entry.line,
        text: entry.text,
        record: serde_json::from_slice(&entry.ledger).unwrap_or_default(),
    };
    let mut known: Vec<Known> = entries.into_iter().map(known).collect();
    known.retain(|known| known.is_meant(wanted));
    known.sort_by_key(Known::key);
    Ok(known)
}
