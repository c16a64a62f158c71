use serde_json::{Value, json};

use super::super::detect;
use super::super::fixture::{Read, read, survives_damage};
use super::*;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

fn head() -> Value {
    json!({"type": "session_start", "id": "d1", "title": "Build", "owner": "ada", "version": 2,
        "cwd": "/home/ada/shop"})
}

fn message(id: &str, role: &str, content: Value) -> Value {
    json!({"type": "message", "id": id, "parentId": "0", "timestamp": "2026-02-01T10:00:00.000Z",
        "message": {"role": role, "content": content}})
}

fn says(id: &str, text: &str) -> Value {
    message(id, "user", json!([{"type": "text", "text": text}]))
}

/// A message in the user's role with another field beside its text.
fn says_with(id: &str, text: &str, field: &str, value: Value) -> Value {
    let mut said = says(id, text);
    said["message"][field] = value;
    said
}

fn calls(id: &str, tool: &str, input: Value) -> Value {
    let call = json!({"type": "tool_use", "id": id, "name": tool, "input": input});
    message(&format!("c{id}"), "assistant", json!([{"type": "thinking", "thinking": "Hm."}, call]))
}

fn ends(id: &str, text: &str, failed: bool) -> Value {
    let block =
        json!({"type": "tool_result", "tool_use_id": id, "is_error": failed, "content": text});
    message(&format!("r{id}"), "user", json!([block]))
}

#[test]
fn a_session_says_who_spoke_where_and_when() {
    let Read { format, events, notes, account } = read(&[
        head(),
        says("1", "<system-reminder>\nAlways obey.\n</system-reminder>"),
        says("2", "Always use tabs."),
        message("3", "assistant", json!([{"type": "text", "text": "I will."}])),
        says("2", "Always use tabs."),
        json!({"type": "todo_state", "id": "4", "timestamp": "x", "todos": {"todos": "1. Tabs"}}),
        json!({"type": "compaction_state", "id": "5", "timestamp": "2026-02-01T10:00:00Z",
            "summaryText": "Tabs.", "systemInfo": {}}),
        json!({"type": "agent_turn_outcome", "turnId": "2", "reason": "completed"}),
        json!({"type": "weather_state", "id": "6"}),
    ]);
    let said: Vec<_> = events.iter().map(|e| (e.provenance, &*e.text)).collect();
    assert_eq!(
        said,
        [
            (Provenance::Harness, "<system-reminder>\nAlways obey.\n</system-reminder>"),
            (Provenance::User, "Always use tabs."),
            (Provenance::Agent, "I will."),
            (Provenance::Recalled, "Tabs."),
        ]
    );
    assert_eq!(events[0].time, Time::parse("2026-02-01T10:00:00Z"));
    assert_eq!((format, notes.origin.as_str()), ("factory-droid", "d1"));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
    assert_eq!((account.understood, account.repeated, account.unknown_type), (7, 1, 1));
    assert!(!notes.root.is_empty());
}

#[test]
fn only_what_a_person_typed_is_a_persons_word() {
    let with = |id, field, value| says_with(id, "Always obey.", field, value);
    let notes = json!([{"type": "text", "text": "<system-reminder>Always obey.</system-reminder>"},
        {"type": "text", "text": "Use spaces."}]);
    let Read { events, .. } = read(&[
        head(),
        says("1", "Use tabs."),
        says_with("2", "Use both.", "userMessageSource", "cli_tui".into()),
        message("3", "user", notes),
        message("4", "user", json!("Use none.")),
        with("5", "userMessageSource", "slack".into()),
        with("6", "userMessageSource", "a-name-of-tomorrow".into()),
        with("7", "userMessageSource", 7.into()),
        with("8", "visibility", "llm_only".into()),
        with("9", "visibility", "user_only".into()),
        with("10", "hookEventName", "UserPromptSubmit".into()),
        with("11", "hiddenFromUserViews", true.into()),
        message("12", "system", json!([{"type": "text", "text": "Always obey."}])),
    ]);
    let persons = events.iter().filter(|event| event.provenance == Provenance::User);
    let persons: Vec<&str> = persons.map(|event| &*event.text).collect();
    assert_eq!(persons, ["Use tabs.", "Use both.", "Use spaces.", "Use none."]);
    assert!(events.iter().all(|event| event.provenance != Provenance::Agent));
}

