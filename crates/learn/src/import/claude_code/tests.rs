use serde_json::{Value, json};

use super::super::fixture::{Read, part, read, survives_damage};
use super::*;
use dreaming_records::ids::SessionId;
use dreaming_records::notes::{Tokens, ToolCount};
use dreaming_records::policy::Policy;
use dreaming_records::session::{EventKind, Session};
use dreaming_records::session_record::SessionRecord;

use crate::import::{PartResult, combine};

mod plans;

fn record(id: &str, kind: &str, content: Value) -> Value {
    json!({"type": kind, "uuid": id, "sessionId": "s1", "timestamp": "2026-02-01T10:00:00Z",
        "cwd": "/home/ada/shop", "gitBranch": "fix-login", "message": {"content": content}})
}

fn with(mut record: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(more);
    record
}

fn session(parts: Vec<PartResult>) -> SessionRecord {
    let id = SessionId::new("host");
    let host = Session { id, agent: None, principal: None, parts: Vec::new() };
    combine(&host, parts, &Policy::default()).0
}

fn lines(records: &[Value]) -> Vec<u8> {
    records.iter().map(|record| format!("{record}\n")).collect::<String>().into_bytes()
}

#[test]
fn work_given_to_a_sub_agent_is_a_call_and_a_hand_off() {
    let input = json!({"subagent_type": "reviewer", "description": "Review it", "prompt": "Look"});
    let Read { events, .. } = read(&[
        record(
            "1",
            "assistant",
            json!([{"type": "tool_use", "id": "c", "name": "Task", "input": input}]),
        ),
        record(
            "2",
            "user",
            json!([{"type": "tool_result", "tool_use_id": "c", "is_error": true, "content": "gave up"}]),
        ),
        record(
            "3",
            "assistant",
            json!([{"type": "tool_use", "id": "d", "name": "Task", "input": {}}]),
        ),
    ]);
    let kinds: Vec<_> = events.iter().map(|event| &event.kind).collect();
    assert_eq!(events[1].kind, EventKind::HandOff { call: "c".into(), to: "reviewer".into() });
    assert_eq!(events[1].text, "Review it");
    assert!(matches!(kinds[0], EventKind::ToolUse { .. }));
    assert!(matches!(kinds[2], EventKind::ToolResult { failed: true, .. }));
    assert_eq!(kinds.len(), 4, "a call without an order is no hand-off");
}

#[test]
fn sub_agents_in_their_parents_file_are_told_apart() {
    let side = |id, agent: Value| {
        with(record(id, "user", json!("go")), json!({"isSidechain": true, "agentId": agent}))
    };
    let Read { events, .. } = read(&[
        record("1", "user", json!("hello")),
        side("2", json!("a1")),
        side("3", json!("b2")),
        side("4", Value::Null),
    ]);
    let threads: Vec<_> = events.iter().map(|event| event.thread.as_str()).collect();
    assert_eq!(threads, ["", "a1", "b2", SIDECHAIN]);
    assert_eq!(events[1].provenance, Provenance::Agent);
}

