//! Tokens are counted once.

use dreaming_records::notes::Tokens;
use serde_json::json;

use super::{line, meta};
use crate::import::fixture::{Read, read};

#[test]
fn the_last_count_of_tokens_holds() {
    let count = |input, output| {
        let total =
            json!({"input_tokens": input, "cached_input_tokens": 5, "output_tokens": output});
        line("event_msg", json!({"type": "token_count", "info": {"total_token_usage": total}}))
    };
    let none = line("event_msg", json!({"type": "token_count", "info": null}));
    let Read { notes, .. } = read(&[meta(), count(10, 1), count(30, 4), none]);
    assert_eq!(notes.tokens, Tokens { input: 30, output: 4 });
}

#[test]
fn tokens_of_responses_count_once_and_only_their_own() {
    let used = |thread: &str, response: &str, input: u64| {
        let usage = json!({"input_tokens": input, "cached_input_tokens": 1, "output_tokens": 1});
        line(
            "token_usage_record",
            json!({"thread_id": thread, "response_id": response, "turn_id": "t", "usage": usage,
                "turn_token_usage": usage, "thread_token_usage": usage}),
        )
    };
    let records =
        [meta(), used("r1", "a", 10), used("r1", "a", 10), used("r0", "x", 99), used("r1", "b", 5)];
    let Read { notes, account, .. } = read(&records);
    assert_eq!(notes.tokens, Tokens { input: 15, output: 2 });
    assert_eq!(account.unknown_type, 0);
}
