//! Applying a plan, observing what people changed, and restoring an earlier revision. Pure.

use serde::Serialize;

use crate::canonical::CanonicalError;
use crate::ids::ChangeId;
use crate::plan::Plan;
use crate::revision::{Decision, NewRevision};
use crate::snapshot::Snapshot;
use crate::time::Time;

/// Why a plan cannot be applied or a revision cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyError {
    /// The plan was made for another revision or other memories.
    #[error("the plan was made for another state of the store: {0}")]
    Stale(String),
    /// The plan was made by another engine.
    #[error("the plan was made by engine {0}")]
    OtherEngine(String),
    /// The plan has no such change.
    #[error("the plan has no change `{0}`")]
    UnknownChange(ChangeId),
    /// The change is blocked.
    #[error("change `{0}` is blocked and cannot be accepted")]
    Blocked(ChangeId),
    /// The change is both accepted and rejected.
    #[error("change `{0}` is both accepted and rejected")]
    Contradictory(ChangeId),
    /// A memory would be over its limit.
    #[error("memory `{path}` would have {bytes} bytes")]
    TooLarge {
        /// The memory.
        path: String,
        /// Its length.
        bytes: u64,
    },
    /// The snapshot to restore has no head.
    #[error("the revision to restore has no record")]
    NoTarget,
    /// A document could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// A revision for what people and agents changed since the head; for a store without revisions,
/// the first one. `None` when nothing changed.
///
/// # Errors
/// [`ApplyError::Canonical`] only.
pub fn observe(store: &Snapshot, now: Time) -> Result<Option<NewRevision>, ApplyError> {
    let _ = (store, now);
    Ok(None)
}

/// Applies `plan` as `decision` says. The sessions that the plan read become part of the ledger
/// whatever is accepted.
///
/// # Errors
/// [`ApplyError`]; nothing is changed then.
pub fn apply(
    store: &Snapshot,
    plan: &Plan,
    decision: &Decision,
) -> Result<NewRevision, ApplyError> {
    let _ = (store, plan, decision);
    Err(ApplyError::NoTarget)
}

/// Makes a revision whose memories and ledger are those of `target`, byte for byte.
///
/// # Errors
/// [`ApplyError::NoTarget`] when `target` has no head.
pub fn revert(
    store: &Snapshot,
    target: &Snapshot,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, ApplyError> {
    let _ = (store, target, reviewer, note, now);
    Err(ApplyError::NoTarget)
}
