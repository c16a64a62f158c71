//! How much one dream may take out unattended; what was taken out before counts, so a dream that is repeated
//! gets no new allowance.

use dreaming_records::plan::{Change, Gate, Operation};
use dreaming_records::policy;
use dreaming_records::score::PPM;

use crate::losses::Losses;
use crate::world::World;
use dreaming_text::sort;

/// The entries of the store and the bytes of its memories.
fn store(world: &World<'_>) -> Losses {
    let mut all = Losses::default();
    all.add(world.entries.len(), world.memories.values().map(|memory| memory.text.len()).sum());
    all
}

/// What one dream may take out, with what was taken out before.
fn allowance(world: &World<'_>) -> Losses {
    let whole = world.taken.with(store(world));
    let share = |whole: u64, setting| {
        let may = u128::from(whole) * u128::from(world.policy.number(setting));
        u64::try_from(may / u128::from(PPM)).unwrap_or(u64::MAX)
    };
    // One entry may always go, or no dream could tidy a small store.
    let entries = share(whole.entries, &policy::LOSS_ENTRIES).max(1);
    Losses { entries, bytes: share(whole.bytes, &policy::LOSS_BYTES) }
}

/// What a person should know before accepting a whole plan: that it takes out more than a dream may
/// by itself.
pub(crate) fn warning(changes: &[Change], world: &World<'_>) -> Option<String> {
    let may = allowance(world);
    let open = |c: &&Change| c.gate != Gate::Blocked && c.operation != Operation::Add;
    let mut all = Losses::default();
    for change in changes.iter().filter(open) {
        all = all.with(Losses::of(change));
    }
    let whole = store(world);
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
pub(super) fn hold(changes: &mut [Change], world: &World<'_>) {
    let may = allowance(world);
    let mut losing: Vec<&mut Change> = changes
        .iter_mut()
        .filter(|change| change.gate == Gate::Auto && change.operation != Operation::Add)
        .collect();
    sort::by(&mut losing, |a, b| (b.score.total, &a.id).cmp(&(a.score.total, &b.id)));
    let mut lost = world.taken;
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
