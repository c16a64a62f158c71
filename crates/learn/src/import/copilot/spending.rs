//! Tokens. Each message of the agent tells what was written; the end of a run tells what all its
//! models read and wrote since it began; hosts of the SDK also get the usage of each model call.
//! Sums of a run begin anew when a session is resumed, and a run that was killed has none.

use super::super::fields::{count_of, object_of, text_of};
use super::super::header::Header;
use super::super::usage::{add, each};
use crate::json_value::{Map, Value};
use dreaming_records::notes::Tokens;

/// Fields that name the response of a model, the most specific first. A response that was split
/// into several messages has its tokens in each of them.
const RESPONSE_FIELDS: &[&str] = &["apiCallId", "requestId", "providerCallId", "serviceRequestId"];

/// What was counted before the current run began.
#[derive(Debug, Default)]
pub(super) struct Spending(Tokens);

impl Spending {
    /// A run begins.
    pub(super) fn begin(&mut self, header: &Header) {
        self.0 = header.tokens;
    }

    /// A run ended: of its sums, and of what its responses told, the greater counts.
    pub(super) fn ended(&mut self, id: &str, data: &Map<'_>, header: &mut Header) {
        let mut sums = Tokens::default();
        for model in object_of(data, "modelMetrics").into_iter().flat_map(Map::values) {
            if let Some(usage) = model.get("usage").and_then(Value::as_object) {
                add(&mut sums, tokens(usage));
            }
        }
        let told = each(header.tokens, self.0, u64::saturating_sub);
        header.used(id, each(sums, told, u64::saturating_sub));
        self.begin(header);
    }
}

/// Counts the tokens that an event tells of one response.
pub(super) fn of_call(event: &str, data: &Map<'_>, header: &mut Header) {
    let id = RESPONSE_FIELDS.iter().find_map(|field| text_of(data, field)).unwrap_or(event);
    header.used(id, tokens(data));
}

/// What was read includes what came from a cache; what was written includes what was thought.
fn tokens(usage: &Map<'_>) -> Tokens {
    Tokens { input: count_of(usage, "inputTokens"), output: count_of(usage, "outputTokens") }
}
