//! What models said when all sessions were read, and how the calls for it ended.

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::distilled::Distilled;
use dreaming_records::ids::CallId;
use dreaming_records::look::Look;
use dreaming_records::number::count;
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::Rejected;
use dreaming_records::report::Report;

/// Characters that a call sends to a model.
pub(super) fn prompt_characters(call: &ModelCall) -> u64 {
    count(call.system.chars().count()) + count(call.prompt.chars().count())
}

/// What was said, and what a report counts of the calls.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Of pairs of statements of the store, beyond what the ledger has, by key.
    pub pairs: Vec<PairRecord>,
    /// What was written from all that was found, by key.
    pub distilled: Vec<Distilled>,
    /// What the findings came to that none of these holds, by statement.
    pub looks: Vec<Look>,
    /// What was turned down of all this.
    pub rejected: Vec<Rejected>,
    /// How each question went, as sentences.
    pub notes: Vec<String>,
    /// Calls that ended.
    pub made: u64,
    /// Those with an answer that could be read.
    pub answered: u64,
    /// Characters that they sent to a model.
    pub prompt_characters: u64,
    /// Those that got no answer at all.
    pub unanswered: u64,
    /// Those with an answer that nobody can use: none is remembered, so that the next dream may ask the same.
    pub unusable: Vec<CallId>,
}

impl Said {
    /// Counts a call with this answer.
    pub(super) fn count(&mut self, call: &ModelCall, answer: &Answer, usable: bool) {
        self.made += 1;
        self.prompt_characters += prompt_characters(call);
        self.answered += u64::from(usable);
        if !usable && answer.is_text() {
            self.unusable.push(call.id.clone());
        }
        self.unanswered += u64::from(matches!(answer, Answer::Failed { .. }));
    }

    /// Adds the calls to a report, and what came of them.
    pub(super) fn tell(&self, report: &mut Report) {
        report.calls += self.made;
        report.prompt_characters += self.prompt_characters;
        report.calls_answered += self.answered;
        report.calls_failed += self.made - self.answered;
        report.calls_unanswered += self.unanswered;
        report.unusable.extend_from_slice(&self.unusable);
        report.notes.extend_from_slice(&self.notes);
    }
}
