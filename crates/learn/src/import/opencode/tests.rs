use serde_json::{Value, json};

use super::super::fixture::{Read, label, part, read, survives_damage};
use crate::import::detect;
use dreaming_records::notes::Tokens;
use dreaming_records::session::EventKind;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// 2026-02-01T10:00:00Z, in milliseconds.
const START: i64 = 1_769_940_000_000;

fn session(id: &str, parent: Option<&str>) -> Value {
    let mut info = json!({"id": id, "version": "1.2.0", "projectID": "p", "title": "Shop",
        "directory": "/home/ada/shop", "time": {"created": START, "updated": START + 9}});
    if let Some(parent) = parent {
        info["parentID"] = parent.into();
    }
    info
}

fn message(id: &str, role: &str, parts: Value) -> Value {
    let mut info = json!({"id": id, "sessionID": "ses_1", "role": role, "agent": "build",
        "time": {"created": START}});
    if role == "assistant" {
        info["path"] = json!({"cwd": "/home/ada/shop", "root": "/home/ada/shop"});
        info["tokens"] =
            json!({"input": 10, "output": 5, "reasoning": 2, "cache": {"read": 100, "write": 7}});
    }
    json!({"info": info, "parts": parts})
}

fn text(words: &str) -> Value {
    json!({"id": "prt_1", "type": "text", "text": words})
}

fn tool(call: &str, name: &str, input: Value, state: Value) -> Value {
    let mut state = state;
    state["input"] = input;
    json!({"id": "prt_2", "type": "tool", "callID": call, "tool": name, "state": state})
}

fn messages() -> Vec<Value> {
    let time = json!({"start": START + 1000, "end": START + 2000});
    let made = |name, input, state| tool(name, name, input, state);
    vec![
        message(
            "msg_1",
            "user",
            json!([
                text("Always run the tests first."),
                {"type": "text", "synthetic": true, "text": "Called the Read tool with the following input: x"},
                {"type": "file", "mime": "text/plain", "url": "file:///x"},
            ]),
        ),
        message(
            "msg_2",
            "assistant",
            json!([
                {"type": "step-start"},
                {"type": "reasoning", "text": "hm", "time": {"start": START}},
                text("I run them."),
                made("bash", json!({"command": "make test"}), json!({"status": "completed", "output": "boom", "time": time, "metadata": {"exit": 2}})),
                made("edit", json!({"filePath": "/home/ada/shop/AGENTS.md"}), json!({"status": "completed", "output": "ok", "time": time})),
                made("write", json!({"filePath": "/x"}), json!({"status": "error", "error": "The user rejected permission to use this specific tool call.", "time": time})),
                made("read", json!({"filePath": "/x"}), json!({"status": "error", "error": "File not found: /x", "time": time})),
                made("task", json!({"description": "Review it", "prompt": "Look", "subagent_type": "explore"}), json!({"status": "running", "time": time})),
                {"type": "step-finish", "reason": "stop", "cost": 0, "tokens": {"input": 1, "output": 1}},
            ]),
        ),
    ]
}

#[test]
fn an_export_gives_messages_calls_and_their_results() {
    let export = json!({"info": session("ses_1", None), "messages": messages(), "todos": []});
    for bytes in [export.to_string(), serde_json::to_string_pretty(&export).unwrap()] {
        assert_eq!(detect(bytes.as_bytes()), Some("opencode"));
        let part = part("main", bytes.as_bytes());
        let labels: Vec<_> = part.excerpts.iter().map(|excerpt| label(&excerpt.role)).collect();
        let expected = [
            "person",
            "agent",
            "call bash",
            "failed bash",
            // A file of instructions that the agent wrote counts as recalled.
            "call write",
            "failed write",
            "call read",
            "failed read",
            "call task",
            "hand-off",
        ];
        assert_eq!(labels, expected);
        let notes = part.notes;
        assert_eq!((notes.format.as_str(), notes.origin.as_str()), ("opencode", "ses_1"));
        assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
        assert_eq!(notes.tokens, Tokens { input: 117, output: 7 });
        assert_eq!((notes.account.unknown_type, notes.account.not_json), (0, 0));
        let tools: Vec<_> = notes.tools.iter().map(|t| (&*t.tool, t.calls, t.failed)).collect();
        assert_eq!(tools, [("bash", 1, 1), ("edit", 1, 0), ("read", 1, 1)]);
        assert_eq!(notes.statements.len(), 1);
    }
}

#[test]
fn the_same_records_one_a_line_are_the_same() {
    let mut lines = vec![json!({"info": session("ses_1", None)})];
    lines.extend(messages());
    lines.push(messages().remove(0));
    let Read { events, account, format, notes } = read(&lines);
    assert_eq!((format, account.understood, account.repeated), ("opencode", 3, 1));
    assert_eq!(events[0].provenance, Provenance::User);
    assert_eq!(events[1].provenance, Provenance::Harness, "a file that the program read");
    let failed = |event: &&crate::import::Event| {
        matches!(event.kind, EventKind::ToolResult { failed: true, refused: false, .. })
    };
    assert_eq!(events.iter().filter(failed).count(), 2);
    let call = events.iter().find(|event| matches!(event.kind, EventKind::ToolUse { .. })).unwrap();
    assert_eq!(call.time, Some(Time::from_millis(START + 1000)));
    assert_eq!(notes.role, None);
    // A fork has the same messages under new ids.
    let mut fork = messages();
    fork[0]["info"]["id"] = "msg_9".into();
    fork[0]["info"]["sessionID"] = "ses_2".into();
    assert!(!notes.root.is_empty() && read(&fork).notes.root == notes.root);
}

#[test]
fn a_summary_is_recalled_and_the_user_of_a_sub_agent_is_the_agent_above() {
    let mut summary = message("msg_2", "assistant", json!([text("They want tabs.")]));
    summary["info"]["summary"] = true.into();
    let order = message("msg_1", "user", json!([text("Always use tabs.")]));
    let head = json!({"info": session("ses_1", Some("ses_0"))});
    let Read { events, notes, .. } = read(&[head, order, summary]);
    let seen: Vec<_> = events.iter().map(|event| event.provenance).collect();
    assert_eq!(seen, [Provenance::Agent, Provenance::Recalled]);
    assert_eq!(events[1].kind, EventKind::Summary);
    assert_eq!(notes.role.as_deref(), Some("build"));
}

#[test]
fn damage_behind_a_record_does_not_reach_it() {
    let mut lines = vec![json!({"info": session("ses_1", None)})];
    lines.extend(messages());
    survives_damage(&lines);
}

#[test]
fn a_call_that_no_tool_took_has_failed() {
    let said = "The arguments provided to the tool are invalid: no JSON";
    let state = json!({"status": "completed", "output": said, "metadata": {"truncated": false}});
    let part = tool("c", "invalid", json!({"tool": "bash", "error": "no JSON"}), state);
    let events = read(&[message("msg_1", "assistant", json!([part]))]).events;
    let ends: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ToolResult { tool, failed, refused, .. } => {
                Some((&**tool, *failed, *refused))
            }
            _ => None,
        })
        .collect();
    assert_eq!(ends, [("bash", true, false)]);
}
