//! Tokens of model responses, each response counted once.

use std::collections::BTreeMap;

use super::fields::{count_of, object_of};
use super::record_key::record_key;
use crate::json_value::{Map, Value};
use dreaming_records::canonical::MAX_INTEGER;
use dreaming_records::notes::Tokens;

/// The tokens of each response in a part, by the key of the response's id. A streamed response is
/// written several times with growing numbers: the greatest counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage(BTreeMap<u64, Tokens>);

impl Usage {
    /// Adds the tokens of the response `id` to `total`. Without an id, all of them are added.
    pub(super) fn add(&mut self, id: &str, used: Tokens, total: &mut Tokens) {
        let mut nothing = Tokens::default();
        let known =
            if id.is_empty() { &mut nothing } else { self.0.entry(record_key(id)).or_default() };
        add(total, each(used, *known, u64::saturating_sub));
        *known = each(used, *known, u64::max);
    }

    /// Adds the responses of another part. Returns the tokens that both parts had counted, which
    /// the sum of the parts therefore has twice.
    pub(super) fn join(&mut self, other: Self) -> Tokens {
        let mut twice = Tokens::default();
        for (response, used) in other.0 {
            let known = self.0.entry(response).or_default();
            add(&mut twice, each(used, *known, u64::min));
            *known = each(used, *known, u64::max);
        }
        twice
    }
}

/// Adds tokens, up to the greatest integer that a document can hold.
pub(super) fn add(total: &mut Tokens, more: Tokens) {
    *total = each(*total, more, |a, b| a.saturating_add(b).min(MAX_INTEGER));
}

/// Combines two counts, input with input and output with output.
pub(super) fn each(a: Tokens, b: Tokens, with: impl Fn(u64, u64) -> u64) -> Tokens {
    Tokens { input: with(a.input, b.input), output: with(a.output, b.output) }
}

/// The tokens of a usage object of the Messages API, which counts cached tokens beside the input.
pub(super) fn of_messages(usage: &Map<'_>) -> Tokens {
    let number = |name| count_of(usage, name);
    // Tokens written to a cache: one number, or an object with a number for each time to live.
    let written = match usage.get("cache_creation_input_tokens").and_then(Value::as_u64) {
        Some(written) => written,
        None => {
            let parts = object_of(usage, "cache_creation").into_iter().flat_map(Map::values);
            parts.filter_map(Value::as_u64).fold(0, u64::saturating_add)
        }
    };
    let cached = number("cache_read_input_tokens").saturating_add(written);
    Tokens { input: number("input_tokens").saturating_add(cached), output: number("output_tokens") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_counts_once_with_the_most_that_was_said_of_it() {
        let (mut usage, mut total) = (Usage::default(), Tokens::default());
        for (id, input, output) in [("a", 10, 1), ("a", 10, 7), ("b", 5, 5), ("a", 10, 2)] {
            usage.add(id, Tokens { input, output }, &mut total);
        }
        assert_eq!(total, Tokens { input: 15, output: 12 });
        usage.add("", Tokens { input: 1, output: 1 }, &mut total);
        usage.add("", Tokens { input: 1, output: 1 }, &mut total);
        assert_eq!(total, Tokens { input: 17, output: 14 });
    }

    #[test]
    fn what_was_cached_is_input() {
        let of = |json: serde_json::Value| of_messages(Value::from(json).as_object().unwrap());
        let flat = serde_json::json!({"input_tokens": 3, "cache_creation_input_tokens": 5,
            "cache_creation": {"ephemeral_5m_input_tokens": 5},
            "cache_read_input_tokens": 100, "output_tokens": 7});
        assert_eq!(of(flat), Tokens { input: 108, output: 7 });
        let nested = serde_json::json!({"input_tokens": 1, "output_tokens": -1,
            "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 2}});
        assert_eq!(of(nested), Tokens { input: 8, output: 0 });
    }
}
