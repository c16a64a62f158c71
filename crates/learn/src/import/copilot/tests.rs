use serde_json::{Value, json};

use super::super::detect;
use super::super::fixture::{Read, read, survives_damage};
use super::*;

mod tokens;

fn event(id: &str, kind: &str, data: Value) -> Value {
    json!({"type": kind, "data": data, "id": id, "timestamp": "2026-02-01T10:00:00Z", "parentId": null})
}

/// An event of a sub-agent.
fn of_agent(agent: &str, mut event: Value) -> Value {
    event["agentId"] = agent.into();
    event
}

fn says(id: &str, text: &str) -> Value {
    event(id, "user.message", json!({"content": text, "transformedContent": "<x>y</x>"}))
}

fn starts(call: &str, tool: &str, arguments: Value) -> Value {
    let data = json!({"toolCallId": call, "toolName": tool, "arguments": arguments});
    event(&format!("s{call}"), "tool.execution_start", data)
}

fn runs(call: &str, command: &str) -> Value {
    starts(call, "bash", json!({"command": command}))
}

fn ends(call: &str, more: Value) -> Value {
    let mut data = json!({"toolCallId": call, "success": true});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event(&format!("e{call}"), "tool.execution_complete", data)
}

fn prints(call: &str, text: &str) -> Value {
    ends(call, json!({"result": {"content": text, "detailedContent": "not this"}}))
}

/// The results: call, tool, whether it failed and was refused, text.
fn results(events: &[Event]) -> Vec<(&str, &str, bool, bool, &str)> {
    let of = |event: &'_ Event| -> Option<(bool, bool)> {
        match event.kind {
            EventKind::ToolResult { failed, refused, .. } => Some((failed, refused)),
            _ => None,
        }
    };
    let all = events.iter().filter_map(|event| match (&event.kind, of(event)) {
        (EventKind::ToolResult { call, tool, .. }, Some((failed, refused))) => {
            Some((&**call, &**tool, failed, refused, &*event.text))
        }
        _ => None,
    });
    all.collect()
}

#[test]
fn a_session_says_who_spoke_where_and_when() {
    let Read { format, events, notes, account } = read(&[
        event(
            "1",
            "session.start",
            json!({"sessionId": "c1", "version": 1, "copilotVersion": "1.0.64",
            "context": {"cwd": "/home/ada/shop", "branch": "main"}}),
        ),
        event("2", "system.message", json!({"role": "system", "content": "Be brief."})),
        says("3", "Always use tabs."),
        event(
            "4",
            "assistant.message",
            json!({"content": "I will.", "reasoningText": "Hm.", "toolRequests": []}),
        ),
        event(
            "4",
            "assistant.message",
            json!({"content": "I will.", "reasoningText": "Hm.", "toolRequests": []}),
        ),
        event("5", "assistant.reasoning", json!({"content": "Hm."})),
        event("6", "session.context_changed", json!({"cwd": "/tmp/x", "branch": "other"})),
        event("7", "subagent.selected", json!({"agentName": "reviewer"})),
        event("8", "session.error", json!({"message": "no quota"})),
        event("9", "weather.changed", json!({"sky": "blue"})),
    ]);
    let said: Vec<_> = events.iter().map(|e| (&*e.id, e.provenance, &*e.text)).collect();
    assert_eq!(
        said,
        [
            ("2", Provenance::Harness, "Be brief."),
            ("3", Provenance::User, "Always use tabs."),
            ("4", Provenance::Agent, "I will."),
            ("8", Provenance::Harness, "no quota"),
        ]
    );
    assert_eq!(events[0].time, Time::parse("2026-02-01T10:00:00Z"));
    assert_eq!((format, notes.origin.as_str()), ("copilot-cli", "c1"));
    let names = [&notes.cwd, &notes.branch, &notes.role].map(|name| name.as_deref().unwrap());
    assert_eq!(names, ["/home/ada/shop", "main", "reviewer"]);
    assert_eq!((account.understood, account.repeated, account.unknown_type), (8, 1, 1));
    assert!(!notes.root.is_empty());
}

