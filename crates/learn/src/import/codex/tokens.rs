//! The tokens of a session: sums that grow, and in later versions one record for each response.

use super::super::fields::{count_of, object_of};
use super::super::usage::{self, Usage};
use crate::json::Map;
use dreaming_records::notes::Tokens;

/// What one session used so far.
#[derive(Debug, Default)]
pub(super) struct Used {
    counted: Tokens,
    recorded: Tokens,
    responses: Usage,
}

impl Used {
    /// Tokens since the sum was `last`. A sum that is less than the last one began anew.
    pub(super) fn count(&mut self, last: Tokens, sum: Tokens) {
        let goes_on = sum.input >= last.input && sum.output >= last.output;
        let last = if goes_on { last } else { Tokens::default() };
        usage::add(&mut self.counted, usage::each(sum, last, u64::saturating_sub));
    }

    /// The tokens of one response, which counts once.
    pub(super) fn record(&mut self, response: &str, used: Tokens) {
        self.responses.add(response, used, &mut self.recorded);
    }

    /// The sum. A file that an earlier version began has records of a part of its responses only, and one
    /// whose sums were not written has records of all: the greater of the two holds.
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
    // Cached tokens are a part of the input here.
    Tokens { input: count_of(usage, "input_tokens"), output: count_of(usage, "output_tokens") }
}
