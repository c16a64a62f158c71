//! `/v1/sessions`: sessions are registered here so that dreams can read them; no agent runs.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::definitions::of_session;
use super::{App, show, stores};
use crate::db::definitions::Kind;
use crate::db::sessions::{self, Deleted, Event, Listed, ListedEvents, NewEvent, Session};
use crate::db::threads::FIELD as THREAD;
use crate::ids;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
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

/// Memory stores of a session, at most, and characters of what an agent is told of one. Source: `dreams-api.md`,
/// sections 4.2 and 5.
const MAX_STORES: usize = 8;
const MAX_INSTRUCTIONS: usize = 4_096;

/// Events of one request, at most. Chosen by us: their bodies fit into one request.
const MAX_EVENTS: usize = 1_000;

/// Characters of the id of an event and of its thread, at most. Chosen by us: Postgres has no index of more than some
/// thousand bytes.
const MAX_ID: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    agent: Agent,
    environment_id: String,
    title: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    initial_events: Option<Vec<Map<String, Value>>>,
    resources: Option<Vec<Resource>>,
    // Only an empty list is taken: nothing here could use what it names.
    vault_ids: Option<Vec<String>>,
}

/// What an agent gets besides its words. Of the hosted API's kinds, this one.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Resource {
    MemoryStore { memory_store_id: String, access: Option<Access>, instructions: Option<String> },
}

/// What an agent may do with a memory store.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Access {
    ReadWrite,
    ReadOnly,
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
    let resources = attached(&app, &caller, new.resources.unwrap_or_default()).await?;
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
    // One that nobody described is only known by its id.
    let described = app.database.definition(&caller.workspace, Kind::Agent, &agent).await?;
    let asked = Session {
        agent: described
            .map_or_else(|| sessions::agent(&agent, version), |agent| of_session(&agent)),
        environment: new.environment_id,
        title: new.title,
        metadata,
        resources,
        ..Session::default()
    };
    let session = app.database.new_session(&caller.workspace, &agent, asked).await?;
    if !events.is_empty() {
        app.database.add_events(&caller.workspace, &session.id, events).await?;
    }
    // No part comes with it.
    Ok(Json(show::session(&session, &[])))
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let session = known(&app, &caller, &id).await?;
    Ok(Json(show::session(&session, &app.database.parts(&id).await?)))
}

pub async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let session = app.database.archive_session(&caller.workspace, &id).await?;
    let session = session.ok_or_else(|| missing(&id))?;
    Ok(Json(show::session(&session, &app.database.parts(&id).await?)))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.delete_session(&caller.workspace, &id).await? {
        Deleted::Done => Ok(Json(json!({ "id": id, "type": "session_deleted" }))),
        Deleted::Missing => Err(missing(&id)),
        Deleted::Traced(dream) => Err(ApiError::Traced(dream)),
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
        store: query.get("memory_store_id").unwrap_or_default().into(),
        between: query.between("created_at")?,
        archived: (query.is("include_archived")? && wants("terminated"), !wants("idle")),
        is_ascending: query.order("desc")? == "asc",
        after: page::after(&query)?.unwrap_or_default(),
        limit: query.limit(false)?,
    };
    let found = match query.get("deployment_id") {
        // No session has a deployment.
        Some(_) => Vec::new(),
        None => app.database.sessions(&listed).await?,
    };
    let mut with_parts = Vec::with_capacity(found.len());
    for session in found {
        let parts = app.database.parts(&session.id).await?;
        with_parts.push((session, parts));
    }
    let id = |(session, _): &(Session, _)| session.id.clone();
    let show = |(session, parts): &(Session, Vec<(String, u64)>)| show::session(session, parts);
    let mut page = page::cut(with_parts, listed.limit, id, show);
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
    if session.dream.is_some() {
        return Err(ApiError::of(
            "session_id",
            format!("`{id}` is the trace of a dream: it takes no event"),
        ));
    }
    if app.database.has_parts(&id).await? {
        return Err(ApiError::of("session_id", format!("`{id}` has parts: it takes no event")));
    }
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
) -> Result<Response, ApiError> {
    known(&app, &caller, &id).await?;
    let listed = ListedEvents {
        kinds: query.all("types").into_iter().map(str::to_owned).collect(),
        between: query.between("created_at")?,
        is_descending: query.order("asc")? == "desc",
        after: page::number(&query)?,
        limit: query.limit(false)?,
        ..ListedEvents::default()
    };
    Ok(page_of(app.database.events(&id, &listed).await?))
}

