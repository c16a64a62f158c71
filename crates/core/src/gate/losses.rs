//! How much one dream may take out unattended, and how much was taken out already: a dream that is
//! repeated gets no new allowance.

use std::collections::BTreeSet;

use dreaming_records::ids::Digest;
use dreaming_records::ledger::RetiredBy;
use dreaming_records::plan::{Change, Gate, Operation};
use dreaming_records::policy;
use dreaming_records::revision::RevisionKind;
use dreaming_records::score::PPM;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::sort;

use super::Ground;

/// Entries and bytes of statements that left a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Entries.
    pub entries: u64,
    /// Bytes of their texts.
    pub bytes: u64,
}

impl Losses {
    fn add(&mut self, entries: usize, bytes: usize) {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.entries = self.entries.saturating_add(count(entries));
        self.bytes = self.bytes.saturating_add(count(bytes));
    }

    fn with(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    fn of(change: &Change) -> Self {
        let mut losses = Self::default();
        losses.add(change.targets.len(), change.targets.iter().map(|t| t.text.len()).sum());
        losses
    }
}

/// What dreams with this cursor took out before on the day of `now`, by the ledger. A day and not the
/// instant, because hosts dream by the clock: a dream that is started again a minute later has read
/// nothing new either. What a person accepted counts too, and what a revert brought back does not.
pub fn taken(store: &Snapshot, cursor: &Digest, now: Time) -> Losses {
    let repeated: BTreeSet<u64> = sort::tree(
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
            losses.add(1, entry.text.len());
        }
    }
    losses
}

/// The entries of the store and the bytes of its memories.
fn store(ground: &Ground<'_>) -> Losses {
    let mut all = Losses::default();
    all.add(ground.places.len(), ground.memories.values().map(|memory| memory.text.len()).sum());
    all
}

/// What one dream may take out, with what was taken out before.
fn allowance(ground: &Ground<'_>) -> Losses {
    let whole = ground.taken.with(store(ground));
    let share = |whole: u64, setting| {
        let may = u128::from(whole) * u128::from(ground.policy.number(setting));
        u64::try_from(may / u128::from(PPM)).unwrap_or(u64::MAX)
    };
    // One entry may always go, or no dream could tidy a small store.
    let entries = share(whole.entries, &policy::LOSS_ENTRIES).max(1);
    Losses { entries, bytes: share(whole.bytes, &policy::LOSS_BYTES) }
}

/// What a person should know before accepting a whole plan: that it takes out more than a dream may
/// by itself.
pub fn warning(changes: &[Change], ground: &Ground<'_>) -> Option<String> {
    let may = allowance(ground);
    let open = |c: &&Change| c.gate != Gate::Blocked && c.operation != Operation::Add;
    let mut all = Losses::default();
    for change in changes.iter().filter(open) {
        all = all.with(Losses::of(change));
    }
    let whole = store(ground);
    let over = all.entries > may.entries || all.entries > 1 && all.bytes > may.bytes;
    over.then(|| {
        format!(
            "Accepted as a whole, the plan takes out or replaces {} of {} entries and {} of {} bytes, more than a dream may by itself: look at each.",
            all.entries, whole.entries, all.bytes, whole.bytes
        )
    })
}

/// Holds unattended changes over the loss cap for review: best scored first, by entries and by bytes,
/// over everything that a plan would take out or rewrite.
pub(super) fn hold(changes: &mut [Change], ground: &Ground<'_>) {
    let may = allowance(ground);
    let mut losing: Vec<&mut Change> = changes
        .iter_mut()
        .filter(|change| change.gate == Gate::Auto && change.operation != Operation::Add)
        .collect();
    sort::by(&mut losing, |a, b| (b.score.total, &a.id).cmp(&(a.score.total, &b.id)));
    let mut lost = ground.taken;
    for change in losing {
        let with = lost.with(Losses::of(change));
        if with.entries > may.entries || with.entries > 1 && with.bytes > may.bytes {
            change.gate = Gate::Review;
            change.gate_reason = "more than one dream may take out unattended".into();
        } else {
            lost = with;
        }
    }
}
