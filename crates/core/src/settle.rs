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
/// stays. One that needs a change that a person has to accept by its id has to be accepted so, too, and so does one in
/// whose place something stays that nobody may take out: both together would say two things. Returns those that were
/// left out.
fn with_needed(changes: &mut Vec<Change>) -> Set<ChangeId> {
    if changes.iter().all(|change| change.needs.is_empty()) {
        return Set::of([]);
    }
    let blocked = changes.iter().filter(|change| change.gate == Gate::Blocked);
    let stays = Set::of(blocked.flat_map(|change| change.needs.clone()));
    for change in changes.iter_mut() {
        change.alone |= stays.contains(&change.id);
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
/// together with it, or stays because nobody may take it out.
fn tell(changes: &mut [Change]) {
    let moved = |change: &&Change| change.operation == Operation::Supersede;
    let places = changes.iter().filter(moved).flat_map(|change| {
        let places = change.targets.iter().map(|target| (target.path.clone(), target.line));
        let is_blocked = change.gate == Gate::Blocked;
        let of = move |id: &ChangeId| {
            let id = (id.clone(), is_blocked);
            places.clone().map(move |place| (id.clone(), place)).collect::<Vec<_>>()
        };
        change.needs.iter().flat_map(of)
    });
    let places: Groups<(ChangeId, bool), (MemoryPath, u64)> = Groups::of(places);
    for change in changes {
        let named = |is_blocked| named(places.get(&(change.id.clone(), is_blocked)));
        let (gone, stays) = (named(false), named(true));
        if let Some(gone) = gone {
            change.because +=
                &format!(" What it also takes up goes only together with it: {gone}.");
        }
        if let Some(stays) = stays {
            change.because +=
                &format!(" It was written in the place of what stays beside it: {stays}.");
        }
    }
}

/// The places as a part of a sentence; `None` when there are none.
fn named<'a>(places: impl Iterator<Item = &'a (MemoryPath, u64)>) -> Option<String> {
    /// Most places that are named. Chosen by us: a line of a terminal or two.
    const NAMED: usize = 5;
    let places = Set::of(places).into_iter().map(|(path, line)| format!("`{path}`, line {line}"));
    let mut places: Vec<String> = places.collect();
    let more = places.len().saturating_sub(NAMED);
    places.truncate(NAMED);
    if more > 0 {
        places.push(format!("{more} more"));
    }
    (!places.is_empty()).then(|| places.join("; "))
}
