//! What a part holds of each session whose words stand in it: its own, and those from which that was forked.

use std::collections::BTreeSet;

use super::excerpt::{Bounds, Excerpt, Excerpts};
use super::header::Header;
use super::usage::Usage;
use crate::extract::Extractor;
use dreaming_records::notes::SessionNotes;
use dreaming_records::session::Event;

/// What was found in the words of one session.
#[derive(Debug)]
pub(super) struct Found {
    extractor: Extractor,
    notes: SessionNotes,
    excerpts: Option<Excerpts>,
}

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

impl Found {
    /// For words in the part `part`. `bounds`: of the texts for prompts, when they are asked for.
    pub(super) fn new(part: &str, bounds: Option<Bounds>) -> Self {
        Self {
            extractor: Extractor::new(part),
            notes: SessionNotes::default(),
            excerpts: bounds.map(Excerpts::new),
        }
    }

    /// Takes the next event. Returns the commands that it counts for, and whether each failed.
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

    /// Whether the calls of a tool are counted: of so many tools and no more.
    pub(super) fn counts(&self, tool: &str) -> bool {
        self.notes.tools.binary_search_by(|known| known.tool.as_str().cmp(tool)).is_ok()
    }

    /// What was found, with what was said of the session; the texts for prompts; and what tells records and
    /// responses from those of other parts.
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
