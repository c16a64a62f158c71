//! Sessions, and their events.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde_json::{Map, Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::stores::more;
use super::{Database, Result, objects, threads};
use crate::ids::{self, Of};

/// Bytes of the events of a page, at most, unless one alone has more. Chosen by us: many who read at once fit into
/// memory.
const PAGE: usize = 4 << 20;

/// A session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// `sesn_…`.
    pub id: String,
    /// The agent as it was when the session was made, in the form of the API.
    pub agent: Value,
    /// The id of its environment.
    pub environment: String,
    /// A name for people.
    pub title: Option<String>,
    /// A person's own notes of it.
    pub metadata: BTreeMap<String, String>,
    /// The memory stores that are attached to it, in the form of the API.
    pub resources: Vec<Value>,
    /// When it was made, in microseconds since 1970, as the next ones.
    pub created_at: i64,
    /// When it was last changed, or an event was added.
    pub updated_at: i64,
    /// When it was archived.
    pub archived_at: Option<i64>,
    /// The dream whose trace it is.
    pub dream: Option<String>,
}

impl Session {
    fn of(row: &AnyRow) -> Result<Self> {
        let (agent, metadata): (String, String) = (row.try_get("agent")?, row.try_get("metadata")?);
        let resources: String = row.try_get("resources")?;
        Ok(Self {
            id: row.try_get("id")?,
            agent: serde_json::from_str(&agent).unwrap_or_default(),
            environment: row.try_get("environment")?,
            title: row.try_get("title")?,
            metadata: serde_json::from_str(&metadata).unwrap_or_default(),
            resources: serde_json::from_str(&resources).unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            archived_at: row.try_get("archived_at")?,
            dream: row.try_get("dream")?,
        })
    }
}

/// An event of a session.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place among the events of the session, from 1.
    pub number: i64,
    /// All its fields, `id`, `type` and `processed_at` among them: JSON without line breaks, as it is kept.
    pub body: Vec<u8>,
}

/// Which sessions are listed.
#[derive(Debug, Default)]
pub struct Listed {
    /// Of which workspace.
    pub workspace: String,
    /// Of this agent alone; empty: of all.
    pub agent: String,
    /// With this memory store attached; empty: all.
    pub store: String,
    /// Made from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Whether archived ones are listed too, and whether only they are.
    pub archived: (bool, bool),
    /// Whether the oldest come first.
    pub is_ascending: bool,
    /// Those behind the one with this id; empty: from the first.
    pub after: String,
    /// How many.
    pub limit: usize,
}

/// Of which threads events are listed.
#[derive(Debug, Default)]
pub enum Threads {
    /// Of all.
    #[default]
    All,
    /// Of the first one, which tells of the others, too.
    First,
    /// Of another one.
    Other(String),
}

/// Which events are listed.
#[derive(Debug, Default)]
pub struct ListedEvents {
    /// Of which threads.
    pub of: Threads,
    /// Of these types alone; empty: of all.
    pub kinds: Vec<String>,
    /// Processed from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Whether the newest come first.
    pub is_descending: bool,
    /// Those behind the one with this number.
    pub after: Option<i64>,
    /// How many.
    pub limit: usize,
}

/// What became of a session that was to be deleted.
#[derive(Debug)]
pub enum Deleted {
    /// It is gone.
    Done,
    /// The workspace has no such session.
    Missing,
    /// It is the trace of this dream, which is not over.
    Traced(String),
}

/// An event that is to be added.
#[derive(Debug)]
pub struct NewEvent {
    /// Its type.
    pub kind: String,
    /// When it happened, if the client says so.
    pub processed_at: Option<i64>,
    /// All its fields.
    pub fields: Map<String, Value>,
}

