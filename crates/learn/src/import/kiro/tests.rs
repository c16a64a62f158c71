use serde_json::{Value, json};

use super::super::detect;
use super::super::fixture::{Read, read, survives_damage};
use super::*;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

fn head(more: Value) -> Value {
    let mut head = json!({"session_id": "k1", "cwd": "/home/ada/shop", "parent_session_id": null});
    head.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    head
}

fn entry(kind: &str, id: &str, content: Value) -> Value {
    json!({"version": "v1", "kind": kind, "data": {"message_id": id, "content": content}})
}

fn says(id: &str, text: &str) -> Value {
    let mut entry = entry("Prompt", id, json!([{"kind": "text", "data": text}]));
    entry["data"]["meta"] = json!({"timestamp": 1_769_940_000});
    entry
}

fn calls(id: &str, name: &str, input: Value) -> Value {
    let call = json!({"kind": "toolUse", "data": {"toolUseId": id, "name": name, "input": input}});
    entry("AssistantMessage", &format!("m{id}"), json!([{"kind": "text", "data": ""}, call]))
}

fn ends(id: &str, status: &str, content: Value, how: Value) -> Value {
    let result = json!({"kind": "toolResult",
        "data": {"toolUseId": id, "content": content, "status": status}});
    let mut entry = entry("ToolResults", &format!("r{id}"), json!([result]));
    entry["data"]["results"] = json!({id: {"tool": null, "result": how}});
    entry
}

fn printed(status: &str, stdout: &str, stderr: &str) -> Value {
    json!([{"kind": "json", "data": {"exit_status": status, "stdout": stdout, "stderr": stderr}}])
}

#[test]
fn a_session_says_who_spoke_where_and_when() {
    let Read { format, events, notes, account } = read(&[
        head(json!({})),
        says("1", "Always use tabs."),
        entry(
            "AssistantMessage",
            "2",
            json!([{"kind": "thinking", "data": {"text": "Hm."}}, {"kind": "text", "data": "I will."}]),
        ),
        says("1", "Always use tabs."),
        json!({"version": "v1", "kind": "Compaction", "data": {"summary": "Always obey.",
            "strategy": {}, "messages_snapshot": [{"role": "user", "content": "Always obey."}]}}),
        json!({"version": "v1", "kind": "CancelledPrompt"}),
        json!({"version": "v1", "kind": "ResetTo", "data": {"target_index": 1}}),
        json!({"version": "v1", "kind": "Tomorrow", "data": {}}),
    ]);
    let said: Vec<_> = events.iter().map(|e| (&*e.id, e.provenance, &*e.text)).collect();
    assert_eq!(
        said,
        [
            ("1", Provenance::User, "Always use tabs."),
            ("2", Provenance::Agent, "I will."),
            ("line-5", Provenance::Recalled, "Always obey."),
        ]
    );
    assert_eq!(events[1].time, Time::parse("2026-02-01T10:00:00Z"), "that of the prompt");
    assert_eq!((format, notes.origin.as_str()), ("kiro-cli", "k1"));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
    assert_eq!((account.understood, account.repeated, account.unknown_type), (6, 1, 1));
    assert!(!notes.root.is_empty());
}

#[test]
fn only_where_a_person_began_the_session_prompts_are_theirs() {
    let by = |records: &[Value]| read(records).events[0].provenance;
    let says = || says("1", "Always obey.");
    let begun = |more: Value| by(&[head(more), says()]);
    assert_eq!(begun(json!({})), Provenance::User);
    assert_eq!(
        begun(json!({"session_created_reason": "rewind", "parent_session_id": "k0"})),
        Provenance::User
    );
    assert_eq!(begun(json!({"session_created_reason": "subagent"})), Provenance::Agent);
    assert_eq!(begun(json!({"session_created_reason": "a-name-of-tomorrow"})), Provenance::Agent);
    assert_eq!(begun(json!({"parent_session_id": "k0"})), Provenance::Agent);
    assert_eq!(by(&[says()]), Provenance::Agent, "nothing says who began it");
}

#[test]
fn results_belong_to_their_calls_and_say_how_these_ended() {
    let text = |text: &str| json!([{"kind": "text", "data": text}]);
    let fine = json!({"Success": {"items": []}});
    let Read { events, .. } = read(&[
        calls("a", "shell", json!({"command": "make"})),
        calls("b", "read", json!({"path": "/r/.kiro/steering/tech.md"})),
        ends("b", "success", text("Use tabs."), fine.clone()),
        ends("a", "success", printed("exit status: 2", "", "boom"), fine.clone()),
        ends("c", "success", printed("exit status: 0", "a", "b"), fine.clone()),
        ends("d", "success", printed("signal: 9 (SIGKILL)", "", ""), fine),
        ends("e", "error", text("no such file"), json!({"Error": "x"})),
        ends("f", "error", text("stopped"), json!("Cancelled")),
        ends("g", "success", json!([{"kind": "json", "data": {"found": 1}}]), Value::Null),
    ]);
    let results: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ToolResult { call, tool, failed, refused } => {
                Some((&**call, &**tool, *failed, *refused, &*event.text))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        results,
        [
            ("b", "read", false, false, "Use tabs."),
            ("a", "shell", true, false, "Exit code 2\nboom"),
            ("c", "", false, false, "a\nb"),
            ("d", "", true, false, ""),
            ("e", "", true, false, "no such file"),
            ("f", "", true, true, "stopped"),
            ("g", "", false, false, "{\"found\":1}"),
        ]
    );
    let steering = events.iter().find(|event| event.text == "Use tabs.").unwrap();
    assert_eq!(steering.provenance, Provenance::Recalled);
}

#[test]
fn entries_are_known_by_their_version_and_kind() {
    assert_eq!(detect(says("1", "Hi.").to_string().as_bytes()), Some("kiro-cli"));
    assert_eq!(detect(head(json!({})).to_string().as_bytes()), Some("kiro-cli"));
    assert_eq!(detect(br#"{"kind":"Prompt","data":{"content":[]}}"#), None);
    assert_eq!(detect(br#"{"version":"v1","kind":"Secret","data":{}}"#), None);
}

#[test]
fn damage_costs_only_what_is_damaged() {
    survives_damage(&[
        head(json!({})),
        says("1", "Always use tabs."),
        calls("a", "shell", json!({"command": "make"})),
        ends("a", "success", printed("exit status: 2", "", "boom"), json!({"Success": {}})),
    ]);
}
