//! Makes drafts into changes that can be written together. Drafts come in several waves: which
//! entries leave for lack of room, and which index lines change, depends on what was decided in
//! earlier waves. Every draft passes the gate here, and nowhere else.

use dreaming_records::ids::ChangeId;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Gate, Operation, Rejected};
use dreaming_text::{Groups, Map, Set};

use crate::arrange::arrange;
use crate::draft::Draft;
use crate::gate::decide;
use crate::index;
use crate::prune::{Budget, Pruning, make_room};

/// The changes and what was turned down.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// The changes, in the order in which they are applied.
    pub changes: Vec<Change>,
    /// What was turned down, in any order.
    pub rejected: Vec<Rejected>,
    /// The length of the index, if agents would not load all of it whichever changes are accepted.
    pub index_over: Option<index::Length>,
    /// Warnings for people, as sentences.
    pub notes: Vec<String>,
}

/// Decides about the drafts in `found` and those that follow from them: which entries leave for lack
/// of room, which index lines follow, and which are taken out of an index that is too long. The
/// budgets in `without` are not applied.
pub(crate) fn settle(found: Vec<Draft>, pruning: &Pruning<'_>, without: &[Budget]) -> Settled {
    let world = pruning.world;
    let mut settled = Settled::default();
    let Settled { changes, rejected, index_over, notes } = &mut settled;
    changes.extend(decide(found, world, rejected));
    with_needed(changes);
    // The narrower budget comes first: entries that leave because of it also make room in the store.
    // What stays because it needs something for which there was no room takes room itself.
    let budgets = [Budget::Learned, Budget::Store];
    let budgets = || budgets.into_iter().filter(|budget| !without.contains(budget));
    loop {
        for budget in budgets() {
            let room = make_room(budget, pruning, changes, rejected);
            notes.extend(room.note.filter(|note| !notes.contains(note)));
            let leaving = decide(room.leaving, world, rejected);
            let leaves = Set::of(leaving.iter().flat_map(|c| &c.targets).map(|t| &t.entry));
            let other =
                |change: &Change| !change.targets.iter().any(|t| leaves.contains(&&t.entry));
            changes.retain(|change| change.needs.is_empty() || other(change));
            changes.extend(leaving);
        }
        if !with_needed(changes) {
            break;
        }
    }
    changes.extend(decide(index::lines(world, changes), world, rejected));
    let spare = decide(index::spare(world, changes), world, rejected);
    rejected.extend(index::shorten(world, changes, spare));
    *index_over = index::over(world, changes);
    arrange(changes, world);
    if with_needed(changes) {
        let open: Vec<&Change> = changes.iter().filter(|c| c.gate != Gate::Blocked).collect();
        let holds = |change| index::holds(change, world.memories, world.entries, &open);
        let mut holds = changes.iter().map(holds).collect::<Vec<_>>().into_iter();
        changes.retain(|_| holds.next().unwrap_or(true));
    }
    tell(changes);
    settled
}

/// Leaves out the changes that need one which is not open to be accepted: what they would take out
/// stays. One that needs a change that a person has to accept by its id has to be accepted so, too.
/// Returns whether any was left out.
fn with_needed(changes: &mut Vec<Change>) -> bool {
    if changes.iter().all(|change| change.needs.is_empty()) {
        return false;
    }
    let before = changes.len();
    let open = changes.iter().filter(|change| change.gate != Gate::Blocked);
    let alone = Map::of(open.map(|change| (change.id.clone(), change.alone)));
    changes.retain(|change| change.needs.iter().all(|id| alone.get(id).is_some()));
    for change in changes.iter_mut() {
        change.alone |= change.needs.iter().any(|id| alone.get(id) == Some(&true));
    }
    changes.len() < before
}

/// Says of each change that writes a statement what other changes replace by it: that goes only
/// together with it.
fn tell(changes: &mut [Change]) {
    /// Most places that are named. Chosen by us: a line of a terminal or two.
    const NAMED: usize = 5;
    let moved =
        |change: &&Change| change.operation == Operation::Supersede && change.gate != Gate::Blocked;
    let places = changes.iter().filter(moved).flat_map(|change| {
        let places = change.targets.iter().map(|target| (target.path.clone(), target.line));
        change.needs.iter().flat_map(move |id| places.clone().map(|place| (id.clone(), place)))
    });
    let places: Groups<ChangeId, (MemoryPath, u64)> = Groups::of(places);
    for change in changes {
        let mut gone: Vec<String> = Set::of(places.get(&change.id))
            .into_iter()
            .map(|(path, line)| format!("`{path}`, line {line}"))
            .collect();
        let more = gone.len().saturating_sub(NAMED);
        gone.truncate(NAMED);
        if more > 0 {
            gone.push(format!("{more} more"));
        }
        if !gone.is_empty() {
            let (because, gone) = (&change.because, gone.join("; "));
            change.because =
                format!("{because} What it also takes up goes only together with it: {gone}.");
        }
    }
}
