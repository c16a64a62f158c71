//! Which changes can be written into one memory together: two changes of which each is correct
//! alone may, together, make Markdown read the statements between them differently.

use std::cell::Cell;

use dreaming_records::memory::MAX_MEMORY_BYTES;
use dreaming_records::plan::{Change, Gate, Operation};
use dreaming_text::sort;

use crate::identity::{Located, of_memory};
use crate::render::{Edit, Opening, Page, Ready};

use crate::world::{Places, World};

/// How many bytes are read to find out which changes of one memory fit together, when not all do.
/// Chosen by us: a second or two, 640 times the largest memory. What was not tried by then waits, or
/// is blocked.
const MOST_READ: usize = 64 << 20;

/// Makes sure that all `auto` changes can be applied together, and all changes that are not
/// blocked. An `auto` change that does not fit with the other `auto` ones waits for review; a
/// change that does not fit with the rest is blocked, and a later dream, over another text,
/// proposes it again. The changes come sorted by path.
pub(super) fn settle(changes: &mut [Change], world: &World<'_>) {
    for here in changes.chunk_by_mut(|a, b| a.path == b.path) {
        let mut here: Vec<&mut Change> =
            here.iter_mut().filter(|change| change.gate != Gate::Blocked).collect();
        let Some(first) = here.first() else { continue };
        let memory = world.memories.get(&first.path);
        let text = memory.map_or("", |memory| memory.text.as_str());
        let opening = Opening::of_memory(&first.path, first.kind, world.memories);
        let page = Page::of(text, of_memory(&first.path, world.entries));
        let ready = here.iter().map(|change| ready(&page, &edits_of(change, world))).collect();
        let left = Cell::new(MOST_READ);
        let tried = Tried { length: text.len(), page, opening, ready, left };
        let auto: Vec<usize> = positions(&here, |gate| gate == Gate::Auto);
        let kept = tried.widest(&auto, Vec::new());
        for at in auto.iter().filter(|at| kept.binary_search(at).is_err()) {
            if let Some(change) = here.get_mut(*at) {
                change.gate = Gate::Review;
                change.gate_reason = "it cannot be written beside the changes before it".into();
            }
        }
        let open = positions(&here, |gate| gate != Gate::Auto);
        let kept = tried.widest(&open, kept);
        for at in open.iter().filter(|at| kept.binary_search(at).is_err()) {
            if let Some(change) = here.get_mut(*at) {
                change.gate = Gate::Blocked;
                change.gate_reason = match (tried.fit(&[*at]), tried.is_spent()) {
                    (true, _) => "it cannot be written beside the changes before it",
                    (false, true) => {
                        "too many changes of this memory cannot be written together to try each"
                    }
                    (false, false) => "it cannot be written without touching what stands beside it",
                }
                .into();
            }
        }
    }
}

fn positions(changes: &[&mut Change], wanted: impl Fn(Gate) -> bool) -> Vec<usize> {
    let all = changes.iter().enumerate();
    all.filter(|(_, change)| wanted(change.gate)).map(|(at, _)| at).collect()
}

/// The changes of one memory, of which sets are tried together.
struct Tried<'a> {
    page: Page<'a>,
    opening: Opening,
    length: usize,
    /// The edits of each change; `None` when one of them cannot be written at all.
    ready: Vec<Option<Vec<Ready>>>,
    /// How many bytes may still be read.
    left: Cell<usize>,
}

fn ready(page: &Page<'_>, edits: &[Edit]) -> Option<Vec<Ready>> {
    edits.iter().map(|edit| page.ready(edit)).collect()
}

