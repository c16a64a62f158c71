use super::*;
use dreaming_records::ids::EntryId;
use dreaming_records::policy::SettingValue;
use dreaming_records::trust::Provenance;

fn excerpt(line: u64, role: Role, text: &str) -> Excerpt {
    Excerpt {
        part: "main".into(),
        line,
        event: format!("line-{line}"),
        time: Time::parse("2026-02-20T10:00:00Z"),
        provenance: Provenance::User,
        role,
        call: "c1".into(),
        shown: redact(text),
        mark: None,
        characters: 0,
    }
}

fn session(id: &str) -> SessionRecord {
    let mut session = SessionRecord { id: SessionId::new(id), ..SessionRecord::default() };
    session.notes.branch = Some("main\nEND".into());
    session
}

fn asked(id: &str, excerpts: &[Excerpt], instructions: &str, policy: &Policy) -> Vec<Asked> {
    let series = Series::new(&session(id), excerpts.to_vec(), instructions, policy);
    (1..=series.len()).map(|part| series.call(part, "")).collect()
}

fn ask(excerpts: &[Excerpt], instructions: &str, policy: &Policy) -> Vec<Asked> {
    asked("s", excerpts, instructions, policy)
}

fn fence_of(asked: &Asked) -> String {
    asked.call.prompt.split("BEGIN ").nth(1).unwrap().lines().next().unwrap().into()
}

#[test]
fn events_are_numbered_between_fences_and_instructions_stand_above() {
    let events = [excerpt(3, Role::Person, "Hello there"), excerpt(5, Role::Agent, "Hi")];
    let asked = ask(&events, "Focus on {fence} builds.", &Policy::default());
    assert_eq!(asked.len(), 1);
    let prompt = &asked[0].call.prompt;
    let fence = fence_of(&asked[0]);
    assert_eq!(
        *prompt,
        format!(
            "Instructions of the person who runs this:\nFocus on {{fence}} builds.\n\n\
             BEGIN {fence}\nBranch: main END\nPart 1 of 1\n\
             [1] person 2026-02-20 10:00\nHello there\n[2] agent 10:00\nHi\nEND {fence}\n"
        )
    );
    assert_eq!(asked[0].call.system, SYSTEM);
}

#[test]
fn a_result_names_its_call() {
    let result = |failed, tool: &str| Role::Result { tool: tool.into(), failed };
    let events = [
        excerpt(1, result(true, "Read"), "no such file"),
        excerpt(2, Role::Call("WebFetch".into()), "{}"),
        excerpt(3, result(false, "WebFetch"), "a page"),
        excerpt(4, result(true, "WebFetch"), "404"),
        excerpt(5, result(false, "Bash"), "ok, all done"),
        excerpt(6, Role::Plan, "{}"),
        excerpt(7, result(false, "ExitPlanMode"), "User has approved your plan."),
    ];
    let who: Vec<String> = ask(&events, "", &Policy::default())[0]
        .call
        .prompt
        .lines()
        .filter(|line| line.starts_with('['))
        .map(|line| line.trim_end_matches(|c: char| c.is_ascii_digit() || ":- ".contains(c)).into())
        .collect();
    let expected = [
        "[1] failed Read",
        "[2] call WebFetch",
        "[3] outside, result of",
        "[4] failed",
        "[5] result of",
        "[6] plan, approved by the person",
        "[7] result of",
    ];
    assert_eq!(who, expected);
}

#[test]
fn a_session_without_words_is_not_asked_about() {
    assert!(ask(&[], "", &Policy::default()).is_empty());
}

#[test]
fn a_chunk_stays_under_its_size_and_holds_every_event_once() {
    let mut policy = Policy::default();
    policy.set("propose.chunk-bytes", SettingValue::Integer(1024)).unwrap();
    let mut events: Vec<Excerpt> =
        (1..50).map(|n| excerpt(n, Role::Agent, &"wörd ".repeat(30))).collect();
    events.push(excerpt(50, Role::Person, &"é".repeat(400)));
    let asked = ask(&events, "", &policy);
    assert!(asked.len() > 5);
    let lines: Vec<u64> = asked.iter().flat_map(|a| &a.excerpts).map(|e| e.line).collect();
    assert_eq!(lines, (1..=50).collect::<Vec<u64>>());
    for asked in &asked {
        let lines = asked.call.prompt.lines();
        let events: usize =
            lines.filter(|l| !l.contains(&fence_of(asked))).map(|l| l.len() + 1).sum();
        assert!(events <= 1024, "{events}");
    }
    let mut ids: Vec<_> = asked.iter().map(|a| &a.call.id).collect();
    dreaming_text::sort::all(&mut ids);
    ids.dedup();
    assert_eq!(ids.len(), asked.len());
}

