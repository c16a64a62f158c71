//! Retires stale entries: those that a dream added and no session has supported for long.

use dreaming_records::ids::EntryId;
use dreaming_records::ledger::Tier;
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::policy;
use dreaming_records::time::Time;
use dreaming_text::Map;

use crate::draft::Draft;
use crate::identity::Located;
use crate::review_reason::Doubt;

use super::Pruning;

/// The retirement of `entry`, when no session has supported it for as many days as the policy gives
/// its tier. `accepted` says when a person accepted an entry, which counts like a session.
pub(super) fn stale(
    entry: &Located,
    pruning: &Pruning<'_>,
    accepted: &Map<EntryId, Time>,
) -> Option<Draft> {
    let (tier, _, _, last_seen) = pruning.after_dream(entry);
    let limit = pruning.world.policy.number(match tier {
        Tier::Short => &policy::STALE_DAYS,
        Tier::Intermediate => &policy::STALE_DAYS_INTERMEDIATE,
        Tier::Long => return None,
    });
    let seen = last_seen?;
    let counts = seen.max(*accepted.get(&entry.record.id).unwrap_or(&seen));
    if pruning.world.now.days_since(counts) < limit {
        return None;
    }
    let mut draft = Draft::about_entries(Operation::Retire, Cause::Stale, entry);
    draft.evidence.clone_from(&entry.record.evidence);
    let days = pruning.world.now.days_since(seen);
    draft.because = format!("No session has supported it for {days} days.");
    Some(draft.doubted(Doubt::NothingContradicts))
}
