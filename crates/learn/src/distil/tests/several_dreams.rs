//! What a dream shows and takes over of earlier dreams.

use dreaming_records::ids::EntryId;

use super::*;

/// The calls of a dream in which only the session `new` is read, over what earlier ones wrote.
fn later(
    sessions: &Sessions,
    new: &str,
    written: &Distillate,
    memory: &[(EntryId, &str)],
) -> Vec<Asked> {
    let findings = findings(sessions);
    let is_new = |id: &SessionId| *id == SessionId::new(new);
    let of = |finding: &&Finding| finding.evidence.iter().any(|place| is_new(&place.session));
    let open = Set::of(findings.all.iter().filter(of).map(|finding| finding.id.clone()));
    let known = |_: &str| {
        let line = |(entry, text): &(EntryId, &str)| Known {
            entry: entry.clone(),
            headings: vec!["Mistakes".into()],
            mark: String::new(),
            text: (*text).into(),
        };
        memory.iter().map(line).collect()
    };
    let written = (written, &Set::of([]));
    findings.ask(&open, is_new, written, ("", known, &[]), 10, &Policy::default())
}

/// A session as [`session`] makes it, whose finding has more words.
fn longer(id: &str, day: i64, target: &str) -> SessionRecord {
    let mut session = session(id, "mira", day, target);
    let more = "The lamps, chairs and tables are counted after that.";
    let text = format!("{} {more}", session.proposals[0].text);
    session.proposals[0].text = text;
    session
}

#[test]
fn a_finding_that_a_model_left_is_not_shown_again() {
    let mut first = session("a", "mira", 1, "test");
    first.proposals[0].worth = Some(false);
    let all = sessions([first, longer("b", 2, "report")]);
    let asked = later(&all, "b", &Distillate::default(), &[]);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!asked.call.prompt.contains("mistake: `make test`"), "{asked:?}");
    assert_eq!(asked.findings.len(), 1);
}

#[test]
fn a_line_with_the_name_of_its_person_is_known_as_the_statement() {
    let mut session = record("a", "mira", 1);
    let wish = "Always print the blue labels twice.";
    let shown = place(1, 1, Provenance::User, wish);
    session.notes.statements = vec![said(wish, 1)];
    session.proposals = vec![proposal(Kind::Preference, wish, Trust::User, vec![shown])];
    let all = sessions([session, longer("b", 2, "report")]);
    let text = "Blue labels are printed twice, always.";
    let written = rows(&[row(&all, Kind::Preference, text, &["labels twice"])]);
    for line in [text.to_owned(), format!("{text} (mira)")] {
        let asked = later(&all, "b", &written, &[(EntryId::new("e1"), &line)]);
        assert!(asked[0].known[0].row.is_some(), "{line}");
    }
}

#[test]
fn a_statement_that_replaces_a_line_also_rests_on_the_findings_of_the_line() {
    let all = both();
    let first = row(&all, Kind::Mistake, "Run `make db-up` before `make test`.", &["make test"]);
    let written = rows(std::slice::from_ref(&first));
    let line = EntryId::new("e1");
    let asked =
        later(&all, "b", &written, &[(line.clone(), "Run `make db-up`  before `make test`.")]);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    let prompt = &asked.call.prompt;
    assert!(prompt.starts_with("Some lines of `Memory` stand on findings"), "{prompt}");
    assert!(prompt.contains("words, beside those of lines that they replace, and"), "{prompt}");
    let item = json!({"kind": "mistake", "text": BOTH, "findings": [1], "replaces": 1});
    let answer = Answer::Text { text: json!({ "statements": [item] }).to_string() };
    let held = check(asked, &answer, &Policy::default()).held.remove(0);
    assert_eq!((held.findings.len(), &held.replaces), (2, &Some(line)));
    assert_eq!(held.instead_of, std::slice::from_ref(&first.key));
    // The new statement names `make test`, which only the finding of the line shows. The old one
    // says nothing beside it.
    let rows = rows(&[first.clone(), held.clone()]);
    let judged = findings(&all).judge(&rows, &Policy::default()).into_iter();
    let judged: Vec<_> = judged.map(|(row, why)| (row.key == held.key, why)).collect();
    assert_eq!(judged, [(true, None), (false, Some("same-as-another"))]);
}

#[test]
fn a_statement_that_replaces_a_line_which_is_a_finding_also_rests_on_it() {
    let all = both();
    let line = "`make test` needs `make db-up` before it.";
    let asked = later(&all, "b", &Distillate::default(), &[(EntryId::new("e1"), line)]);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(asked.call.prompt.starts_with("Some lines of `Memory` stand on findings"), "{asked:?}");
    let item = json!({"kind": "mistake", "text": BOTH, "findings": [1], "replaces": 1});
    let answer = Answer::Text { text: json!({ "statements": [item] }).to_string() };
    let held = check(asked, &answer, &Policy::default()).held.remove(0);
    // It names `make test`, which only the line shows.
    assert_eq!(held.findings.len(), 2);
    assert!(judged(&all, &held).is_ok());
}