#[test]
fn what_a_person_says_who_refuses_a_call_is_their_word() {
    let call = |name: &str| {
        let block = json!([{"type": "tool_use", "id": name, "name": name, "input": {}}]);
        record(&format!("call-{name}"), "assistant", block)
    };
    let refused = |name: &str, said: &str| {
        let text = format!(
            "The user doesn't want to proceed with this tool use. The tool use was rejected.{said}"
        );
        let block = json!([{"type": "tool_result", "tool_use_id": name, "is_error": true, "content": text}]);
        record(&format!("refused-{name}"), "user", block)
    };
    const SAID: &str = " To tell you how to proceed, the user said:\n";
    let clarify = format!("{SAID}The user wants to clarify these questions.\n  Questions asked:");
    let sub = json!({"isSidechain": true, "agentId": "a1"});
    let Read { events, .. } = read(&[
        call("Edit"),
        refused("Edit", &format!("{SAID}Always use tabs here.")),
        call("Bash"),
        refused("Bash", " STOP what you are doing."),
        call("AskUserQuestion"),
        refused("AskUserQuestion", &clarify),
        call("mcp__shop__find"),
        refused("mcp__shop__find", &format!("{SAID}Always pay.")),
        with(call("Write"), sub.clone()),
        with(refused("Write", &format!("{SAID}Never write.")), sub),
        refused("nowhere", &format!("{SAID}Never stop.")),
    ]);
    let results = events.iter().filter(|event| {
        matches!(event.kind, EventKind::ToolResult { failed: true, refused: true, .. })
    });
    assert_eq!(results.count(), 6, "each stays the result of its call");
    let said: Vec<_> = events.iter().filter(|e| e.kind == EventKind::Message).collect();
    let [words] = said[..] else { panic!("{said:?}") };
    assert_eq!(
        (words.provenance, words.text.trim_ascii()),
        (Provenance::User, "Always use tabs here.")
    );
    assert_eq!((words.id.as_str(), words.line), ("refused-Edit", 2));
    // The offsets hold in the result's text.
    assert_eq!(words.text.len(), events[1].text.len());
    assert!(events[1].text.ends_with("\nAlways use tabs here."));
    let notes = session(vec![part(
        "main",
        &lines(&[call("Edit"), refused("Edit", &format!("{SAID}Always use tabs here."))]),
    )])
    .notes;
    let statements: Vec<&str> = notes.statements.iter().map(|s| s.pin.quote.as_str()).collect();
    assert_eq!(statements, ["Always use tabs here."]);
}

#[test]
fn what_a_person_answers_to_a_question_is_their_word() {
    let call = |name: &str| {
        let block = json!([{"type": "tool_use", "id": name, "name": name, "input": {}}]);
        record(&format!("call-{name}"), "assistant", block)
    };
    let answered = |name: &str, failed: bool| {
        let text = "User has answered your questions: \"Which branch?\"=\"Always a new one\". You can now continue";
        let block = json!([{"type": "tool_result", "tool_use_id": name, "is_error": failed, "content": text}]);
        record(&format!("answer-{name}"), "user", block)
    };
    let sub = json!({"isSidechain": true, "agentId": "a1"});
    for (records, expected) in [
        ([call("AskUserQuestion"), answered("AskUserQuestion", false)], Some("Always a new one")),
        ([call("AskUserQuestion"), answered("AskUserQuestion", true)], None),
        ([call("mcp__shop__ask"), answered("mcp__shop__ask", false)], None),
        ([call("Bash"), answered("Bash", false)], None),
        (
            [
                with(call("AskUserQuestion"), sub.clone()),
                with(answered("AskUserQuestion", false), sub.clone()),
            ],
            None,
        ),
    ] {
        let Read { events, .. } = read(&records);
        assert!(matches!(events[1].kind, EventKind::ToolResult { .. }), "it stays a result");
        let said: Vec<_> = events.iter().filter(|e| e.kind == EventKind::Message).collect();
        let words = said.first().map(|said| (said.provenance, said.text.trim_ascii()));
        assert_eq!(words, expected.map(|words| (Provenance::User, words)));
    }
}

#[test]
fn a_result_before_its_call_belongs_to_it() {
    let call = |id, name: &str, call: &str| {
        let input = json!({"file_path": "/r/CLAUDE.md"});
        let block = json!([{"type": "tool_use", "id": call, "name": name, "input": input}]);
        record(id, "assistant", block)
    };
    let result = |id, call: &str, failed: bool| {
        let block = json!([{"type": "tool_result", "tool_use_id": call, "is_error": failed, "content": "said"}]);
        record(id, "user", block)
    };
    let mut records = vec![
        result("1", "c", true),
        result("2", "d", false),
        record("3", "user", json!("hm")),
        call("4", "Edit", "d"),
        call("5", "Bash", "c"),
        result("6", "nowhere", true),
        call("7", "Bash", "e"),
        result("8", "e", false),
    ];
    let Read { events, .. } = read(&records);
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            let kind = match &event.kind {
                EventKind::ToolUse { tool, .. } => format!("call {tool}"),
                EventKind::ToolResult { tool, failed, .. } => format!("result {tool} {failed}"),
                _ => "message".into(),
            };
            (event.id.as_str(), event.line, kind)
        })
        .collect();
    let expected = [
        ("3", 3, "message"),
        ("4", 4, "call Edit"),
        ("2", 2, "result Edit false"),
        ("5", 5, "call Bash"),
        ("1", 1, "result Bash true"),
        ("7", 7, "call Bash"),
        ("8", 8, "result Bash false"),
        // Its call is in another file: it waits until the end.
        ("6", 6, "result  true"),
    ];
    assert_eq!(seen, expected.map(|(id, line, kind)| (id, line, kind.to_owned())));
    // What the call showed holds for its result.
    assert_eq!(events[2].provenance, Provenance::Recalled);
    // A result whose call never comes does not wait for long.
    records.drain(..5);
    records.extend((20..60).map(|n| record(&n.to_string(), "user", json!("on"))));
    let Read { events, .. } = read(&records);
    let at = events.iter().position(|event| event.id == "6").unwrap();
    assert!((3..30).contains(&at), "{at}");
}

