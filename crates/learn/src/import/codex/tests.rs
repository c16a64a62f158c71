use serde_json::{Value, json};

use super::super::fixture::{Read, part, read, survives_damage};
use super::*;
use dreaming_fixtures::sessions;
use dreaming_records::notes::Tokens;
use dreaming_records::session::EventKind;

fn line(kind: &str, payload: Value) -> Value {
    json!({"timestamp": "2026-02-01T10:00:00Z", "type": kind, "payload": payload})
}

fn item(payload: Value) -> Value {
    line("response_item", payload)
}

fn says(role: &str, text: &str) -> Value {
    item(
        json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}),
    )
}

fn meta() -> Value {
    line(
        "session_meta",
        json!({"id": "r1", "cwd": "/home/ada/shop", "cli_version": "1",
        "git": {"branch": "main"}, "instructions": "Be kind."}),
    )
}

#[test]
fn each_item_has_the_class_of_who_made_it() {
    let Read { format, events, notes, account } = read(&[
        meta(),
        says("developer", "You are an agent."),
        says("user", "<environment_context>\n<cwd>/x</cwd>\n</environment_context>"),
        says(
            "user",
            "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nUse tabs.\n</INSTRUCTIONS>",
        ),
        says(
            "user",
            "# Context from my IDE setup:\n\n## Active file: a.rs\n\n## My request for Codex:\nFix it.",
        ),
        line("event_msg", json!({"type": "user_message", "message": "Fix it."})),
        item(json!({"type": "reasoning", "summary": []})),
        says("assistant", "Done."),
        line("compacted", json!({"message": "Earlier we fixed it."})),
        line("turn_context", json!({"cwd": "/home/ada/other"})),
    ]);
    let seen: Vec<_> = events.iter().map(|e| (e.provenance, e.text.trim_ascii())).collect();
    assert_eq!(
        (seen[0], seen[1].0, seen[2].0),
        ((Provenance::Recalled, "Be kind."), Provenance::Harness, Provenance::Harness)
    );
    assert_eq!(seen[3].0, Provenance::Recalled);
    assert_eq!(
        seen[4..],
        [
            (Provenance::User, "Fix it."),
            (Provenance::Agent, "Done."),
            (Provenance::Recalled, "Earlier we fixed it."),
        ]
    );
    assert_eq!((format, account.understood), ("codex", 10));
    assert_eq!((notes.origin.as_str(), notes.cwd.as_deref()), ("r1", Some("/home/ada/shop")));
    assert_eq!((notes.branch.as_deref(), notes.principal.as_deref()), (Some("main"), Some("ada")));
}

