//! Entries and bytes that changes take out of a store.

use dreaming_records::ids::Digest;
use dreaming_records::ledger::RetiredBy;
use dreaming_records::number::count;
use dreaming_records::plan::Change;
use dreaming_records::revision::RevisionKind;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::Set;

/// Entries and bytes of statements that left a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Entries.
    pub entries: u64,
    /// Bytes of their texts.
    pub bytes: u64,
}

impl Losses {
    /// So many entries with so many bytes.
    pub(crate) fn new(entries: usize, bytes: usize) -> Self {
        Self { entries: count(entries), bytes: count(bytes) }
    }

    /// The sum of both.
    #[must_use]
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// What a change takes out or rewrites.
    pub(crate) fn of(change: &Change) -> Self {
        Self::new(change.targets.len(), change.targets.iter().map(|t| t.text.len()).sum())
    }
}

/// What dreams with this cursor took out before on the day of `now`, by the ledger. A day and not the
/// instant, because hosts dream by the clock: a dream that is started again a minute later has read
/// nothing new either. What a person accepted counts too, and what a revert brought back does not.
pub(crate) fn taken(store: &Snapshot, cursor: &Digest, now: Time) -> Losses {
    let repeated = Set::of(
        store
            .decisions
            .values()
            .filter(|record| record.kind == RevisionKind::Dream && record.now.day() == now.day())
            .filter(|record| record.cursor.as_ref() == Some(cursor))
            .map(|record| record.number),
    );
    let mut losses = Losses::default();
    if repeated.is_empty() {
        return losses;
    }
    for entry in store.ledger.entries.values() {
        let gone = entry.retired.as_ref().filter(|retired| repeated.contains(&retired.revision));
        if gone.is_some_and(|retired| retired.by != RetiredBy::Edited) {
            losses = losses.with(Losses::new(1, entry.text.len()));
        }
    }
    losses
}
