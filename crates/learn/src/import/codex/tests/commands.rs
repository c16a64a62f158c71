//! Calls with their results: those that failed, those that a person refused, and commands that end
//! after their call.

use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use serde_json::{Value, json};

use super::{call, chunk, gives, happened, item, line, meta};
use crate::import::fixture::{Read, read};

/// For each result: the tool, whether the call failed, whether a person stopped it, and the first
/// line of output.
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
