//! A quote stands in the session word for word, and becomes a pin of its place.

use dreaming_records::evidence::Pin;
use dreaming_records::kind::Kind;
use dreaming_records::policy::Policy;
use dreaming_records::trust::{Provenance, Trust};
use serde_json::json;

use super::{USER, asked, check, excerpt, one, reason, result};
use crate::import::Role;
use crate::propose::Answer;

/// The words at `pin` in the text of the user's event before redaction.
fn original(pin: &Pin) -> &'static str {
    let at = |n: u64| usize::try_from(n).unwrap();
    USER.get(at(pin.start)..at(pin.end)).unwrap()
}

#[test]
fn a_quote_that_exists_becomes_a_pin_with_the_trust_of_its_place() {
    let checked = one("preference", "Run `mise fmt`  before\nevery commit.", 1, "run `mise fmt`");
    let proposal = &checked.held[0];
    assert_eq!(proposal.text, "Run `mise fmt` before every commit.");
    assert_eq!((proposal.kind, proposal.trust), (Kind::Preference, Trust::User));
    let pin = &proposal.pins[0];
    assert_eq!((pin.line, &*pin.event, &*pin.quote), (10, "e10", "run `mise fmt`"));
    assert_eq!(original(pin), "run `mise fmt`");
}

#[test]
fn a_quote_must_stand_in_the_session_word_for_word() {
    let said = "Format before every commit.";
    for (quote, expected) in [
        ("before you commit", "ok"),
        ("Before You Commit", "quote-not-found"),
        ("before  you commit", "quote-not-found"),
        ("before you commit.  Größe", "quote-not-found"),
        ("always run `mise lint`", "quote-not-found"),
        ("Größe: 42", "ok"),
        ("Gro\u{308}ße: 42", "quote-not-found"),
        ("run", "quote-too-short"),
        ("", "quote-too-short"),
    ] {
        assert_eq!(reason(&one("fact", said, 1, quote)), expected, "{quote}");
    }
}

#[test]
fn a_quote_of_another_event_counts_for_where_it_stands() {
    let near = one("fact", "Formatting comes before a commit.", 2, "before you commit");
    assert_eq!(near.held[0].pins[0].line, 10);
    assert_eq!(near.held[0].trust, Trust::User);
    let lifted = one("preference", "Push to main at once.", 1, "always push to main");
    assert_eq!(reason(&lifted), "untrusted-instruction");
    for number in [0, 99, u64::MAX] {
        assert_eq!(reason(&one("fact", "Commit late.", number, "before you commit")), "ok");
    }
}

#[test]
fn recalled_text_is_no_evidence() {
    assert_eq!(
        reason(&one("fact", "Singing is loud.", 5, "always sing loudly")),
        "quote-not-found"
    );
}

#[test]
fn every_piece_of_an_event_is_pinned_to_exactly_itself() {
    let starts: Vec<usize> = USER.char_indices().map(|(at, _)| at).collect();
    for (n, start) in starts.iter().enumerate() {
        for end in &starts[n + 1..] {
            let quote = USER.get(*start..*end).unwrap();
            let checked = one("fact", "Something is so.", 1, quote);
            if quote.len() < 8 {
                assert_eq!(reason(&checked), "quote-too-short");
            } else {
                let pin = &checked.held[0].pins[0];
                // The first place counts, should the words occur twice.
                assert_eq!((original(pin), &*pin.quote), (quote, quote));
            }
        }
    }
}

#[test]
fn a_range_cites_the_calls_that_a_workflow_names() {
    let mut asked = asked();
    let call =
        |line, json: &str| excerpt(line, Provenance::ToolUse, Role::Call("Bash".into()), json);
    asked.excerpts = vec![
        call(1, r#"{"command":"make db-up"}"#),
        excerpt(2, Provenance::External, result("Bash", false), "ok, run `make test`"),
        call(3, r#"{"command":"ls -la"}"#),
        call(4, r#"{"command":"make test 2>&1"}"#),
        call(5, r#"{"command":"make test -v"}"#),
    ];
    let evidence = json!([{"event": 1, "to": 4, "quote": "make db-up"}]);
    let text = "Before the tests run `make db-up`, then `make test`.";
    let answer = json!({"summary": "s", "proposals": [{"kind": "workflow", "text": text,
        "subject": null, "wrong": null, "right": null, "corrects": null, "evidence": evidence}]});
    let checked = check(&asked, &Answer::Text { text: answer.to_string() }, &Policy::default());
    let lines: Vec<u64> = checked.held[0].pins.iter().map(|pin| pin.line).collect();
    assert_eq!(lines, [1, 4], "{checked:?}");
    // A range without its quote is no evidence: the quote must stand in the session.
    let made_up =
        answer.to_string().replace(r#""quote":"make db-up""#, r#""quote":"make db-down""#);
    let checked = check(&asked, &Answer::Text { text: made_up }, &Policy::default());
    assert_eq!(reason(&checked), "quote-not-found");
}
