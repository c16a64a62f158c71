use super::fixture::label;
use super::*;
use dreaming_records::canonical;
use dreaming_records::ids::SessionId;
use dreaming_records::notes::Tokens;
use dreaming_records::policy::{self, SettingValue as Setting};
use dreaming_records::session::Session;
use dreaming_records::trust::Provenance;

fn line(uuid: &str, kind: &str, extra: &str, content: &str) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"uuid\":\"{uuid}\",\"sessionId\":\"s1\",\"cwd\":\"/home/ada/x\",\
         \"timestamp\":\"2026-02-01T10:00:00Z\"{extra},\"message\":{{\"content\":{content}}}}}\n"
    )
}

fn read_with(name: &str, text: &str, policy: &Policy) -> PartResult {
    let now = Time::parse("2026-02-02T00:00:00Z").unwrap();
    let mut reader = PartReader::new(name, policy, now, true);
    reader.push(text.as_bytes());
    reader.finish()
}

fn read(text: &str) -> PartResult {
    read_with("main", text, &Policy::default())
}

fn host(
    parts: Vec<PartResult>,
    policy: &Policy,
) -> dreaming_records::session_record::SessionRecord {
    let descriptor =
        Session { id: SessionId::new("host"), agent: None, principal: None, parts: Vec::new() };
    combine(&descriptor, parts, policy).0
}

#[test]
fn a_summary_of_the_session_is_no_document_of_the_project() {
    let opening = "This session is being continued from a previous conversation.";
    let summary = |extra: &str, text: &str| {
        read(&[line("1", "user", "", "\"hello\""), line("2", "user", extra, text)].concat())
    };
    for (extra, text) in [
        (",\"isCompactSummary\":true", "\"Then we ran `make seed`.\"".to_owned()),
        ("", format!("\"{opening} Then we ran `make seed`.\"")),
    ] {
        assert!(summary(extra, &text).notes.documented.is_empty(), "{text}");
    }
    let guide = "\"# AGENTS.md instructions\\n\\nRun `make seed`.\"";
    assert_eq!(summary("", guide).notes.documented, ["make seed"]);
}

#[test]
fn each_event_has_the_class_of_who_made_it() {
    let text = [
        line("1", "user", "", "\"hello there\""),
        line(
            "2",
            "assistant",
            "",
            r#"[{"type":"thinking","thinking":"x"},{"type":"text","text":"hi"}]"#,
        ),
        line("3", "user", ",\"isSidechain\":true", "\"do this\""),
        line("4", "user", ",\"isMeta\":true", "\"meta\""),
        line("5", "user", ",\"isCompactSummary\":true", "\"summary\""),
        line(
            "6",
            "assistant",
            "",
            r#"[{"type":"tool_use","id":"c","name":"Bash","input":{"command":"x","t":0.5}}]"#,
        ),
        line(
            "7",
            "user",
            "",
            r#"[{"type":"tool_result","tool_use_id":"c","content":"out"},{"type":"image"}]"#,
        ),
        line("1", "user", "", "\"hello there\""),
    ]
    .concat();
    let part = read(&text);
    let seen: Vec<_> =
        part.excerpts.iter().map(|e| (e.event.clone(), label(&e.role), e.provenance)).collect();
    let seen: Vec<_> = seen.iter().map(|(e, role, by)| (&**e, &**role, *by)).collect();
    assert_eq!(
        seen,
        [
            ("1", "person", Provenance::User),
            ("2", "agent", Provenance::Agent),
            ("3", "agent", Provenance::Agent),
            ("6", "call Bash", Provenance::ToolUse),
            ("7", "result Bash", Provenance::External),
        ]
    );
    assert_eq!(part.excerpts[3].shown.text, r#"{"command":"x","t":"0.5"}"#);
    assert_eq!((part.notes.events, part.notes.account.repeated), (5, 1));
    assert_eq!(part.notes.principal.as_deref(), Some("ada"));
}

#[test]
fn a_time_after_now_is_dropped_and_counted() {
    let text = line("1", "user", "", "\"hi\"").replace("2026-02-01", "2027-02-01");
    let part = read(&text);
    assert_eq!((part.excerpts[0].time, part.notes.first), (None, None));
    assert_eq!(part.notes.account.future_time, 1);
}

#[test]
fn parts_are_put_together_in_one_order_whatever_order_they_come_in() {
    let main = read(&line("1", "user", "", "\"Always use tabs here.\""));
    let sub = read_with(
        "a/sub",
        &line("2", "user", ",\"isSidechain\":true", "\"go\""),
        &Policy::default(),
    );
    let one = host(vec![main.clone(), sub.clone()], &Policy::default());
    assert_eq!(one, host(vec![sub, main], &Policy::default()));
    let names: Vec<_> = one.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["main", "a/sub"]);
    assert_eq!((one.notes.origin.as_str(), one.notes.events), ("s1", 2));
    assert_eq!(host(Vec::new(), &Policy::default()).notes.origin.as_str(), "host");
}

