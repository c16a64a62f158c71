//! Lines of the memory that no dream wrote.

use dreaming_records::ids::EntryId;

use super::*;

/// The call of a dream over a memory with these lines, each below its heading.
fn asked(memory: &[(&str, &str)]) -> Asked {
    let all = both();
    let findings = findings(&all);
    let known = |_: &str| {
        let line = |(n, (heading, text)): (usize, &(&str, &str))| Known {
            entry: EntryId::new(format!("e{n}")),
            headings: heading
                .split(" > ")
                .filter(|heading| !heading.is_empty())
                .map(str::to_owned)
                .collect(),
            text: (*text).into(),
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
    let said = "Go through it line by line";
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