impl Database {
    /// Makes a session as `new` says, which needs no id and no times.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_session(&self, workspace: &str, agent: &str, new: Session) -> Result<Session> {
        let now = ids::now();
        let id = ids::new(Of::Session, now)?;
        let session = Session { id, created_at: now, updated_at: now, ..new };
        let mut work = self.begin().await?;
        insert(&mut work, workspace, agent, &session).await?;
        work.commit().await?;
        Ok(session)
    }

    /// The session with an id, if the workspace has it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn session(&self, workspace: &str, id: &str) -> Result<Option<Session>> {
        let select = "SELECT * FROM sessions WHERE id = $1 AND workspace = $2";
        let row = sqlx::query(select).bind(id).bind(workspace).fetch_optional(&self.pool).await?;
        row.as_ref().map(Session::of).transpose()
    }

    /// The sessions of a workspace, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn sessions(&self, listed: &Listed) -> Result<Vec<Session>> {
        let select = match listed.is_ascending {
            false => {
                "SELECT * FROM sessions WHERE workspace = $1 AND ($2 = '' OR agent_id = $2) \
                 AND created_at BETWEEN $3 AND $4 AND ($5 = 1 OR archived_at IS NULL) \
                 AND ($6 = 0 OR archived_at IS NOT NULL) AND ($7 = '' OR id < $7) \
                 AND ($9 = '' OR REPLACE(resources, $9, '') <> resources) ORDER BY id DESC LIMIT $8"
            }
            true => {
                "SELECT * FROM sessions WHERE workspace = $1 AND ($2 = '' OR agent_id = $2) \
                 AND created_at BETWEEN $3 AND $4 AND ($5 = 1 OR archived_at IS NULL) \
                 AND ($6 = 0 OR archived_at IS NOT NULL) AND ($7 = '' OR id > $7) \
                 AND ($9 = '' OR REPLACE(resources, $9, '') <> resources) ORDER BY id LIMIT $8"
            }
        };
        let query = sqlx::query(select).bind(&listed.workspace).bind(&listed.agent);
        let query = query.bind(listed.between.0).bind(listed.between.1);
        let (all, only) = listed.archived;
        let query = query.bind(i32::from(all)).bind(i32::from(only)).bind(&listed.after);
        // The id as it stands in JSON.
        let store = match listed.store.is_empty() {
            true => String::new(),
            false => format!("\"{}\"", listed.store),
        };
        let query = query.bind(more(listed.limit)).bind(store);
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(Session::of).collect()
    }

    /// Archives a session: it takes no event any more.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn archive_session(&self, workspace: &str, id: &str) -> Result<Option<Session>> {
        let update = "UPDATE sessions SET archived_at = $1, updated_at = $1 \
                      WHERE id = $2 AND workspace = $3 AND archived_at IS NULL";
        sqlx::query(update).bind(ids::now()).bind(id).bind(workspace).execute(&self.pool).await?;
        self.session(workspace, id).await
    }

    /// Deletes a session with its events, and what models answered about it and others; open dreams that read it fail.
    /// Its transcripts outside of the database are noted with it, and deleted by [`crate::deletions::keep`].
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn delete_session(&self, workspace: &str, id: &str) -> Result<Deleted> {
        let mut work = self.begin().await?;
        // The row is changed first, so that whoever adds a transcript waits.
        let update = "UPDATE sessions SET updated_at = $1 WHERE id = $2 AND workspace = $3";
        let query = sqlx::query(update).bind(ids::now()).bind(id).bind(workspace);
        if query.execute(&mut *work).await?.rows_affected() == 0 {
            return Ok(Deleted::Missing);
        }
        if let Some(dream) = traced(&mut work, id).await? {
            return Ok(Deleted::Traced(dream));
        }
        objects::let_go(&mut work, id, None).await?;
        let delete = "DELETE FROM sessions WHERE id = $1";
        sqlx::query(delete).bind(id).execute(&mut *work).await?;
        self.fail_readers(&mut work, id).await?;
        for answers in [
            "DELETE FROM model_answers WHERE store IN (SELECT d.store FROM dreams d \
             JOIN dream_sessions s ON s.dream = d.id WHERE s.session = $1)",
            "DELETE FROM useless_answers WHERE store IN (SELECT d.store FROM dreams d \
             JOIN dream_sessions s ON s.dream = d.id WHERE s.session = $1)",
        ] {
            sqlx::query(answers).bind(id).execute(&mut *work).await?;
        }
        let digests = "DELETE FROM dream_calls WHERE dream IN (SELECT id FROM dreams WHERE store IN \
                       (SELECT d.store FROM dreams d JOIN dream_sessions s ON s.dream = d.id WHERE s.session = $1))";
        sqlx::query(digests).bind(id).execute(&mut *work).await?;
        work.commit().await?;
        Ok(Deleted::Done)
    }

    /// Adds events behind those that a session has, all or none. `None` when the workspace has no such session, or it
    /// is archived.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn add_events(
        &self,
        workspace: &str,
        session: &str,
        events: Vec<NewEvent>,
    ) -> Result<Option<Vec<Value>>> {
        let mut work = self.begin().await?;
        // The row is changed first, so that two that add to one session wait for each other.
        let update = "UPDATE sessions SET updated_at = $1 WHERE id = $2 AND workspace = $3 AND archived_at IS NULL";
        let query = sqlx::query(update).bind(ids::now()).bind(session).bind(workspace);
        if query.execute(&mut *work).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let added = append(&mut work, session, events).await?;
        work.commit().await?;
        Ok(Some(added))
    }

    /// At most `limit` events of a session behind the one with the number `after` and up to the one with the number
    /// `last`, as they are kept: their numbers, and JSON without line breaks.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn events_after(
        &self,
        session: &str,
        after: i64,
        last: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Vec<u8>)>> {
        let select = "SELECT number, body FROM session_events WHERE session = $1 AND number > $2 \
                      AND number <= $3 ORDER BY number LIMIT $4";
        let query = sqlx::query(select).bind(session).bind(after).bind(last).bind(limit);
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("number")?, row.try_get("body")?))).collect()
    }

    /// The events of a session, as many as asked for and fit into a page, and whether there are more.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn events(&self, session: &str, listed: &ListedEvents) -> Result<(Vec<Event>, bool)> {
        // Names of types have no comma.
        let kinds = match listed.kinds.is_empty() {
            true => String::new(),
            false => format!(",{},", listed.kinds.join(",")),
        };
        let select = match listed.is_descending {
            false => {
                "SELECT number, body FROM session_events WHERE session = $1 AND number > $2 \
                 AND ($3 = '' OR $3 LIKE '%,' || REPLACE(kind, '_', '\\_') || ',%' ESCAPE '\\') \
                 AND processed_at BETWEEN $4 AND $5 AND ($7 = 0 \
                   OR $7 = 1 AND (thread IS NULL OR kind LIKE 'session.thread%') \
                   OR $7 = 2 AND thread = $8 AND kind NOT LIKE 'session.thread%') ORDER BY number LIMIT $6"
            }
            true => {
                "SELECT number, body FROM session_events WHERE session = $1 AND number < $2 \
                 AND ($3 = '' OR $3 LIKE '%,' || REPLACE(kind, '_', '\\_') || ',%' ESCAPE '\\') \
                 AND processed_at BETWEEN $4 AND $5 AND ($7 = 0 \
                   OR $7 = 1 AND (thread IS NULL OR kind LIKE 'session.thread%') \
                   OR $7 = 2 AND thread = $8 AND kind NOT LIKE 'session.thread%') ORDER BY number DESC LIMIT $6"
            }
        };
        let first = if listed.is_descending { i64::MAX } else { 0 };
        let query =
            sqlx::query(select).bind(session).bind(listed.after.unwrap_or(first)).bind(kinds);
        let query = query.bind(listed.between.0).bind(listed.between.1).bind(more(listed.limit));
        let (of, thread) = match &listed.of {
            Threads::All => (0, ""),
            Threads::First => (1, ""),
            Threads::Other(thread) => (2, thread.as_str()),
        };
        // One at a time: all together may be more than fits.
        let mut rows = query.bind(of).bind(thread).fetch(&self.pool);
        let (mut events, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            let body: Vec<u8> = row.try_get("body")?;
            bytes += body.len();
            if events.len() == listed.limit || (bytes > PAGE && !events.is_empty()) {
                return Ok((events, true));
            }
            events.push(Event { number: row.try_get("number")?, body });
        }
        Ok((events, false))
    }
}

