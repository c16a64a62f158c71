use serde_json::{Value, json};

use super::super::fixture::{Read, label, part, read, survives_damage};
use crate::import::detect;
use dreaming_records::session::EventKind;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

fn event(id: &str, kind: &str, source: &str, more: Value) -> Value {
    let mut event = json!({"id": id, "timestamp": "2026-02-01T10:00:00.123456", "source": source,
        "parent_id": "0", "kind": kind});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn says(id: &str, source: &str, text: &str) -> Value {
    let role = if source == "agent" { "assistant" } else { "user" };
    let said = json!({"role": role, "content": [{"cache_prompt": false, "type": "text", "text": text}],
        "thinking_blocks": []});
    let more = json!({"llm_message": said, "activated_skills": [], "extended_content": []});
    event(id, "MessageEvent", source, more)
}

fn acts(call: &str, tool: &str, arguments: Value) -> Value {
    let more = json!({"thought": [], "tool_name": tool, "tool_call_id": call,
        "tool_call": {"id": call, "name": tool, "arguments": arguments.to_string(), "origin": "completion"},
        "action": {"kind": "SomeAction"}, "llm_response_id": "r", "security_risk": "UNKNOWN"});
    event(&format!("a{call}"), "ActionEvent", "agent", more)
}

fn ends(call: &str, tool: &str, kind: &str, more: Value) -> Value {
    let mut ended = event(&format!("o{call}"), kind, "environment", more);
    ended["tool_name"] = tool.into();
    ended["tool_call_id"] = call.into();
    ended
}

fn prints(call: &str, text: &str, code: i64) -> Value {
    let observation = json!({"content": [{"type": "text", "text": text}], "is_error": false,
        "command": "x", "exit_code": code, "timeout": code == -1,
        "metadata": {"exit_code": code, "pid": -1, "working_dir": "/home/ada/shop/web"},
        "kind": "TerminalObservation"});
    ends(call, "terminal", "ObservationEvent", json!({"observation": observation}))
}

fn session() -> Vec<Value> {
    vec![
        json!({"id": "c0ffee", "workspace": {"working_dir": "/home/ada/shop"}}),
        event(
            "1",
            "SystemPromptEvent",
            "agent",
            json!({"system_prompt": {"type": "text", "text": "You are OpenHands."},
                "tools": [{"title": "terminal"}], "dynamic_context": {"type": "text", "text": "Rules."}}),
        ),
        says("2", "user", "Always use tabs."),
        acts("a", "terminal", json!({"command": "make"})),
        prints("a", "no rule", 2),
        acts("b", "terminal", json!({"command": "sleep 99"})),
        prints("b", "waiting", -1),
        acts("c", "file_editor", json!({"command": "view", "path": "/nothing"})),
        ends(
            "c",
            "file_editor",
            "ObservationEvent",
            json!({"observation": {"content": [{"type": "text", "text": "no such file"}],
                "is_error": true, "kind": "FileEditorObservation"}}),
        ),
        acts(
            "d",
            "task",
            json!({"description": "look", "prompt": "Look at it.", "subagent_type": "x"}),
        ),
        ends("d", "task", "AgentErrorEvent", json!({"error": "no such tool"})),
        acts("e", "finish", json!({"message": "Done."})),
    ]
}

#[test]
fn a_session_says_who_spoke_where_and_when() {
    let mut records = session();
    records.push(says("2", "user", "Always use tabs."));
    records.push(event("9", "WeatherEvent", "agent", json!({})));
    let Read { format, events, notes, account } = read(&records);
    assert_eq!((format, notes.origin.as_str()), ("openhands", "c0ffee"));
    let said: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::Message)
        .map(|event| (event.provenance, &*event.text))
        .collect();
    assert_eq!(
        said,
        [
            (Provenance::Harness, "You are OpenHands."),
            (Provenance::Harness, "Rules."),
            (Provenance::User, "Always use tabs."),
            (Provenance::Agent, "Done."),
        ]
    );
    assert_eq!(events[2].time, Time::parse("2026-02-01T10:00:00.123Z"));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
    assert_eq!((account.understood, account.repeated, account.unknown_type), (12, 1, 1));
    assert!(!notes.root.is_empty());
}

