//! `/v1/sessions/{session}/threads`: what each agent of a session did, as its events say.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::sessions::{self, known};
use super::{App, show};
use crate::db::sessions::{ListedEvents, Session, Threads};
use crate::db::threads::Thread;
use crate::ids::written;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let session = known(&app, &caller, &session).await?;
    let (after, limit) = (page::number(&query)?, query.limit(false)?);
    let statuses = query.all("statuses");
    let is_wanted = statuses.is_empty() || statuses.contains(&show::status(&session));
    let threads = if is_wanted { app.database.threads(&session).await? } else { Vec::new() };
    let places = threads.into_iter().zip(1_i64..);
    let found: Vec<(Thread, i64)> = places
        .filter(|(_, place)| after.is_none_or(|after| *place > after))
        .take(limit + 1)
        .collect();
    let key = |(_, place): &(Thread, i64)| place.to_string();
    let shown = |(thread, _): &(Thread, i64)| shown(thread, &session);
    let mut page = page::cut(found, limit, key, shown);
    page["prev_page"] = Value::Null;
    Ok(Json(page))
}

pub async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path((session, thread)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let session = known(&app, &caller, &session).await?;
    let thread = of(&app, &session, &thread).await?;
    Ok(Json(shown(&thread, &session)))
}

pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Path((session, thread)): Path<(String, String)>,
    query: Query,
) -> Result<Response, ApiError> {
    let session = known(&app, &caller, &session).await?;
    let thread = of(&app, &session, &thread).await?;
    let listed = ListedEvents {
        of: match thread.parent {
            None => Threads::First,
            Some(_) => Threads::Other(thread.id),
        },
        between: query.between("created_at")?,
        after: page::number(&query)?,
        limit: query.limit(false)?,
        ..ListedEvents::default()
    };
    Ok(sessions::page_of(app.database.events(&session.id, &listed).await?))
}

/// The thread with this id.
async fn of(app: &App, session: &Session, id: &str) -> Result<Thread, ApiError> {
    let mut threads = app.database.threads(session).await?.into_iter();
    threads.find(|thread| thread.id == id).ok_or_else(|| ApiError::NotFound("thread", id.into()))
}

/// A thread as the API shows it. Of its agent only the name may differ from that of the session.
fn shown(thread: &Thread, session: &Session) -> Value {
    let mut agent = session.agent.clone();
    if let Some(fields) = agent.as_object_mut() {
        fields.remove("multiagent");
        if let Some(name) = &thread.agent {
            fields.insert("name".into(), name.clone().into());
        }
    }
    let (begun, ended) = thread.between;
    json!({
        "id": thread.id, "type": "session_thread", "session_id": session.id, "agent": agent,
        "parent_thread_id": thread.parent, "status": show::status(session),
        "created_at": written(begun), "updated_at": written(ended),
        "archived_at": session.archived_at.map(written), "stats": null, "usage": null,
        "workflow_run_id": null,
    })
}
