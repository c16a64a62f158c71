//! All changes of a plan together: their order, how much one dream may take out unattended, and which of
//! them can be written side by side.

mod loss_cap;
mod writable;

pub(crate) use loss_cap::warning;
pub(crate) use writable::edits;

use std::cmp::Reverse;

use dreaming_records::ids::ChangeId;
use dreaming_records::ledger::Tier;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::Change;
use dreaming_records::policy::Policy;
use dreaming_records::trust::Trust;

use crate::steer;
use crate::world::World;
use dreaming_text::sort;

/// Puts changes into the order in which they are applied (by path, position, id) and holds back those that
/// cannot go together.
pub(crate) fn arrange(changes: &mut Vec<Change>, world: &World<'_>) {
    sort::by_cached_key(changes, |change| order(change, world.policy));
    changes.dedup_by(|a, b| a.id == b.id);
    loss_cap::hold(changes, world);
    writable::settle(changes, world);
}

/// By place; additions go to the end of a memory, what a person steers to and then the best established
/// first.
fn order(
    change: &Change,
    policy: &Policy,
) -> (MemoryPath, u64, Reverse<(bool, Tier, Trust)>, ChangeId) {
    let line = change.targets.first().map_or(u64::MAX, |target| target.line);
    let focus = change.text.as_deref().is_some_and(|text| steer::in_focus(text, policy));
    (change.path.clone(), line, Reverse((focus, change.tier, change.trust)), change.id.clone())
}
