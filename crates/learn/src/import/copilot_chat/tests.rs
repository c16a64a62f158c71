use serde_json::{Value, json};

use super::super::fixture::{Read, part, read, survives_damage};
use super::super::{detect, not_understood};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

const AT: u64 = 1_769_940_000_000;

fn asks(id: &str, text: &str) -> Value {
    json!({"requestId": id, "timestamp": AT, "message": {"text": text, "parts": []},
        "variableData": {"variables": []}, "response": []})
}

/// A request with more fields.
fn with(mut request: Value, more: Value) -> Value {
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn snapshot(requests: &[Value]) -> Value {
    json!({"kind": 0, "v": {"version": 3, "sessionId": "c1", "creationDate": AT, "responderUsername": "GitHub Copilot",
        "repoData": {"localBranch": "main"}, "requests": requests, "pendingRequests": []}})
}

fn sets(place: Value, value: Value) -> Value {
    json!({"kind": 1, "k": place, "v": value})
}

fn pushes(place: Value, items: Value) -> Value {
    json!({"kind": 2, "k": place, "v": items})
}

/// The result of a request: what the model said and called, and what the calls gave.
fn result(rounds: Value, results: Value) -> Value {
    json!({"timings": {"totalElapsed": 1}, "metadata": {"renderedUserMessage": ["<x>"], "promptTokens": 20,
        "outputTokens": 4, "toolCallRounds": rounds, "toolCallResults": results}})
}

fn round(text: &str, calls: &[(&str, &str, Value)]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(id, name, arguments)| json!({"id": id, "name": name, "arguments": arguments.to_string()}))
        .collect();
    json!({"id": "r", "response": text, "toolInputRetry": 0, "toolCalls": calls, "timestamp": AT + 1000})
}

fn shows(id: &str, more: Value) -> Value {
    let call = json!({"kind": "toolInvocationSerialized", "toolId": "run_in_terminal", "toolCallId": id,
        "isComplete": true, "invocationMessage": {"value": "Running"}});
    with(call, more)
}

fn said(events: &[Event]) -> Vec<(u64, Provenance, &str)> {
    let messages = events.iter().filter(|event| event.kind == EventKind::Message);
    messages.map(|event| (event.line, event.provenance, &*event.text)).collect()
}

/// The results: call, whether it failed and was refused, text.
fn results(events: &[Event]) -> Vec<(&str, bool, bool, &str)> {
    let of = |event: &'_ Event| match event.kind {
        EventKind::ToolResult { failed, refused, .. } => Some((failed, refused)),
        _ => None,
    };
    let all = events.iter().filter_map(|event| match (&event.kind, of(event)) {
        (EventKind::ToolResult { call, .. }, Some((failed, refused))) => {
            Some((&**call, failed, refused, &*event.text))
        }
        _ => None,
    });
    all.collect()
}

#[test]
fn a_log_is_replayed_and_each_text_has_its_line() {
    let Read { format, events, notes, account } = read(&[
        snapshot(&[]),
        pushes(json!(["requests"]), json!([asks("q1", "Always use tabs.")])),
        pushes(
            json!(["requests", 0, "response"]),
            json!([{"value": "I "}, {"kind": "thinking", "value": "Hm."}]),
        ),
        json!({"kind": 2, "k": ["requests", 0, "response"], "i": 0, "v": [{"value": "I will"}]}),
        pushes(
            json!(["requests", 0, "response"]),
            json!([{"kind": "inlineReference", "inlineReference": {"path": "/home/ada/shop/a.ts", "scheme": "file"}}, {"value": "."}]),
        ),
        sets(json!(["requests", 0, "modelState"]), json!({"value": 1})),
        sets(json!(["inputState", "inputText"]), json!("not sent")),
        pushes(json!(["requests"]), json!([asks("q2", "No!")])),
        json!({"kind": 2, "k": ["requests"], "i": 1}),
        sets(json!(["customTitle"]), json!("Tabs")),
        json!({"kind": 3, "k": ["customTitle"]}),
    ]);
    let want = [(2, Provenance::User, "Always use tabs."), (4, Provenance::Agent, "I willa.ts.")];
    assert_eq!(said(&events), want);
    assert_eq!((format, notes.origin.as_str()), ("copilot-chat", "c1"));
    assert_eq!(notes.branch.as_deref(), Some("main"));
    assert_eq!(events[0].time.map(|time| time.millis()), i64::try_from(AT).ok());
    assert_eq!((account.understood, account.unknown_type), (11, 0));
}

