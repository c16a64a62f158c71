//! Methods of a plan and its changes.

use serde::Serialize;

use super::{Change, Plan};
use crate::error::{Error, Result};

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

    /// The id of the one change whose id begins with `name`.
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

impl Change {
    /// Whether it may be accepted.
    pub fn is_open(&self) -> bool {
        self.gate != "blocked"
    }
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
