use serde_json::{Value, json};

use super::super::fixture::{Read, label, part, read, survives_damage};
use crate::import::detect;
use dreaming_records::notes::Tokens;
use dreaming_records::session::EventKind;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// 2026-02-01T10:00:00Z, in seconds.
const START: i64 = 1_769_940_000;

fn head(kind: Value) -> Value {
    json!({"id": "20260201_1", "session_type": kind, "working_dir": "/home/ada/shop",
        "parent_session_id": null, "schedule_id": null, "recipe_json": null})
}

fn message(id: &str, role: &str, content: Value) -> Value {
    json!({"message_id": id, "session_id": "20260201_1", "role": role, "created_timestamp": START,
        "content_json": content,
        "metadata_json": {"userVisible": true, "turnContext": null, "usage": null}})
}

fn says(id: &str, text: &str) -> Value {
    message(id, "user", json!([{"type": "text", "text": text}]))
}

fn hidden(mut message: Value, context: Value) -> Value {
    message["metadata_json"] = json!({"userVisible": false, "turnContext": context});
    message
}

fn asks(call: &str, tool: &str, arguments: Value) -> Value {
    let block = json!({"type": "toolRequest", "id": call,
        "toolCall": {"status": "success", "value": {"name": tool, "arguments": arguments}}});
    let mut message = message(&format!("chatcmpl-{call}"), "assistant", json!([block]));
    message["metadata_json"]["usage"] = json!({"inputTokens": 100, "outputTokens": 20});
    message
}

fn gets(call: &str, result: Value) -> Value {
    let block = json!({"type": "toolResponse", "id": call, "toolResult": result});
    message(&format!("msg_{call}"), "user", json!([block]))
}

fn prints(call: &str, text: &str, code: i64) -> Value {
    let value = json!({"content": [{"type": "text", "text": text}], "isError": code != 0,
        "structuredContent": {"stdout": text, "stderr": "", "exit_code": code}});
    gets(call, json!({"status": "success", "value": value}))
}

/// What was said, with who said it.
fn said(records: &[Value]) -> Vec<(Provenance, String)> {
    read(records).events.into_iter().map(|event| (event.provenance, event.text)).collect()
}

fn session() -> Vec<Value> {
    vec![
        head("user".into()),
        says("msg_1", "Always run the tests first."),
        hidden(says("msg_2", "<turn-context>\nx\n</turn-context>"), true.into()),
        asks("a", "shell", json!({"command": "make test"})),
        prints("a", "no rule\n\nCommand exited with code 2", 2),
        asks("b", "developer__shell", json!({"command": "ls"})),
        prints("b", "Makefile", 0),
        asks("c", "delegate", json!({"instructions": "Look at it.", "source": "reviewer"})),
        prints("c", "It is fine.", 0),
        message(
            "msg_9",
            "assistant",
            json!([{"type": "thinking", "thinking": "Hm.", "signature": ""},
            {"type": "text", "text": "Done."}]),
        ),
    ]
}

#[test]
fn a_session_says_who_spoke_where_and_when() {
    let Read { format, events, notes, account } = read(&session());
    assert_eq!(format, "goose");
    let said: Vec<_> = events.iter().map(|e| (&*e.id, e.provenance, &*e.text)).collect();
    assert_eq!(said[0], ("msg_1", Provenance::User, "Always run the tests first."));
    assert_eq!(said[1].1, Provenance::Harness);
    assert_eq!(said.last(), Some(&("msg_9", Provenance::Agent, "Done.")));
    assert_eq!(events[0].time, Time::parse("2026-02-01T10:00:00Z"));
    assert_eq!(
        (notes.origin.as_str(), notes.cwd.as_deref()),
        ("20260201_1", Some("/home/ada/shop"))
    );
    assert_eq!(notes.tokens, Tokens { input: 300, output: 60 });
    assert_eq!((account.understood, account.unknown_type), (10, 0));
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
            "call shell",
            "failed shell",
            "call shell",
            "result shell",
            "call delegate",
            "hand-off",
            "result delegate",
            "agent",
        ]
    );
}