/// An agent that is only known by its id.
pub fn agent(id: &str, version: i64) -> Value {
    json!({
        "id": id, "type": "agent", "version": version, "name": id, "model": { "id": "unknown" },
        "tools": [], "mcp_servers": [], "skills": [], "execution_identity": { "type": "service_account" },
        "system": null, "description": null, "multiagent": null,
    })
}

/// Adds a session.
pub(super) async fn insert(
    work: &mut AnyConnection,
    workspace: &str,
    agent: &str,
    session: &Session,
) -> Result<()> {
    let insert = "INSERT INTO sessions (id, workspace, agent, agent_id, environment, title, metadata, \
                  created_at, updated_at, dream, resources) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)";
    let query =
        sqlx::query(insert).bind(&session.id).bind(workspace).bind(session.agent.to_string());
    let query = query.bind(agent).bind(&session.environment).bind(session.title.clone());
    let metadata = serde_json::to_string(&session.metadata).unwrap_or_default();
    let query = query.bind(metadata).bind(session.created_at).bind(session.dream.clone());
    let resources = serde_json::to_string(&session.resources).unwrap_or_default();
    query.bind(resources).execute(&mut *work).await?;
    Ok(())
}

/// Archives a session; whether there is one.
pub(super) async fn archive(work: &mut AnyConnection, session: &str) -> Result<bool> {
    let update = "UPDATE sessions SET archived_at = $1, updated_at = $1 WHERE id = $2";
    let query = sqlx::query(update).bind(ids::now()).bind(session);
    Ok(query.execute(&mut *work).await?.rows_affected() > 0)
}

