//! Taking rejections back.

use dreaming_records::engine::Engine;
use dreaming_records::error::EngineError;
use dreaming_records::ids::ChangeId;
use dreaming_records::revision::{NewRevision, RevisionKind, RevisionRecord, Verdict};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::Set;

use super::{blank, check_head, revision};
use crate::world::newest_reviews;

/// Makes a revision that takes rejections back: the next dream that finds such a change proposes it
/// again, with or without new evidence. Memories and ledger stay as they are. A revert to an earlier
/// revision rejects the changes again.
///
/// # Errors
/// [`EngineError::Stale`] when somebody changed a memory since the head,
/// [`EngineError::InvalidSnapshot`] when the ledger is not that of the head, and
/// [`EngineError::InvalidRequest`] for a change that is not rejected and for an empty list.
pub fn reopen(
    engine: &Engine,
    store: &Snapshot,
    changes: &[ChangeId],
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    check_head(store)?;
    if changes.is_empty() {
        return Err(EngineError::request("changes", "no change is named"));
    }
    let known = newest_reviews(store);
    let open = |change: &ChangeId| match known.get(change.as_str()) {
        Some(review) if review.rejects() => Ok(Verdict { reopened: true, ..(*review).clone() }),
        _ => {
            let why = ["change `", change.as_str(), "` is not rejected"].concat();
            Err(EngineError::request(change, why))
        }
    };
    let record = RevisionRecord {
        memories: store.memories_root(),
        verdicts: Set::of(changes.iter())
            .iter()
            .map(|change| open(change))
            .collect::<Result<_, _>>()?,
        reviewer: reviewer.into(),
        note: note.into(),
        ..blank(engine, store, RevisionKind::Reopen, now)?
    };
    revision(store, record, &store.ledger, Vec::new())
}