#[test]
fn the_notes_fit_their_budget_and_statements_go_last() {
    let mut text = line("s", "user", "", "\"Always use tabs here.\"");
    for n in 0..200 {
        let call = format!(
            r#"[{{"type":"tool_use","id":"c{n}","name":"Bash","input":{{"command":"tool{n} x"}}}}]"#
        );
        let result = format!(
            r#"[{{"type":"tool_result","tool_use_id":"c{n}","is_error":{},"content":"error {n}"}}]"#,
            n % 2 == 0
        );
        text += &line(&format!("a{n}"), "assistant", "", &call);
        text += &line(&format!("b{n}"), "user", "", &result);
    }
    for max in [1_024, 4_096, 9_216] {
        let mut policy = Policy::default();
        policy.set(policy::NOTES_BYTES.name, Setting::Integer(max)).unwrap();
        let notes = host(vec![read(&text)], &policy).notes;
        let bytes =
            u64::try_from(dreaming_records::canonical::to_bytes(&notes).unwrap().len()).unwrap();
        assert!(bytes <= max, "{bytes} > {max}");
        assert_eq!(notes.statements.len(), 1);
        let kept = notes.failures.len() + notes.steps.len() + notes.commands.len();
        let kept = u64::try_from(kept).unwrap();
        // 200 calls, and the counts of the 32 commands that are kept of a part.
        assert_eq!(kept + notes.dropped, 200 + 32);
        assert!(bytes + 1_200 > max, "{bytes} is far below {max}");
    }
}

#[test]
fn excerpts_are_bounded_and_split_no_secret() {
    let mut policy = Policy::default();
    policy.set(policy::CHUNK_BYTES.name, Setting::Integer(1_024)).unwrap();
    policy.set(policy::EVENT_BYTES.name, Setting::Integer(64)).unwrap();
    let secret = format!("ghp_{}", "a1B2c3D4".repeat(5));
    let mut text = line("s", "user", "", &format!("\"{} {secret} tail\"", "x".repeat(50)));
    for n in 0..2_000 {
        text += &line(&format!("u{n}"), "user", "", &format!("\"{}\"", "word ".repeat(30)));
    }
    let part = read_with("main", &text, &policy);
    assert!(
        part.excerpts[0].shown.text.len() <= 256 && !part.excerpts[0].shown.text.contains("ghp")
    );
    let kept: usize = part.excerpts.iter().map(|e| e.shown.text.len()).sum();
    assert!(kept <= 64 * 1_024 && kept > 60 * 1_024);
    let left_out = part.notes.account.not_shown;
    let kept = u64::try_from(part.excerpts.len()).unwrap();
    assert!(left_out > 0 && kept + left_out == 2_001);
    // Other ids, because a copy of the part would count once.
    let other = read_with("other", &text.replace("\"uuid\":\"", "\"uuid\":\"v"), &policy);
    let two = host(vec![part, other], &policy);
    assert_eq!(two.notes.account.not_shown, 2 * left_out);
}