/// The dream whose trace a session is, if the dream is not over.
async fn traced(work: &mut AnyConnection, session: &str) -> Result<Option<String>> {
    let select = "SELECT d.id FROM sessions s JOIN dreams d ON d.id = s.dream \
                  WHERE s.id = $1 AND d.status IN ('pending', 'running')";
    let row = sqlx::query(select).bind(session).fetch_optional(work).await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}

/// Changes those messages and errors of a session that are meant, by how they are kept. Returns how many were changed.
pub(super) async fn empty(
    work: &mut AnyConnection,
    session: &str,
    is_meant: impl Fn(&[u8]) -> bool,
    change: impl Fn(&mut Value),
) -> Result<u64> {
    let select = "SELECT number, body FROM session_events WHERE session = $1 \
                  AND kind IN ('agent.message', 'session.error')";
    let mut changed = 0;
    for row in sqlx::query(select).bind(session).fetch_all(&mut *work).await? {
        let (number, body): (i64, Vec<u8>) = (row.try_get("number")?, row.try_get("body")?);
        let mut event: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !is_meant(&body) {
            continue;
        }
        let before = event.clone();
        change(&mut event);
        if event != before {
            let update = "UPDATE session_events SET body = $1 WHERE session = $2 AND number = $3";
            let query = sqlx::query(update).bind(event.to_string().into_bytes()).bind(session);
            query.bind(number).execute(&mut *work).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Adds events behind those that a session has.
pub(super) async fn append(
    work: &mut AnyConnection,
    session: &str,
    events: Vec<NewEvent>,
) -> Result<Vec<Value>> {
    let last = "SELECT COALESCE(MAX(number), 0) AS last FROM session_events WHERE session = $1";
    let mut number: i64 =
        sqlx::query(last).bind(session).fetch_one(&mut *work).await?.try_get("last")?;
    let mut added = Vec::with_capacity(events.len());
    for event in events {
        number += 1;
        let now = ids::now();
        let mut fields = event.fields;
        let time = event.processed_at.unwrap_or(now);
        let id = match fields.get("id").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => ids::new(Of::Event, now)?,
        };
        fields.insert("id".into(), id.clone().into());
        fields.insert("processed_at".into(), ids::written(time).into());
        let body = Value::Object(fields);
        let thread = body[threads::FIELD].as_str().map(str::to_owned);
        let insert = "INSERT INTO session_events (session, number, id, kind, processed_at, body, thread) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let query =
            sqlx::query(insert).bind(session).bind(number).bind(id).bind(&event.kind).bind(time);
        query.bind(body.to_string().into_bytes()).bind(thread).execute(&mut *work).await?;
        added.push(body);
    }
    Ok(added)
}
