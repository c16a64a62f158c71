//! What each record of a part added to the sums of the notes. Another part may hold the same record, which
//! then counts once. Kept for every record of a long session, so it is small.

use std::collections::BTreeMap;

use dreaming_records::notes::SessionNotes;

/// What records added, by the first 64 bits of the digest of their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Events. No record has as many as fit in a byte; more are not told apart.
    events: BTreeMap<u64, u8>,
    /// The tools of [`Self::results`].
    tools: Vec<String>,
    /// Results, by place in the tools and whether they failed.
    results: BTreeMap<(u64, usize, bool), u8>,
}

impl Sums {
    /// A record has one more event.
    pub(super) fn event(&mut self, record: u64) {
        let events = self.events.entry(record).or_default();
        *events = events.saturating_add(1);
    }

    /// A record has one more result of `tool`.
    pub(super) fn result(&mut self, record: u64, tool: String, failed: bool) {
        let known = self.tools.iter().position(|known| *known == tool);
        let at = known.unwrap_or(self.tools.len());
        if known.is_none() {
            self.tools.push(tool);
        }
        let results = self.results.entry((record, at, failed)).or_default();
        *results = results.saturating_add(1);
    }

    /// Takes what `record` added out of the notes.
    pub(super) fn take_out(&self, record: u64, notes: &mut SessionNotes) {
        let events = self.events.get(&record).copied().unwrap_or_default();
        notes.events = notes.events.saturating_sub(events.into());
        let of_record = (record, 0, false)..=(record, usize::MAX, true);
        for ((_, at, failed), results) in self.results.range(of_record) {
            let Some(tool) = self.tools.get(*at) else { continue };
            if let Some(known) = notes.tools.iter_mut().find(|known| known.tool == *tool) {
                let results = u64::from(*results);
                known.calls = known.calls.saturating_sub(results);
                known.failed = known.failed.saturating_sub(if *failed { results } else { 0 });
            }
        }
    }
}