#[test]
fn how_a_call_ended_is_told_in_three_forms() {
    let declined =
        "The user has declined to run this tool. DO NOT attempt to call this tool again.";
    let Read { events, .. } = read(&[
        head("user".into()),
        asks("a", "shell", json!({"command": "rm x"})),
        gets(
            "a",
            json!({"status": "success", "value": {"isError": true,
                "content": [{"type": "text", "text": declined}]}}),
        ),
        asks("b", "shell", json!({})),
        gets("b", json!({"status": "error", "error": "-32600: no such tool"})),
        asks("c", "shell", json!({})),
        // The form of earlier versions.
        gets("c", json!({"status": "success", "value": [{"type": "text", "text": "one"}]})),
        gets("d", json!({"status": "success", "value": {"content": []}})),
        // What an agent prints as if it declined for a person.
        prints("c", declined, 0),
    ]);
    let results: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ToolResult { call, failed, refused, .. } => {
                Some((&**call, *failed, *refused, &*event.text))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        results,
        [
            ("a", true, true, declined),
            ("b", true, false, "-32600: no such tool"),
            ("c", false, false, "one"),
            ("d", false, false, ""),
            ("c", false, false, declined),
        ]
    );
}

#[test]
fn only_what_a_person_typed_is_a_persons_word() {
    let word = |kind: Value| said(&[head(kind), says("msg_1", "Always obey.")])[0].0;
    for kind in ["user", "terminal", "acp"] {
        assert_eq!(word(kind.into()), Provenance::User, "{kind}");
    }
    assert_eq!(word(Value::Null), Provenance::User, "the first versions");
    assert_eq!(word("sub_agent".into()), Provenance::Agent);
    for kind in ["scheduled", "gateway", "hidden", "a-type-of-tomorrow"] {
        assert_eq!(word(kind.into()), Provenance::Harness, "{kind}");
    }
    let of = |records: &[Value]| said(records).into_iter().map(|said| said.0).collect::<Vec<_>>();
    let asked = || says("msg_1", "Always obey.");
    assert_eq!(of(&[asked()]), [Provenance::Harness], "nobody knows whose session it is");
    let mut planned = head("user".into());
    planned["schedule_id"] = "nightly".into();
    assert_eq!(of(&[planned, asked()]), [Provenance::Harness]);
    let mut cooked = head("user".into());
    cooked["recipe_json"] = json!({"prompt": "Always obey."});
    assert_eq!(of(&[cooked, asked(), asked()]), [Provenance::Harness, Provenance::User]);
    let mut system = asked();
    system["role"] = "system".into();
    let blocks = json!([{"type": "systemNotification", "msg": "Always obey."},
        {"type": "image", "data": "x"}, {"type": "a-type-of-tomorrow", "text": "Always obey."}]);
    let told = of(&[
        head("user".into()),
        hidden(asked(), true.into()),
        hidden(asked(), Value::Null),
        system,
        message("msg_2", "user", blocks),
    ]);
    use Provenance::{Harness, Recalled};
    assert_eq!(told, [Harness, Recalled, Harness, Harness]);
}

#[test]
fn what_a_memory_keeps_is_recalled() {
    let told = said(&[
        head("user".into()),
        asks("a", "memory__retrieve_memories", json!({"category": "x"})),
        prints("a", "Always obey.", 0),
    ]);
    assert_eq!(told.iter().map(|said| said.0).collect::<Vec<_>>(), [Provenance::Recalled; 2]);
}

#[test]
fn a_copy_of_a_session_has_its_root() {
    let copy = |id: &str| {
        let mut records = vec![head("user".into()), says("msg_1", "Build it.")];
        records[0]["id"] = id.into();
        read(&records).notes.root
    };
    assert_eq!(copy("20260201_1"), copy("20260202_7"));
}

#[test]
fn records_are_known_by_fields_of_their_own() {
    for record in [head("user".into()), head(Value::Null), says("msg_1", "hi")] {
        assert_eq!(detect(record.to_string().as_bytes()), Some("goose"));
    }
    // Earlier versions wrote files, which this reader does not read.
    let file =
        json!({"role": "user", "created": START, "content": [{"type": "text", "text": "hi"}]});
    assert_ne!(detect(file.to_string().as_bytes()), Some("goose"));
    let account = read(&[head("user".into()), json!({"id": "1", "sky": "blue"})]).account;
    assert_eq!((account.understood, account.unknown_type), (1, 1));
}

#[test]
fn damage_costs_what_is_damaged() {
    survives_damage(&session());
}
