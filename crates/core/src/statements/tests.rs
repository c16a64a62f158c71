//! Tests of the statements of a host.

use super::*;

fn statement(id: &str, text: &str, day: i64) -> Statement {
    Statement {
        id: id.into(),
        text: text.into(),
        headings: String::new(),
        subject: None,
        principal: None,
        said: Some(Time::from_millis(day * dreaming_records::time::DAY_MS)),
        trust: Trust::Agent,
        support: Support { sessions: 1, agents: 1, days: 1 },
        credit: Credit::default(),
        pinned: false,
    }
}

fn all(statements: &[Statement]) -> Statements {
    let mut all = Statements::default();
    all.add(statements.to_vec()).unwrap();
    all
}

const TEXT: &str = "The staging shop resets every night at two.";

#[test]
fn the_newer_of_two_equal_statements_stays_in_whatever_order_they_come() {
    let mut statements = vec![statement("a", TEXT, 2), statement("b", TEXT, 1)];
    for _ in 0..2 {
        let all = all(&statements);
        let related = reconcile(&all).unwrap();
        let [pair] = related.as_slice() else { panic!("{related:?}") };
        assert_eq!((pair.older, pair.newer, pair.tie), ("b", "a", Tie::Same));
        statements.reverse();
    }
}

#[test]
fn values_under_one_subject_are_updates_or_without_times_contradictions() {
    let key = |mut statement: Statement| {
        statement.subject = Some("shop port".into());
        statement
    };
    let older = key(statement("a", "The shop listens on port 80.", 1));
    let newer = key(statement("b", "The shop listens on port 81.", 2));
    assert_eq!(reconcile(&all(&[older.clone(), newer.clone()])).unwrap()[0].tie, Tie::Updates);
    let undated = Statement { said: None, ..newer.clone() };
    let tie = reconcile(&all(&[older.clone(), undated])).unwrap()[0].tie;
    assert_eq!(tie, Tie::Contradicts);
    let spelt = Statement { subject: Some(" Shop\t PORT".into()), ..newer.clone() };
    assert_eq!(reconcile(&all(&[older.clone(), spelt])).unwrap()[0].tie, Tie::Updates);
    let none = Statement { subject: Some(" ".into()), ..newer };
    assert_eq!(reconcile(&all(&[Statement { subject: None, ..older }, none])).unwrap(), []);
}

#[test]
fn another_wording_of_one_subject_is_no_other_value() {
    let of = |id: &str, text: &str, headings: &str| Statement {
        subject: Some("shop reset".into()),
        headings: headings.into(),
        said: None,
        ..statement(id, text, 1)
    };
    let reworded = "Staging shop resets, every night, at two";
    let tie = |other: Statement| {
        let all = all(&[of("a", TEXT, ""), other]);
        reconcile(&all).unwrap().first().map(|pair| (pair.tie, pair.judgement.reason))
    };
    assert_eq!(tie(of("b", reworded, "")), Some((Tie::Same, "near")));
    assert_eq!(tie(of("b", reworded, "Other")), None);
    assert_eq!(tie(of("b", "It never resets.", "Other")), Some((Tie::Contradicts, "subject")));
}

#[test]
fn what_one_person_wants_is_not_what_everybody_wants() {
    let mine = Statement { principal: Some("ada".into()), ..statement("a", TEXT, 1) };
    assert_eq!(reconcile(&all(&[mine, statement("b", TEXT, 2)])).unwrap(), []);
}

#[test]
fn similarities_of_the_host_widen_what_is_compared_and_lift_no_guard() {
    let pairs = [
        ("Nightly backups of the shop go to the second data centre.", true),
        ("Every night a copy of the shop is written to data centre two.", true),
        ("Nightly backups never go to the second data centre.", false),
    ];
    let (first, _) = pairs[0];
    for (text, is_same) in pairs.into_iter().skip(1) {
        let mut all = all(&[statement("a", first, 1), statement("b", text, 2)]);
        // A similarity above a million counts as a million.
        let pair = Similarity { a: "b".into(), b: "a".into(), similarity: 2 * PPM };
        all.add_similarities(vec![pair]).unwrap();
        let same = reconcile(&all).unwrap();
        let same: Vec<_> = same.iter().filter(|pair| pair.tie == Tie::Same).collect();
        assert_eq!(same.len() == 1, is_same, "{text}");
        assert!(same.iter().all(|pair| pair.judgement.similarity == PPM), "{text}");
    }
    let mut all = all(&[statement("a", first, 1)]);
    let pair = Similarity { a: "a".into(), b: "z".into(), similarity: 910_000 };
    all.add_similarities(vec![pair]).unwrap();
    assert_eq!(reconcile(&all).unwrap_err(), StatementsError::Unknown("z".into()));
}

#[test]
fn an_id_occurs_once() {
    let all = all(&[statement("a", TEXT, 1), statement("a", "Other words stand here.", 2)]);
    assert_eq!(reconcile(&all).unwrap_err(), StatementsError::Twice("a".into()));
}

#[test]
fn the_budget_keeps_what_is_pinned_and_then_what_says_most_for_its_tokens() {
    let now = Time::from_millis(3 * dreaming_records::time::DAY_MS);
    let long = TEXT.repeat(5);
    let mut pinned = statement("a", &long, 1);
    pinned.pinned = true;
    let all = all(&[pinned, statement("b", &long, 1), statement("c", TEXT, 1)]);
    let kept = |tokens: u64, without: &[&str]| {
        let without = without.iter().map(|id| (*id).to_owned()).collect();
        prune(&all, &Budget { without, tokens }, "", now, &Policy::default()).unwrap()
    };
    assert_eq!(kept(0, &[]), ["a"]);
    assert_eq!(kept(70, &[]), ["a", "c"]);
    assert_eq!(kept(1000, &["a", "b"]), ["a", "c"]);
    assert_eq!(kept(1000, &[]), ["a", "b", "c"]);
}

#[test]
fn a_page_over_the_limit_adds_nothing() {
    let mut all = Statements::default();
    let text = "x".repeat(MAX_PAGE);
    assert!(matches!(all.add(vec![statement("a", &text, 1)]), Err(StatementsError::TooLarge(_))));
    assert_eq!(reconcile(&all).unwrap(), []);
}