#[test]
fn a_line_that_no_longer_holds_keeps_its_findings_for_what_takes_its_place() {
    let mut all = sessions([session("a", "mira", 1, "test")]);
    let first = row(&all, Kind::Mistake, "Run `make db-up` before `make test`.", &["make test"]);
    let mut gone = record("b", "mira", 2);
    let (wrong, right) = ("make db-up", "make db-start");
    let shown = place(4, 2, Provenance::Agent, "make db-up is gone, it is make db-start now");
    let text = "The database is started by `make db-start`, no longer by `make db-up`.";
    let mut newer = proposal(Kind::Fact, text, Trust::Agent, vec![shown]);
    newer.subject = Some("database start".into());
    (newer.wrong, newer.right) = (Some(wrong.into()), Some(right.into()));
    gone.proposals = vec![newer];
    all.insert(gone.id.clone(), gone);
    let written = rows(std::slice::from_ref(&first));
    let standing = findings(&all).judge(&written, &Policy::default());
    assert_eq!(standing[0].1, Some("given-up"));
    let asked = later(&all, "b", &written, &[(EntryId::new("e1"), &first.text)]);
    assert_eq!(asked[0].known[0].row.as_ref(), Some(&first));
}

#[test]
fn what_was_written_anew_twice_does_not_come_back() {
    let days = [("a", 1, "test"), ("b", 2, "report"), ("c", 3, "bill")];
    let all = sessions(days.map(|(id, day, target)| session(id, "mira", day, target)));
    let of = |text: &str, on: &[&str]| row(&all, Kind::Mistake, text, on);
    let first = of("Run `make db-up` before `make test`.", &["make test"]);
    let second = of(
        "Run `make db-up` before `make test`; `make report` needs it, too.",
        &["make test", "make report"],
    );
    let third = of(
        "`make report` and `make bill` need it before, too.",
        &["make test", "make report", "make bill"],
    );
    let [second, third] = [(&second, &first), (&third, &second)].map(|(row, old)| {
        let instead_of = vec![old.key.clone()];
        Distilled { instead_of, ..row.clone() }
    });
    let judged = |rows: &[&Distilled]| {
        let rows = self::rows(&rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
        let judged = findings(&all).judge(&rows, &Policy::default()).into_iter();
        judged.map(|(row, why)| (row.text.clone(), why)).collect::<Vec<_>>()
    };
    let stand = |rows: &[&Distilled]| {
        let judged = judged(rows).into_iter();
        judged.filter_map(|(text, why)| why.is_none().then_some(text)).collect::<Vec<_>>()
    };
    // The third says too little of the first to be the same by its words.
    assert_eq!(stand(&[&first, &third]), [&*third.text, &first.text]);
    assert_eq!(stand(&[&first, &second, &third]), [&*third.text]);
    // Nor when what took its place no longer holds: in the memory stands what that said.
    let wrong = Distilled { text: "Port 9999 is kept.".into(), ..second.clone() };
    assert_eq!(stand(&[&first, &wrong, &third]), [&*third.text]);
    assert!(stand(&[&first, &wrong]).is_empty());
    // It stands again when a session of what took its place was withdrawn.
    let mut gone = all.clone();
    gone.get_mut(&SessionId::new("b")).unwrap().withdrawn = true;
    let written = self::rows(&[first.clone(), second.clone()]);
    let judged = findings(&gone).judge(&written, &Policy::default());
    assert!(judged.iter().any(|(row, why)| row.key == first.key && why.is_none()), "{judged:?}");
    // What is written again stands, and what had taken its place does not.
    let again = Distilled { instead_of: vec![second.key.clone()], ..first.clone() };
    let own = Distilled { instead_of: vec![first.key.clone()], ..first.clone() };
    assert_eq!(stand(&[&first, &second, &again]), [&*first.text]);
    assert_eq!(stand(&[&first, &second, &again, &own]), [&*first.text]);
}

#[test]
fn the_words_of_a_call_follow_its_findings() {
    let most = |findings: i64| {
        let words = "every word counts here ".repeat(25);
        let many = (0..findings).map(|n| {
            let mut session = record(&format!("s{n:02}"), "mira", n);
            let shown = place(4, n, Provenance::Agent, &words);
            let text = format!("{words} {n}.");
            session.proposals = vec![proposal(Kind::Fact, &text, Trust::Agent, vec![shown])];
            session
        });
        let asked = asked(&sessions(many), &Policy::default());
        let prompt = asked[0].call.prompt.clone();
        prompt.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    // 101 words in each finding.
    assert_eq!([1, 20, 79, 90].map(most), [100, 252, 997, 1000]);
}

#[test]
fn a_preference_is_kept_without_the_name_that_its_line_has() {
    let all = sessions([session("a", "mira", 1, "test"), session("b", "jonas", 2, "report")]);
    let findings = findings(&all);
    let text = |kind, text: &str| findings.nameless(row(&all, kind, text, &["make"])).text;
    let wish = "Blue labels are printed twice.";
    for written in [wish, &format!("{wish} (mira)"), &format!("{wish} (jonas)")] {
        assert_eq!(text(Kind::Preference, written), wish);
    }
    let other = format!("{wish} (always)");
    assert_eq!(text(Kind::Preference, &other), other);
    let fact = format!("{wish} (mira)");
    assert_eq!(text(Kind::Fact, &fact), fact);
    let kept = findings.nameless(row(&all, Kind::Preference, &fact, &["make"]));
    assert_eq!(kept.key, statement(Kind::Preference, wish));
}
