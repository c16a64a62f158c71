//! The tokens of a session: sums that grow, and in later versions one record for each response.

use super::super::fields::{count_of, object_of};
use super::super::usage::{self, Usage};
use crate::json_value::Map;
use dreaming_records::notes::Tokens;

/// The tokens that one session used so far.
#[derive(Debug, Default)]
pub(super) struct Used {
    counted: Tokens,
    recorded: Tokens,
    responses: Usage,
}

impl Used {
    /// Adds the tokens since the sum was `last`. A sum lower than `last` began anew.
    pub(super) fn count(&mut self, last: Tokens, sum: Tokens) {
        let goes_on = sum.input >= last.input && sum.output >= last.output;
        let last = if goes_on { last } else { Tokens::default() };
        usage::add(&mut self.counted, usage::each(sum, last, u64::saturating_sub));
    }

    /// Adds the tokens of one response, which counts once.
    pub(super) fn record(&mut self, response: &str, used: Tokens) {
        self.responses.add(response, used, &mut self.recorded);
    }

    /// The total. A file begun by an earlier version has records for some responses only, and a
    /// file without sums has records for all: the greater number is right.
    pub(super) fn sum(&self) -> Tokens {
        let all = |tokens: &Tokens| tokens.input.saturating_add(tokens.output);
        if all(&self.recorded) > all(&self.counted) { self.recorded } else { self.counted }
    }
}

/// The sum in a `token_count`.
pub(super) fn sum(event: &Map<'_>) -> Option<Tokens> {
    object_of(object_of(event, "info")?, "total_token_usage").map(tokens)
}

/// The tokens of a `token_usage_record`.
pub(super) fn of_response(record: &Map<'_>) -> Option<Tokens> {
    object_of(record, "usage").map(tokens)
}

fn tokens(usage: &Map<'_>) -> Tokens {
    // Here the input includes cached tokens.
    Tokens { input: count_of(usage, "input_tokens"), output: count_of(usage, "output_tokens") }
}