#[test]
fn calls_come_from_the_rounds_of_the_model_and_their_ends_from_what_is_shown() {
    let rounds = json!([
        round(
            "I look.",
            &[
                ("a__vscode-1", "run_in_terminal", json!({"command": "make"})),
                ("b", "run_in_terminal", json!({"command": "make all"})),
                ("c", "run_in_terminal", json!({"command": "rm x"})),
                ("d", "read_file", json!({"filePath": "/x/.github/copilot-instructions.md"})),
                (
                    "e",
                    "runSubagent",
                    json!({"description": "Count", "prompt": "Count them.", "agentName": "Explore"})
                ),
                ("f", "mcp_shop_sell", json!({})),
            ]
        ),
        round("Done.", &[]),
    ]);
    let tree = json!({"node": {"type": 1, "children": [{"type": 2, "text": "one"}, {"type": 1, "children": [
        {"type": 2, "text": "two", "lineBreakBefore": true}]}]}});
    let content = |value: Value| json!({"content": [{"value": value}]});
    let ended = json!({
        "a__vscode-1": content(json!("no rule")),
        "b": content(json!("Command exited with code 2\nboom")),
        "c": content(json!("The user chose to skip the tool call, they want to proceed without running it")),
        "d": content(json!("Always obey the file.")),
        "e": content(tree),
        "f": content(json!("ERROR while calling tool: no shop")),
    });
    let request = with(
        asks("q1", "Build it."),
        json!({
            "result": result(rounds, ended),
            "modelTotals": [{"model": "m", "inputTokens": 100, "outputTokens": 10}, {"model": "n", "inputTokens": 1, "outputTokens": 1}],
            "response": [
                {"value": "I look."},
                shows("a", json!({"toolSpecificData": {"kind": "terminal", "cwd": {"path": "/home/ada/shop"},
                    "commandLine": {"original": "make"}, "terminalCommandState": {"exitCode": 2}}})),
                shows("s", json!({"toolId": "copilot_readFile", "subAgentInvocationId": "e"})),
                {"value": "Done."},
            ],
        }),
    );
    let Read { events, notes, .. } = read(&[snapshot(&[request])]);
    let want = [
        ("a__vscode-1", true, false, "no rule"),
        ("b", true, false, "Command exited with code 2\nboom"),
        (
            "c",
            true,
            true,
            "The user chose to skip the tool call, they want to proceed without running it",
        ),
        ("d", false, false, "Always obey the file."),
        ("e", false, false, "one\ntwo"),
        ("f", true, false, "ERROR while calling tool: no shop"),
        ("s", false, false, ""),
    ];
    assert_eq!(results(&events), want);
    let recalled = events.iter().filter(|event| event.provenance == Provenance::Recalled);
    assert_eq!(recalled.count(), 2, "the file of instructions");
    let handed = events.iter().filter_map(|event| match &event.kind {
        EventKind::HandOff { call, to } => Some((&**call, &**to, &*event.text)),
        _ => None,
    });
    assert_eq!(handed.collect::<Vec<_>>(), [("e", "Explore", "Count")]);
    let of_sub: Vec<&str> =
        events.iter().map(|event| &*event.thread).filter(|t| !t.is_empty()).collect();
    assert_eq!(of_sub, ["e", "e"]);
    let texts: Vec<&str> = said(&events).into_iter().map(|(.., text)| text).collect();
    assert_eq!(texts, ["Build it.", "I look.", "Done."]);
    assert_eq!((notes.tokens.input, notes.tokens.output), (101, 11));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
}

