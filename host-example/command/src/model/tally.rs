//! What a dream asked its model, and what it took.

use std::ops::AddAssign;

use serde::Serialize;

/// Tokens of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Read at the full price.
    pub input: u64,
    /// Read, and kept by the service for the next call.
    pub cache_write: u64,
    /// Read from what the service kept.
    pub cache_read: u64,
    /// Written.
    pub output: u64,
}

impl Usage {
    /// All of them.
    pub fn total(self) -> u64 {
        self.input + self.cache_write + self.cache_read + self.output
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.input = self.input.saturating_add(more.input);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
        self.cache_read = self.cache_read.saturating_add(more.cache_read);
        self.output = self.output.saturating_add(more.output);
    }
}

/// Calls of one run, by what became of them, and the tokens that they took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Calls that the model was asked.
    pub asked: u64,
    /// Calls whose answer was recorded before; they took nothing.
    pub recorded: u64,
    /// Of those asked: answered in words.
    pub answered: u64,
    /// Of those asked: refused, which is an answer.
    pub refused: u64,
    /// Of those asked: answered by something that nobody can use.
    pub unusable: u64,
    /// Of those asked: without an answer after all tries.
    pub failed: u64,
    /// Calls that nobody was asked: the budget was spent, their answers could not have been kept, or every call
    /// would have failed.
    pub not_asked: u64,
    /// Calls that nobody was asked any more: each had only answers that nobody can use.
    pub given_up: u64,
    /// Answers that could not be kept.
    pub not_kept: u64,
    /// All tries of calls.
    pub tries: u64,
    /// Of these, the ones after the first one of a call.
    pub retries: u64,
    /// The tokens, as the service counted them.
    pub tokens: Usage,
    /// What nobody counted.
    pub set_aside: SetAside,
}

/// Tries that may have been paid for and of which no answer tells what they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// How many.
    pub tries: u64,
    /// What they took at most.
    pub tokens: Usage,
}
