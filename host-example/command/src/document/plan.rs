//! What a dream would change, what a person has to decide, and what was turned down.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::evidence::{Evidence, Support};
use super::session::SessionRecord;
use crate::error::{Error, Result};

/// Form `dreaming.plan/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The engine that made it.
    pub fingerprint: Value,
    /// The revision that it was made for.
    pub base: Option<String>,
    /// The `now` of the dream.
    pub now: i64,
    /// The settings that differ from the defaults.
    pub policy: Map<String, Value>,
    /// The sessions of the request.
    pub sessions: Vec<SessionResult>,
    /// What would change.
    pub changes: Vec<Change>,
    /// What a person has to decide.
    pub conflicts: Vec<Conflict>,
    /// What was turned down.
    pub rejected: Vec<Rejected>,
}

impl Plan {
    /// Counts the changes by gate.
    pub fn gates(&self) -> Gates {
        let count = |gate: &str| self.changes.iter().filter(|c| c.gate == gate).count() as u64;
        Gates { auto: count("auto"), review: count("review"), blocked: count("blocked") }
    }

    /// The change with this id.
    pub fn change(&self, id: &str) -> Option<&Change> {
        self.changes.iter().find(|change| change.id == id)
    }

    /// The id that begins with `name`.
    ///
    /// # Errors
    /// [`Error::UnknownChange`], [`Error::Ambiguous`].
    pub fn id(&self, name: &str) -> Result<String> {
        let mut found = self.changes.iter().filter(|change| change.id.starts_with(name));
        match (found.next(), found.next()) {
            (Some(change), None) if !name.is_empty() => Ok(change.id.clone()),
            (Some(_), Some(_)) => Err(Error::Ambiguous(name.into())),
            _ => Err(Error::UnknownChange(name.into())),
        }
    }

    /// The changes that may be accepted.
    pub fn open_changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_open())
    }
}

/// What became of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionResult {
    /// The session.
    pub session: String,
    /// What became of it.
    pub outcome: SessionOutcome,
}

/// What became of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionOutcome {
    /// `read`, `unchanged` or `pending`.
    pub state: String,
    /// Why it is pending.
    pub reason: Option<String>,
    /// What it looks like, when it is pending because it was not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_understood: Option<NotUnderstood>,
    /// What was read.
    pub record: Option<SessionRecord>,
}

/// How little of a session was understood.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotUnderstood {
    /// Lines with anything on them.
    pub lines: u64,
    /// Those of them that were understood.
    pub understood: u64,
    /// What it looks like; empty when nothing known looks like it.
    pub looks_like: String,
}

/// One change of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Id.
    pub id: String,
    /// `add`, `merge`, `supersede`, `revise` or `retire`.
    pub operation: String,
    /// The memory that is written.
    pub path: String,
    /// The entries that go or are rewritten.
    pub targets: Vec<Target>,
    /// For a merge: the entry that stays.
    pub survivor: Option<Target>,
    /// The new text.
    pub text: Option<String>,
    /// Why, as a word.
    pub cause: String,
    /// Why, as a sentence.
    pub because: String,
    /// Where it comes from.
    pub evidence: Vec<Evidence>,
    /// How widely it is supported.
    pub support: Support,
    /// How far the result is trusted.
    pub trust: String,
    /// Short, intermediate or long.
    pub tier: String,
    /// Whose preference it is.
    pub principal: Option<String>,
    /// The score, part by part, in parts per million.
    pub score: Map<String, Value>,
    /// `auto`, `review` or `blocked`.
    pub gate: String,
    /// Why that gate.
    pub gate_reason: String,
    /// Whether a person accepts it by its id alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

impl Change {
    /// Whether it may be accepted.
    pub fn is_open(&self) -> bool {
        self.gate != "blocked"
    }

    /// Whether accepting all takes it.
    pub fn is_for_all(&self) -> bool {
        !self.alone
    }
}

/// An entry that a change is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub entry: String,
    /// The memory that holds it.
    pub path: String,
    /// Its line.
    pub line: u64,
    /// Its text.
    pub text: String,
}

/// Two statements of which neither is known to be newer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conflict {
    /// What both are about.
    pub subject: String,
    /// The entry of the store.
    pub entry: Target,
    /// The other entry, when the store disagrees with itself.
    pub other: Option<Target>,
    /// The other statement.
    pub text: String,
    /// Where that one comes from.
    pub evidence: Vec<Evidence>,
    /// Why it could not be decided.
    pub reason: String,
}

/// What was turned down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rejected {
    /// The stage that turned it down.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// What it was.
    pub text: String,
    /// Where it came from.
    pub evidence: Vec<Evidence>,
}

/// Counts of changes by gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gates {
    /// May be applied unattended.
    pub auto: u64,
    /// Wait for a person.
    pub review: u64,
    /// Listed, never applied.
    pub blocked: u64,
}
