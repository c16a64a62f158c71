//! What changed between two revisions of a store, whether its history is as it was recorded and a dream gives again what it
//! gave, and what a store knows of sessions.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::keep::{denied, loaded};
use super::{App, dreams, stores};
use crate::dream::history::{self, State as Then};
use crate::dream::keep::Denied;
use crate::dream::replay::Difference;
use crate::ids;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// States of a store that are read again when nobody says how many. Chosen by us: seconds for a store of ten megabytes.
const STATES: usize = 20;

/// The memories that differ between two revisions, or between one and now.
pub async fn diff(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let store = stores::known(&app, &caller, &id).await?;
    let from = query.get("from").ok_or_else(|| ApiError::of("from", "must name a revision"))?;
    let turn = app.runner.turn().await;
    let at = async |field: &str, revision: &str| {
        let then = app.database.loaded_at(&store.id, revision).await?;
        then.map_err(|why| ApiError::of(field, why))
    };
    let before = at("from", from).await?;
    let after = match query.get("to") {
        Some(to) => at("to", to).await?,
        None => loaded(&app, &caller, &store.id).await?.contents,
    };
    let differ = move |engine: &_| history::differ(engine, &before, &after);
    let differences = app.runner.with_engine(turn, differ).await.map_err(denied)?;
    let shown = |difference: dreaming_wasmtime::Difference| {
        json!({
            "path": format!("/{}", difference.path), "before": difference.before, "after": difference.after,
        })
    };
    let data: Vec<Value> = differences.into_iter().map(shown).collect();
    Ok(Json(json!({
        "type": "x_diff", "memory_store_id": id, "from": from, "to": query.get("to"), "data": data,
    })))
}

/// Checks the chain of revisions, and the store as it was at the newest of them.
pub async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let store = stores::known(&app, &caller, &id).await?;
    let turn = app.runner.turn().await;
    // The newest come first.
    let mut revisions = app.database.revisions(&store.id, i64::MAX, i64::MAX).await?;
    let mut states = Vec::new();
    for revision in revisions.iter().take(STATES) {
        let contents = app.database.loaded_at(&store.id, &revision.id).await?;
        states.push(Then { number: revision.number, contents });
    }
    revisions.reverse();
    let verify = move |engine: &_| history::verify(engine, &revisions, states);
    let verified = app.runner.with_engine(turn, verify).await.map_err(denied)?;
    let damage =
        |damage: &history::Damage| json!({ "revision": damage.revision, "why": damage.why });
    let unread = |(number, why): &(i64, String)| json!({ "revision": number, "why": why });
    Ok(Json(json!({
        "type": "x_verification", "memory_store_id": id, "is_whole": verified.damage.is_empty(),
        "revisions": verified.revisions, "states": verified.states,
        "damage": verified.damage.iter().map(damage).collect::<Vec<_>>(),
        "not_checked": verified.unread.iter().map(unread).collect::<Vec<_>>(),
    })))
}

/// Carries a completed dream out again, and says whether plan and report are the same.
pub async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let dream = dreams::known(&app, &caller, &id).await?;
    let (plan, report) = app.database.documents(&caller.workspace, &id).await?.unzip();
    let plan = dreams::kept(plan.flatten(), &id)?;
    let report = dreams::kept(report.flatten(), &id)?;
    let written: Value = serde_json::from_slice(&plan).unwrap_or_default();
    let differences = app.runner.replay(dream, (plan, report)).await.map_err(|why| match why {
        Denied::Wrong(why) => ApiError::of("dream_id", format!("`{id}` cannot be replayed: {why}")),
        other => denied(other),
    })?;
    let shown = |difference: &Difference| json!({ "document": difference.document, "at": difference.at, "byte": difference.byte });
    Ok(Json(json!({
        "type": "x_replay", "dream_id": id, "equal": differences.is_empty(), "plan_digest": written["digest"],
        "differs": differences.iter().map(shown).collect::<Vec<_>>(),
    })))
}

/// What the sessions that dreams read say about agents, roles, tasks and people.
pub async fn stats(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let store = stores::known(&app, &caller, &id).await?;
    let mut policy = Map::new();
    for name in ["agents", "roles", "tasks", "outcomes"] {
        let wanted = query.all(name);
        if !wanted.is_empty() {
            policy.insert(format!("select.{name}"), json!(wanted));
        }
    }
    let settings =
        dreaming_wasmtime::settings(&policy).map_err(|why| ApiError::of("query", why))?;
    let turn = app.runner.turn().await;
    let loaded = loaded(&app, &caller, &store.id).await?;
    let now = ids::now() / 1_000;
    let stats = move |engine: &_| history::stats(engine, &loaded.contents, &settings, now);
    let stats = app.runner.with_engine(turn, stats).await.map_err(|why| match why {
        Denied::Wrong(why) => ApiError::of("query", why),
        other => denied(other),
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], stats).into_response())
}
