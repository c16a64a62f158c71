//! Results that come before their call: held back until the call comes.

use std::collections::VecDeque;

use dreaming_records::session::Event;

/// Lines for which a result waits. Versions 2.1.101 to 2.1.172 wrote a result 1 to 5 lines before
/// its call; we chose about three times that.
const MAX_LINES: u64 = 16;

/// Results that may wait at once. Chosen by us: agents make fewer calls side by side.
const MAX_WAITING: usize = 64;

/// A result that came before its call.
#[derive(Debug)]
pub(super) struct Result {
    /// The event of its record, without a text.
    pub(super) base: Event,
    /// Id of the call.
    pub(super) call: String,
    /// What the tool said.
    pub(super) text: String,
    /// Whether it failed.
    pub(super) failed: bool,
}

/// The waiting results, in order. Only those of the last [`MAX_LINES`] lines are in memory.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<Result>);

impl Waiting {
    /// Holds a result back.
    pub(super) fn hold(&mut self, result: Result) {
        self.0.push_back(result);
    }

    /// Takes the results of a call that was just read.
    pub(super) fn of(&mut self, call: &str) -> Vec<Result> {
        let (come, wait) = std::mem::take(&mut self.0).into_iter().partition(|r| r.call == call);
        self.0 = wait;
        Vec::from_iter::<VecDeque<_>>(come)
    }

    /// Takes the results that waited too long at line `line`: their calls are in another file, or
    /// nowhere.
    pub(super) fn over(&mut self, line: u64) -> Vec<Result> {
        let is_over = |result: &Result| line.saturating_sub(result.base.line) > MAX_LINES;
        let too_many = self.0.len().saturating_sub(MAX_WAITING);
        let late = self.0.iter().take_while(|result| is_over(result)).count();
        self.0.drain(..late.max(too_many)).collect()
    }

    /// Takes all results that still wait, at the end of the part.
    pub(super) fn rest(&mut self) -> Vec<Result> {
        std::mem::take(&mut self.0).into()
    }
}
