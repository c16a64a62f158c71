//! The texts of memories after a decision: written, dated, and read again.

use std::sync::Arc;

use dreaming_records::error::EngineError;
use dreaming_records::ids::EntryId;
use dreaming_records::memory::{MAX_MEMORY_BYTES, Memory, MemoryPath};
use dreaming_records::plan::Change;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::{Groups, Set};

use super::not_writable;
use crate::arrange;
use crate::identity::{Resolution, of_memory, reads_as_recorded, resolve};
use crate::render::{Edit, Opening, Page};
use crate::world::Places;

/// Writes what was accepted into the memories.
pub(super) fn write_texts(
    after: &mut Snapshot,
    store: &Snapshot,
    resolution: &Resolution,
    accepted: &[&Change],
) -> Result<(), EngineError> {
    let places = Places::new(&resolution.entries);
    let edits_of = |change: &&Change| arrange::edits(change, &places);
    for (path, mut changes) in Groups::of(accepted.iter().map(|c| (&c.path, *c))).iter() {
        let edits: Vec<Edit> = changes.clone().flat_map(edits_of).collect();
        let old = after.memories.get(*path).map_or("", |memory| memory.text.as_str());
        let kind = changes.next().and_then(|change| change.kind);
        let opening = Opening::of_memory(path, kind, &store.memories);
        let page = Page::of(old, of_memory(path, &resolution.entries));
        let text = page.edited(&opening, &edits).ok_or_else(|| not_writable(path))?;
        check_length(path, &text)?;
        let memory = Memory { path: (*path).clone(), text, observed_at: None };
        after.memories.insert(memory.path.clone(), memory.into());
    }
    Ok(())
}

/// Gives each written memory the time of its newest source as the time when it was last written;
/// the time of the dream is not used.
pub(super) fn set_times(after: &mut Snapshot, store: &Snapshot, accepted: &[&Change], now: Time) {
    for (path, times) in Groups::of(accepted.iter().map(|c| (&c.path, c.last_seen))).iter() {
        let before = store.memories.get(*path).and_then(|memory| store.observed_at(memory, now));
        if let Some(memory) = after.memories.get_mut(*path) {
            // As in the ledger, a time in the future counts as unknown.
            let newest = before.max(times.copied().max().flatten());
            Arc::make_mut(memory).observed_at = newest.filter(|time| *time <= now);
        }
    }
}

/// Reads the written memories again and checks that each holds exactly the entries that the ledger
/// says. The memories that were not written are taken as they were read before.
pub(super) fn reread(
    after: &Snapshot,
    now: Time,
    accepted: &[&Change],
    redact: fn(&str) -> String,
) -> Result<(), EngineError> {
    let written: Set<&MemoryPath> = Set::of(accepted.iter().map(|change| &change.path));
    let mut part = Snapshot { head: after.head.clone(), ..Snapshot::new(&after.salt) };
    for (path, memory) in after.memories.iter().filter(|(path, _)| written.contains(path)) {
        part.memories.insert(path.clone(), memory.clone());
    }
    for entry in after.ledger.entries.shared().filter(|entry| written.contains(&entry.path)) {
        part.ledger.entries.insert(entry.id.clone(), entry.clone());
    }
    if reads_as_recorded(&part, now, redact) {
        return Ok(());
    }
    let found = resolve(&part, now, redact).ledger;
    let broken = |change: &&&Change| {
        let differs = |id: &EntryId| found.entries.get(id) != part.ledger.entries.get(id);
        let made = part.ledger.entries.values().filter(|entry| entry.path == change.path);
        made.map(|entry| &entry.id).any(differs)
    };
    match accepted.iter().find(broken).or(accepted.first()) {
        Some(change) => Err(not_writable(&change.path)),
        None => Ok(()),
    }
}

/// Fails when a memory would be longer than a store can hold.
pub(crate) fn check_length(path: &MemoryPath, text: &str) -> Result<(), EngineError> {
    if text.len() <= MAX_MEMORY_BYTES {
        return Ok(());
    }
    let bytes = text.len();
    let why = format!("memory `{path}` would have {bytes} bytes, more than {MAX_MEMORY_BYTES}");
    Err(EngineError::request(path, why))
}
