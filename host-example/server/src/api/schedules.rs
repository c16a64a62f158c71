//! `/v1/x/memory_stores/{store}/schedule`: dreams that begin by themselves.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::terms::{Given, Model};
use super::{App, stores};
use crate::db::dreams::Budget;
use crate::db::schedules::{Schedule, Wanted};
use crate::ids::{self, written};
use crate::schedule::next;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;

/// Sessions that must be new, at most, as a dream reads so many.
const MOST_SESSIONS: u32 = 100;

/// Minutes for which nothing was added to a session that is read, when nobody says how many. Chosen by us, as for the
/// command: an agent that waits for a person says nothing for some minutes.
const IDLE: u32 = 10;

/// From how many minutes to how many that may be. Chosen by us: what is being written down while a dream begins is not
/// missed, and a week is long for a session.
const IDLES: RangeInclusive<u32> = 1..=10_080;

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    cron: String,
    model: Model,
    min_sessions: Option<u32>,
    idle_minutes: Option<u32>,
    instructions: Option<String>,
    x_policy: Option<Map<String, Value>>,
    x_batch: Option<bool>,
    x_budget: Option<Budget>,
}

pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    stores::known(&app, &caller, &store).await?;
    let next_at =
        next(&new.cron, ids::clock()).map_err(|why| ApiError::of("cron", why.to_string()))?;
    let given = Given {
        model: new.model,
        instructions: new.instructions,
        policy: new.x_policy,
        batch: new.x_batch,
        budget: new.x_budget,
    };
    let terms = given.terms(&app).await?;
    let least = new.min_sessions.unwrap_or(1);
    if !(1..=MOST_SESSIONS).contains(&least) {
        return Err(ApiError::of("min_sessions", format!("must be from 1 to {MOST_SESSIONS}")));
    }
    let idle = new.idle_minutes.unwrap_or(IDLE);
    if !IDLES.contains(&idle) {
        return Err(ApiError::of("idle_minutes", "must be from 1 to 10080"));
    }
    let wanted =
        Wanted { cron: new.cron, least: least.into(), idle: i64::from(idle) * MINUTE, terms };
    app.database.schedule(&caller.workspace, &store, &wanted, next_at).await?;
    retrieve(State(app), caller, Path(store)).await
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let schedule = app.database.scheduled(&caller.workspace, &store).await?;
    Ok(Json(shown(&schedule.ok_or_else(|| missing(&store))?)))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.unschedule(&caller.workspace, &store).await? {
        true => Ok(Json(json!({ "type": "x_schedule_deleted", "memory_store_id": store }))),
        false => Err(missing(&store)),
    }
}

fn shown(schedule: &Schedule) -> Value {
    let (wanted, terms) = (&schedule.wanted, &schedule.wanted.terms);
    json!({
        "type": "x_schedule", "memory_store_id": schedule.store, "cron": wanted.cron, "model": terms.model,
        "min_sessions": wanted.least, "idle_minutes": wanted.idle / MINUTE, "instructions": terms.instructions,
        "x_policy": terms.policy, "x_batch": terms.in_batches, "x_budget": terms.budget,
        "next_at": written(schedule.next_at), "last_dream_id": schedule.dream, "no_dream_because": schedule.reason,
    })
}

fn missing(store: &str) -> ApiError {
    ApiError::NotFound("schedule of a memory store", store.into())
}