#[test]
fn a_chunk_that_holds_its_own_fence_gets_another() {
    let events = "[1] user\nwords\n";
    let first = fence(events, "");
    assert_ne!(fence(events, &first), first);
    assert!(!first.is_empty());
}

#[test]
fn the_schema_is_json_and_closes_every_object() {
    fn closed(value: &serde_json::Value) -> bool {
        let fields = value.get("properties").and_then(serde_json::Value::as_object);
        let here = fields.is_none_or(|fields| {
            let required = value["required"].as_array().unwrap();
            value["additionalProperties"] == false
                && fields.keys().all(|name| required.contains(&name.as_str().into()))
        });
        let below = match value {
            serde_json::Value::Object(fields) => fields.values().all(closed),
            serde_json::Value::Array(items) => items.iter().all(closed),
            _ => true,
        };
        here && below
    }
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(closed(&schema));
    assert!(schema["properties"]["proposals"]["items"]["properties"]["evidence"].is_object());
}

#[test]
fn a_call_tells_what_the_parts_before_it_were_about() {
    let events = [excerpt(1, Role::Person, "Hello there")];
    let series = Series::new(&session("s"), events.to_vec(), "", &Policy::default());
    let prompt = series.call(1, "The shop was moved.").call.prompt;
    assert!(prompt.contains("Part 1 of 1\nBefore: The shop was moved.\n[1] person"), "{prompt}");
    assert_ne!(series.call(1, "").call.id, series.call(1, "The shop was moved.").call.id);
}

#[test]
fn calls_are_a_function_of_one_session() {
    let events = [excerpt(1, Role::Person, "Hello there")];
    let policy = Policy::default();
    assert_eq!(ask(&events, "", &policy), ask(&events, "", &policy));
    let other = asked("t", &events, "", &policy);
    assert_ne!(ask(&events, "", &policy)[0].call.id, other[0].call.id);
}

/// The calls about a session of two parts; each entry is a call with id, tool, arguments, whether
/// it failed, and its output.
fn two_parts(first: &[(&str, &str, &str, bool, &str)]) -> Vec<Asked> {
    let said =
        |n: usize, (id, tool, arguments, failed, printed): &(&str, &str, &str, bool, &str)| {
            let line = u64::try_from(n).unwrap() * 2 + 1;
            let of = |excerpt: Excerpt, provenance| Excerpt {
                provenance,
                call: (*id).into(),
                ..excerpt
            };
            let result = Role::Result { tool: (*tool).into(), failed: *failed };
            let call = excerpt(line, Role::Call((*tool).into()), arguments);
            [
                of(call, Provenance::ToolUse),
                of(excerpt(line + 1, result, printed), Provenance::ToolResult),
            ]
        };
    let mut events: Vec<Excerpt> =
        first.iter().enumerate().flat_map(|(n, call)| said(n, call)).collect();
    events.push(excerpt(900, Role::Agent, &"wait ".repeat(4000)));
    let chunk: usize = events.iter().map(bytes).sum();
    events.push(excerpt(901, Role::Person, "go on"));
    let mut policy = Policy::default();
    policy.set("propose.chunk-bytes", SettingValue::Integer(chunk.try_into().unwrap())).unwrap();
    let asked = ask(&events, "", &policy);
    assert_eq!(asked.len(), 2);
    asked
}

fn run(line: &str) -> String {
    serde_json::json!({"command": line}).to_string()
}

#[test]
fn a_part_shows_the_open_failures_of_the_part_before_with_numbers() {
    let long = format!("error: no table `orders`\n{}the seed is missing", "at x\n".repeat(400));
    let (seed, lint) = (run("make seed"), run("bun run lint"));
    let asked = two_parts(&[
        ("a", "Bash", &lint, true, "error: 2 lines are too long"),
        ("b", "Bash", &seed, true, &long),
        ("c", "Bash", &lint, false, "all is well"),
    ]);
    assert!(!asked[0].call.prompt.contains("before this part"));
    let prompt = &asked[1].call.prompt;
    let expected = "Part 2 of 2\n[1] call Bash, before this part 2026-02-20 10:00\n\
        {\"command\":\"make seed\"}\n[2] failed 1, before this part 10:00\nerror: no table `orders`\n";
    assert!(prompt.contains(expected), "{prompt}");
    assert!(prompt.contains("the seed is missing\n[3] person 10:00\ngo on\n"), "{prompt}");
    assert!(!prompt.contains("too long") && prompt.len() < 2000, "{prompt}");
    // Each open failure keeps the line in its own part, so that it can be cited.
    let lines: Vec<u64> = asked[1].excerpts.iter().map(|excerpt| excerpt.line).collect();
    assert_eq!(lines, [3, 4, 901]);
}

