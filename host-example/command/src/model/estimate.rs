//! What a dream would ask and cost, without a call.

use std::collections::BTreeMap;

use dreaming_wasmtime::{Answer, Model, ModelCall};

use super::budget::{about_input, comes_before_writing};
use super::tally::Usage;

/// Tokens of a prompt for each token of its answer, for an estimate. From 37 recorded answers of a strong model to
/// prompts of this engine: on average 3,000 characters to 38,700.
const PROMPT_TO_ANSWER: u64 = 13;

/// Counts the calls and answers none of them.
#[derive(Debug, Default)]
pub struct Estimate {
    /// Calls that need not be made, each with the longest answer for which that holds.
    recorded: BTreeMap<String, u32>,
    /// Most calls about sessions and pairs, and how many of them there were.
    limit: u64,
    read: u64,
    /// Calls that would be made.
    pub calls: u64,
    /// Calls that would be left for the next dream.
    pub over: u64,
    /// Of all calls of the dream, those that are recorded.
    pub known: u64,
    /// What they would take, and at most write.
    pub usage: Usage,
    /// Most that they may write.
    pub most: u64,
}

impl Estimate {
    /// An estimate of a dream that makes at most `limit` calls about sessions and pairs; `recorded` as
    /// [`crate::state::State::recorded`] says it.
    pub fn new(recorded: BTreeMap<String, u32>, limit: u64) -> Self {
        Self { recorded, limit, ..Self::default() }
    }

    /// What its calls take when every answer is as long as it may be.
    pub fn at_most(&self) -> Usage {
        Usage { output: self.most, ..self.usage }
    }
}

impl Model for Estimate {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        for call in &calls {
            if self.recorded.get(&call.id).is_some_and(|longest| call.max_tokens <= *longest) {
                self.known += 1;
                continue;
            }
            if comes_before_writing(call) {
                if self.read >= self.limit {
                    self.over += 1;
                    continue;
                }
                self.read += 1;
            }
            let most = u64::from(call.max_tokens);
            self.calls += 1;
            self.most += most;
            let input = about_input(call);
            let output = input.div_ceil(PROMPT_TO_ANSWER).min(most);
            self.usage += Usage { input, output, ..Usage::default() };
        }
        calls.iter().map(|_| Answer::Failed("this is an estimate".into())).collect()
    }
}
