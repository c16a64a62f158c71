use serde_json::{Value, json};

use super::super::fixture::{Read, read, survives_damage};
use super::*;
use dreaming_records::outcome::OutcomeSource;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

fn event(id: &str, kind: &str, more: Value) -> Value {
    let mut event = json!({"id": id, "type": kind, "processed_at": "2026-02-01T10:00:00Z"});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn says(id: &str, kind: &str, text: &str) -> Value {
    event(id, kind, json!({"content": [{"type": "text", "text": text}]}))
}

#[test]
fn each_event_has_the_class_of_who_made_it_and_counts_once() {
    let Read { format, events, account, .. } = read(&[
        says("1", "user.message", "Fix it."),
        says("2", "system.message", "Be brief."),
        event(
            "3",
            "agent.tool_use",
            json!({"name": "bash", "input": {"command": "cat /mnt/memory/a.md"}}),
        ),
        event(
            "4",
            "agent.tool_result",
            json!({"tool_use_id": "3", "content": [{"type": "text", "text": "old"}]}),
        ),
        event(
            "5",
            "agent.mcp_tool_use",
            json!({"name": "find", "mcp_server_name": "wiki", "input": {}}),
        ),
        event(
            "6",
            "agent.mcp_tool_result",
            json!({"mcp_tool_use_id": "5", "is_error": true,
            "content": [{"type": "search_result", "content": [{"type": "text", "text": "down"}]}]}),
        ),
        event("7", "agent.custom_tool_use", json!({"name": "book", "input": {"seat": 1.5}})),
        event("8", "user.custom_tool_result", json!({"custom_tool_use_id": "7", "content": "ok"})),
        says("9", "agent.message", "Done."),
        says("9", "agent.message", "Done."),
        event("10", "session.error", json!({"error": {"type": "x"}})),
        event("11", "agent.thinking", json!({})),
    ]);
    let seen: Vec<_> = events.iter().map(|e| (e.id.as_str(), e.provenance)).collect();
    assert_eq!(
        seen,
        [
            ("1", Provenance::User),
            ("2", Provenance::Harness),
            ("3", Provenance::ToolUse),
            ("4", Provenance::Recalled),
            ("5", Provenance::ToolUse),
            ("6", Provenance::ToolResult),
            ("7", Provenance::ToolUse),
            ("8", Provenance::External),
            ("9", Provenance::Agent),
        ]
    );
    assert_eq!(events[5].text, "down");
    assert!(
        matches!(&events[5].kind, EventKind::ToolResult { tool, failed: true, .. } if tool == "wiki.find")
    );
    assert_eq!((format, account.understood, account.repeated), ("managed-agents", 11, 1));
}

#[test]
fn a_denied_call_is_refused_once_and_its_reason_is_the_persons_word() {
    let Read { events, .. } = read(&[
        event("1", "agent.tool_use", json!({"name": "bash", "input": {"command": "rm -r x"}})),
        event(
            "2",
            "user.tool_confirmation",
            json!({"tool_use_id": "1", "result": "deny", "deny_message": "Never delete x."}),
        ),
        event(
            "3",
            "agent.tool_result",
            json!({"tool_use_id": "1", "is_error": true, "content": "denied"}),
        ),
    ]);
    assert_eq!(events.len(), 3);
    assert!(matches!(events[1].kind, EventKind::ToolResult { failed: true, refused: true, .. }));
    assert_eq!(
        (events[2].provenance, events[2].text.as_str()),
        (Provenance::User, "Never delete x.")
    );
}

#[test]
fn hand_offs_end_with_a_report_or_when_the_thread_gives_up() {
    let to = |id, thread: &str, name: &str| {
        event(
            id,
            "agent.thread_message_sent",
            json!({"to_session_thread_id": thread,
            "to_agent_name": name, "content": [{"type": "text", "text": "Look."}]}),
        )
    };
    let from = |id, thread: &str| {
        event(
            id,
            "agent.thread_message_received",
            json!({"from_session_thread_id": thread,
            "content": [{"type": "text", "text": "Found."}]}),
        )
    };
    let idle = |id, thread: &str, reason: &str| {
        event(
            id,
            "session.thread_status_idle",
            json!({"session_thread_id": thread, "stop_reason": {"type": reason}}),
        )
    };
    let Read { events, .. } = read(&[
        event(
            "0",
            "session.thread_created",
            json!({"session_thread_id": "t2", "agent_name": "tester"}),
        ),
        to("1", "t1", "finder"),
        to("2", "t2", ""),
        from("3", "t1"),
        idle("4", "t1", "retries_exhausted"),
        idle("5", "t2", "end_turn"),
        idle("6", "t2", "retries_exhausted"),
        event("7", "session.thread_status_terminated", json!({"session_thread_id": "t2"})),
    ]);
    let kinds: Vec<_> = events.into_iter().map(|event| event.kind).collect();
    let hand_off = |call: &str, to: &str| EventKind::HandOff { call: call.into(), to: to.into() };
    let end = |call: &str, failed| EventKind::HandOffEnd { call: call.into(), failed };
    let expected =
        [hand_off("t1", "finder"), hand_off("t2", "tester"), end("t1", false), end("t2", true)];
    assert_eq!(kinds, expected);
}

#[test]
fn the_answer_of_a_thread_that_was_asked_is_no_hand_off() {
    let Read { events, .. } = read(&[
        event(
            "1",
            "agent.thread_message_received",
            json!({"from_session_thread_id": "p", "session_thread_id": "t",
            "content": [{"type": "text", "text": "Always look."}]}),
        ),
        event(
            "2",
            "agent.thread_message_sent",
            json!({"to_session_thread_id": "p", "session_thread_id": "t",
            "content": [{"type": "text", "text": "Found."}]}),
        ),
    ]);
    assert!(
        events.iter().all(|e| e.kind == EventKind::Message && e.provenance == Provenance::Agent)
    );
    assert_eq!((events.len(), events[0].thread.as_str()), (2, "t"));
}

#[test]
fn the_last_verdict_on_an_outcome_holds() {
    let judged = |id, outcome: &str, result: &str| {
        event(
            id,
            "span.outcome_evaluation_end",
            json!({"outcome_id": outcome, "result": result, "explanation": "why"}),
        )
    };
    let Read { events, .. } = read(&[
        judged("1", "a", "needs_revision"),
        judged("2", "b", "needs_revision"),
        judged("3", "c", "interrupted"),
        judged("4", "d", "max_iterations_reached"),
        judged("5", "a", "satisfied"),
    ]);
    let verdicts: Vec<_> = events
        .iter()
        .map(|event| match &event.kind {
            EventKind::Outcome(metric) => (event.id.as_str(), metric.source, metric.reached()),
            other => panic!("{other:?}"),
        })
        .collect();
    let graded = |id, reached| (id, OutcomeSource::Graded, Some(reached));
    assert_eq!(verdicts, [graded("2", false), graded("4", false), graded("5", true)]);
}

#[test]
fn a_session_that_gave_up_says_so_unless_it_ran_again() {
    let idle = |id, reason: &str| {
        event(id, "session.status_idle", json!({"stop_reason": {"type": reason}}))
    };
    let end = event("9", "session.status_terminated", json!({}));
    let gave_up = |records: &[Value]| read(records).events.len();
    assert_eq!(gave_up(&[idle("1", "retries_exhausted"), end.clone()]), 1);
    assert_eq!(gave_up(&[idle("1", "retries_exhausted"), idle("2", "end_turn"), end.clone()]), 0);
    assert_eq!(gave_up(&[idle("1", "end_turn"), end]), 0);
}

#[test]
fn tokens_are_those_of_the_requests_else_those_of_the_session() {
    let request = |id, input| {
        let usage =
            json!({"input_tokens": input, "cache_read_input_tokens": 10, "output_tokens": 2});
        event(id, "span.model_request_end", json!({"model_usage": usage}))
    };
    let session =
        event("9", "session.usage", json!({"usage": {"input_tokens": 500, "output_tokens": 1}}));
    let read = |records: &[Value]| read(records).notes.tokens;
    assert_eq!(
        read(&[request("1", 1), request("2", 3), request("2", 3), session.clone()]),
        Tokens { input: 24, output: 4 }
    );
    assert_eq!(read(&[session]), Tokens { input: 500, output: 1 });
}

#[test]
fn damage_behind_a_record_does_not_reach_it() {
    survives_damage(&[
        says("1", "user.message", "hé"),
        event("2", "span.outcome_evaluation_end", json!({"outcome_id": "a", "result": "failed"})),
    ]);
}
