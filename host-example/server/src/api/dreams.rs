//! `/v1/dreams`.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dreaming_models::batch::SHARE;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::keep::denied;
use super::terms::{Given, Model};
use super::{App, show};
use crate::db::dreams::{Asked, Budget, Created, Dream, Listed, Unchanged};
use crate::dream::estimate::Estimated;
use crate::ids::Day;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Sessions of a dream, at most. Source: `dreams-api.md`, section 3.
const MAX_SESSIONS: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    inputs: Vec<Input>,
    model: Model,
    instructions: Option<String>,
    output_behavior: Option<Behavior>,
    x_policy: Option<Map<String, Value>>,
    x_batch: Option<bool>,
    x_budget: Option<Budget>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Input {
    MemoryStore { memory_store_id: String },
    Sessions { session_ids: Vec<String> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Behavior {
    // With braces, or its unknown fields would be left unread.
    CreateNew {},
    UpdateExisting { memory_store_id: String },
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let asked = asked(&app, new).await?;
    let budget = app.database.budget(&caller.workspace).await?;
    let price = app.runner.models().price_within(&asked.terms, budget);
    let price = price.map_err(|(field, why)| ApiError::of(field, why))?;
    let store = asked.store.clone();
    match app.database.new_dream(&caller.workspace, asked, price).await? {
        Created::Done(dream) => {
            app.runner.wake();
            Ok(shown(&app, &dream).await?)
        }
        refused => Err(refusal(refused, &store)),
    }
}

/// What a dream would take, without asking anybody.
pub async fn estimate(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let asked = asked(&app, new).await?;
    if let Some(refused) = app.database.refusal(&caller.workspace, &asked).await? {
        return Err(refusal(refused, &asked.store));
    }
    let models = app.runner.models();
    let (price, batched) =
        (models.price(&asked.terms.model), models.takes_batches(&asked.terms.model));
    let Estimated { estimate, over, sessions, again } =
        app.runner.estimate(&caller.workspace, asked).await.map_err(denied)?;
    let cost = |usage| price.map(|price| price.of(usage));
    let (about, most) = (cost(estimate.usage), cost(estimate.at_most()));
    let in_batches = |cost: Option<f64>| cost.filter(|_| batched).map(|cost| cost * SHARE);
    Ok(Json(json!({
        "type": "x_estimate", "sessions": sessions, "sessions_asked_again": again,
        "calls": { "to_make": estimate.calls, "recorded": estimate.known, "over_budget": over },
        "tokens": {
            "input": estimate.usage.input, "output": estimate.usage.output, "most_output": estimate.most,
        },
        "cost_dollars": about, "most_cost_dollars": most,
        "batched": { "cost_dollars": in_batches(about), "most_cost_dollars": in_batches(most) },
    })))
}

/// What a body asks for.
async fn asked(app: &App, new: New) -> Result<Asked, ApiError> {
    let (store, sessions) = inputs(new.inputs)?;
    let is_update = is_update(new.output_behavior, &store)?;
    let given = Given {
        model: new.model,
        instructions: new.instructions,
        policy: new.x_policy,
        batch: new.x_batch,
        budget: new.x_budget,
    };
    Ok(Asked { store, is_update, sessions, terms: given.terms(app).await? })
}

/// Why there is no dream over the store `store`.
fn refusal(refused: Created, store: &str) -> ApiError {
    let why = match refused {
        Created::Held(dream) => return ApiError::Held(dream),
        Created::Archived => format!("the memory store `{store}` is archived"),
        Created::NoSession(id) => format!("there is no session with the id `{id}`"),
        Created::Trace(id) => {
            format!("the session `{id}` is the trace of a dream, which no dream reads")
        }
        Created::NoStore | Created::Done(_) => {
            format!("there is no memory store with the id `{store}`")
        }
    };
    ApiError::of("inputs", why)
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    shown(&app, &known(&app, &caller, &id).await?).await
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let statuses = query.all("statuses").into_iter().map(str::to_owned).collect::<Vec<_>>();
    let is_word = |status: &String| status.chars().all(|c| c.is_ascii_lowercase());
    if !statuses.iter().all(is_word) {
        return Err(ApiError::of("statuses", "must be statuses of dreams"));
    }
    let listed = Listed {
        workspace: caller.workspace,
        statuses,
        between: query.between("created_at")?,
        undecided: query.is("x_undecided")?,
        archived: query.is("include_archived")?,
        after: page::after(&query)?.unwrap_or_default(),
        limit: query.limit(false)?,
    };
    let found = app.database.dreams(&listed).await?;
    // All are of one workspace.
    let is_spent = app.database.is_spent(&listed.workspace, Day::today()).await?;
    let show = |dream: &Dream| show::dream(dream, is_spent);
    Ok(Json(page::cut(found, listed.limit, |dream| dream.id.clone(), show)))
}

pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    changed(app.database.cancel(&caller.workspace, &id).await?, &id, "be canceled")?;
    shown(&app, &known(&app, &caller, &id).await?).await
}

pub async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    changed(app.database.archive_dream(&caller.workspace, &id).await?, &id, "be archived")?;
    shown(&app, &known(&app, &caller, &id).await?).await
}