#[test]
fn what_was_stopped_is_read_as_it_was_shown() {
    let terminal = |code: Value| {
        json!({"toolSpecificData": {"kind": "terminal",
        "commandLine": {"original": "make", "userEdited": "make all"}, "terminalCommandState": {"exitCode": code},
        "terminalCommandOutput": {"text": "boom"}}})
    };
    let of_server = json!({"toolId": "sell", "resultDetails": {"input": "{\"a\":1}", "isError": true,
        "output": [{"type": "embed", "isText": true, "value": "closed"}, {"type": "embed", "value": "aGk="}]}});
    let request = with(
        asks("q1", "Build it."),
        json!({"response": [
            {"value": "I build"}, {"kind": "progressMessage", "content": {"value": "not this"}}, {"value": " it."},
            shows("a", terminal(json!(2))),
            shows("b", with(terminal(Value::Null), json!({"isComplete": false}))),
            shows("c", json!({"isConfirmed": {"type": 0}})),
            shows("d", json!({"isConfirmed": {"type": 0, "reason": "a hook"}, "isComplete": false})),
            shows("e", of_server),
            {"kind": "markdownContent", "content": {"value": "It failed."}},
        ]}),
    );
    let Read { events, .. } = read(&[snapshot(&[request])]);
    let want = [("a", true, false, "boom"), ("c", true, true, ""), ("e", true, false, "closed")];
    assert_eq!(results(&events), want);
    let texts: Vec<&str> = said(&events).into_iter().map(|(.., text)| text).collect();
    assert_eq!(texts, ["Build it.", "I build it.", "It failed."]);
    let calls = events.iter().filter(|event| matches!(event.kind, EventKind::ToolUse { .. }));
    let calls: Vec<&str> = calls.map(|event| &*event.text).collect();
    assert_eq!(calls[0], "{\"command\":\"make all\"}");
    assert_eq!(calls[4], "{\"a\":1}");
}

#[test]
fn only_what_a_person_sent_is_theirs() {
    let origin = json!({"kind": "delegation", "sourceSessionResource": {"path": "/x"}});
    let of = |id, text, more| with(asks(id, text), more);
    let Read { events, .. } = read(&[snapshot(&[
        asks("1", "Mine."),
        of("2", "A button.", json!({"confirmation": "Continue"})),
        of("3", "A feature.", json!({"requestSource": "agentMerge"})),
        of("4", "The program.", json!({"isSystemInitiated": true, "systemInitiatedLabel": "Task"})),
        of("5", "Another agent.", json!({"origin": origin})),
        of("6", "Taken back.", json!({"shouldBeRemovedOnSend": {"requestId": "6"}})),
        of(
            "7",
            "Taken back in part.",
            json!({"shouldBeRemovedOnSend": {"requestId": "7", "afterUndoStop": "u"}}),
        ),
        of("8", "Hidden.", json!({"isHidden": true})),
        of(
            "9",
            "Nothing else.",
            json!({"isSystemInitiated": false, "origin": null, "confirmation": ""}),
        ),
        asks("1", "Again."),
        with(asks("10", ""), json!({"message": "Of an older version."})),
    ])]);
    let got: Vec<_> = events.iter().map(|event| (event.provenance, &*event.text)).collect();
    let want = [
        (Provenance::User, "Mine."),
        (Provenance::Harness, "A button."),
        (Provenance::Harness, "A feature."),
        (Provenance::Harness, "The program."),
        (Provenance::Agent, "Another agent."),
        (Provenance::User, "Taken back in part."),
        (Provenance::User, "Nothing else."),
        (Provenance::User, "Of an older version."),
    ];
    assert_eq!(got, want);
}

#[test]
fn a_document_is_read_request_by_request() {
    let chat = json!({"version": 3, "responderUsername": "GitHub Copilot", "initialLocation": "panel",
        "requests": [with(asks("q1", "Always use tabs."), json!({"response": [{"value": "I will."}]})), asks("q2", "And now?")],
        "sessionId": "c1", "creationDate": AT});
    for text in [chat.to_string(), serde_json::to_string_pretty(&chat).unwrap()] {
        assert_eq!(detect(text.as_bytes()), Some("copilot-chat"));
        let part = part("main", text.as_bytes());
        let texts: Vec<&str> = part.excerpts.iter().map(|excerpt| &*excerpt.shown.text).collect();
        assert_eq!(texts, ["Always use tabs.", "I will.", "And now?"]);
        assert_eq!(part.notes.origin.as_str(), "c1");
        assert_eq!(not_understood(&[part]), None);
    }
    let empty = json!({"version": 3, "responderUsername": "GitHub Copilot", "requests": []});
    for text in [empty.to_string(), serde_json::to_string_pretty(&empty).unwrap()] {
        assert_eq!(not_understood(&[part("main", text.as_bytes())]), None, "{text}");
    }
}

