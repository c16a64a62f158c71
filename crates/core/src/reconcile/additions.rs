//! Candidates that no entry says and that take no entry's place.

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::statement;
use dreaming_records::ledger::Finder;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::trust::Trust;
use dreaming_text as text;
use dreaming_text::markdown::{cells, line_of_code};

use super::{Work, outgrown, person_corrections};
use crate::draft::{self, Draft, because, target};
use crate::review_reason::Doubt;

impl Work<'_> {
    /// Drafts an addition, or new words for the outgrown entry that the candidate replaces.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        let mut doubts = Vec::new();
        match self.retired.had(&text::normal(candidate.words()), &candidate.evidence) {
            Some((_, true)) => return self.reject("retired-before", candidate),
            Some((by, false)) => doubts.push(Doubt::RetiredBefore(by)),
            None => {}
        }
        if candidate.finder == Finder::Model && candidate.trust < Trust::Agent {
            doubts.push(Doubt::FromOutside);
        }
        let once = candidate.support.sessions < 2;
        if once {
            doubts.extend(match candidate.finder {
                Finder::Model => Some(Doubt::OneSessionByModel),
                Finder::Miner => Some(Doubt::SaidOnce),
                Finder::Host => None,
            });
        }
        if let Some(entry) = self.outgrown.replaced_by(candidate) {
            let mut draft = outgrown::newer_words(target(entry), candidate);
            draft.because = because(candidate);
            self.push(draft);
            return;
        }
        // Without its table a row says nothing, nor does what a model wrote in the place of a line of code. A new row and a
        // new step come after the one that the model named.
        let words = candidate.words();
        let is_code = candidate.worth == Some(true) && line_of_code(words).is_some();
        let row = self.ledger.distilled.get(&statement(candidate.kind, words));
        let has_a_place = row.is_some_and(|row| row.after.is_some() && row.replaces.is_none());
        let is_step = has_a_place && row.is_some_and(|row| row.step);
        if is_code && !is_step || cells(words).is_some() && !has_a_place {
            return self.reject("form-of-the-line", candidate);
        }
        let Ok(path) = MemoryPath::new(candidate.kind.path()) else { return };
        let cause = match (candidate.finder, candidate.trust) {
            (Finder::Model, _) if person_corrections::is_noticed(candidate) => Cause::Noticed,
            (Finder::Model, _) => Cause::Distilled,
            (Finder::Host, _) => Cause::Extracted,
            (Finder::Miner, Trust::User) => Cause::Stated,
            (Finder::Miner, _) => Cause::Recurring,
        };
        let mut draft = Draft::of_candidate(Operation::Add, cause, path, candidate);
        draft.because = because(candidate);
        draft.doubts.extend(doubts);
        draft.waits = draft::waits(candidate, self.policy);
        self.push(draft);
    }
}