#[test]
fn calls_and_results_belong_together_and_tell_failures() {
    let Read { events, .. } = read(&[
        meta(),
        item(json!({"type": "function_call", "name": "shell", "call_id": "a",
            "arguments": "{\"command\":[\"bash\",\"-lc\",\"cargo test\"]}"})),
        item(json!({"type": "function_call_output", "call_id": "a",
            "output": "{\"output\":\"boom\",\"metadata\":{\"exit_code\":101}}"})),
        item(json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": "b",
            "input": "*** Begin Patch\n*** Update File: src/a.rs\n+x\n*** End Patch"})),
        item(json!({"type": "custom_tool_call_output", "call_id": "b",
            "output": "{\"output\":\"Success.\",\"metadata\":{\"exit_code\":0}}"})),
        item(json!({"type": "function_call", "name": "exec_command", "call_id": "c",
            "arguments": "{\"cmd\":\"git push\"}"})),
        item(json!({"type": "function_call_output", "call_id": "c",
            "output": "exec command rejected by user"})),
        item(json!({"type": "function_call", "name": "spawn_agent", "call_id": "d",
            "arguments": "{\"agent_type\":\"explorer\",\"message\":\"Look.\"}"})),
    ]);
    let result = |n: usize| match &events[n].kind {
        EventKind::ToolResult { tool, failed, refused, .. } => (tool.as_str(), *failed, *refused),
        other => panic!("{other:?}"),
    };
    assert_eq!(events[1].text, r#"{"command":"cargo test"}"#);
    assert_eq!(
        (result(2), events[2].text.as_str()),
        (("shell", true, false), "Exit code 101\nboom")
    );
    assert!(events[3].text.contains(r#""path":"src/a.rs""#));
    assert_eq!(
        (result(4), events[4].provenance),
        (("apply_patch", false, false), Provenance::ToolResult)
    );
    assert_eq!(events[5].text, r#"{"command":"git push"}"#);
    assert_eq!(result(6), ("exec_command", true, true));
    assert_eq!(events[8].kind, EventKind::HandOff { call: "d".into(), to: "explorer".into() });
}

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
fn what_a_sub_agent_is_told_is_no_persons_word() {
    let spawn = json!({"thread_spawn": {"agent_role": "explorer"}});
    let opening = line("session_meta", json!({"id": "r2", "source": {"subagent": spawn}}));
    let Read { events, notes, .. } = read(&[opening, says("user", "Always use tabs here.")]);
    assert_eq!(events[0].provenance, Provenance::Agent);
    assert_eq!(notes.role.as_deref(), Some("explorer"));
}

#[test]
fn damage_behind_a_record_does_not_reach_it() {
    survives_damage(&[meta(), says("user", "hé"), line("world_state", json!({}))]);
}

/// Tool, whether it failed, whether a person stopped it, and the first line of what it said, of each result.
fn results(events: &[Event]) -> Vec<(&str, bool, bool, &str)> {
    let result = |event: &'_ Event| match &event.kind {
        EventKind::ToolResult { failed, refused, .. } => Some((*failed, *refused)),
        _ => None,
    };
    let results = events.iter().filter_map(|event| Some((event, result(event)?)));
    results
        .map(|(event, (failed, refused))| {
            let EventKind::ToolResult { tool, .. } = &event.kind else { panic!("{event:?}") };
            (tool.as_str(), failed, refused, event.text.trim_ascii().lines().next().unwrap_or(""))
        })
        .collect()
}

fn call(tool: &str, call: &str, arguments: &Value) -> Value {
    item(json!({"type": "function_call", "name": tool, "call_id": call,
        "arguments": arguments.to_string()}))
}

fn gives(call: &str, output: &str) -> Value {
    item(json!({"type": "function_call_output", "call_id": call, "output": output}))
}

fn happened(event: Value) -> Value {
    line("event_msg", event)
}

/// What version 0.118 puts before the output, with `state` as it says it.
fn chunk(state: &str, output: &str) -> String {
    format!(
        "Chunk ID: 1\nWall time: 1.0 seconds\n{state}\nOriginal token count: 1\nOutput:\n{output}"
    )
}

#[test]
fn a_command_that_goes_on_fails_where_it_was_begun_and_once() {
    let poll = |id: &str| call("write_stdin", id, &json!({"session_id": 38, "chars": ""}));
    let goes_on = chunk("Process running with session ID 38", "one\n");
    let Read { events, .. } = read(&[
        meta(),
        call("exec_command", "a", &json!({"cmd": "go test"})),
        gives("a", &goes_on),
        poll("b"),
        gives("b", &goes_on),
        poll("c"),
        gives("c", &chunk("Process exited with code 2", "two\n")),
        poll("d"),
        gives("d", "write_stdin failed: Unknown process id 38"),
        call("exec_command", "e", &json!({"cmd": "go vet"})),
        gives("e", &chunk("Process exited with code 0", "fine")),
    ]);
    assert_eq!(
        results(&events),
        [
            ("write_stdin", false, false, "one"),
            ("exec_command", true, false, "Exit code 2"),
            ("write_stdin", false, false, "two"),
            ("write_stdin", true, false, "write_stdin failed: Unknown process id 38"),
            ("exec_command", false, false, "fine"),
        ]
    );
    let failed = events.iter().find(|e| e.text.starts_with("Exit code 2")).unwrap();
    assert_eq!(
        (failed.line, failed.text.as_str(), &failed.kind),
        (
            7,
            "Exit code 2\ntwo\n",
            &EventKind::ToolResult {
                call: "a".into(),
                tool: "exec_command".into(),
                failed: true,
                refused: false
            }
        )
    );
}

#[test]
fn an_event_tells_how_a_command_ended_before_or_after_its_result() {
    let end = |call: &str, code: i64| {
        let status = if code == 0 { "completed" } else { "failed" };
        happened(json!({"type": "exec_command_end", "call_id": call, "exit_code": code,
            "status": status, "aggregated_output": "all of it", "source": "unified_exec_startup"}))
    };
    let goes_on = |number: u64| chunk(&format!("Process running with session ID {number}"), "");
    let Read { events, .. } = read(&[
        meta(),
        call("exec_command", "late", &json!({"cmd": "make"})),
        gives("late", &goes_on(1)),
        end("late", 2),
        call("write_stdin", "asks", &json!({"session_id": "1"})),
        gives("asks", &chunk("Process exited with code 2", "rest")),
        call("exec_command", "early", &json!({"cmd": "make"})),
        end("early", 3),
        gives("early", &goes_on(2)),
        call("exec_command", "twice", &json!({"cmd": "make"})),
        end("twice", 4),
        gives("twice", &chunk("Process exited with code 4", "told by both")),
        end("twice", 4),
        call("exec_command", "server", &json!({"cmd": "make serve"})),
        gives("server", &goes_on(3)),
    ]);
    assert_eq!(
        results(&events),
        [
            ("exec_command", true, false, "Exit code 2"),
            ("write_stdin", false, false, "rest"),
            ("exec_command", true, false, "Exit code 3"),
            ("exec_command", true, false, "Exit code 4"),
            ("exec_command", false, false, ""),
        ]
    );
}

#[test]
fn items_of_later_versions_tell_ends_and_are_the_calls_of_programs() {
    let done = |item: Value| {
        happened(json!({"type": "item_completed", "thread_id": "r1", "turn_id": "t", "item": item}))
    };
    let command = |id: &str, line: &str, source: &str, code: i64| {
        let status = if code == 0 { "completed" } else { "failed" };
        done(json!({"type": "CommandExecution", "id": id, "process_id": "4",
            "command": ["/bin/zsh", "-lc", line], "cwd": "file:///x", "parsed_cmd": [],
            "source": source, "status": status, "stdout": "", "stderr": "",
            "aggregated_output": format!("{line} says"), "exit_code": code}))
    };
    let program = |id: &str| {
        item(
            json!({"type": "custom_tool_call", "status": "completed", "call_id": id, "name": "exec",
            "input": "text(await tools.exec_command({cmd: \"npm test\"}));"}),
        )
    };
    let gives = |id: &str, kind: &str, text: &str| {
        item(json!({"type": kind, "call_id": id, "output": [{"type": "input_text", "text": text}]}))
    };
    let Read { events, account, .. } = read(&[
        meta(),
        program("p"),
        gives(
            "p",
            "custom_tool_call_output",
            "Script running with cell ID 7\nWall time 1 seconds\nOutput:\n",
        ),
        command("exec-1", "npm test", "unified_exec_startup", 1),
        command("exec-2", "", "unified_exec_interaction", 1),
        command("exec-3", "ls", "user_shell", 1),
        call("wait", "w", &json!({"cell_id": "7"})),
        gives("w", "function_call_output", "Script completed\nWall time 9 seconds\nOutput:\n{}"),
        program("q"),
        gives(
            "q",
            "custom_tool_call_output",
            "Script failed\nWall time 1.0 seconds\nOutput:\nReferenceError: x",
        ),
        call("shell_command", "known", &json!({"command": "cargo test"})),
        command("known", "cargo test", "agent", 101),
        gives("known", "function_call_output", "no exit code here"),
        done(json!({"type": "FileChange", "id": "f", "changes": {"/x/a.rs": {"type": "add"}},
            "status": "failed", "stderr": "no such hunk"})),
        done(json!({"type": "McpToolCall", "id": "m", "server": "docs", "tool": "find",
            "arguments": {"q": 1}, "status": "failed", "error": {"message": "unknown server"}})),
        done(json!({"type": "CommandExecution", "id": "exec-9", "command": "rm x",
            "status": "declined"})),
        done(
            json!({"type": "UserMessage", "id": "u", "content": [{"type": "text", "text": "hi"}]}),
        ),
        item(json!({"type": "function_call", "name": "wait", "call_id": "z", "arguments": "{}"})),
        gives("z", "function_call_output", "aborted by user after 5.0s"),
        line("inter_agent_communication", json!({})),
        line("some_new_type", json!({})),
    ]);
    assert_eq!((account.understood, account.unknown_type), (20, 1));
    assert_eq!(
        results(&events),
        [
            ("exec_command", true, false, "Exit code 1"),
            ("exec", false, false, ""),
            ("wait", false, false, "{}"),
            ("exec", true, false, "ReferenceError: x"),
            ("shell_command", true, false, "Exit code 101"),
            ("apply_patch", true, false, "no such hunk"),
            ("docs.find", true, false, "unknown server"),
            ("exec_command", true, true, ""),
            ("wait", true, true, "aborted by user after 5.0s"),
        ]
    );
    let made = |tool: &str| {
        let is_call =
            |e: &&Event| matches!(&e.kind, EventKind::ToolUse { tool: t, .. } if t == tool);
        events.iter().filter(is_call).map(|e| e.text.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(made("exec_command"), [r#"{"command":"npm test"}"#, r#"{"command":"rm x"}"#]);
    assert_eq!(made("exec").len(), 2);
    assert_eq!(made("apply_patch"), [r#"{"path":"/x/a.rs"}"#]);
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

/// A session, and one that was forked from it after its first turn.
const PARENT: &str = "019c18a5-1d00-7f73-affe-4e6ca9852d56";
const FORK: &str = "019c1912-fa00-7a02-86dc-fa6bbec0caab";

fn at(time: &str, mut record: Value) -> Value {
    record["timestamp"] = time.into();
    record
}

/// What the parent said until the fork.
fn history() -> Vec<Value> {
    let sum = json!({"input_tokens": 100, "output_tokens": 10});
    vec![
        line("session_meta", json!({"id": PARENT, "cwd": "/home/ada/shop", "source": "cli"})),
        happened(
            json!({"type": "task_started", "turn_id": "019c18a5-3088-78a1-ae52-df8e21f9b394"}),
        ),
        says("user", "Always use tabs in this project."),
        call("exec_command", "call_1", &json!({"cmd": "make lint"})),
        gives("call_1", &chunk("Process exited with code 2", "tabs expected")),
        call("exec_command", "call_2", &json!({"cmd": "make test"})),
        gives("call_2", &chunk("Process running with session ID 5", "")),
        happened(json!({"type": "token_count", "info": {"total_token_usage": sum}})),
    ]
}

fn parent() -> Vec<Value> {
    let mut all: Vec<Value> =
        history().into_iter().map(|record| at("2026-02-01T10:00:06Z", record)).collect();
    all.push(says("assistant", "Done."));
    all
}

fn fork() -> Vec<Value> {
    let spawn = json!({"thread_spawn": {"parent_thread_id": PARENT, "agent_role": "explorer"}});
    let opening = json!({"id": FORK, "forked_from_id": PARENT, "cwd": "/home/ada/shop",
        "source": {"subagent": spawn}});
    let sum = |input: u64| {
        let sum = json!({"input_tokens": input, "output_tokens": 11});
        happened(json!({"type": "token_count", "info": {"total_token_usage": sum}}))
    };
    let turn = "019c1912-fa28-7ad1-b912-e7f17e8fdc2b";
    let mut all = vec![line("session_meta", opening)];
    all.extend(history());
    all.extend([
        happened(json!({"type": "task_started", "turn_id": turn})),
        line("turn_context", json!({"turn_id": turn, "cwd": "/home/ada/shop"})),
        says("user", "Never trust the cache, look at the disk."),
        sum(130),
        call("exec_command", "call_3", &json!({"cmd": "make check"})),
        gives("call_3", &chunk("Process exited with code 1", "no rule")),
    ]);
    all.into_iter().map(|record| at("2026-02-01T12:00:01Z", record)).collect()
}

#[test]
fn a_fork_holds_the_history_of_another_session_and_its_own() {
    let text = |records: &[Value]| -> String { records.iter().map(|r| format!("{r}\n")).collect() };
    let read = part("main", text(&fork()).as_bytes());
    assert_eq!((read.notes.origin.as_str(), read.notes.role.as_deref()), (FORK, Some("explorer")));
    let [history] = &read.histories[..] else { panic!("{:?}", read.histories) };
    assert_eq!((history.notes.origin.as_str(), history.last_line), (PARENT, 9));

    // The person's words are the person's, at the time of their turn; the parent's words are the agent's.
    let said: Vec<_> =
        history.notes.statements.iter().map(|s| (&*s.text, s.pin.provenance)).collect();
    assert_eq!(said, [("Always use tabs in this project.", Provenance::User)]);
    let time = history.notes.statements[0].pin.time.unwrap().to_string();
    assert!(time.starts_with("2026-02-01T10:00:05"), "{time}");
    assert!(read.notes.statements.is_empty());
    assert!(read.excerpts.iter().all(|excerpt| excerpt.line > 9) && read.excerpts.len() == 3);

    let failures = |notes: &dreaming_records::notes::SessionNotes| -> Vec<u64> {
        notes.failures.iter().map(|failure| failure.pin.line).collect()
    };
    assert_eq!((failures(&history.notes), failures(&read.notes)), (vec![6], vec![15]));
    let calls = |notes: &dreaming_records::notes::SessionNotes| {
        notes.tools.iter().map(|tool| (tool.calls, tool.failed)).collect::<Vec<_>>()
    };
    assert_eq!((calls(&history.notes), calls(&read.notes)), (vec![(2, 1)], vec![(1, 1)]));
    assert_eq!(history.notes.tokens, Tokens { input: 100, output: 10 });
    assert_eq!(read.notes.tokens, Tokens { input: 30, output: 1 });
    assert_eq!(read.notes.account.understood, 15);
}

#[test]
fn a_fork_that_ends_in_its_history_is_kept_like_any_other() {
    survives_damage(&fork());
}

#[test]
fn what_a_fork_repeats_counts_once_whichever_files_are_read() {
    use crate::import::combine;
    use dreaming_records::copies;
    use dreaming_records::ids::SessionId;
    use dreaming_records::policy::Policy;
    use dreaming_records::roots;
    use dreaming_records::session::{PartDescriptor, SessionDescriptor};
    use dreaming_records::withdrawn;

    let record = |id: &str, records: &[Value]| {
        let text: String = records.iter().map(|r| format!("{r}\n")).collect();
        let parts = vec![PartDescriptor { name: "main".into(), bytes: 1 }];
        let descriptor =
            SessionDescriptor { id: SessionId::new(id), agent: None, principal: None, parts };
        let part = part("main", text.as_bytes());
        combine(&descriptor, vec![part], &Policy::default()).0
    };
    let forked = record("b-fork", &fork());
    let mut twin = record("c-twin", &fork());
    twin.notes.origin = SessionId::new("twin");
    let lint = |records: &[&dreaming_records::session_record::SessionRecord]| {
        let is_lint = |f: &&dreaming_records::notes::Failure| f.tool.ends_with("make lint");
        let all: Vec<_> =
            records.iter().flat_map(|r| r.notes.failures.iter().filter(is_lint)).collect();
        all.len()
    };
    for parent in [None, Some(record("a-parent", &parent())), Some(record("z-parent", &parent()))] {
        let with_parent = parent.is_some();
        let all = sessions([forked.clone(), twin.clone()].into_iter().chain(parent));
        let counted = copies::distinct(&all);
        assert_eq!((counted.len(), lint(&counted)), (3, 1), "{with_parent}");
        let of_parent = counted.iter().find(|r| r.origin().as_str() == PARENT).unwrap();
        assert_eq!(of_parent.id.as_str().ends_with("parent"), with_parent);
        assert_eq!(copies::left_out(&all, &counted), 0);

        // Evidence from two forks and from the parent is that of one session.
        let evidence: Vec<_> = all
            .values()
            .flat_map(|record| {
                let own = (record.origin().as_str() == PARENT).then_some(record);
                own.into_iter().chain(record.histories.iter().map(|history| &history.record))
            })
            .map(|record| record.evidence(&record.notes.failures[0].pin))
            .collect();
        assert_eq!(evidence.len(), 2 + usize::from(with_parent));
        assert_eq!(roots::shown(&evidence, &all).sessions, 1);

        // Who withdraws the parent withdraws what others repeat of it, and nothing of their own.
        if let Some(parent) =
            of_parent.id.as_str().ends_with("parent").then(|| of_parent.id.clone())
        {
            let mut all = all.clone();
            all.get_mut(&parent).unwrap().withdrawn = true;
            let counted = copies::distinct(&all);
            assert_eq!((counted.len(), lint(&counted)), (2, 0));
            let gone = withdrawn::all(&all);
            let (kept, support) =
                withdrawn::left(&evidence, roots::shown(&evidence, &all), &gone, &all);
            assert_eq!((kept.len(), support.sessions), (0, 0));
        }
    }
}