pub async fn plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let documents = app.database.documents(&caller.workspace, &id).await?;
    document(documents.ok_or_else(|| missing(&id))?.0, &id)
}

pub async fn report(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let documents = app.database.documents(&caller.workspace, &id).await?;
    document(documents.ok_or_else(|| missing(&id))?.1, &id)
}

/// A document of a dream, byte for byte.
fn document(document: Option<Vec<u8>>, id: &str) -> Result<Response, ApiError> {
    let document = kept(document, id)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document).into_response())
}

/// A document of a dream, unless the dream has none yet, or it was emptied.
pub fn kept(document: Option<Vec<u8>>, id: &str) -> Result<Vec<u8>, ApiError> {
    let why = match document {
        Some(document) if !document.is_empty() => return Ok(document),
        Some(_) => "had a plan and a report: they went with what was erased, or with its stores",
        None => "is not completed: it has no plan and no report",
    };
    Err(ApiError::of("dream_id", format!("`{id}` {why}")))
}

/// The store that a dream is over and the sessions that it reads, sorted.
fn inputs(inputs: Vec<Input>) -> Result<(String, Vec<String>), ApiError> {
    let (mut stores, mut lists) = (Vec::new(), Vec::new());
    for input in inputs {
        match input {
            Input::MemoryStore { memory_store_id } => stores.push(memory_store_id),
            Input::Sessions { session_ids } => lists.push(session_ids),
        }
    }
    let (Ok([store]), Ok([mut sessions])) = (<[_; 1]>::try_from(stores), <[_; 1]>::try_from(lists))
    else {
        return Err(ApiError::of(
            "inputs",
            "must be one of the type `memory_store` and one of the type `sessions`",
        ));
    };
    let number = sessions.len();
    if !(1..=MAX_SESSIONS).contains(&number) {
        return Err(ApiError::of(
            "inputs",
            format!("must have from 1 to {MAX_SESSIONS} sessions, not {number}"),
        ));
    }
    sessions.sort();
    sessions.dedup();
    if sessions.len() < number {
        return Err(ApiError::of("inputs", "must have each session once"));
    }
    Ok((store, sessions))
}

/// Whether a dream writes into the store that it is over.
fn is_update(behavior: Option<Behavior>, store: &str) -> Result<bool, ApiError> {
    match behavior {
        None | Some(Behavior::CreateNew {}) => Ok(false),
        Some(Behavior::UpdateExisting { memory_store_id }) if memory_store_id == store => Ok(true),
        Some(Behavior::UpdateExisting { .. }) => Err(ApiError::of(
            "output_behavior.memory_store_id",
            "must be the memory store of `inputs`",
        )),
    }
}

/// The dream with this id, if the caller's workspace has it.
pub async fn known(app: &App, caller: &Caller, id: &str) -> Result<Dream, ApiError> {
    app.database.dream(&caller.workspace, id).await?.ok_or_else(|| missing(id))
}

/// A dream as the API shows it now.
async fn shown(app: &App, dream: &Dream) -> Result<Json<Value>, ApiError> {
    let is_spent = app.database.is_spent(&dream.workspace, Day::today()).await?;
    Ok(Json(show::dream(dream, is_spent)))
}

fn changed(done: Result<(), Unchanged>, id: &str, what: &str) -> Result<(), ApiError> {
    done.map_err(|why| match why {
        Unchanged::Missing => missing(id),
        Unchanged::Is(status) => {
            ApiError::of("dream_id", format!("`{id}` is {}: it cannot {what}", status.name()))
        }
    })
}

fn missing(id: &str) -> ApiError {
    ApiError::NotFound("dream", id.into())
}