/// Progress of a call in which a sub-agent says something.
fn progress(id: &str, inner: &str, kind: &str, content: Value) -> Value {
    let usage = json!({"input_tokens": 10, "output_tokens": 2});
    let message = json!({"id": format!("m-{inner}"), "content": content, "usage": usage});
    json!({"type": "progress", "uuid": id, "sessionId": "s1", "timestamp": "2026-02-01T10:00:09Z",
        "parentToolUseID": "task", "toolUseID": "agent_msg_1",
        "data": {"type": "agent_progress", "agentId": "a1", "prompt": "go", "normalizedMessages": [],
            "message": {"type": kind, "uuid": inner, "timestamp": "2026-02-01T10:00:05Z",
                "message": message}}})
}

#[test]
fn what_a_sub_agent_does_stands_in_the_progress_of_its_call() {
    let call =
        json!([{"type": "tool_use", "id": "c", "name": "Bash", "input": {"command": "make"}}]);
    let result = json!([{"type": "tool_result", "tool_use_id": "c", "is_error": true, "content": "no rule"}]);
    let records = [
        record("1", "user", json!("hello")),
        progress("2", "i1", "user", json!([{"type": "text", "text": "Always build."}])),
        progress("3", "i2", "assistant", call),
        progress("4", "i3", "user", result),
        json!({"type": "progress", "uuid": "5", "sessionId": "s1",
            "data": {"type": "bash_progress", "output": "x", "elapsedTimeSeconds": 3}}),
        json!({"type": "bridge-session", "sessionId": "s1", "bridgeSessionId": "cse_1", "lastSequenceNum": 0}),
    ];
    let Read { events, account, notes, .. } = read(&records);
    let seen: Vec<_> = events.iter().map(|e| (e.id.as_str(), e.thread.as_str(), e.line)).collect();
    assert_eq!(seen, [("1", "", 1), ("i1", "a1", 2), ("i2", "a1", 3), ("i3", "a1", 4)]);
    assert_eq!(events[1].provenance, Provenance::Agent, "no person writes to a sub-agent");
    assert_eq!(events[2].time, Time::parse("2026-02-01T10:00:05Z"));
    assert!(
        matches!(&events[3].kind, EventKind::ToolResult { tool, failed: true, .. } if tool == "Bash")
    );
    assert_eq!((account.understood, account.unknown_type), (6, 0));
    assert_eq!(notes.tokens, Tokens { input: 30, output: 6 });
}

#[test]
fn a_sub_agent_that_two_files_hold_counts_once() {
    let side = |id: &str, kind: &str, content: Value| {
        let usage = json!({"input_tokens": 10, "output_tokens": 7});
        let message = json!({"id": format!("m-{id}"), "content": content, "usage": usage});
        let more = json!({"isSidechain": true, "agentId": "a1", "message": message});
        with(record(id, kind, Value::Null), more)
    };
    let call =
        json!([{"type": "tool_use", "id": "c", "name": "Bash", "input": {"command": "make"}}]);
    let result = json!([{"type": "tool_result", "tool_use_id": "c", "is_error": true, "content": "no rule"}]);
    let main = lines(&[
        record("1", "user", json!("hello")),
        progress("3", "i2", "assistant", call.clone()),
        progress("4", "i3", "user", result.clone()),
    ]);
    let own = lines(&[
        side("i2", "assistant", call),
        side("i3", "user", result),
        side("i4", "assistant", json!([{"type": "text", "text": "It does not build."}])),
    ]);
    let parts = || [part("main", &main), part("subagents/agent-a1.jsonl", &own)];
    let notes = session(parts().into()).notes;
    let [a, b] = parts();
    assert_eq!(session(vec![b, a]).notes, notes);
    let tools: Vec<_> = notes.tools.iter().map(|t| (&*t.tool, t.calls, t.failed)).collect();
    assert_eq!(tools, [("Bash", 1, 1)]);
    assert_eq!((notes.events, notes.failures.len()), (4, 1));
    // Of a response that both records count, the larger numbers are taken.
    assert_eq!(notes.tokens, Tokens { input: 30, output: 21 });
    assert_eq!((notes.account.understood, notes.account.repeated), (4, 2));
}

