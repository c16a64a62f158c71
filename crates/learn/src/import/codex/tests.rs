use serde_json::{Value, json};

use super::super::fixture::{Read, read, survives_damage};
use super::*;

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