/// A page of events, as they are kept, and whether there are more.
pub fn page_of((events, more): (Vec<Event>, bool)) -> Response {
    let last = events.last().filter(|_| more).map(|event| event.number.to_string());
    let bodies: Vec<Vec<u8>> = events.into_iter().map(|event| event.body).collect();
    let next = page::next(last.as_deref()).to_string();
    let body =
        [b"{\"data\":[", &*bodies.join(&b","[..]), b"],\"next_page\":", next.as_bytes(), b"}"];
    ([(header::CONTENT_TYPE, "application/json")], body.concat()).into_response()
}

/// The session with this id, if the caller's workspace has it.
pub async fn known(app: &App, caller: &Caller, id: &str) -> Result<Session, ApiError> {
    app.database.session(&caller.workspace, id).await?.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    ApiError::NotFound("session", id.into())
}

/// The memory stores of a session as the API shows them: with name and description as they are now, and the folder
/// where an agent finds them.
async fn attached(
    app: &App,
    caller: &Caller,
    resources: Vec<Resource>,
) -> Result<Vec<Value>, ApiError> {
    if resources.len() > MAX_STORES {
        return Err(ApiError::of("resources", format!("must have at most {MAX_STORES} stores")));
    }
    let mut shown: Vec<Value> = Vec::with_capacity(resources.len());
    for (at, resource) in resources.into_iter().enumerate() {
        let Resource::MemoryStore { memory_store_id, access, instructions } = resource;
        let field = |name: &str| format!("resources[{at}].{name}");
        let length = instructions.as_ref().map_or(0, |text| text.chars().count());
        if length > MAX_INSTRUCTIONS {
            return Err(ApiError::of(field("instructions"), "must have at most 4,096 characters"));
        }
        let store = app.database.store(&caller.workspace, &memory_store_id).await?;
        let Some(store) = store.filter(|store| store.archived_at.is_none()) else {
            let why = format!(
                "there is no memory store with the id `{memory_store_id}` that is not archived"
            );
            return Err(ApiError::of(field("memory_store_id"), why));
        };
        let mount_path = mount_path(&store.name);
        if shown.iter().any(|other| other["mount_path"] == *mount_path) {
            let why = format!(
                "must not share its folder, `{mount_path}`, with another store of the session"
            );
            return Err(ApiError::of(field("memory_store_id"), why));
        }
        let access = match access {
            None | Some(Access::ReadWrite) => "read_write",
            Some(Access::ReadOnly) => "read_only",
        };
        shown.push(json!({
            "type": "memory_store", "memory_store_id": store.id, "access": access,
            "instructions": instructions, "name": store.name, "description": store.description,
            "mount_path": mount_path,
        }));
    }
    Ok(shown)
}

/// The folder where an agent finds the memories of a store. Source: `dreams-api.md`, section 4.
fn mount_path(name: &str) -> String {
    let words = name.to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("/mnt/memory/{}", words.join("-"))
}

pub fn is_import(metadata: &BTreeMap<String, String>) -> bool {
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
        for name in ["id", THREAD] {
            let Some(Some(id)) = text(name) else { continue };
            if id.contains('\0') || id.chars().count() > MAX_ID {
                return refuse(name, "must have at most 256 characters, and no U+0000");
            }
        }
        events.push(NewEvent { kind: kind.into(), processed_at, fields });
    }
    Ok(events)
}
