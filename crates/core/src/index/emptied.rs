//! Memories without a statement, now or after changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Change, Operation};
use dreaming_text::Set;
use dreaming_text::markdown::front;

use crate::identity::Located;

/// The memories in which `changes` together would leave nothing but front matter and headings, and
/// those of dreams in which nothing else is left already, because somebody erased it. A memory of a
/// person that has only headings may be there to be filled.
pub(super) fn emptied<'e, 'a>(
    memories: &'e BTreeMap<MemoryPath, Arc<Memory>>,
    entries: &'e [Located],
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> Set<&'e MemoryPath> {
    let removes = |change: &&Change| match change.operation {
        Operation::Merge | Operation::Retire => true,
        Operation::Supersede => change.text.is_none(),
        Operation::Add | Operation::Revise => false,
    };
    let gone: Set<&EntryId> =
        Set::of(changes.clone().filter(removes).flat_map(|c| &c.targets).map(|t| &t.entry));
    let filled: Set<&MemoryPath> =
        Set::of(changes.filter(|change| change.operation == Operation::Add).map(|c| &c.path));
    let emptied = |here: &'e [Located]| {
        let path = &here.first()?.path;
        let is_emptied = !filled.contains(path)
            && here.iter().all(|entry| gone.contains(&entry.record.id))
            && memories.get(path).is_some_and(|memory| nothing_left(&memory.text, here));
        is_emptied.then_some(path)
    };
    let of_dreams = memories.iter().filter(|(path, memory)| {
        let is_learned = Kind::learned().any(|(_, kind)| kind.path() == path.as_str());
        is_learned && !filled.contains(path) && nothing_left(&memory.text, &[])
    });
    // Entries are sorted by path.
    let by_changes = entries.chunk_by(|a, b| a.path == b.path).filter_map(emptied);
    Set::of(by_changes.chain(of_dreams.map(|(path, _)| path)))
}

fn nothing_left(markdown: &str, gone: &[Located]) -> bool {
    let mut rest = markdown.to_owned();
    for entry in gone.iter().rev() {
        rest.replace_range(entry.piece.range.clone(), "");
    }
    let body = rest.get(front::length(&rest)..).unwrap_or("");
    body.lines().all(|line| line.trim_ascii().is_empty() || line.starts_with('#'))
}
