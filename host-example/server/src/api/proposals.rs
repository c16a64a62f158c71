//! `/v1/x/memory_stores/{store}/proposals`: an agent proposes what later sessions should know, and a person decides.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::keep::{denied, loaded};
use super::{App, stores};
use crate::db::dreams::Proposal;
use crate::dream::keep;
use crate::ids;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;

/// Characters of a quote. Of bytes `wit/planning.wit` takes from 8 to 2,000, and a character has at most four.
const QUOTE: std::ops::RangeInclusive<usize> = 8..=500;

/// Characters of the name of an agent, at most. Chosen by us: a name.
const MAX_AGENT: usize = 128;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    statement: String,
    quote: String,
    agent: Option<String>,
}

/// What became of a proposal.
#[derive(Debug)]
pub enum Became {
    /// It waits for a person, as the plan of this dream.
    Held(String),
    /// It is turned down, and why.
    TurnedDown(String),
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let agent = new.agent.unwrap_or_else(|| caller.key.clone());
    let became = propose(&app, &caller, &store, (new.statement, new.quote, agent)).await?;
    let (dream, reason) = match became {
        Became::Held(dream) => (Some(dream), None),
        Became::TurnedDown(reason) => (None, Some(reason)),
    };
    Ok(Json(json!({
        "type": "x_proposal", "memory_store_id": store, "dream_id": dream, "turned_down_because": reason,
    })))
}

/// Makes a plan of a statement, which waits for a person.
pub async fn propose(
    app: &App,
    caller: &Caller,
    store: &str,
    (statement, quote, agent): (String, String, String),
) -> Result<Became, ApiError> {
    let store = stores::known(app, caller, store).await?;
    if store.archived_at.is_some() {
        return Err(stores::archived(&store.id));
    }
    if statement.trim().is_empty() {
        return Err(ApiError::of("statement", "must have a character or more"));
    }
    if !QUOTE.contains(&quote.chars().count()) || quote.trim().chars().count() < *QUOTE.start() {
        return Err(ApiError::of("quote", "must have from 8 to 500 characters"));
    }
    if !(1..=MAX_AGENT).contains(&agent.chars().count()) {
        return Err(ApiError::of("agent", "must have from 1 to 128 characters"));
    }
    let proposal = Proposal { statement, quote, agent, at: ids::now() / 1_000 };
    let turn = app.runner.turn().await;
    let loaded = loaded(app, caller, &store.id).await?;
    let (asked, head) = (proposal.clone(), loaded.head.clone());
    let propose = move |engine: &_| keep::propose(engine, &loaded, &asked);
    let made = app.runner.with_engine(turn, propose).await.map_err(denied)?;
    match made {
        Ok(documents) => {
            let (workspace, made) = (&caller.workspace, (documents, head.as_deref()));
            let dream = app.database.propose(workspace, &store.id, &proposal, made).await?;
            dream.map(Became::Held).ok_or_else(|| ApiError::Moved("the memory store".into()))
        }
        Err(reason) => Ok(Became::TurnedDown(reason)),
    }
}
