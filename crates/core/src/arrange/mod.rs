//! All changes of a plan together: their order, how much one dream may take out unattended, and
//! which of them can be written side by side. What repeated dreams over the same sessions took out
//! counts too, so that repeating a dream grants no new allowance.

mod writable;

pub(crate) use writable::edits;

use std::cmp::Reverse;

use dreaming_records::ids::ChangeId;
use dreaming_records::ledger::Tier;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Gate, Operation};
use dreaming_records::policy::{self, Policy};
use dreaming_records::score::PPM;
use dreaming_records::trust::Trust;

use crate::losses::Losses;
use crate::steer;
use crate::world::World;
use dreaming_text::sort;

/// Puts changes into the order in which they are applied (by path, position, id) and holds back
/// those that cannot go together.
pub(crate) fn arrange(changes: &mut Vec<Change>, world: &World<'_>) {
    sort::by_cached_key(changes, |change| order(change, world.policy));
    changes.dedup_by(|a, b| a.id == b.id);
    hold(changes, world);
    writable::settle(changes, world);
}

/// The order of changes: by path and position. Additions without a place go to the end of a memory: first those
/// that match `steer.focus`, then the best established.
fn order(
    change: &Change,
    policy: &Policy,
) -> (MemoryPath, u64, Reverse<(bool, Tier, Trust)>, ChangeId) {
    let first = change.targets.first().or(change.after.as_ref());
    let line = first.map_or(u64::MAX, |target| target.line);
    let focus = change.text.as_deref().is_some_and(|text| steer::in_focus(text, policy));
    (change.path.clone(), line, Reverse((focus, change.tier, change.trust)), change.id.clone())
}

/// The number of entries of the store, and of the bytes of its memories.
fn store(world: &World<'_>) -> Losses {
    let bytes = world.memories.values().map(|memory| memory.text.len()).sum();
    Losses::new(world.entries.len(), bytes)
}

/// What one dream may take out unattended, including what earlier dreams over the same sessions
/// took out.
fn allowance(world: &World<'_>) -> Losses {
    let whole = world.taken.with(store(world));
    let share = |whole: u64, setting| {
        let may = u128::from(whole) * u128::from(world.policy.number(setting));
        u64::try_from(may / u128::from(PPM)).unwrap_or(u64::MAX)
    };
    // One entry is always allowed, or no dream could tidy a small store.
    let entries = share(whole.entries, &policy::LOSS_ENTRIES).max(1);
    Losses { entries, bytes: share(whole.bytes, &policy::LOSS_BYTES) }
}

/// A warning for a person before a whole plan is accepted: that it takes out more than a dream may
/// take out unattended.
pub(crate) fn warning(changes: &[Change], world: &World<'_>) -> Option<String> {
    let may = allowance(world);
    let open = |c: &&Change| c.gate != Gate::Blocked && c.operation != Operation::Add;
    let mut all = Losses::default();
    for change in changes.iter().filter(open) {
        all = all.with(Losses::of(change));
    }
    let whole = store(world);
    all.exceed(may).then(|| {
        format!(
            "Accepted as a whole, the plan takes out or replaces {} of {} entries and {} of {} bytes, more than a dream may by itself: look at each.",
            all.entries, whole.entries, all.bytes, whole.bytes
        )
    })
}

/// Holds back the `auto` changes that would take out more than one dream may take out unattended.
/// Changes with a higher score use that allowance first. Entries and bytes are counted over
/// everything that these changes take out or rewrite.
fn hold(changes: &mut [Change], world: &World<'_>) {
    let may = allowance(world);
    let mut losing: Vec<&mut Change> = changes
        .iter_mut()
        .filter(|change| change.gate == Gate::Auto && change.operation != Operation::Add)
        .collect();
    sort::by(&mut losing, |a, b| (b.score.total, &a.id).cmp(&(a.score.total, &b.id)));
    let mut lost = world.taken;
    for change in losing {
        let with = lost.with(Losses::of(change));
        if with.exceed(may) {
            change.gate = Gate::Review;
            change.gate_reason = "more than one dream may take out unattended".into();
        } else {
            lost = with;
        }
    }
}

#[cfg(test)]
mod tests;