impl Tried<'_> {
    /// Whether the changes at these positions can be written together.
    fn fit(&self, chosen: &[usize]) -> bool {
        let ready: Option<Vec<&Vec<Ready>>> =
            chosen.iter().map(|at| self.ready.get(*at)?.as_ref()).collect();
        let Some(ready) = ready else { return false };
        // The sizes are compared first, because a full look reads the whole memory.
        self.least(chosen.iter()) <= MAX_MEMORY_BYTES
            && self.may_look()
            && self
                .page
                .with(&self.opening, ready.into_iter().flatten())
                .is_some_and(|text| text.len() <= MAX_MEMORY_BYTES)
    }

    fn may_look(&self) -> bool {
        let left = self.left.get().checked_sub(self.length + 1);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether nothing more is tried.
    fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// The least number of bytes that the memory can have with these changes.
    fn least<'a>(&self, chosen: impl Iterator<Item = &'a usize>) -> usize {
        let (mut lost, mut gained) = (0, self.length);
        for ready in chosen.filter_map(|at| self.ready.get(*at)?.as_ref()).flatten() {
            let (less, more) = ready.bytes();
            lost += less;
            gained += more;
        }
        gained.saturating_sub(lost)
    }

    /// `base` and as many of `more`, in order, as fit. Usually all of them fit at once.
    fn widest(&self, more: &[usize], base: Vec<usize>) -> Vec<usize> {
        if more.is_empty() || self.is_spent() {
            return base;
        }
        if self.least(base.iter().chain(more)) <= MAX_MEMORY_BYTES {
            let mut all = [&base, more].concat();
            sort::all(&mut all);
            if self.fit(&all) {
                return all;
            }
        }
        match more {
            [_] => base,
            _ => {
                // Tries halves: few changes are at fault, and every look reads the memory again.
                let (left, right) = more.split_at(more.len() / 2);
                let base = self.widest(left, base);
                self.widest(right, base)
            }
        }
    }
}

fn edits_of(change: &Change, world: &World<'_>) -> Vec<Edit> {
    edits(change, &world.places)
}

/// The edits that a change makes in the memory of its targets (or, for an addition, its own).
pub(crate) fn edits(change: &Change, places: &Places<'_>) -> Vec<Edit> {
    let (operation, text) = (change.operation, change.text.as_deref());
    if operation == Operation::Add {
        let before = change.after.as_ref().and_then(|target| places.get(&target.entry));
        let add = |text: &str| match before {
            Some(before) => Edit::after(before.piece.text_range.clone(), text.into(), change.step),
            None => Edit::Append { text: text.into() },
        };
        return text.map(add).into_iter().collect();
    }
    // A change that only makes one person's preference everybody's leaves the text as it is.
    let as_it_is =
        |entry: &&Located| operation == Operation::Revise && text == Some(&*entry.piece.text);
    let found = change.targets.iter().filter_map(|target| places.get(&target.entry));
    let found = found.filter(|entry| !as_it_is(entry));
    let edit = |entry: &Located| match (operation, text) {
        (Operation::Supersede | Operation::Revise, Some(text)) => {
            Edit::Replace { range: entry.piece.text_range.clone(), text: text.into() }
        }
        _ => Edit::Remove { range: entry.piece.range.clone() },
    };
    found.map(edit).collect()
}

#[cfg(test)]
mod tests {
    use dreaming_fixtures::{candidate, revisions, time};
    use dreaming_records::engine::Engine;
    use dreaming_records::kind::Kind;
    use dreaming_records::memory::{Memory, MemoryPath};
    use dreaming_records::plan::Cause;
    use dreaming_records::policy::Policy;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_text::Map;

    use super::*;
    use crate::draft::Draft;
    use crate::identity::resolve;
    use crate::world::Asked;

    /// The gates that [`settle`] gives to additions to one memory. Each addition is given as the
    /// gate that it had and the bytes that it adds.
    fn settled(additions: &[(Gate, usize)]) -> Vec<Gate> {
        let (store, policy) = (Snapshot::new(""), Policy::default());
        let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
        let read = resolve(&store, time(9), crate::redact);
        let asked = Asked { policy: &policy, instructions: "", now: time(9) };
        let world = World::new(&engine, &store, &read, asked, Map::of([]));
        let path = MemoryPath::new("notes.md").unwrap();
        let of = |(gate, bytes): &(Gate, usize)| {
            let said = candidate(Kind::Fact, &"a".repeat(*bytes));
            let draft = Draft::of_candidate(Operation::Add, Cause::Distilled, path.clone(), &said);
            Change { gate: *gate, ..draft.into_change() }
        };
        let mut changes: Vec<Change> = additions.iter().map(of).collect();
        settle(&mut changes, &world);
        changes.iter().map(|change| change.gate).collect()
    }