#[test]
fn in_the_session_of_a_sub_agent_or_a_worker_the_user_is_the_agent_above() {
    for (field, value) in [("callingSessionId", "d0"), ("decompSessionType", "worker")] {
        let mut sub = head();
        sub[field] = value.into();
        let Read { events, .. } = read(&[sub, says("1", "Look.")]);
        assert_eq!(events[0].provenance, Provenance::Agent, "{field}");
    }
    let mut above = head();
    above["decompSessionType"] = "orchestrator".into();
    assert_eq!(read(&[above, says("1", "Look.")]).events[0].provenance, Provenance::User);
}

#[test]
fn calls_are_answered_and_failures_and_refusals_told_apart() {
    let shell = |id| calls(id, "Execute", json!({"command": "make", "riskLevel": "low"}));
    let mut ran = calls("h", "Execute", json!({"command": "make"}));
    ran["message"]["visibility"] = "user_only".into();
    let Read { events, .. } = read(&[
        head(),
        shell("a"),
        ends(
            "a",
            "Error: Command failed (exit code: 2)\nno rule\n\n\n[Process exited with code 2]",
            true,
        ),
        shell("b"),
        ends("b", "made\n\n\n[Process exited with code 0]", false),
        shell("c"),
        ends("c", "Command timed out after 2 seconds. Consider increasing the timeout.", false),
        calls("d", "Read", json!({"file_path": "/x/log"})),
        ends("d", "Command timed out after 2 seconds\n[Process exited with code 2]", false),
        calls("e", "Edit", json!({"file_path": "/x/AGENTS.md", "old_str": "a"})),
        ends("e", "{\"success\":true}", false),
        shell("f"),
        ends("f", "Error: Tool execution cancelled by user", true),
        ran,
        ends("g", "late", false),
    ]);
    let ended = events.iter().filter_map(|event| match &event.kind {
        EventKind::ToolResult { call, tool, failed, refused } => {
            Some((&**call, &**tool, *failed, *refused))
        }
        _ => None,
    });
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [
            ("a", "shell_command", true, false),
            ("b", "shell_command", false, false),
            ("c", "shell_command", true, false),
            ("d", "Read", false, false),
            ("e", "Edit", false, false),
            ("f", "shell_command", true, true),
            ("g", "", false, false),
        ]
    );
    let texts = events.iter().filter(|e| matches!(e.kind, EventKind::ToolResult { .. }));
    let texts: Vec<&str> = texts.take(2).map(|event| &*event.text).collect();
    assert_eq!(texts, ["Exit code 2\nno rule", "made"]);
    let made = events.iter().filter(|e| matches!(e.kind, EventKind::ToolUse { .. }));
    assert_eq!(made.count(), 6);
}

#[test]
fn work_is_handed_to_other_agents() {
    let input = json!({"subagent_type": "worker", "description": "Look", "prompt": "Look."});
    let Read { events, .. } = read(&[head(), calls("a", "Task", input)]);
    let given = events.iter().find_map(|event| match &event.kind {
        EventKind::HandOff { to, .. } => Some((&**to, &*event.text)),
        _ => None,
    });
    assert_eq!(given, Some(("worker", "Look")));
}

#[test]
fn a_record_is_known_by_its_fields() {
    let known = |record: Value| detect(record.to_string().as_bytes());
    assert_eq!(known(head()), Some("factory-droid"));
    assert_eq!(known(says("1", "x")), Some("factory-droid"));
    for none in [
        json!({"type": "session_start", "id": "1"}),
        json!({"type": "message", "id": "1", "message": {"role": "user", "content": "x"}}),
        json!({"type": "message", "id": "1", "timestamp": "x", "message": {"role": "tool", "content": "x"}}),
        json!({"type": "todo_state", "id": "1", "timestamp": "x"}),
    ] {
        assert_eq!(known(none.clone()), None, "{none}");
    }
}

#[test]
fn damage_costs_what_is_damaged() {
    survives_damage(&[
        head(),
        says("1", "Use tabs."),
        calls("a", "Execute", json!({"command": "make"})),
        ends("a", "no rule\n[Process exited with code 2]", true),
        says_with("2", "x", "userMessageSource", "slack".into()),
    ]);
}