#[test]
fn only_what_a_person_wrote_is_a_persons_word() {
    let with = |id: &str, field: &str, value: Value| {
        let mut event = says(id, "Always obey.");
        event["data"][field] = value;
        event
    };
    let Read { events, .. } = read(&[
        says("1", "Always obey."),
        with("2", "source", "user".into()),
        with("3", "source", "skill-pdf".into()),
        with("4", "source", "agent-7".into()),
        with("5", "source", "a-name-of-tomorrow".into()),
        with("6", "isAutopilotContinuation", true.into()),
        of_agent("sub", says("7", "Always obey.")),
        event("8", "skill.invoked", json!({"name": "pdf", "content": "Always obey."})),
        event("9", "session.compaction_complete", json!({"summaryContent": "Always obey."})),
        event("10", "session.handoff", json!({"summary": "Always obey."})),
        event("11", "system.notification", json!({"content": "Always obey.", "kind": {}})),
        event("12", "user_input.completed", json!({"answer": "Blue."})),
        event("13", "exit_plan_mode.completed", json!({"approved": false, "feedback": "Smaller."})),
    ]);
    let said: Vec<_> = events.iter().map(|e| (&*e.id, e.provenance)).collect();
    assert_eq!(
        said,
        [
            ("1", Provenance::User),
            ("2", Provenance::User),
            ("3", Provenance::Harness),
            ("4", Provenance::Agent),
            ("5", Provenance::Harness),
            ("6", Provenance::Harness),
            ("7", Provenance::Agent),
            ("8", Provenance::Recalled),
            ("9", Provenance::Recalled),
            ("10", Provenance::Recalled),
            ("11", Provenance::Harness),
            ("12", Provenance::User),
            ("13", Provenance::User),
        ]
    );
    assert_eq!((&events[6].thread, &events[8].kind), (&"sub".to_owned(), &EventKind::Summary));
    let detached = json!({"sessionId": "d", "detachedFromSpawningParentSessionId": "c"});
    let Read { events, .. } = read(&[event("1", "session.start", detached), says("2", "Look.")]);
    assert_eq!(events[0].provenance, Provenance::Agent);
}

#[test]
fn a_call_that_is_told_twice_is_one_call_and_has_its_result() {
    let asked = json!([
        {"toolCallId": "a", "name": "bash", "arguments": {"command": "make"}, "type": "function"},
        {"toolCallId": "b", "name": "wiki-find", "mcpServerName": "wiki", "mcpToolName": "find",
         "arguments": {"word": "x"}},
        {"toolCallId": "c", "name": "apply_patch", "type": "custom",
         "arguments": "*** Begin Patch\n*** Update File: a.rs\n*** End Patch"}
    ]);
    let Read { events, .. } = read(&[
        event("1", "assistant.message", json!({"content": "", "toolRequests": asked})),
        runs("a", "make"),
        starts("b", "wiki-find", json!({"word": "x"})),
        prints("b", "found"),
        prints("a", "built\n<shellId: 0 completed with exit code 0>"),
        ends(
            "c",
            json!({"success": false, "error": {"message": "no such file", "code": "failure"}}),
        ),
        prints("nobody", "what?"),
    ]);
    let calls: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ToolUse { call, tool } => Some((&**call, &**tool, &*event.text)),
            _ => None,
        })
        .collect();
    let patch =
        "{\"input\":\"*** Begin Patch\\n*** Update File: a.rs\\n*** End Patch\",\"path\":\"a.rs\"}";
    assert_eq!(
        calls,
        [
            ("a", "bash", "{\"command\":\"make\"}"),
            ("b", "wiki.find", "{\"word\":\"x\"}"),
            ("c", "apply_patch", patch)
        ]
    );
    assert_eq!(
        results(&events),
        [
            ("b", "wiki.find", false, false, "found"),
            ("a", "bash", false, false, "built"),
            ("c", "apply_patch", true, false, "no such file"),
            ("nobody", "", false, false, "what?"),
        ]
    );
}

#[test]
fn a_command_fails_by_its_exit_code() {
    let code =
        |code: i64| json!({"result": {"content": "x"}, "shellExecution": {"exitCode": code}});
    let Read { events, .. } = read(&[
        runs("a", "make"),
        prints("a", "no rule\n<shellId: 0 completed with exit code 2>"),
        runs("b", "make"),
        ends("b", code(3)),
        runs("c", "make"),
        ends("c", code(0)),
        starts("d", "view", json!({"path": "log"})),
        prints("d", "<shellId: 0 completed with exit code 2>"),
    ]);
    let failed: Vec<_> =
        results(&events).into_iter().map(|(.., failed, _, text)| (failed, text)).collect();
    assert_eq!(
        failed,
        [
            (true, "Exit code 2\nno rule"),
            (true, "Exit code 3\nx"),
            (false, "x"),
            (false, "<shellId: 0 completed with exit code 2>"),
        ]
    );
    assert_eq!(events[1].provenance, Provenance::ToolResult);
}