    #[test]
    fn what_goes_unattended_has_the_room_first_and_what_has_none_is_blocked() {
        use Gate::{Auto, Blocked, Review};
        const MOST: usize = MAX_MEMORY_BYTES / 2;
        assert_eq!(settled(&[(Auto, 9), (Review, 9), (Auto, 9)]), [Auto, Review, Auto]);
        assert_eq!(settled(&[(Auto, MOST), (Auto, MOST)]), [Auto, Blocked]);
        assert_eq!(settled(&[(Review, MOST), (Auto, MOST)]), [Blocked, Auto]);
        assert_eq!(settled(&[(Review, MOST), (Review, MOST)]), [Review, Blocked]);
        // A blocked change is not written, so it takes no room from the others.
        assert_eq!(settled(&[(Blocked, MOST), (Review, MOST)]), [Blocked, Review]);
    }

    #[test]
    fn a_change_takes_out_replaces_or_leaves_what_it_is_about() {
        use Operation::{Add, Merge, Retire, Revise, Supersede};
        let mut store = Snapshot::new("");
        let memory = Memory::new("notes.md", "- Tea comes first\n", None).unwrap();
        store.add_memory(memory).unwrap();
        let read = resolve(&store, time(9), crate::redact);
        let places = Places::new(&read.entries);
        let targets = [crate::draft::target(&read.entries[0])];
        let made = |operation, text: Option<&str>| {
            let change = dreaming_fixtures::plans::change(operation, &[], text);
            edits(&Change { targets: targets.to_vec(), ..change }, &places)
        };
        let (same, other) = (Some("Tea comes first"), Some("Coffee comes first"));
        assert!(made(Revise, same).is_empty(), "only whose preference it is changes");
        for (operation, text) in [(Revise, other), (Supersede, other), (Supersede, same)] {
            let made = made(operation, text);
            assert!(matches!(&made[..], [Edit::Replace { .. }]), "{operation:?}: {made:?}");
        }
        for (operation, text) in [(Merge, None), (Retire, None), (Supersede, None), (Merge, same)] {
            let made = made(operation, text);
            assert!(matches!(&made[..], [Edit::Remove { .. }]), "{operation:?}: {made:?}");
        }
        let appends = made(Add, other);
        assert!(matches!(&appends[..], [Edit::Append { text }] if Some(&**text) == other));
    }

    #[test]
    fn a_memory_in_which_nothing_fits_is_not_read_without_end() {
        // Without its item each part would become a heading.
        let text = "Part\n- the same four words\n---\n".repeat(64);
        let pieces = dreaming_text::markdown::pieces(&text);
        let page = Page::new(&text, &pieces);
        let items = pieces.iter().filter(|piece| piece.form == dreaming_text::markdown::Form::Item);
        let removals = items.map(|piece| Edit::Remove { range: piece.range.clone() });
        let ready: Vec<_> = removals.map(|edit| ready(&page, &[edit])).collect();
        let all: Vec<usize> = (0..ready.len()).collect();
        assert_eq!(all.len(), 64);
        let (opening, length) = (Opening::default(), text.len());
        let mut tried = Tried { length, page, opening, ready, left: Cell::new(1_000 * text.len()) };
        assert!(tried.widest(&all, Vec::new()).is_empty());
        let looks = 1_000 - tried.left.get() / text.len();
        assert!((64..130).contains(&looks) && !tried.is_spent(), "{looks}");
        tried.left = Cell::new(10 * text.len());
        assert!(tried.widest(&all, Vec::new()).is_empty());
        assert!(tried.is_spent());
    }
}
