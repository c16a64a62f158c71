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
    /// Whether its evidence was withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl SessionRecord {
    /// Whether the session is read and waits for a model.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some() && !self.withdrawn
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
