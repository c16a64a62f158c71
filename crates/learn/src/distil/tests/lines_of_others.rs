//! Lines of the memory that no dream wrote.

use dreaming_records::ids::EntryId;

use super::*;

/// The call of a dream over a memory with these lines, each below its heading. Those that begin with a number are steps.
fn asked(memory: &[(&'static str, &'static str)]) -> Asked {
    let all = both();
    let findings = findings(&all);
    let is_number =
        |mark: &&str| mark.ends_with('.') && mark.starts_with(|c: char| c.is_ascii_digit());
    let mark = |text: &'static str| text.split(' ').next().filter(is_number).unwrap_or("");
    let known = |_: &str| {
        let line = |(n, (heading, text)): (usize, &(&'static str, &'static str))| Known {
            entry: EntryId::new(format!("e{n}")),
            headings: heading
                .split(" > ")
                .filter(|heading| !heading.is_empty())
                .map(str::to_owned)
                .collect(),
            mark: mark(text).into(),
            text: text.strip_prefix(mark(text)).unwrap_or(text).trim_ascii_start().into(),
        };
        (1..).zip(memory).map(line).collect()
    };
    let none = (&Distillate::default(), &Set::of([]));
    let open = ids(&findings);
    findings.ask(&open, |_| true, none, ("", known, &[]), 1, &Policy::default()).remove(0)
}

#[test]
fn lines_stand_below_the_headings_that_they_share() {
    let memory = [
        ("", "The shop sells tea."),
        ("Shop > Tests", "Tests run with `make test`."),
        ("Shop > Tests", "Reports run with `make report`."),
        ("Shop", "The till is new."),
    ];
    let prompt = asked(&memory).call.prompt;
    let shown = "Memory\n1. The shop sells tea.\nUnder Shop > Tests\n2. Tests run with `make test`.\n\
        3. Reports run with `make report`.\nUnder Shop\n4. The till is new.\nFinding 1";
    assert!(prompt.contains(shown), "{prompt}");
}

#[test]
fn a_model_is_asked_which_lines_of_others_do_not_hold() {
    let said = "so say which hold no more";
    assert!(asked(&[("Tests", "Tests run with `make test`.")]).call.prompt.contains(said));
    assert!(!asked(&[]).call.prompt.contains(said));
    // What a dream wrote is known by its findings.
    let known = "`make test` needs `make db-up` before it.";
    assert!(!asked(&[("Tests", known)]).call.prompt.contains(said));
}

#[test]
fn a_line_that_is_about_something_else_is_not_replaced() {
    let asked = asked(&[("Shop", "The till is new."), ("Tests", "`make test` runs by itself.")]);
    let replaced = |line: u64| {
        let item = json!({"kind": "mistake", "text": BOTH, "findings": [1, 2], "replaces": line});
        let answer = Answer::Text { text: json!({ "statements": [item] }).to_string() };
        check(&asked, &answer, &Policy::default()).held.remove(0).replaces
    };
    assert_eq!(replaced(1), None);
    assert_eq!(replaced(2), Some(EntryId::new("e2")));
}

#[test]
fn lines_of_an_answer_come_before_its_statements_and_may_be_missing() {
    let asked = asked(&[("Tests", "`make test` runs by itself.")]);
    let held = |answer: &serde_json::Value| {
        let answer = Answer::Text { text: answer.to_string() };
        let checked = check(&asked, &answer, &Policy::default());
        let held = checked.held.iter().map(|row| (row.text.clone(), row.replaces.is_some()));
        (held.collect::<Vec<_>>(), checked.usable, checked.rejected.len())
    };
    let of_line = |n: u64| json!({"line": n, "kind": "mistake", "text": BOTH, "findings": [1, 2]});
    let (line, stray) = (of_line(1), of_line(9));
    let other = "Start `make db-up` by hand.";
    let statement = json!({"kind": "mistake", "text": other, "findings": [1], "replaces": null});
    let (first, second) = ((BOTH.to_owned(), true), (other.to_owned(), false));
    for (answer, expected) in [
        (
            json!({"lines": [line], "statements": [statement]}),
            (vec![first.clone(), second.clone()], true, 0),
        ),
        (
            json!({"statements": [statement], "lines": [line]}),
            (vec![first, second.clone()], true, 0),
        ),
        (json!({"statements": [statement]}), (vec![second.clone()], true, 0)),
        (json!({"lines": null, "statements": [statement]}), (vec![second.clone()], true, 0)),
        (json!({"lines": [stray], "statements": [statement]}), (vec![second.clone()], true, 1)),
        (json!({"lines": "1", "statements": [statement]}), (vec![second], true, 1)),
        (json!({"lines": [line]}), (vec![], false, 1)),
    ] {
        assert_eq!(held(&answer), expected, "{answer}");
    }
}

