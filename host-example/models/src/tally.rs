//! Counts the model calls of a dream and what they took.

use std::ops::AddAssign;

use serde::Serialize;

/// Tokens of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Read at the full price.
    pub input: u64,
    /// Read, and written to the service's cache for the next call.
    pub cache_write: u64,
    /// Read from the service's cache.
    pub cache_read: u64,
    /// Written.
    pub output: u64,
}

impl Usage {
    /// The sum.
    pub fn total(self) -> u64 {
        self.input + self.cache_write + self.cache_read + self.output
    }

    /// Of each kind the larger number.
    pub fn most(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            cache_write: self.cache_write.max(other.cache_write),
            cache_read: self.cache_read.max(other.cache_read),
            output: self.output.max(other.output),
        }
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

/// What calls took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spent {
    /// For a model with a known price.
    Dollars(f64),
    /// For any other model.
    Tokens(u64),
}

/// Calls of one run by their outcome, and the tokens that they took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Calls that were made.
    pub asked: u64,
    /// Calls that were answered from the record; they took nothing.
    pub recorded: u64,
    /// Of `asked`: answered with a text.
    pub answered: u64,
    /// Of `asked`: refused, which is an answer.
    pub refused: u64,
    /// Of `asked`: with an unusable answer.
    pub unusable: u64,
    /// Of `asked`: without an answer after all tries.
    pub failed: u64,
    /// Calls that were not made: the budget was spent, answers could not be recorded, or every call
    /// would have failed.
    pub not_asked: u64,
    /// Calls that were not made again, because all their earlier answers were unusable.
    pub given_up: u64,
    /// Answers that could not be recorded.
    pub not_kept: u64,
    /// All tries of calls.
    pub tries: u64,
    /// Of `tries`: those after the first try of a call.
    pub retries: u64,
    /// The tokens, as the service counted them.
    pub tokens: Usage,
    /// Of `tokens`: those of calls that went in batches.
    pub batched: Usage,
    /// Tries whose tokens nobody counted.
    pub set_aside: SetAside,
}

/// Tries that may have been paid for, but brought no answer that says what they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// How many.
    pub tries: u64,
    /// What they took at most.
    pub tokens: Usage,
}