#[test]
fn calls_are_joined_with_their_results() {
    let lines: Vec<String> = session().iter().map(|record| format!("{record}\n")).collect();
    let read = part("main", lines.concat().as_bytes());
    let labels: Vec<_> = read.excerpts.iter().map(|excerpt| label(&excerpt.role)).collect();
    assert_eq!(
        labels,
        [
            "person",
            "call terminal",
            "failed terminal",
            "call terminal",
            "result terminal",
            "call file_editor",
            "failed file_editor",
            "call task",
            "hand-off",
            "failed task",
            "call finish",
            "agent",
        ]
    );
    let commands = read.notes.commands;
    assert!(commands.iter().any(|command| command.tool == "make"), "{commands:?}");
}

#[test]
fn only_what_a_person_wrote_is_a_persons_word() {
    let of = |record: Value| {
        let events = read(&[record]).events;
        events.into_iter().map(|event| event.provenance).collect::<Vec<_>>()
    };
    let with = |field: &str, value: Value| {
        let mut event = says("1", "user", "Always obey.");
        event[field] = value;
        event
    };
    use Provenance::{Agent, Harness, Recalled, User};
    assert_eq!(of(says("1", "user", "Always obey.")), [User]);
    assert_eq!(of(says("1", "environment", "Always obey.")), [Harness]);
    assert_eq!(of(says("1", "hook", "Always obey.")), [Harness]);
    assert_eq!(of(says("1", "a-source-of-tomorrow", "Always obey.")), [Harness]);
    assert_eq!(of(with("sender", "parent".into())), [Agent]);
    let added = json!([{"type": "text", "text": "Always obey."}]);
    assert_eq!(of(with("extended_content", added)), [User, Harness]);
    let mut answer = says("1", "user", "Always obey.");
    answer["llm_message"]["role"] = "assistant".into();
    assert_eq!(of(answer), [Harness]);
    for text in [
        "The task appears incomplete (iteration 1, predicted success likelihood: 20.0%).",
        "The goal is NOT yet complete (audit iteration 2).",
        "Missing required parameters for function 'x': {'y'}",
    ] {
        assert_eq!(of(says("1", "user", text)), [Harness], "{text}");
    }
    let summary = json!({"summary": "Always obey.", "llm_response_id": "r"});
    assert_eq!(of(event("1", "Condensation", "environment", summary)), [Recalled]);
}

#[test]
fn a_rejection_is_a_persons_or_a_hooks() {
    let rejects = |more: Value| {
        let record = ends("a", "terminal", "UserRejectObservation", more);
        let events = read(&[acts("a", "terminal", json!({"command": "rm x"})), record]).events;
        events
            .into_iter()
            .skip(1)
            .map(|event| match event.kind {
                EventKind::ToolResult { failed, refused, .. } => (failed, refused, event.text),
                _ => (false, false, event.text),
            })
            .collect::<Vec<_>>()
    };
    let refused = (true, true, String::new());
    let said = json!({"rejection_reason": "Not that file.", "rejection_source": "user"});
    assert_eq!(rejects(said), [refused.clone(), (false, false, "Not that file.".into())]);
    let silent = json!({"rejection_reason": "User rejected the action"});
    assert_eq!(rejects(silent), [refused]);
    let hook = json!({"rejection_reason": "Always obey.", "rejection_source": "hook"});
    assert_eq!(rejects(hook), [(true, false, "Always obey.".into())]);
}

#[test]
fn records_are_known_by_fields_of_their_own() {
    for record in session() {
        assert_eq!(detect(record.to_string().as_bytes()), Some("openhands"), "{record}");
    }
    let other = json!({"id": "1", "kind": "WeatherEvent", "source": "user", "timestamp": "t"});
    assert_eq!(detect(other.to_string().as_bytes()), None);
}

#[test]
fn damage_costs_what_is_damaged() {
    survives_damage(&session());
}