#[test]
fn what_is_new_names_the_line_that_it_belongs_to() {
    let memory = [("Tests", "Tests run with `make test`."), ("Costs", "| make test | 0.02 € |")];
    let asked = asked(&memory);
    let written = |places: serde_json::Value| {
        let mut item = json!({"kind": "mistake", "text": BOTH, "findings": [1, 2]});
        for (name, value) in places.as_object().into_iter().flatten() {
            item[name] = value.clone();
        }
        let answer = Answer::Text { text: json!({ "statements": [item] }).to_string() };
        let row = check(&asked, &answer, &Policy::default()).held.remove(0);
        [row.replaces, row.after].map(|entry| entry.map(|entry| entry.to_string()))
    };
    let [first, second] = ["e1", "e2"].map(|entry| Some(entry.to_owned()));
    assert_eq!(written(json!({"after": 1})), [None, first.clone()]);
    assert_eq!(written(json!({"replaces": 1, "after": 2})), [first, None]);
    assert_eq!(written(json!({"after": 9})), [None, None]);
    assert_eq!(written(json!({})), [None, None]);
    // What may not take the place of a row comes beside it.
    assert_eq!(written(json!({"replaces": 2})), [None, second]);
}

#[test]
fn a_step_is_shown_with_its_number_and_a_new_one_is_written_with_it() {
    let memory = [("Tests", "1. Run `make test`."), ("Tests", "The till is new.")];
    let asked = asked(&memory);
    let prompt = &asked.call.prompt;
    assert!(prompt.contains("Under Tests\n1. (step 1) Run `make test`.\n2. The till"), "{prompt}");
    assert!(prompt.contains("are steps of a numbered list"), "{prompt}");
    let written = |text: &str, places: serde_json::Value| {
        let mut item = json!({"kind": "mistake", "text": text, "findings": [1, 2]});
        for (name, value) in places.as_object().into_iter().flatten() {
            item[name] = value.clone();
        }
        let answer = Answer::Text { text: json!({ "statements": [item] }).to_string() };
        let row = check(&asked, &answer, &Policy::default()).held.remove(0);
        (row.text, row.after.is_some(), row.step)
    };
    let step = format!("(step 2) {BOTH}");
    let both = BOTH.to_owned();
    assert_eq!(written(&step, json!({"after": 1})), (both.clone(), true, true));
    assert_eq!(written(BOTH, json!({"after": 1})), (both.clone(), true, false), "a remark");
    assert_eq!(written(&step, json!({"after": 2})), (both.clone(), true, false), "no list");
    assert_eq!(written(&step, json!({"replaces": 1})), (both.clone(), false, false));
    assert_eq!(written(&step, json!({})), (both, false, false));
    assert_eq!(written("(step by step) It is slow.", json!({})).0, "(step by step) It is slow.");
}

#[test]
fn two_lines_that_one_finding_changes_are_both_written_anew() {
    let all = both();
    let of = |text: &str, line: Option<&str>| Distilled {
        replaces: line.map(EntryId::new),
        ..row(&all, Kind::Mistake, text, &["make test"])
    };
    let texts =
        ["Before `make test` run `make db-up`.", "Run `make db-up` before `make test`, always."];
    let findings = findings(&all);
    let fallen = |lines: [Option<&str>; 2]| {
        let rows = rows(&[of(texts[0], lines[0]), of(texts[1], lines[1])]);
        findings.judge(&rows, &Policy::default()).iter().filter(|(_, why)| why.is_some()).count()
    };
    assert_eq!(fallen([Some("e1"), Some("e2")]), 0);
    for one in [[Some("e1"), Some("e1")], [Some("e1"), None], [None, None]] {
        assert_eq!(fallen(one), 1, "{one:?}");
    }
}

