//! How the calls of one kind ended, as a report counts them.

use dreaming_learn::propose::Answer;
use dreaming_records::report::Report;

/// Counts of calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Those that ended.
    pub made: u64,
    /// Those with an answer that could be read.
    pub answered: u64,
    /// Those that got no answer at all.
    unanswered: u64,
}

impl Counts {
    /// Counts a call with this answer.
    pub fn add(&mut self, answer: &Answer, usable: bool) {
        self.made += 1;
        self.answered += u64::from(usable);
        self.unanswered += u64::from(matches!(answer, Answer::Failed { .. }));
    }

    /// Adds them to a report.
    pub fn tell(&self, report: &mut Report) {
        report.calls += self.made;
        report.calls_answered += self.answered;
        report.calls_failed += self.made - self.answered;
        report.calls_unanswered += self.unanswered;
    }
}
