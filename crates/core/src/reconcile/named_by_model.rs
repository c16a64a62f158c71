//! Candidates of which a model says whose place they take.

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::statement;
use dreaming_records::ledger::Finder;
use dreaming_records::plan::OpenConflict;

use super::updates::{self, Effect};
use super::{Work, outdated};
use crate::draft::target;
use crate::identity::Located;
use crate::review_reason::Doubt;

impl<'a> Work<'a> {
    /// Applies a candidate of which a model said that it replaces an entry, if that entry is still
    /// there and of the same kind. As everywhere, the newer one holds. Returns whether the entry
    /// was found.
    pub(super) fn corrects(&mut self, candidate: &Candidate) -> bool {
        let Some(entry) = self.corrected_by(candidate) else {
            self.kept_apart(candidate);
            return false;
        };
        self.settle(candidate, entry, updates::by_model(candidate, entry));
        true
    }

    /// Shows both sides where a candidate may not take the place that a model names: a preference takes no fact out, and
    /// what one person wants no line of everybody's.
    fn kept_apart(&mut self, candidate: &Candidate) {
        // What models wrote goes with what takes it up, whatever the kinds.
        let is_named = |entry: &&Located| {
            candidate.corrects.as_ref() == Some(&entry.record.id)
                && entry.record.finder != Some(Finder::Model)
        };
        let entry = self.entries.iter().find(is_named);
        let Some(entry) = entry.filter(|_| candidate.worth != Some(false)) else { return };
        self.claimed.push(OpenConflict {
            subject: candidate.subject.clone().unwrap_or_default(),
            entry: target(entry),
            other: None,
            text: candidate.text.clone(),
            evidence: candidate.evidence.clone(),
            reason: "a model says that it takes the place of a line of another kind or person"
                .into(),
        });
    }

    fn corrected_by(&self, candidate: &Candidate) -> Option<&'a Located> {
        let id = candidate.corrects.as_ref().filter(|id| !self.merged.contains(id))?;
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.record.id == *id && updates::may_replace(candidate, entry))
    }

    /// As [`Work::corrects`], for a candidate that `entry` says already: that takes the place of the entry that a model
    /// names.
    pub(super) fn said_already(&mut self, candidate: &Candidate, entry: &Located) {
        let named = self.corrected_by(candidate).filter(|n| n.record.id != entry.record.id);
        let Some(older) = named else { return };
        // Of what a model wrote from all findings, its own row says what it took the place of.
        let is_row =
            self.ledger.distilled.contains_key(&statement(candidate.kind, candidate.words()));
        if is_row || self.turned_down(candidate).is_some() {
            return;
        }
        match updates::by_model(candidate, older) {
            Effect::Supersede(..) => {
                let draft = outdated::replaced_by_model(entry, older);
                self.push(draft.doubted(Doubt::ReplacedByModel));
            }
            other => self.settle(candidate, older, other),
        }
    }
}