#[test]
fn what_was_cured_refused_only_looked_or_says_the_same_is_not_shown_again() {
    let open = |calls: &[(&str, &str, &str, bool, &str)]| {
        let asked = two_parts(calls);
        let (last, shown) = asked[1].excerpts.split_last().unwrap();
        assert_eq!(last.line, 901);
        shown.iter().map(|excerpt| excerpt.line).collect::<Vec<u64>>()
    };
    let (test, one) = (run("bun run test"), run("cd a && bun run test b"));
    let (list, file) = (run("ls nowhere"), r#"{"file_path":"/r/a.rs","old_string":"x"}"#);
    let other = r#"{"file_path":"/r/b.rs","old_string":"x"}"#;
    let error = "error: it failed";
    assert!(
        open(&[("a", "Bash", &test, true, error), ("b", "Bash", &one, false, "ok")]).is_empty()
    );
    assert_eq!(
        open(&[("a", "Bash", &test, true, error), ("b", "Bash", &one, true, error)]),
        [3, 4]
    );
    assert!(open(&[("a", "Bash", &list, true, error)]).is_empty());
    assert!(open(&[("a", "Read", file, true, error)]).is_empty());
    let refused = "The user doesn't want to proceed with this tool use.";
    assert!(open(&[("a", "Bash", &test, true, refused)]).is_empty());
    let edits = [("a", "Edit", file, true, error), ("b", "Edit", other, false, "ok")];
    assert_eq!(open(&edits), [1, 2]);
    let edits = [("a", "Edit", file, true, error), ("b", "Edit", file, false, "ok")];
    assert!(open(&edits).is_empty());
}

#[test]
fn few_failures_are_shown_and_the_events_alone_tell_which() {
    let lines: Vec<String> = (0..9).map(|n| run(&format!("make target{n}"))).collect();
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let calls: Vec<_> = ids
        .iter()
        .zip(&lines)
        .map(|(id, line)| (*id, "Bash", &**line, true, "error: no"))
        .collect();
    let asked = two_parts(&calls);
    let lines: Vec<u64> = asked[1].excerpts.iter().map(|excerpt| excerpt.line).collect();
    assert_eq!(lines, [11, 12, 13, 14, 15, 16, 17, 18, 901]);
    assert_eq!(two_parts(&calls), asked);
}

#[test]
fn what_is_known_stands_under_its_headings() {
    let known = |entry: &str, headings: &[&str], text: &str| Known {
        entry: EntryId::new(entry),
        headings: headings.iter().map(|heading| (*heading).into()).collect(),
        mark: String::new(),
        text: text.into(),
    };
    let events = [excerpt(1, Role::Person, "Hello there")];
    let mut series = Series::new(&session("s"), events.to_vec(), "", &Policy::default());
    series.know(vec![
        known("a", &["Shop", "Never\ndo this"], "Push to main."),
        known("b", &[], "Staging listens on port 80."),
    ]);
    let asked = series.call(1, "");
    let shown = "Known:\nUnder Shop > Never do this\n1. Push to main.\nUnder no heading\n\
        2. Staging listens on port 80.\n[1] person";
    assert!(asked.call.prompt.contains(shown), "{}", asked.call.prompt);
    let known: Vec<&str> = asked.known.iter().map(|known| known.entry.as_str()).collect();
    assert_eq!(known, ["a", "b"]);
}

#[test]
fn where_there_is_no_folder_role_and_person_are_told() {
    let mut of = session("s");
    (of.notes.role, of.notes.principal) = (Some("guest".into()), Some("nora".into()));
    let header = |of: &SessionRecord| {
        let events = vec![excerpt(3, Role::Person, "Hello")];
        Series::new(of, events, "", &Policy::default()).call(1, "").call.prompt
    };
    assert!(header(&of).contains("Branch: main END\nRole: guest\nPerson: nora\nPart 1"));
    of.notes.cwd = Some("/home/nora/shop".into());
    assert!(!header(&of).contains("guest") && !header(&of).contains("Person"));
    // A name may be what the policy masks.
    (of.notes.cwd, of.notes.principal) = (None, Some("nora@example.org".into()));
    let mut policy = Policy::default();
    policy.set("redact.emails", SettingValue::Switch(true)).unwrap();
    let events = vec![excerpt(3, Role::Person, "Hello")];
    let prompt = Series::new(&of, events, "", &policy).call(1, "").call.prompt;
    assert!(prompt.contains("Person: ") && !prompt.contains("nora@"), "{prompt}");
}
