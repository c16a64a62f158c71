//! Turns values of JavaScript, as JSON, into values of the engine. The names are those of `wit/` in
//! camel case; a document is its text.

use std::collections::BTreeMap;

use dreaming::canonical;
use dreaming::dream;
use dreaming::home;
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::interface::{EngineError, Invalid, NewMemory};
use dreaming::ledger;
use dreaming::pair::Similarity;
use dreaming::policy::{Policy, SettingValue};
use dreaming::session;
use dreaming::time::Time;
use dreaming::{apply, propose, revision};
use serde::Deserialize;

use crate::cross;

/// Milliseconds since 1970 from a JavaScript number.
///
/// # Errors
/// [`EngineError::InvalidRequest`] for anything but a whole number within ±(2^53 − 1).
pub(crate) fn time(millis: f64) -> Result<Time, EngineError> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    if millis.fract() != 0.0 || !(-MAX_SAFE..=MAX_SAFE).contains(&millis) {
        let why = "a time is a whole number of milliseconds since 1970";
        return Err(EngineError::InvalidRequest(Invalid::new("now", why)));
    }
    Ok(Time::from_millis(millis as i64))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Memory {
    path: String,
    text: String,
    observed_at: Option<i64>,
}

impl From<Memory> for NewMemory {
    fn from(memory: Memory) -> Self {
        Self { path: memory.path, text: memory.text, observed_at: memory.observed_at }
    }
}

#[derive(Deserialize)]
pub(crate) struct Room {
    bytes: Option<u64>,
    lines: Option<u64>,
}

impl From<Room> for home::Room {
    fn from(room: Room) -> Self {
        Self { bytes: room.bytes, lines: room.lines }
    }
}

#[derive(Deserialize)]
pub(crate) struct LedgerRow {
    key: String,
    value: String,
}

impl From<LedgerRow> for ledger::LedgerRow {
    fn from(row: LedgerRow) -> Self {
        Self { key: row.key, value: row.value.into_bytes() }
    }
}

#[derive(Deserialize)]
pub(crate) struct Session {
    id: String,
    agent: Option<String>,
    principal: Option<String>,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    bytes: u64,
}

impl From<Session> for session::Session {
    fn from(session: Session) -> Self {
        let part = |part: Part| session::Part { name: part.name, bytes: part.bytes };
        Self {
            id: SessionId::new(session.id),
            agent: session.agent,
            principal: session.principal,
            parts: session.parts.into_iter().map(part).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    policy: BTreeMap<String, serde_json::Value>,
    instructions: String,
    now: i64,
    sessions: Vec<Session>,
    #[serde(default, deserialize_with = "cross::of_engine")]
    similarities: Vec<Similarity>,
}

impl TryFrom<Request> for dream::Request {
    type Error = EngineError;

    fn try_from(request: Request) -> Result<Self, EngineError> {
        Ok(Self {
            policy: policy(request.policy)?,
            instructions: request.instructions,
            now: Time::from_millis(request.now),
            sessions: request.sessions.into_iter().map(Into::into).collect(),
            similarities: request.similarities,
        })
    }
}

/// Settings that differ from their defaults.
pub(crate) fn policy(settings: BTreeMap<String, serde_json::Value>) -> Result<Policy, EngineError> {
    let mut typed = Vec::with_capacity(settings.len());
    for (name, value) in settings {
        let value: SettingValue =
            canonical::from_bytes(value.to_string().as_bytes()).map_err(|_| {
                let why =
                    "a setting takes true or false, a whole number from 0, or a list of texts";
                EngineError::InvalidRequest(Invalid::new(&name, why))
            })?;
        typed.push((name, value));
    }
    Policy::of(typed)
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum Answer {
    Text(String),
    Refused,
    Failed(String),
}

impl From<Answer> for propose::Answer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Text(text) => Self::Text { text },
            Answer::Refused => Self::Refused,
            Answer::Failed(reason) => Self::Failed { reason },
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Selection {
    Auto,
    All,
    Only(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rewording {
    change: String,
    text: String,
}

impl From<Rewording> for revision::Rewording {
    fn from(edit: Rewording) -> Self {
        Self { change: ChangeId::new(edit.change), text: edit.text }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    accept: Selection,
    reject: Vec<String>,
    #[serde(default)]
    edits: Vec<Rewording>,
    reviewer: String,
    note: String,
    now: i64,
}

impl From<Decision> for revision::Decision {
    fn from(decision: Decision) -> Self {
        let ids = |ids: Vec<String>| ids.into_iter().map(ChangeId::new).collect();
        Self {
            accept: match decision.accept {
                Selection::Auto => revision::Selection::Auto,
                Selection::All => revision::Selection::All,
                Selection::Only(changes) => revision::Selection::Only(ids(changes)),
            },
            reject: ids(decision.reject),
            edits: decision.edits.into_iter().map(Into::into).collect(),
            reviewer: decision.reviewer,
            note: decision.note,
            now: Time::from_millis(decision.now),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum Erasure {
    Session(String),
    Entry(String),
}

impl From<Erasure> for apply::Erasure {
    fn from(what: Erasure) -> Self {
        match what {
            Erasure::Session(id) => Self::Session(SessionId::new(id)),
            Erasure::Entry(id) => Self::Entry(EntryId::new(id)),
        }
    }
}

/// Who decides, why and when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
    pub(crate) reviewer: String,
    pub(crate) note: String,
    pub(crate) now: i64,
}
