//! Memories that changes leave without a statement.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::ids::EntryId;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Change, Operation};
use dreaming_text::markdown::front;
use dreaming_text::sort;

use crate::identity::Located;

/// The memories in which nothing but front matter and headings would be left, by `changes`
/// together.
pub(super) fn emptied<'a>(
    memories: &BTreeMap<MemoryPath, Memory>,
    entries: &[Located],
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> BTreeSet<MemoryPath> {
    let removes =
        |change: &&Change| matches!(change.operation, Operation::Merge | Operation::Retire);
    let gone: BTreeSet<&EntryId> =
        sort::tree(changes.clone().filter(removes).flat_map(|c| &c.targets).map(|t| &t.entry));
    let filled: BTreeSet<&MemoryPath> =
        sort::tree(changes.filter(|change| change.operation == Operation::Add).map(|c| &c.path));
    let mut of_path: BTreeMap<&MemoryPath, Vec<&Located>> = BTreeMap::new();
    for entry in entries {
        of_path.entry(&entry.path).or_default().push(entry);
    }
    let is_emptied = |(path, here): &(&MemoryPath, Vec<&Located>)| {
        !filled.contains(path)
            && here.iter().all(|entry| gone.contains(&entry.record.id))
            && memories.get(*path).is_some_and(|memory| nothing_left(&memory.text, here))
    };
    sort::tree(of_path.into_iter().filter(is_emptied).map(|(path, _)| path.clone()))
}

fn nothing_left(markdown: &str, gone: &[&Located]) -> bool {
    let mut rest = markdown.to_owned();
    for entry in gone.iter().rev() {
        rest.replace_range(entry.piece.range.clone(), "");
    }
    let body = rest.get(front::length(&rest)..).unwrap_or("");
    body.lines().all(|line| line.trim_ascii().is_empty() || line.starts_with('#'))
}