#[test]
fn a_command_that_goes_on_fails_once_and_for_the_call_that_began_it() {
    let goes_on = |call: &str, shell: &str| {
        let line = format!("<command with shellId: {shell} is still running after 30 seconds.>");
        prints(call, &format!("begun {shell}\n{line}"))
    };
    let asks = |call: &str, tool: &str, shell: &str| starts(call, tool, json!({"shellId": shell}));
    let notes = |id: &str, shell: &str, code: u32| {
        let kind = json!({"type": "shell_completed", "shellId": shell, "exitCode": code});
        event(id, "system.notification", json!({"content": "", "kind": kind}))
    };
    let Read { events, .. } = read(&[
        runs("a", "make a"),
        goes_on("a", "1"),
        asks("b", "read_bash", "1"),
        prints("b", "broken\n<shellId: 1 completed with exit code 2>"),
        runs("c", "make c"),
        goes_on("c", "2"),
        notes("n", "2", 1),
        runs("d", "make d"),
        goes_on("d", "3"),
        notes("m", "3", 0),
        asks("e", "read_bash", "9"),
        prints("e", "who?\n<shellId: 9 completed with exit code 2>"),
        runs("f", "make f"),
        goes_on("f", "4"),
        asks("g", "stop_bash", "4"),
        prints("g", "<command with id: 4 stopped>"),
    ]);
    assert_eq!(
        results(&events),
        [
            ("a", "bash", true, false, "Exit code 2\nbroken"),
            ("b", "read_bash", false, false, "broken"),
            ("c", "bash", true, false, "Exit code 1\nbegun 2"),
            ("d", "bash", false, false, "begun 3"),
            ("e", "read_bash", false, false, "who?"),
            ("g", "stop_bash", false, false, "<command with id: 4 stopped>"),
            ("f", "bash", false, false, "begun 4"),
        ]
    );
}

#[test]
fn what_a_person_denies_or_stops_is_refused_and_what_the_program_denies_has_failed() {
    let denied = json!({"kind": DENIED, "feedback": "Use make."});
    let decided = |id: &str, call: &str, by: &str| {
        let mut data = json!({"requestId": id, "toolCallId": call, "result": {"kind": DENIED}});
        if !by.is_empty() {
            data["decisionSource"] = by.into();
        }
        event(id, "permission.completed", data)
    };
    let no = |call: &str| ends(call, json!({"success": false, "error": {"message": "denied"}}));
    let request =
        json!({"requestId": "r", "permissionRequest": {"kind": "shell", "toolCallId": "a"}});
    let Read { events, .. } = read(&[
        runs("a", "rm -r x"),
        event("1", "permission.requested", request),
        event("2", "permission.completed", json!({"requestId": "r", "result": denied})),
        no("a"),
        runs("b", "rm -r y"),
        decided("3", "b", BY_A_PERSON),
        no("b"),
        runs("c", "rm -r z"),
        decided("4", "c", "host_policy"),
        no("c"),
        runs("d", "sleep 9"),
        event("5", "abort", json!({"reason": "user_initiated"})),
        no("d"),
        runs("e", "sleep 9"),
        event("6", "abort", json!({"reason": "autopilot_credit_limit"})),
        no("e"),
    ]);
    assert_eq!(
        results(&events),
        [
            ("a", "bash", true, true, ""),
            ("b", "bash", true, true, ""),
            ("c", "bash", true, false, "denied"),
            ("d", "bash", true, true, "denied"),
            ("e", "bash", true, false, "denied"),
        ]
    );
    let people: Vec<_> =
        events.iter().filter(|e| e.provenance == Provenance::User).map(|e| &*e.text).collect();
    assert_eq!(people, ["Use make."]);
}

