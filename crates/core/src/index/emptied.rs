//! Memories that changes leave without a statement.

use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_records::ids::EntryId;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Change, Operation};
use dreaming_text::Set;
use dreaming_text::markdown::front;

use crate::identity::Located;

/// The memories in which `changes` together would leave nothing but front matter and headings.
pub(super) fn emptied<'e, 'a>(
    memories: &BTreeMap<MemoryPath, Arc<Memory>>,
    entries: &'e [Located],
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> Set<&'e MemoryPath> {
    let removes =
        |change: &&Change| matches!(change.operation, Operation::Merge | Operation::Retire);
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
    // Entries are sorted by path.
    Set::of(entries.chunk_by(|a, b| a.path == b.path).filter_map(emptied))
}

fn nothing_left(markdown: &str, gone: &[Located]) -> bool {
    let mut rest = markdown.to_owned();
    for entry in gone.iter().rev() {
        rest.replace_range(entry.piece.range.clone(), "");
    }
    let body = rest.get(front::length(&rest)..).unwrap_or("");
    body.lines().all(|line| line.trim_ascii().is_empty() || line.starts_with('#'))
}
