//! What each record of a part added to the sums of the notes. Another part may hold the same record, which
//! then counts once. Kept for every record of a long session, so it is small.

use std::collections::BTreeMap;

use dreaming_records::notes::{SessionNotes, ToolCount};

/// What records added, by the first 64 bits of the digest of their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Events. No record has as many as fit in a byte; more are not told apart.
    events: BTreeMap<u64, u8>,
    /// Results of tools.
    pub(super) tools: Ended,
    /// Calls of commands of which a record tells how they ended.
    pub(super) commands: Ended,
}

/// What ended, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    names: Vec<String>,
    /// By record, place in the names and whether it failed.
    counts: BTreeMap<(u64, usize, bool), u8>,
}

impl Ended {
    /// A record tells how one more ended.
    pub(super) fn add(&mut self, record: u64, name: String, failed: bool) {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(name);
        }
        let count = self.counts.entry((record, at, failed)).or_default();
        *count = count.saturating_add(1);
    }

    fn take_out(&self, record: u64, counts: &mut [ToolCount]) {
        let of_record = (record, 0, false)..=(record, usize::MAX, true);
        for ((_, at, failed), count) in self.counts.range(of_record) {
            let Some(name) = self.names.get(*at) else { continue };
            if let Some(known) = counts.iter_mut().find(|known| known.tool == *name) {
                let count = u64::from(*count);
                known.calls = known.calls.saturating_sub(count);
                known.failed = known.failed.saturating_sub(if *failed { count } else { 0 });
            }
        }
    }
}

impl Sums {
    /// A record has one more event.
    pub(super) fn event(&mut self, record: u64) {
        let events = self.events.entry(record).or_default();
        *events = events.saturating_add(1);
    }

    /// Takes what `record` added out of the notes.
    pub(super) fn take_out(&self, record: u64, notes: &mut SessionNotes) {
        let events = self.events.get(&record).copied().unwrap_or_default();
        notes.events = notes.events.saturating_sub(events.into());
        self.tools.take_out(record, &mut notes.tools);
        self.commands.take_out(record, &mut notes.commands);
    }
}
