//! What can be written side by side: a change that is right by itself may turn its neighbours into
//! something else when another one stands beside it.

use std::collections::BTreeMap;

use dreaming_records::ids::EntryId;
use dreaming_records::memory::{MAX_MEMORY_BYTES, MemoryPath};
use dreaming_records::plan::{Change, Gate, Operation, Target};
use dreaming_text::sort;

use crate::identity::Located;
use crate::render::{self, Edit, Opening};

use crate::world::World;

/// Makes sure that all `auto` changes can be applied together, and all that are not blocked. What
/// breaks the first waits for review; what breaks the second is blocked, and the next dream, over
/// another text, sees it again.
pub(super) fn settle(changes: &mut [Change], world: &World<'_>) {
    let mut by_path: BTreeMap<MemoryPath, Vec<&mut Change>> = BTreeMap::new();
    for change in changes.iter_mut().filter(|change| change.gate != Gate::Blocked) {
        by_path.entry(change.path.clone()).or_default().push(change);
    }
    for (path, mut here) in by_path {
        let text = world.memories.get(&path).map_or("", |memory| memory.text.as_str());
        let edits: Vec<Vec<Edit>> = here.iter().map(|change| edits_of(change, world)).collect();
        let opening =
            Opening::of_memory(&path, here.first().and_then(|change| change.kind), world.memories);
        let fits = |chosen: &[usize]| {
            let edits: Vec<Edit> =
                chosen.iter().filter_map(|at| edits.get(*at)).flatten().cloned().collect();
            render::edit(text, &opening, &edits).is_ok_and(|text| text.len() <= MAX_MEMORY_BYTES)
        };
        let auto: Vec<usize> = positions(&here, |gate| gate == Gate::Auto);
        let kept = widest(&auto, Vec::new(), &fits);
        for at in auto.iter().filter(|at| kept.binary_search(at).is_err()) {
            if let Some(change) = here.get_mut(*at) {
                change.gate = Gate::Review;
                change.gate_reason = "it cannot be written beside the changes before it".into();
            }
        }
        let open = positions(&here, |gate| gate != Gate::Auto);
        let kept = widest(&open, kept, &fits);
        for at in open.iter().filter(|at| kept.binary_search(at).is_err()) {
            if let Some(change) = here.get_mut(*at) {
                change.gate = Gate::Blocked;
                change.gate_reason = match fits(&[*at]) {
                    true => "it cannot be written beside the changes before it".into(),
                    false => "it cannot be written without touching what stands beside it".into(),
                };
            }
        }
    }
}

fn positions(changes: &[&mut Change], wanted: impl Fn(Gate) -> bool) -> Vec<usize> {
    let all = changes.iter().enumerate();
    all.filter(|(_, change)| wanted(change.gate)).map(|(at, _)| at).collect()
}

/// `base` and as many of `more`, in order, as fit. All of them at once in the common case.
fn widest(more: &[usize], base: Vec<usize>, fits: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    let together = |base: &[usize], more: &[usize]| {
        let mut all = [base, more].concat();
        sort::all(&mut all);
        all
    };
    let all = together(&base, more);
    if more.is_empty() || fits(&all) {
        return all;
    }
    match more {
        [_] => base,
        _ => {
            // Halves first: few changes are at fault, and every look reads the memory again.
            let (left, right) = more.split_at(more.len() / 2);
            let base = widest(left, base, fits);
            widest(right, base, fits)
        }
    }
}

fn edits_of(change: &Change, world: &World<'_>) -> Vec<Edit> {
    edits(change.operation, &change.targets, change.text.as_deref(), &world.places)
}

/// The edits that a change makes in the memory of its targets (or, for an addition, its own).
pub(crate) fn edits(
    operation: Operation,
    targets: &[Target],
    text: Option<&str>,
    places: &BTreeMap<&EntryId, &Located>,
) -> Vec<Edit> {
    let range = |r: &std::ops::Range<usize>| (r.start, r.end);
    if operation == Operation::Add {
        let append = |text: &str| Edit::Append { text: text.into() };
        return text.map(append).into_iter().collect();
    }
    // A change that only makes a preference everybody's leaves the text as it is.
    let as_it_is =
        |entry: &&&Located| operation == Operation::Revise && text == Some(&*entry.piece.text);
    let found = targets.iter().filter_map(|target| places.get(&target.entry));
    let found = found.filter(|entry| !as_it_is(entry));
    let edit = |entry: &&Located| match (operation, text) {
        (Operation::Supersede | Operation::Revise, Some(text)) => {
            Edit::Replace { range: range(&entry.piece.text_range), text: text.into() }
        }
        _ => Edit::Remove { range: range(&entry.piece.range) },
    };
    found.map(edit).collect()
}
