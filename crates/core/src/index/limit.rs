//! How long the index may be, and which lines are taken out when it is longer.

use std::cmp::Reverse;

use dreaming_records::kind::Kind;
use dreaming_records::ledger::Tier;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Cause, Change, Gate, Operation, Rejected, Stage};
use dreaming_records::policy::{self, Policy};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::{Map, sort};

use crate::draft::Draft;
use crate::identity::Located;
use crate::review_reason::Doubt;
use crate::world::World;

use super::{Leads, adds, leads, standing, words};

/// A length in the two units in which agents measure an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Lines.
    pub lines: usize,
    /// Bytes.
    pub bytes: usize,
}

impl Length {
    /// The longest index that agents load whole.
    pub(super) fn most(policy: &Policy) -> Self {
        Self { lines: policy.size(&policy::INDEX_LINES), bytes: policy.size(&policy::INDEX_BYTES) }
    }

    pub(super) fn of(text: &str) -> Self {
        Self { lines: text.lines().count(), bytes: text.len() }
    }

    /// The length of a statement as an item of a list: mark, space and line end included.
    pub(super) fn of_item(text: &str) -> Self {
        Self { lines: 1, bytes: text.len() + 3 }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.bytes += other.bytes;
    }

    fn take(&mut self, other: Self) {
        self.lines = self.lines.saturating_sub(other.lines);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }

    pub(super) fn within(self, most: Self) -> bool {
        self.lines <= most.lines && self.bytes <= most.bytes
    }
}

/// The length that the index would have with all of `changes`; `None` when agents would load all of
/// it. Agents load a file that takes in others whole, so such a file is never too long.
pub(crate) fn over(world: &World<'_>, changes: &[Change]) -> Option<Length> {
    let file = world.file().filter(|file| !file.takes_in())?;
    let mut length = Length::of(&file.text);
    for change in changes.iter().filter(|c| c.path == file.path && c.gate != Gate::Blocked) {
        let changed = of_change(&file.text, change, world);
        match change.operation {
            Operation::Add => length.add(changed),
            Operation::Merge | Operation::Retire => length.take(changed),
            _ => {}
        }
    }
    (!length.within(Length::most(world.policy))).then_some(length)
}

/// Whether agents would load all of the index with these statements in it, and with a line for each memory that dreams
/// may make yet.
pub(crate) fn loads(world: &World<'_>, added: &[String]) -> bool {
    let file = world.file().filter(|file| !file.takes_in());
    file.is_none_or(|file| {
        let mut length = Length::of(&file.text);
        added.iter().for_each(|text| length.add(Length::of_item(text)));
        let is_there = |kind: Kind| world.memories.keys().any(|path| path.as_str() == kind.path());
        for (_, kind) in Kind::learned().filter(|(_, kind)| !is_there(*kind)) {
            length.add(Length::of_item(&words(kind, kind.path())));
        }
        length.within(Length::most(world.policy))
    })
}

/// By how much a change lengthens the index. For a change that takes out a line: the length of that
/// line.
fn of_change(index: &str, change: &Change, world: &World<'_>) -> Length {
    if change.operation == Operation::Add {
        return Length::of_item(change.text.as_deref().unwrap_or(""));
    }
    let mut length = Length { lines: 0, bytes: 0 };
    let gone = change.targets.iter().filter_map(|target| world.places.get(&target.entry));
    gone.for_each(|entry| {
        length.add(Length::of(index.get(entry.piece.range.clone()).unwrap_or("")));
    });
    length
}

