//! What a part repeats of another session before its own, which was forked from it.

use super::Excerpt;
use super::excerpt::Excerpts;
use super::header::History;
use crate::extract::Extractor;
use dreaming_records::notes::SessionNotes;

/// What was found in the history of another session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartHistory {
    /// The last line of it.
    pub(crate) last_line: u64,
    /// What was found there; its origin is the other session. The account of its lines is that of the part.
    pub(crate) notes: SessionNotes,
    /// Event texts for prompts; empty unless they were asked for.
    pub(crate) excerpts: Vec<Excerpt>,
}

/// What is found in the histories of a part, in the order in which they begin.
#[derive(Debug, Default)]
pub(super) struct Histories(Vec<Found>);

/// What is found in one of them.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) extractor: Extractor,
    pub(super) notes: SessionNotes,
    pub(super) excerpts: Option<Excerpts>,
}

impl Histories {
    /// The history at `at`, of the part `part`; `excerpts`: where the texts of a new one are kept.
    pub(super) fn at(
        &mut self,
        at: usize,
        part: &str,
        excerpts: impl Fn() -> Option<Excerpts>,
    ) -> Option<&mut Found> {
        while self.0.len() <= at {
            let extractor = Extractor::new(part);
            let notes = SessionNotes::default();
            self.0.push(Found { extractor, notes, excerpts: excerpts() });
        }
        self.0.get_mut(at)
    }

    /// What was found, in the order in which the histories end: the oldest began last and ends first.
    pub(super) fn finish(self, format: &str, said: Vec<History>) -> Vec<PartHistory> {
        let histories = self.0.into_iter().zip(said).map(|(found, said)| {
            let mut notes = SessionNotes { format: format.into(), ..found.notes };
            found.extractor.finish(&mut notes);
            said.header.finish(&mut notes);
            let (excerpts, left_out) = found.excerpts.map(Excerpts::finish).unwrap_or_default();
            notes.account.not_shown += left_out;
            PartHistory { last_line: said.last_line, notes, excerpts }
        });
        let mut histories: Vec<PartHistory> = histories.collect();
        histories.reverse();
        histories
    }
}
