//! The threads of a session: the first one, and one for each agent that it sent off, by what events say of themselves.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::Row as _;

use super::sessions::Session;
use super::{Database, Result};

/// The field by which an event says to which thread it belongs.
pub const FIELD: &str = "session_thread_id";

/// Tells of a thread in the first one; such events begin so.
const CREATED: &str = "session.thread_created";

/// A thread of a session.
#[derive(Clone, Debug)]
pub struct Thread {
    /// `sthr_…`, or as the client named it.
    pub id: String,
    /// The name of its agent, if an event tells it.
    pub agent: Option<String>,
    /// The thread that sent it off; none for the first.
    pub parent: Option<String>,
    /// When its first and its last event happened, in microseconds since 1970.
    pub between: (i64, i64),
}

/// The id of the first thread of a session.
pub fn first(session: &str) -> String {
    format!("sthr_{}", session.trim_start_matches("sesn_"))
}

impl Database {
    /// The threads of a session: the first one, and then the others as they began.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn threads(&self, session: &Session) -> Result<Vec<Thread>> {
        let mut names = BTreeMap::new();
        let created = "SELECT thread, body FROM session_events \
                       WHERE session = $1 AND kind = $2 AND thread IS NOT NULL";
        let query = sqlx::query(created).bind(&session.id).bind(CREATED);
        for row in query.fetch_all(&self.pool).await? {
            let body: Vec<u8> = row.try_get("body")?;
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let name = body["agent_name"].as_str().map(str::to_owned);
            names.insert(row.try_get::<String, _>("thread")?, name);
        }
        let first = Thread {
            id: first(&session.id),
            agent: None,
            parent: None,
            between: (session.created_at, session.updated_at),
        };
        let mut threads = vec![first.clone()];
        let others = "SELECT thread, MIN(processed_at) AS begun, MAX(processed_at) AS ended FROM session_events \
                      WHERE session = $1 AND thread IS NOT NULL GROUP BY thread ORDER BY begun, thread";
        for row in sqlx::query(others).bind(&session.id).fetch_all(&self.pool).await? {
            let id: String = row.try_get("thread")?;
            threads.push(Thread {
                agent: names.remove(&id).flatten(),
                id,
                parent: Some(first.id.clone()),
                between: (row.try_get("begun")?, row.try_get("ended")?),
            });
        }
        Ok(threads)
    }
}
