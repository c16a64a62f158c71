//! Where something comes from, and how widely it is supported.

use serde::{Deserialize, Serialize};

/// A place in a transcript.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The session.
    pub session: String,
    /// The part.
    pub part: String,
    /// The line.
    pub line: u64,
    /// When, in milliseconds since 1970.
    pub time: Option<i64>,
    /// Who said it.
    pub provenance: String,
    /// The words.
    pub quote: String,
}

/// How widely something is supported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Support {
    /// Distinct sessions.
    pub sessions: u64,
    /// Distinct agents.
    pub agents: u64,
    /// Distinct days.
    pub days: u64,
}
