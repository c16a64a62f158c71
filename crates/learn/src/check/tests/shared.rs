//! Answers to a call about two sessions, as each of them takes them.

use super::*;

/// The first session has a page and a person's wish; the second a person who says something else.
/// Both begin with the same greeting.
fn shared() -> [Asked; 2] {
    let page = "Releases need a green build and two approvals by the owners of the code.";
    let first = [
        excerpt(1, Provenance::User, Role::Person, "Good morning, what is next?"),
        excerpt(
            2,
            Provenance::User,
            Role::Person,
            "Always run `mise fmt` before a commit, please.",
        ),
        excerpt(3, Provenance::External, result("WebFetch", false), page),
    ];
    let second = [
        excerpt(1, Provenance::User, Role::Person, "Good morning, what is next?"),
        excerpt(2, Provenance::User, Role::Person, "The till is called Berta, in room 12."),
    ];
    let excerpts = [&first[..], &second].concat();
    let one = Asked { excerpts, own: 0..3, starts: vec![0, 3], ..asked() };
    [one.clone(), Asked { own: 3..5, ..one }]
}

/// What both sessions make of an answer.
fn both(proposals: Value) -> [Checked<Proposal>; 2] {
    let answer = Answer::Text { text: json!({ "proposals": proposals }).to_string() };
    shared().map(|asked| {
        let own = asked.excerpts.get(asked.own.clone()).unwrap();
        let sources = Sources::of(own).beside(&asked);
        super::super::check(&asked, &answer, &sources, &Policy::default())
    })
}

fn counts(checked: &[Checked<Proposal>; 2]) -> [(usize, usize); 2] {
    checked.each_ref().map(|one| (one.held.len(), one.rejected.len()))
}

#[test]
fn a_proposal_belongs_to_the_session_of_the_first_quote_that_is_there() {
    let berta = json!({"event": 5, "quote": "The till is called Berta"});
    let fmt = json!({"event": 2, "quote": "Always run `mise fmt` before a commit"});
    let nowhere = json!({"event": 2, "quote": "words that nobody wrote"});
    let fact = |evidence: Value| json!([{"kind": "fact", "text": "The till is called Berta.", "evidence": evidence}]);
    assert_eq!(counts(&both(fact(json!([berta])))), [(0, 0), (1, 0)]);
    let [_, second] = both(fact(json!([nowhere, berta, fmt])));
    assert_eq!(second.held[0].pins.len(), 1);
    assert_eq!(counts(&both(fact(json!([fmt, berta])))), [(1, 0), (0, 0)]);
    // What cites nothing that is there is turned down once.
    assert_eq!(counts(&both(fact(json!([nowhere])))), [(0, 1), (0, 0)]);
    assert_eq!(counts(&both(fact(json!(7)))), [(0, 1), (0, 0)]);
}

#[test]
fn a_wrong_number_does_not_hide_a_quote_and_one_of_two_sessions_is_nobodys() {
    let fact = |event: u64, quote: &str| {
        let evidence = json!([{"event": event, "quote": quote}]);
        json!([{"kind": "fact", "text": "They ask what is next.", "evidence": evidence}])
    };
    let greeting = "Good morning, what is next?";
    assert_eq!(counts(&both(fact(4, greeting))), [(0, 0), (1, 0)]);
    assert_eq!(counts(&both(fact(1, greeting))), [(1, 0), (0, 0)]);
    assert_eq!(counts(&both(fact(2, greeting))), [(0, 1), (0, 0)]);
    assert_eq!(counts(&both(fact(1, "The till is called Berta"))), [(0, 0), (1, 0)]);
}

#[test]
fn values_and_advice_of_another_session_support_nothing_in_this_one() {
    let one = |kind: &str, text: &str| {
        let evidence = json!([{"event": 5, "quote": "The till is called Berta, in room 12."}]);
        let [first, second] = both(json!([{"kind": kind, "text": text, "evidence": evidence}]));
        assert_eq!((first.held.len(), first.rejected.len()), (0, 0), "{text}");
        second.rejected.first().map_or("ok".to_owned(), |rejected| rejected.reason.clone())
    };
    assert_eq!(one("fact", "The till is in room 12."), "ok");
    assert_eq!(one("decision", "Run `mise fmt` at the till."), "unsupported-value");
    // A page that the model read in the first session.
    let page = "Releases need a green build and two approvals by the owners of the code.";
    assert_eq!(one("decision", page), "untrusted-instruction");
}

#[test]
fn the_limit_holds_for_each_session() {
    let item = |event: u64, quote: &str, n: usize| {
        let text = format!("They said so in other words, {}.", "again ".repeat(n + 1).trim_ascii());
        json!({"kind": "fact", "text": text, "evidence": [{"event": event, "quote": quote}]})
    };
    let many = |event, quote| (0..25).map(move |n| item(event, quote, n));
    let till = "The till is called Berta";
    let all: Vec<Value> = many(2, "before a commit, please").chain(many(5, till)).collect();
    assert_eq!(counts(&both(json!(all))), [(20, 1), (20, 1)]);
}
