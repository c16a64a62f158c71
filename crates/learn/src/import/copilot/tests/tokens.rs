use serde_json::{Value, json};

use super::super::super::fixture::{part, read};
use super::super::super::{PartResult, combine};
use super::{event, says};
use dreaming_records::ids::SessionId;
use dreaming_records::notes::Tokens;
use dreaming_records::policy::Policy;
use dreaming_records::session::Session;

#[test]
fn each_token_counts_once() {
    let wrote = |id: &str, call: &str, output: u64| {
        event(
            id,
            "assistant.message",
            json!({"content": "x", "apiCallId": call, "outputTokens": output}),
        )
    };
    let ended = |id: &str, input: u64, output: u64| {
        let usage = |input: u64, output: u64| {
            json!({"usage": {"inputTokens": input, "outputTokens": output,
                "cacheReadTokens": input, "reasoningTokens": 1}})
        };
        event(
            id,
            "session.shutdown",
            json!({"modelMetrics": {"a": usage(input, output), "b": usage(1, 1)}}),
        )
    };
    let used =
        json!({"apiCallId": "k", "inputTokens": 70, "outputTokens": 5, "cacheReadTokens": 60});
    let tokens = |records: &[Value]| {
        let Tokens { input, output } = read(records).notes.tokens;
        (input, output)
    };
    let first = [wrote("1", "k", 4), wrote("2", "k", 5), wrote("3", "l", 10)];
    assert_eq!(tokens(&first), (0, 15), "of a run that was killed");
    let whole = [&first[..], &[ended("4", 100, 20)]].concat();
    assert_eq!(tokens(&whole), (101, 21), "the sums of the run have what its messages tell");
    let again = [&whole[..], &[wrote("5", "m", 3), ended("6", 50, 1)]].concat();
    assert_eq!(tokens(&again), (152, 24), "sums begin anew when a session is resumed");
    let resumed = event("r", "session.resume", json!({"eventCount": 3}));
    let killed = [&first[..], &[resumed, wrote("5", "m", 3), ended("6", 50, 9)]].concat();
    assert_eq!(tokens(&killed), (51, 25), "a run that was killed is not in the sums of the next");
    let hosts = [&first[..], &[event("u", "assistant.usage", used), ended("4", 60, 3)]].concat();
    assert_eq!(tokens(&hosts), (70, 15));
}

#[test]
fn a_copy_in_another_part_counts_once() {
    let said = [
        says("1", "Always use tabs."),
        event(
            "2",
            "assistant.message",
            json!({"content": "x", "apiCallId": "k", "outputTokens": 7}),
        ),
    ];
    let text: String = said.iter().map(|record| format!("{record}\n")).collect();
    let parts: Vec<PartResult> =
        ["main", "b"].map(|name| part(name, text.as_bytes())).into_iter().collect();
    let id = SessionId::new("s");
    let descriptor = Session { id, agent: None, principal: None, parts: Vec::new() };
    let (record, _) = combine(&descriptor, parts, &Policy::default());
    assert_eq!((record.notes.events, record.notes.tokens.output), (2, 7));
}
