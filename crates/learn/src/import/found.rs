//! Collects findings for each session in a part: its own, and those whose history the part repeats.

use std::collections::BTreeSet;

use super::excerpt::{Bounds, Excerpt, Excerpts};
use super::header::Header;
use super::usage::Usage;
use crate::extract::Extractor;
use dreaming_records::notes::SessionNotes;
use dreaming_records::session::Event;

/// The findings from the records of one session.
#[derive(Debug)]
pub(super) struct Found {
    extractor: Extractor,
    notes: SessionNotes,
    excerpts: Option<Excerpts>,
}

/// The findings from the history of another session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartHistory {
    /// The last line of the history.
    pub(crate) last_line: u64,
    /// What was found there; `origin` is the other session. The account of lines is the part's.
    pub(crate) notes: SessionNotes,
    /// Excerpts for prompts; empty unless asked for.
    pub(crate) excerpts: Vec<Excerpt>,
}

impl Found {
    /// Nothing found yet, in the part `part`. `bounds`: of excerpts, when prompts need them.
    pub(super) fn new(part: &str, bounds: Option<Bounds>) -> Self {
        Self {
            extractor: Extractor::new(part),
            notes: SessionNotes::default(),
            excerpts: bounds.map(Excerpts::new),
        }
    }

    /// Observes the next event. Returns the shell commands that it completes, and whether each
    /// failed.
    pub(super) fn take(&mut self, part: &str, event: &Event) -> Vec<(String, bool)> {
        let Self { extractor, notes, excerpts } = self;
        notes.first = [notes.first, event.time].into_iter().flatten().min();
        notes.last = [notes.last, event.time].into_iter().flatten().max();
        let commands = extractor.observe(event, notes);
        if event.provenance.trust().is_some() {
            notes.events += 1;
            excerpts.iter_mut().for_each(|excerpts| excerpts.take(part, event));
        }
        commands
    }

    /// Whether calls of this tool are counted; the number of counted tools is limited.
    pub(super) fn counts(&self, tool: &str) -> bool {
        self.notes.tools.binary_search_by(|known| known.tool.as_str().cmp(tool)).is_ok()
    }

    /// Returns the notes, with what the header says of the session; the excerpts; and the keys by
    /// which records and responses are compared with those of other parts.
    pub(super) fn finish(
        self,
        format: &str,
        said: Header,
    ) -> (SessionNotes, Vec<Excerpt>, (BTreeSet<u64>, Usage)) {
        let mut notes = SessionNotes { format: format.into(), ..self.notes };
        self.extractor.finish(&mut notes);
        let known = said.finish(&mut notes);
        let (excerpts, left_out) = self.excerpts.map(Excerpts::finish).unwrap_or_default();
        notes.account.not_shown += left_out;
        (notes, excerpts, known)
    }
}