/// One draft for each line that only names memories of the store, to take that line out: what the
/// line says is in those memories. [`shorten`] uses as many of the drafts as are needed. Empty when
/// the index is not too long.
pub(crate) fn spare(world: &World<'_>, changes: &[Change]) -> Vec<Draft> {
    let (Some(file), Some(_)) = (world.file(), over(world, changes)) else { return Vec::new() };
    let names = world.names(changes);
    let names_memories = |line: &&Located| matches!(leads(&line.piece.text, &names), Leads::To(_));
    let most = Length::most(world.policy);
    let draft = |line: &Located| {
        let mut draft = Draft::about_entries(Operation::Retire, Cause::IndexLimit, line);
        draft.because = format!(
            "Agents load {} lines and {} bytes of the index. What the other lines name is no less established.",
            most.lines, most.bytes
        );
        draft.doubted(Doubt::LeavesIndex)
    };
    world.lines(&file, changes).filter(names_memories).map(draft).collect()
}

/// The order in which lines are kept, the greatest first: by tier and trust of what a line names,
/// existing lines before new ones, then by time, then the upper line.
type Rank = (Tier, Trust, bool, Option<Time>, Reverse<u64>, usize);

/// Shortens the index until agents load all of it: adds removals from `spare` to `changes` and
/// drops new lines from `changes`, as many as needed, the least established lines first. Returns
/// the dropped new lines as turned down. When the index would be too long even without all of these
/// lines, because it is full of other statements, nothing is changed, because it would not help.
pub(crate) fn shorten(
    world: &World<'_>,
    changes: &mut Vec<Change>,
    spare: Vec<Change>,
) -> Vec<Rejected> {
    let (Some(file), Some(mut length)) = (world.file(), over(world, changes)) else {
        return Vec::new();
    };
    let mut leaving: Vec<(Rank, Change)> = Vec::new();
    let named = established(world, changes);
    let names = world.names(changes);
    let all = spare.into_iter().filter(|change| change.gate != Gate::Blocked).enumerate();
    for (at, change) in all {
        let Some(line) = change.targets.first() else { continue };
        let Leads::To(found) = leads(&line.text, &names) else { continue };
        let best = found.iter().filter_map(|path| named.get(path)).max();
        let (tier, trust, seen) = best.copied().unwrap_or((Tier::Short, Trust::External, None));
        leaving.push(((tier, trust, true, seen, Reverse(line.line), at), change));
    }
    for (at, change) in
        changes.iter().filter(|c| adds(c) && c.kind == Some(Kind::Index)).enumerate()
    {
        let (tier, trust) = standing(change);
        let rank = (tier, trust, false, change.last_seen, Reverse(u64::MAX), at);
        leaving.push((rank, change.clone()));
    }
    sort::by_key(&mut leaving, |(rank, _)| *rank);
    let mut going = Vec::new();
    for (_, change) in leaving {
        if length.within(Length::most(world.policy)) {
            break;
        }
        length.take(of_change(&file.text, &change, world));
        going.push(change);
    }
    if !length.within(Length::most(world.policy)) {
        return Vec::new();
    }
    let (old, new): (Vec<Change>, Vec<Change>) =
        going.into_iter().partition(|change| change.operation == Operation::Retire);
    changes.retain(|change| new.iter().all(|new| new.id != change.id));
    changes.extend(old);
    let rejected = |change: Change| {
        let text = change.text.unwrap_or_default();
        Rejected::new(Stage::Index, "over-limit", &text, change.evidence)
    };
    new.into_iter().map(rejected).collect()
}

/// The best tier and trust of a statement in each memory, with the statements that `changes` add.
fn established<'a>(
    world: &'a World<'_>,
    changes: &'a [Change],
) -> Map<&'a MemoryPath, (Tier, Trust, Option<Time>)> {
    let there = world.entries.iter().map(|entry| {
        let record = &entry.record;
        (&entry.path, (record.tier, record.trust, record.last_seen))
    });
    let made = changes.iter().filter(|change| adds(change));
    let made = made.map(|c| (&c.path, (c.tier, c.trust, c.last_seen)));
    let mut all: Vec<_> = there.chain(made).collect();
    // A map keeps the last value of a key, here the best.
    sort::all(&mut all);
    Map::of(all)
}
