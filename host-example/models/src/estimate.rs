//! Estimates the calls and cost of a dream without making a call.

use std::collections::BTreeMap;

use dreaming_wasmtime::{Answer, Model, ModelCall};

use crate::budget::{about_input, comes_before_writing};
use crate::tally::Usage;

/// Tokens of a prompt per token of its answer, for an estimate. From 37 recorded answers of a
/// strong model to prompts of this engine: on average 38,700 characters of prompt to 3,000 of
/// answer.
const PROMPT_TO_ANSWER: u64 = 13;

/// Counts the calls. Recorded ones have their answers, because the prompt about a later part of a
/// session has the summary in the answer about the part before. Other calls about sessions are told
/// that nothing is worth remembering: sessions that share a call without a usable answer would part,
/// and take more calls than a dream does.
#[derive(Debug, Default)]
pub struct Estimate {
    /// Recorded calls, each with the longest allowed answer, in tokens, for which the record holds.
    recorded: BTreeMap<String, u32>,
    /// The recorded answers, by call.
    answers: BTreeMap<String, Answer>,
    /// Most calls about sessions and pairs; `read` counts them.
    limit: u64,
    read: u64,
    /// Calls that would be made.
    pub calls: u64,
    /// Calls over the limit, left for the next dream.
    pub over: u64,
    /// Calls with a recorded answer.
    pub known: u64,
    /// What the calls would take, with answers of the estimated length.
    pub usage: Usage,
    /// Most tokens that the answers may have.
    pub most: u64,
}

impl Estimate {
    /// An estimate of a dream with at most `limit` calls about sessions and pairs; `recorded` and
    /// `answers` are what the host has on record: for each call the longest allowed answer, in
    /// tokens, for which the record holds, and the answer itself.
    pub fn new(
        recorded: BTreeMap<String, u32>,
        answers: BTreeMap<String, Answer>,
        limit: u64,
    ) -> Self {
        Self { recorded, answers, limit, ..Self::default() }
    }

    /// What the calls take when every answer is as long as allowed.
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
        let made_up = |call: &ModelCall| match call.schema.contains("\"proposals\"") {
            true => Answer::Text(r#"{"summary": "", "proposals": []}"#.into()),
            false => Answer::Failed("this is an estimate".into()),
        };
        let answer =
            |call: &ModelCall| self.answers.get(&call.id).cloned().unwrap_or_else(|| made_up(call));
        calls.iter().map(answer).collect()
    }
}
