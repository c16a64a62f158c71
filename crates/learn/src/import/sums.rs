//! What each record of a part added to the sums of the notes. Another part may hold the same record, which
//! then counts once. Kept for every record of a long session, so it is small.

use dreaming_records::notes::SessionNotes;
use dreaming_records::number::count;
use dreaming_text::Set;

/// What records added, by the key of their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The records of events.
    events: Vec<u64>,
    /// What ended: the record that tells it, its place in the names, and whether it failed.
    ended: Vec<(u64, usize, bool)>,
    /// Names of tools, and of commands.
    names: Vec<(Ended, String)>,
}

/// What ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A call of a tool.
    Tool,
    /// A command of which a record tells how it ended.
    Command,
}

impl Sums {
    /// A record has one more event.
    pub(super) fn event(&mut self, record: u64) {
        self.events.push(record);
    }

    /// A record tells how one more ended.
    pub(super) fn ended(&mut self, record: u64, what: Ended, name: String, failed: bool) {
        let name = (what, name);
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(name);
        }
        self.ended.push((record, at, failed));
    }

    /// Takes what these records added out of the notes.
    pub(super) fn take_out(&self, records: &Set<u64>, notes: &mut SessionNotes) {
        let events = self.events.iter().filter(|record| records.contains(record)).count();
        notes.events = notes.events.saturating_sub(count(events));
        for (_, at, failed) in self.ended.iter().filter(|(record, ..)| records.contains(record)) {
            let Some((what, name)) = self.names.get(*at) else { continue };
            let counts = match what {
                Ended::Tool => &mut notes.tools,
                Ended::Command => &mut notes.commands,
            };
            if let Some(known) = counts.iter_mut().find(|known| known.tool == *name) {
                known.calls = known.calls.saturating_sub(1);
                known.failed = known.failed.saturating_sub((*failed).into());
            }
        }
    }
}
