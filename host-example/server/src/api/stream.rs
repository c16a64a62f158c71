//! The events of a session as they come: those that there are, and then each new one, until the session is archived or
//! deleted, or the key revoked.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use serde_json::Value;
use tokio::time::sleep;

use super::{App, sessions};
use crate::db;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;

/// Time between two looks for new events. Chosen by us: a person who watches a dream sees no delay.
const LOOK: Duration = Duration::from_millis(500);

/// Events that are read at once. Chosen by us.
const PAGE: i64 = 100;

/// Who watches which session, and how far.
struct Watched {
    app: App,
    caller: Caller,
    session: String,
    /// The number of the last event that was read.
    number: i64,
    /// Events that are to be sent.
    waiting: VecDeque<Vec<u8>>,
}

pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    sessions::known(&app, &caller, &session).await?;
    let watched = Watched { app, caller, session, number: 0, waiting: VecDeque::new() };
    let stream = unfold(watched, |mut watched| async move {
        let body = watched.next().await?;
        Some((Ok(sent(&body)), watched))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

impl Watched {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(body) = self.waiting.pop_front() {
                return Some(body);
            }
            // Asked before the events, so that none is missed that comes before the end.
            let (database, id) = (&self.app.database, &self.session);
            let session = told(database.session(&self.caller.workspace, id).await)?;
            let events = told(database.events_after(id, self.number, i64::MAX, PAGE).await)?;
            let is_open = told(database.is_open(&self.caller.key).await)?;
            let is_over = !is_open || session.is_none_or(|session| session.archived_at.is_some());
            if events.is_empty() && is_over {
                return None;
            }
            if events.is_empty() {
                sleep(LOOK).await;
            }
            for (number, body) in events {
                self.number = number;
                self.waiting.push_back(body);
            }
        }
    }
}

/// What the database says; a stream that cannot be read ends.
fn told<T>(read: db::Result<T>) -> Option<T> {
    read.inspect_err(db::report).ok()
}

fn sent(body: &[u8]) -> Event {
    let kind = serde_json::from_slice::<Value>(body).ok();
    let kind = kind.as_ref().and_then(|event| event["type"].as_str()).unwrap_or_default();
    // Bodies are JSON, which has no line breaks of its own.
    Event::default().event(kind).data(String::from_utf8_lossy(body))
}
