//! What was read of a session.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was read of a session; also the ledger row `session/<id>`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The bytes that were read.
    pub parts: Vec<PartRead>,
    /// The calls that no model answered, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Value>,
    /// Whether only dreams without a model have read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// Whether its evidence was withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl SessionRecord {
    /// Whether the session is read and waits for a model that gave no answer.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some() && !self.withdrawn
    }

    /// Whether no model was ever asked about it.
    pub fn is_unseen(&self) -> bool {
        self.unseen && !self.withdrawn
    }
}

/// One part as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRead {
    /// Name of the part.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 digest of those bytes.
    pub digest: String,
}
