//! What each record of a part added to the sums of the notes. When another part holds the same
//! record, this is taken out again, so that the record counts once. Kept compact, because a long
//! session has many records.

use dreaming_records::notes::SessionNotes;
use dreaming_records::number::count;
use dreaming_text::Set;

/// What records added, by the key of the record's id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The record of each event.
    events: Vec<u64>,
    /// The calls and commands that ended: the record, the position of the name, and whether it
    /// failed.
    ended: Vec<(u64, usize, bool)>,
    /// Names of tools, and of commands.
    names: Vec<(Ended, String)>,
}

/// What ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A call of a tool.
    Tool,
    /// A shell command whose end a record reports.
    Command,
}

impl Sums {
    /// Notes an event of a record.
    pub(super) fn event(&mut self, record: u64) {
        self.events.push(record);
    }

    /// Notes that a call or command ended in a record.
    pub(super) fn ended(&mut self, record: u64, what: Ended, name: String, failed: bool) {
        let name = (what, name);
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(name);
        }
        self.ended.push((record, at, failed));
    }

    /// Subtracts from the notes what these records added.
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
