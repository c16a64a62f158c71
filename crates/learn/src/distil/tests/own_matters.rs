//! Statements from what a person tells of their own matters.

use super::*;

/// A session in which a person tells this, as a model noted it, with a quote of 16 words.
fn told(provenance: Provenance, trust: Trust, quote: &str) -> Sessions {
    let mut session = record("a", "mira", 1);
    let notes = (1..=40).map(|n| {
        let text = format!(
            "Lamp {n} stands in the hall, was bought in spring, and cost less than lamp {n}."
        );
        proposal(Kind::Fact, &text, trust, vec![place(n, 1, provenance, &format!("{quote} {n}"))])
    });
    session.proposals = notes.collect();
    sessions([session])
}

#[test]
fn what_only_a_person_said_has_one_word_for_three() {
    let limit = |provenance, trust| {
        let all = told(provenance, trust, "the lamp of the hall");
        let asked = asked(&all, &Policy::default());
        let prompt = &asked[0].call.prompt;
        let most = prompt.split("at most ").nth(1).unwrap().split(' ').next().unwrap();
        (most.parse::<usize>().unwrap(), prompt.contains("of their own matters"))
    };
    let words = 40 * 16;
    assert_eq!(limit(Provenance::User, Trust::User), (words / 3, true));
    assert_eq!(limit(Provenance::Agent, Trust::Agent), (100, false));
    // What a person pasted is not their own.
    assert_eq!(limit(Provenance::User, Trust::External), (100, false));
}

#[test]
fn what_a_person_typed_stays_theirs_when_its_quote_begins_with_a_quotation_mark() {
    let of = |trust| {
        let all = told(Provenance::User, trust, "“Hall Pride” for the lamp of spring");
        let text = "Lamp 7 was bought in spring and stands in the hall.";
        let row = row(&all, Kind::Decision, text, &["Lamp 7 "]);
        judged(&all, &row).map(|found| found.trust)
    };
    assert_eq!(of(Trust::User), Ok(Trust::User));
    assert_ne!(of(Trust::External), Ok(Trust::User));
}