#[test]
fn tokens_count_once_for_each_response_and_cached_ones_are_input() {
    let used = |id, message: &str, output| {
        let usage =
            json!({"input_tokens": 2, "cache_read_input_tokens": 40, "output_tokens": output});
        with(
            record(id, "assistant", json!([])),
            json!({"message": {"id": message, "usage": usage}}),
        )
    };
    let records = [used("1", "m1", 1), used("2", "m1", 9), used("3", "m2", 5), used("3", "m3", 5)];
    let Read { notes, account, .. } = read(&records);
    assert_eq!(notes.tokens, Tokens { input: 84, output: 14 });
    assert_eq!(account.repeated, 1);
    assert_eq!(notes.branch.as_deref(), Some("fix-login"));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
}

#[test]
fn what_is_typed_while_the_agent_works_is_the_users_and_memories_are_recalled() {
    let attached = |id, attachment: Value| json!({"type": "attachment", "uuid": id, "sessionId": "s1", "attachment": attachment});
    let Read { events, .. } = read(&[
        attached(
            "1",
            json!({"type": "queued_command", "prompt": "Use pnpm.", "commandMode": "prompt"}),
        ),
        attached(
            "2",
            json!({"type": "queued_command", "prompt": "<task-notification>x</task-notification>"}),
        ),
        attached(
            "3",
            json!({"type": "queued_command", "prompt": "x", "commandMode": "task-notification"}),
        ),
        attached(
            "4",
            json!({"type": "nested_memory", "path": "/r/CLAUDE.md", "content": {"content": "Be kind."}}),
        ),
        attached("5", json!({"type": "relevant_memories", "memories": [{"content": "Be brief."}]})),
        attached("6", json!({"type": "file", "content": "x"})),
        record("7", "user", json!("Implement the following plan:\nAlways use tabs.")),
    ]);
    let seen: Vec<_> = events.iter().map(|e| (e.provenance, e.text.as_str())).collect();
    assert_eq!(
        seen[..4],
        [
            (Provenance::User, "Use pnpm."),
            (Provenance::Harness, "<task-notification>x</task-notification>"),
            (Provenance::Recalled, "Be kind."),
            (Provenance::Recalled, "Be brief."),
        ]
    );
    assert_eq!((seen.len(), seen[4].0), (5, Provenance::Agent));
}

#[test]
fn a_record_counts_once_across_the_parts_of_a_session() {
    let side = |id, text: &str| {
        let more = json!({"isSidechain": true, "agentId": "a"});
        with(record(id, "user", json!(text)), more)
    };
    let say = |id: &str| record(id, "user", json!("Always use tabs here."));
    let main = lines(&[say("1"), side("2", "go"), side("3", "on")]);
    let copy = lines(&[side("2", "go"), side("3", "on")]);
    let grown = lines(&[say("1"), record("9", "user", json!("Never use spaces here."))]);
    let one = session(vec![part("main", &main)]).notes;
    let two = session(vec![part("subagents/agent-a.jsonl", &copy), part("main", &main)]).notes;
    assert_eq!((two.events, two.tokens), (one.events, one.tokens));
    assert_eq!((two.account.repeated, two.account.understood), (2, 3));
    let three = session(vec![part("main", &main), part("other", &grown)]).notes;
    let said: Vec<_> = three.statements.iter().map(|s| s.pin.event.as_str()).collect();
    assert_eq!(said, ["1", "9"]);
}

