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

    /// These losses and `other` together.
    #[must_use]
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// Whether these losses are more than `may`. A single entry is never too many bytes, or no dream
    /// could tidy a long one.
    pub(crate) fn exceed(self, may: Self) -> bool {
        self.entries > may.entries || self.entries > 1 && self.bytes > may.bytes
    }

    /// The entries and bytes that a change takes out or rewrites.
    pub(crate) fn of(change: &Change) -> Self {
        Self::new(change.targets.len(), change.targets.iter().map(|t| t.text.len()).sum())
    }
}

/// What dreams over the same sessions (with this cursor, see
/// [`dreaming_records::ledger::Ledger::cursor`]) took out earlier on the day of `now`, by the
/// ledger. A whole day counts, because hosts start dreams by the clock, and one that starts again a
/// minute later has read nothing new. What a person accepted counts too; what a revert brought back
/// does not.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_up_to_the_allowance_do_not_exceed_it() {
        let may = Losses::new(2, 100);
        for (entries, bytes, over) in [
            (0, 0, false),
            (2, 100, false),
            (3, 100, true),
            (2, 101, true),
            // A single entry may have any length.
            (1, 101, false),
        ] {
            assert_eq!(Losses::new(entries, bytes).exceed(may), over, "{entries} {bytes}");
        }
        assert!(Losses::new(1, 1).exceed(Losses::default()));
    }
}
