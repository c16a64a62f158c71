//! Going back: a revision that restores every byte of an earlier one.

use dreaming_records::engine::Engine;
use dreaming_records::error::EngineError;
use dreaming_records::revision::{MemoryWrite, NewRevision, RevisionKind, RevisionRecord, Verdict};
use dreaming_records::snapshot::{Difference, Snapshot};
use dreaming_records::time::Time;
use dreaming_text::Map;

use super::{blank, check_head, revision};

/// Makes a revision whose memories and ledger are those of `target`, byte for byte. The changes
/// that the revisions after `target` applied count as rejected, except those that `target` has: a
/// revert between had taken these back.
///
/// # Errors
/// [`EngineError::Stale`] when somebody changed a memory since the head ([`observe`] first, or that
/// change would be lost), [`EngineError::InvalidSnapshot`] when the ledger is not that of the head,
/// and [`EngineError::InvalidRequest`] when `target` is not a complete revision of the chain of
/// `store`.
pub fn revert(
    engine: &Engine,
    store: &Snapshot,
    target: &Snapshot,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    check_head(store)?;
    let head = revision_of(store, target)?;
    let restore = |Difference { path, after: text, .. }| {
        let memory = target.memories.get(&path);
        let observed_at = memory.and_then(|memory| target.observed_at(memory, now));
        MemoryWrite { path, text, observed_at }
    };
    let writes = store.diff(target).into_iter().map(restore).collect();
    let since = store.decisions.range(head.number + 1..).flat_map(|(_, record)| &record.verdicts);
    let then = store.decisions.range(..=head.number).flat_map(|(_, record)| &record.verdicts);
    let then = Map::of(then.map(|review| (&review.change, review)));
    let undo = |review: &Verdict| {
        let then = then.get(&review.change).filter(|then| !then.rejects());
        // It is not accepted once more: what it made is in `target` already.
        Verdict {
            accepted: false,
            edited: then.and_then(|then| then.edited.clone()),
            reopened: then.is_some(),
            ..review.clone()
        }
    };
    let undone = Map::of(since.map(|review| (&review.change, undo(review))));
    let record = RevisionRecord {
        memories: target.memories_root(),
        restores: Some(head.id()?),
        verdicts: undone.into_iter().map(|(_, review)| review).collect(),
        reviewer: reviewer.into(),
        note: note.into(),
        ..blank(engine, store, RevisionKind::Revert, now)?
    };
    revision(store, record, &target.ledger, writes)
}

/// The head of `target`, if it is a revision of `store` and comes with all its memories and its
/// ledger.
fn revision_of<'a>(
    store: &Snapshot,
    target: &'a Snapshot,
) -> Result<&'a RevisionRecord, EngineError> {
    let no = |why: &str| {
        let why = format!("the revision to restore is not one of this store: {why}");
        Err(EngineError::request("target", why))
    };
    let Some(head) = &target.head else { return no("it has no record") };
    if store.decisions.get(&head.number) != Some(head) && store.head.as_ref() != Some(head) {
        return no("its record is not in the chain");
    }
    if !target.has_memories_of_head() || target.ledger_of_head().is_err() {
        return no("its memories or its ledger are not those of its record");
    }
    Ok(head)
}
