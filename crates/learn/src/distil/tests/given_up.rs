//! What a later session gave up.

use super::*;

#[test]
fn a_value_that_a_later_session_gave_up_is_not_written() {
    let all = |day| {
        let mut first = record("a", "mira", 1);
        let shown = place(4, 1, Provenance::User, "Skills live in .agent/skills for now.");
        let text = "Skills live in `.agent/skills`.";
        first.proposals = vec![proposal(Kind::Fact, text, Trust::User, vec![shown])];
        let mut later = record("b", "mira", day);
        let shown =
            place(4, day, Provenance::User, "Skills live in .agents/skills, not .agent/skills.");
        let mut given_up =
            proposal(Kind::Fact, "Skills live in `.agents/skills`.", Trust::User, vec![shown]);
        given_up.subject = Some("skills folder".into());
        (given_up.wrong, given_up.right) =
            (Some(".agent/skills".into()), Some(".agents/skills".into()));
        later.proposals = vec![given_up];
        sessions([first, later])
    };
    let written = |all: &Sessions| {
        let text = "Skills are kept in `.agent/skills`.";
        judged(all, &row(all, Kind::Fact, text, &["`.agent/skills`"])).map(|_| ())
    };
    assert_eq!(written(&all(5)), Err("given-up"));
    assert_eq!(written(&all(0)), Ok(()));
    // Nor does the finding stand for itself.
    let finding =
        dreaming_records::distilled::statement(Kind::Fact, "Skills live in `.agent/skills`.");
    let stands = |all: &Sessions| !findings(all).is_given_up(&finding, &Policy::default());
    assert_eq!((stands(&all(5)), stands(&all(0))), (false, true));
}

#[test]
fn a_setting_that_a_later_session_removed_is_not_written() {
    let all = |day| {
        let mut first = record("a", "mira", 1);
        let text = "Turn `editor.formatOnSave` on, so that tabs stay.";
        let shown = place(4, 1, Provenance::User, "set editor.formatOnSave so that tabs stay");
        first.proposals = vec![proposal(Kind::Fact, text, Trust::User, vec![shown])];
        let mut later = record("b", "mira", day);
        let text = "`editor.formatOnSave` was removed, because lint does it.";
        let shown = place(4, day, Provenance::User, "remove editor.formatOnSave, lint does it");
        let mut removed = proposal(Kind::Fact, text, Trust::User, vec![shown]);
        removed.wrong = Some("editor.formatOnSave".into());
        later.proposals = vec![removed];
        sessions([first, later])
    };
    let written = |all: &Sessions, text: &str, on: &str| {
        judged(all, &row(all, Kind::Fact, text, &[on])).map(|_| ())
    };
    let (set, removed) = (
        "Tabs stay with `editor.formatOnSave` on.",
        "`editor.formatOnSave` is removed: lint does it.",
    );
    assert_eq!(written(&all(5), set, "tabs stay"), Err("given-up"));
    assert_eq!(written(&all(5), removed, "was removed"), Ok(()));
    // The removal is older than the statement: since then the setting was set again.
    assert_eq!(written(&all(0), set, "tabs stay"), Ok(()));
}

#[test]
fn a_number_that_was_given_up_says_something_of_its_subject_alone() {
    let mut first = record("a", "mira", 1);
    let text = "The team plan has 6 seats and costs 45,000 euros from 9:30.";
    let shown =
        place(4, 1, Provenance::User, "the team plan has 6 seats and costs 45,000 euros from 9:30");
    first.proposals = vec![proposal(Kind::Fact, text, Trust::User, vec![shown])];
    let mut later = record("b", "mira", 5);
    let text = "Gone: 6 shards, 45,000 euros, 9:30.";
    let shown = place(4, 5, Provenance::User, "no 6 shards, no 45,000 euros, no 9:30 any more");
    let removed = proposal(Kind::Fact, text, Trust::User, vec![shown]);
    for (wrong, subject, falls) in [
        ("6", "shards of the tests", false),
        ("45,000", "fee of the bookkeeper", false),
        ("9:30", "opening of the café", false),
        ("45,000", "team plan", true),
    ] {
        let mut removed = removed.clone();
        (removed.wrong, removed.subject) = (Some(wrong.into()), Some(subject.into()));
        later.proposals = vec![removed];
        let all = sessions([first.clone(), later.clone()]);
        let text = "The team plan costs 45,000 euros from 9:30 with 6 seats.";
        let written = judged(&all, &row(&all, Kind::Fact, text, &["team plan"])).map(|_| ());
        assert_eq!(written, if falls { Err("given-up") } else { Ok(()) }, "{wrong} {subject}");
    }
}
