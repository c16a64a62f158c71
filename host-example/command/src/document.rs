//! The engine's documents, parsed for display. The state keeps and compares them as bytes.

mod plan;
mod report;
mod revision;
mod session;
mod written;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

pub use plan::Gates;
pub use written::{
    Anomaly, CAUSES, EntryRecord as Entry, Figures, Finding, InForce, MemoryRecord,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_another_engine_is_read_and_what_is_no_document_is_damaged() {
        let other = br#"{"format":"dreaming.plan/1","newer":{"than":"this"},"now":3,"changes":[
            {"id":"c1","cause":"novel","gate":"auto","score":{"total":5,"luck":1}}]}"#;
        let plan: Plan = parse(other, "plan").unwrap();
        let [change] = plan.changes.as_slice() else { panic!("{plan:?}") };
        assert_eq!((plan.now, &*change.cause, change.score.total), (3, "novel", 5));
        assert!(!change.alone && change.text.is_none() && plan.rejected.is_empty());
        for nothing in [&b"{}"[..], b"[]", br#"{"format":7}"#] {
            assert!(matches!(parse::<Plan>(nothing, "plan"), Err(Error::Damaged(_))));
        }
    }
}