#[test]
fn a_line_over_the_limit_is_skipped_and_the_next_one_read() {
    let mut policy = Policy::default();
    policy.set(policy::MAX_LINE.name, Setting::Integer(1_024)).unwrap();
    let text = line("1", "user", "", &format!("\"{}\"", "x".repeat(2_000)))
        + &line("2", "user", "", "\"hi you\"");
    let part = read_with("main", &text, &policy);
    assert_eq!((part.notes.account.too_long, part.notes.events), (1, 1));
}

#[test]
fn what_is_read_off_the_main_part_stands_for_the_session_and_a_sub_agents_part_only_adds() {
    let run = |uuid: &str, command: &str, failed: bool| {
        let call = format!(
            r#"[{{"type":"tool_use","id":"t{uuid}","name":"Bash","input":{{"command":"{command}"}}}}]"#
        );
        let result = format!(
            r#"[{{"type":"tool_result","tool_use_id":"t{uuid}","is_error":{failed},"content":"error: x"}}]"#
        );
        line(uuid, "assistant", "", &call) + &line(&format!("r{uuid}"), "user", "", &result)
    };
    let policy = Policy::default();
    let main = read(&run("1", "cargo test", false));
    let text = run("2", "cargo test", true) + &run("3", "git commit -m x", false);
    let sub = read_with("agents/a.jsonl", &text, &policy);
    let record = host(vec![sub, main], &policy);
    let read: Vec<_> =
        record.notes.outcomes.iter().map(|o| (&*o.metric.name, o.metric.reached())).collect();
    assert_eq!(read, [("tests", Some(true)), ("commit", Some(true))]);
}

#[test]
fn no_count_of_tokens_is_greater_than_a_document_can_hold() {
    let said =
        r#"{"type":"user","text":"hi there","tokens":{"input":18446744073709551615,"output":1}}"#;
    let part = || read_with("main", &format!("{said}\n").repeat(2), &Policy::default());
    let other = PartResult { read: PartRead { name: "b".into(), ..part().read }, ..part() };
    let record = host(vec![part(), other], &Policy::default());
    assert_eq!(record.notes.tokens, Tokens { input: canonical::MAX_INTEGER, output: 4 });
    assert!(canonical::to_bytes(&record).is_ok());
}

#[test]
fn a_response_that_two_parts_hold_counts_once() {
    let managed = r#"{"id":"1","type":"span.model_request_end","processed_at":"2026-02-01T10:00:00Z",
        "model_usage":{"input_tokens":7,"output_tokens":2}}"#;
    let opencode = r#"{"info":{"id":"m","sessionID":"s","role":"assistant","time":{"created":1},
        "tokens":{"input":7,"output":2}},"parts":[]}"#;
    let gemini = r#"{"id":"g","type":"gemini","timestamp":"2026-02-01T10:00:00Z","content":"hi",
        "tokens":{"input":7,"output":2}}"#;
    for record in [managed, opencode, gemini] {
        let parts = ["main", "b"];
        let parts =
            parts.map(|name| read_with(name, &record.replace('\n', ""), &Policy::default()));
        let record = host(parts.into(), &Policy::default());
        assert_eq!(record.notes.tokens, Tokens { input: 7, output: 2 }, "{}", record.notes.format);
    }
}

#[test]
fn of_tools_without_end_only_those_that_are_counted_are_kept() {
    let text: String = (0..200)
        .flat_map(|n| {
            let call =
                format!(r#"[{{"type":"tool_use","id":"c{n}","name":"tool{n}","input":{{}}}}]"#);
            let ended = format!(r#"[{{"type":"tool_result","tool_use_id":"c{n}","content":"x"}}]"#);
            let (a, b) = (format!("a{n}"), format!("b{n}"));
            [line(&a, "assistant", "", &call), line(&b, "user", "", &ended)]
        })
        .collect();
    let part = read(&text);
    let counted = part.notes.tools.len();
    assert!(counted > 0 && counted < 200);
    assert_eq!(format!("{:?}", part.sums).matches("\"tool").count(), counted);
    // What the second part repeats is subtracted.
    let twice = host(vec![read_with("again", &text, &Policy::default()), part], &Policy::default());
    assert!(twice.notes.tools.len() == counted && twice.notes.tools.iter().all(|t| t.calls == 1));
}