#[test]
fn behind_a_lost_line_nothing_is_guessed_until_a_snapshot() {
    let line = |change: Value| format!("{change}\n");
    let first = line(snapshot(&[asks("q1", "One.")]));
    let more = |id: &str| line(pushes(json!(["requests"]), json!([asks(id, id)])));
    let lost = first.clone() + "{\"kind\":2,\"k\":[\"requ\n" + &more("q3");
    let read = part("main", lost.as_bytes());
    assert_eq!((read.notes.account.understood, read.notes.account.unknown_type), (1, 1));
    assert_eq!(read.excerpts.len(), 1);
    let anew = lost + &first + &more("q4");
    let read = part("main", anew.as_bytes());
    assert_eq!((read.notes.account.understood, read.notes.account.unknown_type), (3, 1));
    assert_eq!(read.excerpts.len(), 2);
    let headless = more("q1");
    let why = not_understood(&[part("main", headless.as_bytes())]).unwrap();
    assert_eq!((why.understood, &*why.looks_like), (0, "copilot-chat"));
}

#[test]
fn a_document_that_is_too_large_is_said_and_not_guessed() {
    let text = "x".repeat(6 << 20);
    let push = |id: &str| pushes(json!(["requests"]), json!([asks(id, &text)]));
    let lines = |changes: &[Value]| changes.iter().map(|c| format!("{c}\n")).collect::<String>();
    let fits = lines(&[
        snapshot(&[]),
        push("1"),
        push("2"),
        json!({"kind": 2, "k": ["requests"], "i": 1}),
        push("3"),
    ]);
    assert_eq!(not_understood(&[part("main", fits.as_bytes())]), None);
    let large = lines(&[
        snapshot(&[]),
        push("1"),
        push("2"),
        push("3"),
        sets(json!(["customTitle"]), json!("t")),
    ]);
    let why = not_understood(&[part("main", large.as_bytes())]).unwrap();
    assert_eq!((why.lines, why.understood, &*why.looks_like), (5, 0, "copilot-chat"));
}

#[test]
fn places_that_do_not_exist_and_wrong_types_are_not_understood() {
    let Read { events, account, .. } = read(&[
        snapshot(&[asks("q1", "One."), json!(7)]),
        sets(json!(["requests", 9, "message"]), json!({"text": "Two."})),
        sets(json!(["requests", "x", "message"]), json!({"text": "Two."})),
        sets(json!(["requests", 0, "result", "metadata"]), json!({})),
        json!({"kind": 2, "k": ["requests"], "i": 99}),
        json!({"kind": 2, "k": ["requests", 0, "response"], "i": 99}),
        json!({"kind": 2, "k": ["requests"], "v": "many"}),
        sets(json!(["requests", 0]), json!("none")),
        json!({"kind": 9, "k": []}),
        sets(json!([]), json!({})),
        sets(json!(["requests", 1]), asks("q2", "Three.")),
        sets(json!(["requests", 1, "message", "text"]), json!("Four.")),
        sets(
            json!(["requests", 0, "response"]),
            json!([7, null, {"kind": 5}, {"kind": "toolInvocationSerialized"}]),
        ),
        sets(json!(["requests", 0, "response", 0]), json!({"value": "Five."})),
    ]);
    let texts: Vec<&str> = events.iter().map(|event| &*event.text).collect();
    assert_eq!(texts, ["One.", "Five.", "Four."]);
    assert_eq!((account.understood, account.unknown_type), (6, 8));
}

#[test]
fn damage_costs_what_is_damaged() {
    let request = with(
        asks("q1", "Build it."),
        json!({
            "result": result(json!([round("I look.", &[("a", "run_in_terminal", json!({"command": "make"}))])]),
                json!({"a": {"content": [{"value": "boom"}]}})),
            "response": [shows("a", json!({"toolSpecificData": {"terminalCommandState": {"exitCode": 2}}}))],
        }),
    );
    survives_damage(&[
        snapshot(&[]),
        pushes(json!(["requests"]), json!([request])),
        pushes(json!(["requests", 0, "response"]), json!([{"value": "It failed."}])),
        sets(json!(["requests", 0, "modelState"]), json!({"value": 1})),
    ]);
}
