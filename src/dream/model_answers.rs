//! What models said after all sessions were read, and how many of these calls were answered.

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::distilled::Distilled;
use dreaming_records::finding_result::Look;
use dreaming_records::ids::CallId;
use dreaming_records::number::count;
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::Rejected;
use dreaming_records::report::Report;

/// How many characters a call sends to a model.
pub(super) fn prompt_characters(call: &ModelCall) -> u64 {
    count(call.system.chars().count()) + count(call.prompt.chars().count())
}

/// The results of the answers, and the counts of calls for the report.
#[derive(Debug, Default)]
pub(super) struct ModelAnswers {
    /// Answers about pairs that the ledger does not have yet, by key.
    pub pairs: Vec<PairRecord>,
    /// Statements written from all findings, by key.
    pub distilled: Vec<Distilled>,
    /// For findings that no written statement covers: whether to propose them as they are. Sorted
    /// by statement.
    pub looks: Vec<Look>,
    /// What was turned down of these answers.
    pub rejected: Vec<Rejected>,
    /// How each question went, as sentences.
    pub notes: Vec<String>,
    /// Calls that ended.
    pub made: u64,
    /// Calls with an answer that could be read.
    pub answered: u64,
    /// Characters sent to a model in all these calls.
    pub prompt_characters: u64,
    /// Calls without any answer.
    pub unanswered: u64,
    /// Calls with an unusable answer. The ledger does not record them, so that the next dream may
    /// ask the same again.
    pub unusable: Vec<CallId>,
}

impl ModelAnswers {
    /// Counts a call and its answer, which is `usable` or not.
    pub(super) fn count(&mut self, call: &ModelCall, answer: &Answer, usable: bool) {
        self.made += 1;
        self.prompt_characters += prompt_characters(call);
        self.answered += u64::from(usable);
        if !usable && answer.is_text() {
            self.unusable.push(call.id.clone());
        }
        self.unanswered += u64::from(matches!(answer, Answer::Failed { .. }));
    }

    /// Adds these counts to a report.
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