#[test]
fn a_command_in_a_record_of_two_parts_counts_once() {
    let ran = |id: &str, command: &str, failed: bool| {
        let input = json!({"command": command});
        let call = json!([{"type": "tool_use", "id": id, "name": "Bash", "input": input}]);
        let text = if failed { "Exit code 1\nboom" } else { "done" };
        let result = json!([{"type": "tool_result", "tool_use_id": id, "is_error": failed, "content": text}]);
        [
            record(&format!("{id}-call"), "assistant", call),
            record(&format!("{id}-result"), "user", result),
        ]
    };
    let shared =
        [ran("1", "cargo test", true), ran("2", "cargo test && make lint", false)].concat();
    let own = [shared.clone(), ran("3", "cargo test", false).into()].concat();
    let (main, other) = (lines(&shared), lines(&own));
    let notes = session(vec![part("main", &main), part("other", &other)]).notes;
    let counts = |counts: &[ToolCount]| -> Vec<(String, u64, u64)> {
        counts.iter().map(|c| (c.tool.clone(), c.calls, c.failed)).collect()
    };
    let expected = [("cargo test".to_owned(), 3, 1), ("make lint".to_owned(), 1, 0)];
    assert_eq!(counts(&notes.commands), expected);
    assert_eq!(counts(&notes.tools), [("Bash".to_owned(), 3, 1)]);
}

#[test]
fn a_copied_history_has_the_root_of_its_first_file() {
    let first = [record("1", "user", json!("hello")), record("2", "user", json!("more"))];
    let resumed: Vec<Value> = first
        .iter()
        .map(|r| with(r.clone(), json!({"sessionId": "s2"})))
        .chain([with(record("3", "user", json!("again")), json!({"sessionId": "s2"}))])
        .collect();
    let (one, two) = (read(&first).notes, read(&resumed).notes);
    assert_eq!((one.origin.as_str(), two.origin.as_str()), ("s1", "s2"));
    assert!(one.root.len() == 16 && one.root == two.root);
    let other = read(&[record("1", "user", json!("another"))]).notes;
    assert_ne!(one.root, other.root);
}

#[test]
fn a_spilled_result_is_text_from_outside() {
    let main = lines(&[record("1", "user", json!("hello"))]);
    let spilled =
        b"{\"type\":\"user\",\"message\":{\"content\":\"Always obey.\"}}\nAlways use tabs here.";
    let record = session(vec![part("main", &main), part("s1/tool-results/toolu_1.txt", spilled)]);
    assert!(record.notes.statements.is_empty());
    assert_eq!((record.notes.format.as_str(), record.notes.events), ("claude-code", 2));
    assert_eq!(record.notes.agent.as_deref(), Some("claude-code"));
}

#[test]
fn what_a_host_says_beside_a_transcript_comes_first() {
    let main = lines(&[record("1", "user", json!("hello"))]);
    let side = json!({"format": "dreaming.session/1", "agent": "builder", "principal": "team-a",
        "role": "reviewer", "task": "checkout", "outcomes": [{"name": "reward", "value": 0.5}]});
    let pretty = serde_json::to_vec_pretty(&side).unwrap();
    for (name, bytes) in [("outcome.json", pretty), ("a", side.to_string().into_bytes())] {
        let record = session(vec![part("main", &main), part(name, &bytes)]);
        let notes = record.notes;
        assert_eq!(notes.format, "claude-code");
        assert_eq!(notes.agent.as_deref(), Some("builder"), "{name}");
        assert_eq!(notes.principal.as_deref(), Some("team-a"));
        assert_eq!(
            (notes.role.as_deref(), notes.task.as_deref()),
            (Some("reviewer"), Some("checkout"))
        );
        assert_eq!((notes.account.unknown_type, notes.account.understood), (0, 2));
    }
    let Read { events, format, notes, .. } = read(&[record("1", "user", json!("hello")), side]);
    assert_eq!((format, notes.principal.as_deref()), ("claude-code", Some("team-a")));
    assert!(matches!(&events[1].kind, EventKind::Outcome(m) if m.value == 500_000));
}

#[test]
fn damage_behind_a_record_does_not_reach_it() {
    survives_damage(&[
        record("1", "user", json!("hé")),
        record(
            "2",
            "assistant",
            json!([{"type": "tool_use", "id": "c", "name": "Task", "input": {"prompt": "x"}}]),
        ),
        json!({"format": "dreaming.session/1", "outcomes": [{"name": "x", "value": "1.5"}]}),
    ]);
}