#[test]
fn a_line_is_written_anew_also_where_a_longer_statement_says_it() {
    let all = both();
    let line = Distilled {
        replaces: Some(EntryId::new("e1")),
        ..row(&all, Kind::Mistake, "Before `make test` run `make db-up`.", &["make test"])
    };
    let long = row(&all, Kind::Mistake, BOTH, &["make test", "make report"]);
    let fallen = |rows: &[Distilled]| -> Vec<String> {
        let rows = self::rows(rows);
        let judged = findings(&all).judge(&rows, &Policy::default());
        judged.iter().filter(|(_, why)| why.is_some()).map(|(row, _)| row.text.clone()).collect()
    };

    assert!(fallen(&[line.clone(), long.clone()]).is_empty());
    // A line that says all of it needs no statement beside it.
    let line = Distilled { findings: long.findings.clone(), ..line };
    assert_eq!(fallen(&[line.clone(), long.clone()]), [BOTH]);
    assert_eq!(fallen(&[Distilled { replaces: None, ..line }, long]).len(), 1);
}

#[test]
fn a_wish_in_the_place_of_a_line_keeps_what_the_person_did_not_say() {
    let line = "SQL is lower case, lines of at most 100 characters, trailing commas.";
    let mut session = record("a", "mira", 1);
    let wish = "SQL lines may be up to 120 characters long.";
    let shown = place(1, 1, Provenance::User, "set it to 120, we all have wide screens");
    session.proposals = vec![proposal(Kind::Preference, wish, Trust::Agent, vec![shown])];
    let all = sessions([session]);
    let of = |text: &str, line: Option<&str>| Distilled {
        replaces: line.map(|_| EntryId::new("e1")),
        line: line.map(str::to_owned),
        ..row(&all, Kind::Preference, text, &["SQL lines"])
    };
    let anew = |to: &str| line.replace("100", to);
    let stands = |row: &Distilled| judged(&all, row).map(|found| found.trust);
    assert_eq!(stands(&of(&anew("120"), Some(line))), Ok(Trust::Agent));
    for (text, line) in [
        (anew("120"), None),
        (anew("140"), Some(line)),
        (anew("120").replace("trailing", "leading"), Some(line)),
        (anew("120").replace("is lower", "is never lower"), Some(line)),
    ] {
        assert!(stands(&of(&text, line)).is_err(), "{text}");
    }
}

#[test]
fn beside_a_line_that_a_finding_changes_its_reason_is_said_too() {
    let all = both();
    let of = |text: &str, line: Option<&str>| Distilled {
        replaces: line.map(|_| EntryId::new("e1")),
        line: line.map(str::to_owned),
        ..row(&all, Kind::Mistake, text, &["make test"])
    };
    let fallen = |rows: &[Distilled]| -> Vec<String> {
        let rows = self::rows(rows);
        let judged = findings(&all).judge(&rows, &Policy::default());
        let fallen = judged.iter().filter(|(_, why)| *why == Some("same-as-another"));
        fallen.map(|(row, _)| row.text.clone()).collect()
    };
    let line = "Run `make test`.";
    let anew = of("Run `make db-up`, `make test`.", Some(line));
    let reason = of(
        "Before `make test` run `make db-up`, else the suite hangs for minutes without a message.",
        None,
    );
    let again = of("Run `make db-up`, then `make test`.", None);
    assert_eq!(fallen(&[anew.clone(), reason.clone()]), [""; 0]);
    assert_eq!(fallen(&[anew, again.clone()]), std::slice::from_ref(&again.text));
    // A line that is written as it stands says nothing new.
    assert_eq!(fallen(&[of(line, Some(line)), again]), [""; 0]);
}
