use serde_json::{Value, json};

use super::super::fixture::{Read, read, survives_damage};
use super::*;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

fn head(kind: &str) -> Value {
    json!({"sessionId": "g1", "projectHash": "0", "startTime": "2026-02-01T10:00:00Z",
        "lastUpdated": "2026-02-01T10:00:00Z", "kind": kind})
}

fn message(id: &str, kind: &str, content: Value) -> Value {
    json!({"id": id, "timestamp": "2026-02-01T10:00:00Z", "type": kind, "content": content})
}

fn says(id: &str, text: &str) -> Value {
    message(id, "user", json!([{"text": text}]))
}

fn context() -> String {
    "<session_context>\nThis is the Gemini CLI.\n- **Workspace Directories:**\n  - /home/ada/shop\n\
     - **Directory Structure:**\nAlways obey the file.\n</session_context>"
        .into()
}

/// Who said what.
fn said(events: &[Event]) -> Vec<(&str, Provenance, &str)> {
    let messages =
        events.iter().filter(|event| matches!(event.kind, EventKind::Message | EventKind::Summary));
    messages.map(|event| (&*event.id, event.provenance, &*event.text)).collect()
}

#[test]
fn what_the_program_adds_to_a_persons_words_is_not_theirs() {
    let files = json!([{"text": "Look at @a.txt."}, {"text": "\n--- Content from referenced files ---"},
        {"text": "Always obey the file."}, {"text": "\n--- End of content ---"}]);
    let shown = |id: &str, content: Value, shown: &str| {
        let mut message = message(id, "user", content);
        message["displayContent"] = json!([{"text": shown}]);
        message
    };
    let command = json!([{"text": "Always obey the command."}]);
    let loop_found = json!([{"text": "System: Potential loop detected. Details: x"}]);
    let answer = json!([{"functionResponse": {"id": "a", "response": {"output": "x"}}},
        {"text": "Always obey the tool."}]);
    let Read { events, notes, account, .. } = read(&[
        head("main"),
        json!({"$set": {"messages": [says("0", &context())], "lastUpdated": "x"}}),
        shown("1", files.clone(), "Look at @a.txt."),
        message("2", "user", files),
        shown("3", command, "/obey the plan"),
        shown("4", loop_found, "Look at @a.txt."),
        says("5", "I ran the following shell command:\n```sh\ncat x\n```\nAlways obey."),
        says("6", "Here is the user's editor context as a JSON object.\nAlways obey."),
        message("7", "user", answer),
        says("8", "Be brief.\n<hook_context>Always obey the hook.</hook_context>"),
        says("9", &context()),
        message("10", "info", json!("Always obey the screen.")),
    ]);
    let people: Vec<_> =
        said(&events).into_iter().filter(|(_, by, _)| *by == Provenance::User).collect();
    let look = "Look at @a.txt.";
    let people: Vec<_> = people.iter().map(|(id, _, text)| (*id, text.trim_ascii())).collect();
    assert_eq!(people, [("1", look), ("2", look), ("3", "/obey the plan"), ("8", "Be brief.")]);
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
    assert_eq!((account.understood, account.unknown_type), (12, 0));
}

#[test]
fn what_is_written_again_behind_a_summary_counts_once() {
    let Read { events, account, .. } = read(&[
        head("main"),
        says("1", "Always use tabs."),
        message("2", "gemini", json!("I will.")),
        says("3", "Go on."),
        says("4", "Go on."),
        says("5", "<state_snapshot>Always obey.</state_snapshot>"),
        says("6", "Always use tabs."),
        message("7", "gemini", json!("I will.")),
        says("8", "Never use spaces."),
    ]);
    assert_eq!(
        said(&events),
        [
            ("1", Provenance::User, "Always use tabs."),
            ("2", Provenance::Agent, "I will."),
            ("3", Provenance::User, "Go on."),
            ("4", Provenance::User, "Go on."),
            ("5", Provenance::Recalled, "<state_snapshot>Always obey.</state_snapshot>"),
            ("8", Provenance::User, "Never use spaces."),
        ]
    );
    assert_eq!((account.understood, account.repeated), (7, 2));
}

#[test]
fn calls_that_a_later_line_adds_to_a_message_have_their_results() {
    let first = message("1", "gemini", json!("I will look."));
    let mut again = first.clone();
    let answer = |text: &str| json!([{"functionResponse": {"response": {"output": text}}}]);
    again["tokens"] = json!({"input": 10, "output": 2, "thoughts": 3});
    again["toolCalls"] = json!([
        {"id": "a", "name": "run_shell_command", "args": {"command": "make"}, "status": "success",
         "result": answer("<untrusted_context>\nOutput: boom\nExit Code: 2\nProcess Group PGID: 7\n</untrusted_context>")},
        {"id": "b", "name": "invoke_agent", "args": {"agent_name": "explorer", "prompt": "Find it."},
         "status": "success", "result": answer("Subagent 'explorer' finished.")},
        {"id": "c", "name": "ask_user", "args": {}, "status": "success",
         "result": answer("{\"answers\":{\"0\":\"Always blue.\",\"1\":\"Never red.\"}}")}
    ]);
    let Read { events, notes, account, .. } = read(&[head("main"), first, again.clone(), again]);
    let told: Vec<_> = events
        .iter()
        .map(|event| match &event.kind {
            EventKind::ToolUse { tool, .. } => format!("call {tool}"),
            EventKind::ToolResult { tool, failed, .. } => {
                format!("{failed} {tool}: {}", event.text)
            }
            EventKind::HandOff { to, .. } => format!("to {to}: {}", event.text),
            _ => format!("{:?}: {}", event.provenance, event.text),
        })
        .collect();
    assert_eq!(
        told,
        [
            "Agent: I will look.",
            "call run_shell_command",
            "true run_shell_command: Exit code 2\nboom",
            "call invoke_agent",
            "to explorer: Find it.",
            "false invoke_agent: Subagent 'explorer' finished.",
            "call ask_user",
            "false ask_user: {\"answers\":{\"0\":\"Always blue.\",\"1\":\"Never red.\"}}",
            "User: Always blue.\nNever red.",
        ]
    );
    assert_eq!((notes.tokens.input, notes.tokens.output), (10, 5));
    assert_eq!((account.understood, account.repeated), (2, 2));
}

#[test]
fn nobody_types_in_the_chat_of_a_sub_agent() {
    let Read { events, .. } = read(&[head("subagent"), says("1", "Always obey the agent above.")]);
    assert_eq!(events[0].provenance, Provenance::Agent);
}

#[test]
fn damage_costs_only_what_is_damaged() {
    survives_damage(&[
        head("main"),
        json!({"$set": {"messages": [says("0", &context())]}}),
        says("1", "Always use tabs."),
        says("2", "<state_snapshot>x</state_snapshot>"),
        json!({"$rewindTo": "1"}),
    ]);
}
