//! Makes drafts into changes that can be written together. Drafts come in several waves: which
//! entries leave for lack of room, and which index lines change, depends on what was decided in
//! earlier waves. Every draft passes the gate here, and nowhere else.

use dreaming_records::ids::ChangeId;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Gate, Operation, Rejected, Target};
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
pub(crate) fn settle(mut found: Vec<Draft>, pruning: &Pruning<'_>, without: &[Budget]) -> Settled {
    loop {
        let again = found.iter().any(|draft| !draft.needs.is_empty()).then(|| found.clone());
        let mut settled = tried(found, pruning, without);
        let without_need = with_needed(&mut settled.changes);
        let left = again.filter(|_| !without_need.is_empty()).unwrap_or_default();
        if left.is_empty() {
            tell(&mut settled.changes);
            return settled;
        }
        // What seemed to go made room for others: without it everything is decided again.
        found = left;
        found.retain(|draft| !without_need.contains(&draft.derived_id()));
    }
}

/// The changes of drafts, of which some may need others that cannot be written together.
fn tried(found: Vec<Draft>, pruning: &Pruning<'_>, without: &[Budget]) -> Settled {
    let world = pruning.world;
    let mut settled = Settled::default();
    let Settled { changes, rejected, index_over, notes } = &mut settled;
    changes.extend(decide(found, world, rejected));
    with_needed(changes);
    // The narrower budget comes first: entries that leave because of it also make room in the store.
    // What stays because it needs something for which there was no room takes room itself; so does
    // what would be said by an entry that leaves.
    let budgets = [Budget::Learned, Budget::Store];
    let budgets = || budgets.into_iter().filter(|budget| !without.contains(budget));
    let mut is_settled = false;
    while !is_settled {
        is_settled = true;
        for budget in budgets() {
            let room = make_room(budget, pruning, changes, rejected);
            notes.extend(room.note.filter(|note| !notes.contains(note)));
            let leaving = decide(room.leaving, world, rejected);
            let leaves = Set::of(leaving.iter().flat_map(|c| &c.targets).map(|t| &t.entry));
            changes.retain(|change| {
                let leaves = |target: &Target| leaves.contains(&&target.entry);
                let is_said = !change.survivor.as_ref().is_some_and(leaves);
                is_settled &= is_said;
                is_said && (change.needs.is_empty() || !change.targets.iter().any(leaves))
            });
            changes.extend(leaving);
        }
        is_settled &= with_needed(changes).is_empty();
    }
    changes.extend(decide(index::lines(world, changes), world, rejected));
    let spare = decide(index::spare(world, changes), world, rejected);
    rejected.extend(index::shorten(world, changes, spare));
    *index_over = index::over(world, changes);
    arrange(changes, world);
    settled
}

/// Leaves out the changes that need one which is not open to be accepted: what they would take out
/// stays. One that needs a change that a person has to accept by its id has to be accepted so, too.
/// Returns those that were left out.
fn with_needed(changes: &mut Vec<Change>) -> Set<ChangeId> {
    if changes.iter().all(|change| change.needs.is_empty()) {
        return Set::of([]);
    }
    let open = changes.iter().filter(|change| change.gate != Gate::Blocked);
    let alone = Map::of(open.map(|change| (change.id.clone(), change.alone)));
    let is_open = |change: &Change| change.needs.iter().all(|id| alone.get(id).is_some());
    let left_out = changes.iter().filter(|change| !is_open(change));
    let left_out = Set::of(left_out.map(|change| change.id.clone()));
    changes.retain(is_open);
    for change in changes.iter_mut() {
        change.alone |= change.needs.iter().any(|id| alone.get(id) == Some(&true));
    }
    left_out
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
