//! The engine's documents as this command shows them. The documents themselves are kept and compared as bytes.

mod plan;
mod report;
mod revision;
mod session;
mod written;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

pub use plan::Gates;
pub use written::{
    Anomaly, CAUSES, DriftShare, EntryRecord as Entry, Figures, Finding, InForce, MemoryRecord,
    OpenConflict as Conflict, PartRead, Period, PinnedEvidence as Evidence, Plan,
    PlanChange as Change, Recurring, Rejected, Report, RevisionRecord as Revision, Score,
    SessionRecord, SessionResult, Stats, StatsGroup, Target, Trend, Verdict,
};

#[cfg(test)]
pub use written::Support;

/// Reads a document; `what` names it in the error.
///
/// # Errors
/// [`Error::Damaged`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::Damaged(format!("{what}: {error}")))
}
