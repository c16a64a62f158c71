//! `/v1/sessions`: sessions are registered here so that dreams can read them; no agent runs.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{App, show, stores};
use crate::db::sessions::{Event, Listed, ListedEvents, NewEvent, Session};
use crate::ids;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::query::Query;

/// The metadata that says that a session's events come from elsewhere.
const IMPORT: (&str, &str) = ("x_import", "true");

/// What a client may send to a session that is no import. Source: `dreams-api.md`, section 5.
const INPUTS: [&str; 7] = [
    "user.message",
    "user.interrupt",
    "user.tool_confirmation",
    "user.custom_tool_result",
    "user.tool_result",
    "user.define_outcome",
    "system.message",
];

/// Events of one request, at most. Chosen by us: their bodies fit into one request.
const MAX_EVENTS: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    agent: Agent,
    environment_id: String,
    title: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    initial_events: Option<Vec<Map<String, Value>>>,
    // Of these only empty lists are taken: nothing here could use what they name.
    resources: Option<Vec<Value>>,
    vault_ids: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Agent {
    Id(String),
    Version { id: String, version: Option<i64> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    events: Vec<Map<String, Value>>,
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let metadata = new.metadata.unwrap_or_default();
    stores::check_metadata(&metadata)?;
    if new.resources.is_some_and(|all| !all.is_empty()) {
        return Err(ApiError::of(
            "resources",
            "must be empty: this server runs no agent that could use them",
        ));
    }
    if new.vault_ids.is_some_and(|all| !all.is_empty()) {
        return Err(ApiError::of(
            "vault_ids",
            "must be empty: this server runs no agent that could use them",
        ));
    }
    let (agent, version) = match new.agent {
        Agent::Id(id) => (id, 1),
        Agent::Version { id, version } => (id, version.unwrap_or(1)),
    };
    if agent.is_empty() || new.environment_id.is_empty() {
        return Err(ApiError::of("agent", "and `environment_id` must have a character or more"));
    }
    let events =
        events(new.initial_events.unwrap_or_default(), is_import(&metadata), "initial_events")?;
    let shown = show::agent(&agent, version);
    let made = (&*agent, shown);
    let session = app
        .database
        .new_session(&caller.workspace, made, new.environment_id, new.title, metadata)
        .await?;
    if !events.is_empty() {
        app.database.add_events(&caller.workspace, &session.id, events).await?;
    }
    Ok(Json(show::session(&session)))
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(show::session(&known(&app, &caller, &id).await?)))
}

pub async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let session = app.database.archive_session(&caller.workspace, &id).await?;
    Ok(Json(show::session(&session.ok_or_else(|| missing(&id))?)))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.delete_session(&caller.workspace, &id).await? {
        true => Ok(Json(json!({ "id": id, "type": "session_deleted" }))),
        false => Err(missing(&id)),
    }
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    // Of the four states a session here has two: idle, and terminated once it is archived.
    let statuses = query.all("statuses");
    let wants = |status: &str| statuses.is_empty() || statuses.contains(&status);
    let listed = Listed {
        workspace: caller.workspace,
        agent: query.get("agent_id").unwrap_or_default().into(),
        between: query.between("created_at")?,
        archived: (query.is("include_archived")? && wants("terminated"), !wants("idle")),
        is_ascending: query.order("desc")? == "asc",
        after: page::after(&query)?.unwrap_or_default(),
        limit: query.limit(false)?,
    };
    let found = match query.get("memory_store_id").or(query.get("deployment_id")) {
        // No session has a store or a deployment attached.
        Some(_) => Vec::new(),
        None => app.database.sessions(&listed).await?,
    };
    let mut page = page::cut(found, listed.limit, |session| session.id.clone(), show::session);
    page["prev_page"] = Value::Null;
    Ok(Json(page))
}

pub async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(sent): Body<Sent>,
) -> Result<Json<Value>, ApiError> {
    let session = known(&app, &caller, &id).await?;
    let events = events(sent.events, is_import(&session.metadata), "events")?;
    match app.database.add_events(&caller.workspace, &id, events).await? {
        Some(added) => {
            // The SDKs know no other events in this answer, and refuse one that has some.
            let is_input = |event: &&Value| INPUTS.iter().any(|kind| event["type"] == **kind);
            let inputs: Vec<&Value> = added.iter().filter(is_input).collect();
            Ok(Json(json!({ "data": inputs, "x_added": added.len() })))
        }
        None => Err(ApiError::of(
            "session_id",
            format!("`{id}` is archived: it can be read, and takes no event"),
        )),
    }
}

pub async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    known(&app, &caller, &id).await?;
    let after = page::after(&query)?.map(|key| key.parse());
    let after = after
        .transpose()
        .map_err(|_| ApiError::of("page", "must be the `next_page` of an answer"))?;
    let listed = ListedEvents {
        kinds: query.all("types").into_iter().map(str::to_owned).collect(),
        between: query.between("created_at")?,
        is_descending: query.order("asc")? == "desc",
        after,
        limit: query.limit(false)?,
    };
    let found = app.database.events(&id, &listed).await?;
    let key = |event: &Event| event.number.to_string();
    Ok(Json(page::cut(found, listed.limit, key, |event| event.body.clone())))
}

/// The session with this id, if the caller's workspace has it.
async fn known(app: &App, caller: &Caller, id: &str) -> Result<Session, ApiError> {
    app.database.session(&caller.workspace, id).await?.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    ApiError::NotFound("session", id.into())
}

fn is_import(metadata: &BTreeMap<String, String>) -> bool {
    metadata.get(IMPORT.0).is_some_and(|value| value == IMPORT.1)
}

/// Checks events of the field `field`. Those of an import may be of any type, and say when they happened.
fn events(
    sent: Vec<Map<String, Value>>,
    is_import: bool,
    field: &str,
) -> Result<Vec<NewEvent>, ApiError> {
    if sent.len() > MAX_EVENTS {
        return Err(ApiError::of(field, "must have at most 1,000 events"));
    }
    let mut events = Vec::with_capacity(sent.len());
    for (at, fields) in sent.into_iter().enumerate() {
        let text =
            |name: &str| fields.get(name).filter(|value| !value.is_null()).map(Value::as_str);
        let refuse =
            |name: &str, why: &str| Err(ApiError::of(format!("{field}[{at}].{name}"), why));
        let Some(Some(kind)) = text("type") else { return refuse("type", "must be a text") };
        let is_name =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
        if kind.is_empty() || !kind.chars().all(is_name) {
            return refuse("type", "must have lower-case letters, digits, `.` and `_` only");
        }
        if !is_import && !INPUTS.contains(&kind) {
            let why = "must be an input of a person; a session with the metadata `x_import`: `true` takes all types";
            return refuse("type", why);
        }
        let processed_at = match text("processed_at") {
            Some(Some(time)) if is_import => ids::read(time).map(Some),
            None => Some(None),
            _ => None,
        };
        let Some(processed_at) = processed_at else {
            return refuse(
                "processed_at",
                "must be a time, and only of a session with the metadata `x_import`",
            );
        };
        if let Some(id) = text("id")
            && (!is_import || id.is_none_or(str::is_empty))
        {
            return refuse(
                "id",
                "must be a text, and only of a session with the metadata `x_import`",
            );
        }
        events.push(NewEvent { kind: kind.into(), processed_at, fields });
    }
    Ok(events)
}