#[test]
fn a_persons_own_command_is_no_call_of_the_agent() {
    let Read { events, account, .. } = read(&[
        event("1", "tool.user_requested", json!({"toolCallId": "a", "toolName": "bash"})),
        runs("a", "ls"),
        prints("a", "x"),
        ends("b", json!({"isUserRequested": true})),
    ]);
    assert_eq!((events.len(), account.understood), (0, 4));
}

#[test]
fn memories_and_instructions_are_recalled() {
    let Read { events, .. } = read(&[
        starts("a", "store_memory", json!({"subject": "tabs", "fact": "Ada likes tabs."})),
        prints("a", "Stored."),
        starts("b", "view", json!({"path": "/r/.github/copilot-instructions.md"})),
        prints("b", "Use tabs."),
        starts("c", "view", json!({"path": "/r/AGENTS.md"})),
        prints("c", "Use tabs."),
    ]);
    let by: Vec<_> = events.iter().map(|event| event.provenance).collect();
    let recalled = Provenance::Recalled;
    assert_eq!(by, [recalled, recalled, recalled, recalled, Provenance::ToolUse, recalled]);
}

#[test]
fn work_for_a_sub_agent_is_a_hand_off_that_may_fail() {
    let task =
        json!({"agent_type": "explore", "description": "Find it", "prompt": "Find the key."});
    let about = |call: &str| json!({"toolCallId": call, "agentName": "tester", "agentDescription": "Tests"});
    let mut failed = about("b");
    failed["error"] = "out of turns".into();
    let mut cancelled = about("c");
    cancelled["cancelled"] = true.into();
    let old = json!({"content": "Done.", "parentToolCallId": "a"});
    let Read { events, .. } = read(&[
        starts("a", "task", task),
        event("1", "subagent.started", about("a")),
        of_agent("x", says("2", "Find the key.")),
        event("3", "assistant.message", old),
        of_agent("x", event("4", "subagent.completed", about("a"))),
        prints("a", "It is in the drawer."),
        starts("b", "tester", json!({"prompt": "Test it."})),
        event("5", "subagent.started", about("b")),
        event("6", "subagent.failed", failed),
        event("7", "subagent.completed", cancelled),
    ]);
    let seen: Vec<_> = events
        .iter()
        .filter_map(|event| {
            let told = match &event.kind {
                EventKind::HandOff { call, to } => format!("{call} to {to}"),
                EventKind::HandOffEnd { call, failed } => format!("{call} failed {failed}"),
                EventKind::Message => format!("in {}", event.thread),
                _ => return None,
            };
            Some((told, event.provenance, &*event.text))
        })
        .collect();
    let seen: Vec<_> = seen.iter().map(|(told, by, text)| (&**told, *by, *text)).collect();
    assert_eq!(
        seen,
        [
            ("a to explore", Provenance::ToolUse, "Find it"),
            ("in x", Provenance::Agent, "Find the key."),
            ("in a", Provenance::Agent, "Done."),
            ("a failed false", Provenance::Harness, ""),
            ("b to tester", Provenance::ToolUse, "Tests"),
            ("b failed true", Provenance::ToolResult, "out of turns"),
        ]
    );
    assert!(events.iter().all(|e| e.thread.is_empty() || e.kind == EventKind::Message));
}

#[test]
fn events_of_copilot_and_of_managed_agents_are_told_apart() {
    let ours = says("1", "Hi.").to_string();
    let managed = json!({"id": "1", "type": "user.message", "processed_at": "2026-02-01T10:00:00Z",
        "content": [{"type": "text", "text": "Hi."}]});
    assert_eq!(detect(ours.as_bytes()), Some("copilot-cli"));
    assert_eq!(detect(managed.to_string().as_bytes()), Some("managed-agents"));
    let bare = json!({"type": "user.message", "data": {"content": "Hi."}, "id": "1"});
    assert_eq!(detect(bare.to_string().as_bytes()), None);
}

#[test]
fn damage_costs_only_what_is_damaged() {
    survives_damage(&[
        event("1", "session.start", json!({"sessionId": "c", "context": {"cwd": "/home/ada/x"}})),
        says("2", "Always use tabs."),
        runs("a", "make"),
        prints("a", "boom\n<shellId: 1 completed with exit code 2>"),
        event(
            "3",
            "session.shutdown",
            json!({"modelMetrics": {"m": {"usage": {"inputTokens": 1}}}}),
        ),
    ]);
}
