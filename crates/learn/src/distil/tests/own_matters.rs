//! Statements from what a person tells of their own matters.

use super::*;

/// A session in which a person tells this so many times, as a model noted it, in 16 words each.
fn told(many: u64, provenance: Provenance, trust: Trust, quote: &str) -> Sessions {
    let mut session = record("a", "mira", 1);
    let notes = (1..=many).map(|n| {
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
    let limit = |many, provenance, trust| {
        let all = told(many, provenance, trust, "the lamp of the hall");
        let asked = asked(&all, &Policy::default());
        let prompt = &asked[0].call.prompt;
        let most = prompt.split("at most ").nth(1).unwrap().split(' ').next().unwrap();
        (most.parse::<usize>().unwrap(), prompt.contains("of their own matters"))
    };
    assert_eq!(limit(150, Provenance::User, Trust::User), (150 * 16 / 3, true));
    assert_eq!(limit(150, Provenance::Agent, Trust::Agent), (150 * 16 / 8, false));
    // What a person pasted is not their own.
    assert_eq!(limit(150, Provenance::User, Trust::External), (150 * 16 / 8, false));
    // Few findings have room for what they say, whoever said it.
    assert_eq!(limit(60, Provenance::Agent, Trust::Agent), (250, false));
    assert_eq!(limit(30, Provenance::Agent, Trust::Agent), (30 * 16 / 3, false));
    assert_eq!(limit(5, Provenance::Agent, Trust::Agent), (100, false));
}

#[test]
fn what_a_person_typed_stays_theirs_when_its_quote_begins_with_a_quotation_mark() {
    let of = |trust| {
        let all = told(40, Provenance::User, trust, "“Hall Pride” for the lamp of spring");
        let text = "Lamp 7 was bought in spring and stands in the hall.";
        let row = row(&all, Kind::Decision, text, &["Lamp 7 "]);
        judged(&all, &row).map(|found| found.trust)
    };
    assert_eq!(of(Trust::User), Ok(Trust::User));
    assert_ne!(of(Trust::External), Ok(Trust::User));
}

#[test]
fn what_a_person_typed_beside_an_agents_words_stays_theirs_too() {
    let of = |trust| {
        let mut session = record("a", "mira", 1);
        let typed = "\"good day\" instead of hello, customers are addressed formally";
        let cited = [
            place(4, 1, Provenance::Agent, "Hello Ms Issing"),
            place(5, 1, Provenance::User, typed),
        ];
        let text = "Letters to customers begin with “Good day” instead of hello.";
        session.proposals = vec![proposal(Kind::Preference, text, trust, cited.to_vec())];
        let all = sessions([session]);
        let text = "To customers: formally, “Good day” instead of hello.";
        let row = row(&all, Kind::Preference, text, &["Letters to"]);
        judged(&all, &row).map(|found| found.trust)
    };
    assert_eq!(of(Trust::Agent), Ok(Trust::Agent));
    assert_ne!(of(Trust::External), Ok(Trust::Agent));
}
