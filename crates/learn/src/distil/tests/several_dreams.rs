//! What a dream shows and takes over of earlier dreams.

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
            text: (*text).into(),
        };
        memory.iter().map(line).collect()
    };
    findings.ask(&open, is_new, written, ("", known), 10, &Policy::default())
}

/// A session as [`session`] makes it, whose finding has more words.
fn longer(id: &str, day: i64, target: &str) -> SessionRecord {
    let mut session = session(id, "mira", day, target);
    let more = "The lamps, chairs and tables are counted after that.";
    let text = format!("{} {more}", session.proposals[0].text);
    session.proposals[0].text = text;
    session
}

/// Marks the findings of a session as left by a model.
fn left(mut session: SessionRecord) -> SessionRecord {
    for proposal in &mut session.proposals {
        proposal.worth = Some(false);
    }
    session
}

#[test]
fn a_finding_that_was_left_is_shown_again_when_a_new_one_resembles_it() {
    let mut other = left(record("c", "mira", 3));
    let shown = place(4, 3, Provenance::User, "The key is in the safe.");
    other.proposals =
        vec![proposal(Kind::Fact, "The key is in the safe.", Trust::User, vec![shown])];
    let all =
        sessions([left(session("a", "mira", 1, "test")), longer("b", 2, "report"), left(other)]);
    let asked = later(&all, "b", &Distillate::default(), &[]);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    let prompt = &asked.call.prompt;
    assert!(prompt.starts_with("A finding marked `left before` "), "{prompt}");
    assert!(
        prompt
            .contains("Finding 1 (2024-10-05 00:00, 1 session, left before)\nmistake: `make test`"),
        "{prompt}"
    );
    assert!(
        prompt.contains("Finding 2 (2024-10-06 00:00, 1 session)\nmistake: `make report`"),
        "{prompt}"
    );
    assert!(!prompt.contains("safe"), "{prompt}");
    // Left findings alone ask for nothing.
    assert!(later(&all, "c", &Distillate::default(), &[]).is_empty());
}

#[test]
fn findings_that_were_left_take_at_most_as_much_room_as_the_new_ones() {
    let many = (1..9).map(|n| left(session(&format!("a{n}"), "mira", n, &format!("job{n}"))));
    let all = sessions(many.chain([longer("b", 20, "report")]));
    let asked = later(&all, "b", &Distillate::default(), &[]);
    assert_eq!(asked[0].findings.len(), 2, "{asked:?}");
}

#[test]
fn a_finding_resembles_by_a_quarter_of_its_words_and_not_by_words_that_counts_share() {
    // A fact of eight content words, of which the new finding of the second session has `shared`.
    let shown = |shared: usize| {
        let words = ["blue", "tin", "lamp", "gull", "roof", "june", "stamp", "queue"];
        let said = |text: String, day| {
            let mut session = record(&format!("s{day}"), "mira", day);
            let shown = place(4, day, Provenance::Agent, &text);
            session.proposals = vec![proposal(Kind::Fact, &text, Trust::Agent, vec![shown])];
            session
        };
        let old = left(said(format!("{}.", words.join(" ")), 1));
        let other = ["chair", "table", "door", "wall", "floor", "shelf", "box", "bag", "pot"];
        let new = words.iter().take(shared).chain(&other).copied().collect::<Vec<_>>().join(" ");
        let all = sessions([old, said(format!("{new}."), 2)]);
        later(&all, "s2", &Distillate::default(), &[])[0].findings.len() - 1
    };
    assert_eq!([0, 1, 2, 8].map(shown), [0, 0, 1, 1]);
    // A count of failures in three sessions, two of which also propose something.
    let mut all = Sessions::default();
    for (id, day) in [("a", 1), ("b", 2), ("c", 3)] {
        let mut session = longer(id, day, id);
        session.notes.failures = vec![failure("Edit", "no such text", day, Some("Read"))];
        all.insert(session.id.clone(), session);
    }
    let mut old = record("d", "mira", 0);
    let shown = place(4, 0, Provenance::Agent, "Edit failed in two sessions.");
    let text = "Edit failed in sessions.";
    old.proposals = vec![proposal(Kind::Fact, text, Trust::Agent, vec![shown])];
    let old = left(old);
    all.insert(old.id.clone(), old);
    let asked = later(&all, "c", &Distillate::default(), &[]);
    let prompt = &asked[0].call.prompt;
    assert!(
        prompt.contains("counted: Edit failed") && !prompt.contains("left before)"),
        "{prompt}"
    );
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
        assert!(asked[0].known[0].1.is_some(), "{line}");
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
    // The new statement names `make test`, which only the finding of the line shows. The old one
    // says nothing beside it.
    let rows = rows(&[first.clone(), held.clone()]);
    let judged = findings(&all).judge(&rows, &Policy::default()).into_iter();
    let judged: Vec<_> = judged.map(|(row, why)| (row.key == held.key, why)).collect();
    assert_eq!(judged, [(true, None), (false, Some("same-as-another"))]);
}

#[test]
fn the_words_of_a_call_follow_its_new_findings() {
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
