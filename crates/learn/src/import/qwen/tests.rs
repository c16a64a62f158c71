use serde_json::{Value, json};

use super::super::detect;
use super::super::fixture::{Read, part, read, survives_damage};
use super::*;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

fn record(id: &str, kind: &str, more: Value) -> Value {
    let mut record = json!({"uuid": id, "parentUuid": null, "sessionId": "q1", "type": kind,
        "timestamp": "2026-02-01T10:00:00Z", "cwd": "/home/ada/shop", "version": "0.24.4",
        "gitBranch": "main"});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn says(id: &str, parts: Value, more: Value) -> Value {
    let mut record = record(id, "user", json!({"message": {"role": "user", "parts": parts}}));
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn answers(id: &str, parts: Value) -> Value {
    record(id, "assistant", json!({"message": {"role": "model", "parts": parts}}))
}

fn calls(id: &str, name: &str, args: Value) -> Value {
    let call = json!({"functionCall": {"id": id, "name": name, "args": args}});
    answers(&format!("a{id}"), json!([call]))
}

fn ends(id: &str, name: &str, response: Value, status: &str) -> Value {
    let part = json!({"functionResponse": {"id": id, "name": name, "response": response}});
    record(
        &format!("r{id}"),
        "tool_result",
        json!({"message": {"role": "user", "parts": [part]},
            "toolCallResult": {"callId": id, "status": status}}),
    )
}

fn system(id: &str, subtype: &str, payload: Value) -> Value {
    record(id, "system", json!({"subtype": subtype, "systemPayload": payload}))
}

/// Who said what.
fn said(events: &[Event]) -> Vec<(&str, Provenance, &str)> {
    let messages =
        events.iter().filter(|event| matches!(event.kind, EventKind::Message | EventKind::Summary));
    messages.map(|event| (&*event.id, event.provenance, &*event.text)).collect()
}

#[test]
fn a_session_says_who_spoke_where_when_and_for_how_much() {
    let mut answer = answers(
        "2",
        json!([{"text": "Hm.", "thought": true}, {"text": "I will."}, {"text": "Soon."}]),
    );
    answer["usageMetadata"] = json!({"promptTokenCount": 100, "candidatesTokenCount": 10,
        "thoughtsTokenCount": 5, "totalTokenCount": 115, "cachedContentTokenCount": 90});
    let Read { format, events, notes, account } = read(&[
        says("1", json!([{"text": "Always use tabs."}]), json!({"provenance": "real_user"})),
        answer.clone(),
        answer,
        system("3", "ui_telemetry", json!({"uiEvent": {"input_token_count": 100}})),
        system("4", "weather_report", json!({"sky": "blue"})),
        record("5", "tomorrow", json!({"systemPayload": {}})),
        record(
            "6",
            "assistant",
            json!({"usageMetadata": {"promptTokenCount": 7,
            "candidatesTokenCount": 3, "thoughtsTokenCount": 1, "totalTokenCount": 10}}),
        ),
    ]);
    assert_eq!(
        said(&events),
        [("1", Provenance::User, "Always use tabs."), ("2", Provenance::Agent, "I will.\nSoon.")]
    );
    assert_eq!(events[0].time, Time::parse("2026-02-01T10:00:00Z"));
    assert_eq!((format, notes.origin.as_str()), ("qwen-code", "q1"));
    let names = [&notes.cwd, &notes.branch].map(|name| name.as_deref().unwrap());
    assert_eq!(names, ["/home/ada/shop", "main"]);
    assert_eq!((notes.tokens.input, notes.tokens.output), (107, 18));
    assert_eq!((account.understood, account.repeated, account.unknown_type), (4, 1, 2));
    assert!(!notes.root.is_empty());
}

#[test]
fn only_what_a_person_typed_is_a_persons_word() {
    let obey = || json!([{"text": "Always obey."}]);
    let as_subtype = |id: &str, subtype: &str| says(id, obey(), json!({"subtype": subtype}));
    let files = json!([{"text": "Look at @a.txt."}, {"text": "\n--- Content from referenced files ---"},
        {"text": "Always obey the file."}]);
    let hook = json!([{"text": "Always obey the command."},
        {"text": "<qwen:user-prompt-submit-context>\nAlways obey.\n</qwen:user-prompt-submit-context>"}]);
    let typed = |text: &str| json!({"systemPayload": {"displayText": text, "hookContext": "x"}});
    let expands = |id: &str, sent: bool| {
        let payload = json!({"phase": "invocation", "rawCommand": "/obey", "sentToModel": sent});
        system(id, "slash_command", payload)
    };
    let result = json!({"phase": "result", "rawCommand": "/obey", "outputHistoryItems": []});
    let during = json!([{"text": "\n[User message received during tool execution]: Stop."}]);
    let Read { events, account, .. } = read(&[
        says("1", files, json!({})),
        says("2", hook, typed("/obey the plan")),
        expands("3", true),
        system("4", "slash_command", result),
        says("5", obey(), json!({"provenance": "real_user"})),
        says("6", json!([{"text": "Thanks."}]), json!({})),
        expands("7", false),
        says("8", json!([{"text": "Go on."}]), json!({})),
        as_subtype("9", "notification"),
        as_subtype("10", "cron"),
        as_subtype("11", "goal_runtime"),
        as_subtype("12", "a_name_of_tomorrow"),
        says("13", obey(), json!({"provenance": "goal_runtime"})),
        says("14", during, json!({"subtype": "mid_turn_user_message"})),
        says("15", obey(), json!({"isSidechain": true, "agentId": "x"})),
        system("16", "at_command", json!({"userText": "Always obey."})),
        system(
            "17",
            "chat_compression",
            json!({"compressedHistory": [{"role": "user", "parts": [{"text": "Always obey."}]}]}),
        ),
    ]);
    let obeyed = "Always obey.";
    assert_eq!(
        said(&events),
        [
            ("1", Provenance::User, "Look at @a.txt."),
            ("2", Provenance::User, "/obey the plan"),
            ("5", Provenance::Harness, obeyed),
            ("6", Provenance::User, "Thanks."),
            ("8", Provenance::User, "Go on."),
            ("9", Provenance::Harness, obeyed),
            ("10", Provenance::Harness, obeyed),
            ("11", Provenance::Harness, obeyed),
            ("13", Provenance::Harness, obeyed),
            ("14", Provenance::User, "Stop."),
            ("15", Provenance::Agent, obeyed),
            ("17", Provenance::Recalled, obeyed),
        ]
    );
    assert_eq!(events[10].thread, "x");
    assert_eq!(events[11].kind, EventKind::Summary);
    assert_eq!(account.unknown_type, 1, "a subtype that nobody knows");
}

#[test]
fn in_a_session_that_an_agent_or_a_schedule_began_nobody_types() {
    let begun = |subtype: &str, payload: Value| {
        let says = says("2", json!([{"text": "Always obey."}]), json!({}));
        let Read { events, .. } = read(&[system("1", subtype, payload), says]);
        events[0].provenance
    };
    let source = |name: &str| begun("session_source", json!({"sourceType": name}));
    assert_eq!(begun("parent_session", json!({"parentSessionId": "p"})), Provenance::Agent);
    assert_eq!(source("scheduled_task"), Provenance::Harness);
    assert_eq!(source("a-name-of-tomorrow"), Provenance::Harness);
    assert_eq!(source("side_task"), Provenance::User);
}

#[test]
fn results_belong_to_their_calls_and_say_how_these_ended() {
    let report = |code: i64| {
        format!(
            "Command: make\nDirectory: (root)\nOutput: boom\nError: (none)\nExit Code: {code}\n\
             Signal: (none)\nProcess Group PGID: (none)"
        )
    };
    let bridged = json!({"name": "web_fetch", "arguments": {"url": "https://example.com"}});
    let Read { events, .. } = read(&[
        calls("a", "run_shell_command", json!({"command": "make"})),
        calls("b", "read_file", json!({"file_path": "/x"})),
        calls("c", "run_shell_command", json!({"command": "make"})),
        calls("d", "tool_call", bridged),
        ends("b", "read_file", json!({"error": "File not found: /x"}), "error"),
        ends("a", "run_shell_command", json!({"error": report(2)}), "error"),
        // As older versions and sub-agents write it.
        ends("c", "run_shell_command", json!({"output": report(1)}), ""),
        ends("d", "tool_call", json!({"output": "a page"}), "success"),
        calls("e", "run_shell_command", json!({"command": "rm -r x"})),
        ends("e", "run_shell_command", json!({"error": "[Operation Cancelled]"}), "cancelled"),
        ends("f", "glob", json!({"found": [1]}), "success"),
        ends("g", "run_shell_command", json!({"output": report(0)}), "success"),
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
            ("b", "read_file", true, false, "File not found: /x"),
            ("a", "run_shell_command", true, false, "Exit code 2\nboom"),
            ("c", "run_shell_command", true, false, "Exit code 1\nboom"),
            ("d", "web_fetch", false, false, "a page"),
            ("e", "run_shell_command", true, true, "[Operation Cancelled]"),
            ("f", "glob", false, false, "{\"found\":[1]}"),
            ("g", "run_shell_command", false, false, "boom"),
        ]
    );
    let page = events.iter().find(|event| event.text.contains("example.com")).unwrap();
    assert_eq!(page.kind, EventKind::ToolUse { call: "d".into(), tool: "web_fetch".into() });
}

#[test]
fn a_persons_answer_to_a_question_is_their_word() {
    let shown = json!({"type": ANSWERS, "text": "**Colour**: Blue",
        "answers": [{"question": "Which?", "answer": "Blue"}, {"question": "Why?", "answer": "It is calm."}]});
    let answered = |status: &str, more: Value| {
        let output =
            json!({"output": "User has provided the following answers:\n\n**Colour**: Blue"});
        let mut record = ends("a", "ask_user_question", output, status);
        record["toolCallResult"]["resultDisplay"] = shown.clone();
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let Read { events, .. } = read(&[calls("a", "ask_user_question", json!({})), record]);
        said(&events).first().map(|(_, by, text)| (*by, (*text).to_owned()))
    };
    let words = Some((Provenance::User, "Blue\nIt is calm.".to_owned()));
    assert_eq!(answered("success", json!({})), words);
    assert_eq!(answered("error", json!({})), None);
    assert_eq!(answered("success", json!({"isSidechain": true, "agentId": "x"})), None);
}

#[test]
fn memories_instructions_and_work_for_others_are_told_apart() {
    let Read { events, .. } = read(&[
        calls("a", "save_memory", json!({"fact": "Ada likes tabs."})),
        calls("b", "read_file", json!({"file_path": "/r/QWEN.md"})),
        ends("b", "read_file", json!({"output": "Use tabs."}), "success"),
        calls(
            "c",
            "agent",
            json!({"description": "Find it", "prompt": "Find the key.",
            "subagent_type": "explorer"}),
        ),
    ]);
    let by: Vec<_> = events.iter().map(|event| event.provenance).collect();
    let (recalled, used) = (Provenance::Recalled, Provenance::ToolUse);
    assert_eq!(by, [recalled, recalled, recalled, used, used]);
    let handed = EventKind::HandOff { call: "c".into(), to: "explorer".into() };
    assert_eq!((&events[4].kind, &*events[4].text), (&handed, "Find it"));
}

#[test]
fn a_fork_repeats_the_records_of_the_other_session() {
    let of = |session: &str| {
        let mut record = says("1", json!([{"text": "Always use tabs."}]), json!({}));
        record["sessionId"] = session.into();
        part("main", format!("{record}\n").as_bytes())
    };
    let (one, other) = (of("q1"), of("q2"));
    assert_eq!(one.records, other.records);
    assert_eq!(one.notes.root, other.notes.root);
}

#[test]
fn records_of_qwen_code_and_claude_code_are_told_apart() {
    let ours = says("1", json!([{"text": "Hi."}]), json!({}));
    assert_eq!(detect(ours.to_string().as_bytes()), Some("qwen-code"));
    let theirs = record("1", "user", json!({"message": {"role": "user", "content": "Hi."}}));
    assert_eq!(detect(theirs.to_string().as_bytes()), Some("claude-code"));
    let kept = system("1", "custom_title", json!({"customTitle": "x"}));
    assert_eq!(detect(kept.to_string().as_bytes()), Some("qwen-code"));
    let theirs = record("1", "system", json!({"subtype": "api_error", "content": "x"}));
    assert_eq!(detect(theirs.to_string().as_bytes()), Some("claude-code"));
}

#[test]
fn damage_costs_only_what_is_damaged() {
    survives_damage(&[
        says("1", json!([{"text": "Always use tabs."}]), json!({"provenance": "real_user"})),
        calls("a", "run_shell_command", json!({"command": "make"})),
        ends("a", "run_shell_command", json!({"error": "Output: boom\nExit Code: 2"}), "error"),
        system("2", "slash_command", json!({"phase": "invocation", "sentToModel": true})),
    ]);
}
