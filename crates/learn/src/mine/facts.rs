//! What people asked to remember.

use dreaming_records::kind::Kind;
use dreaming_records::notes::StatementKind;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::Set;

use crate::extract::remember;
use crate::mine::preferences::{enough, stars};
use crate::mine::{Mined, words};

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut all = Vec::new();
    // Whether it is about the one who said it.
    let mut personal = Vec::new();
    for record in records {
        let facts = record.notes.statements.iter().filter(|s| s.kind == StatementKind::Fact);
        for said in facts {
            let told = remember::parse(&said.text);
            let text = words::sentence(told.as_ref().map_or(&said.text, |told| told.text));
            if told.is_some_and(|told| told.personal) {
                personal.push(text.clone());
            }
            if !text.is_empty() {
                all.push((text, (*record, &said.pin)));
            }
        }
    }
    let personal = Set::of(personal);
    for (text, places) in stars(all, policy) {
        if !enough(&places, policy) {
            mined.waiting += 1;
            continue;
        }
        mined.add((Kind::Fact, &text), &places, places.trust(), policy, |found| {
            found.principal = places.principal().filter(|_| personal.contains(&text));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, sessions, statement};
    use dreaming_records::trust::Trust;

    fn mined(said: &[(&str, i64)]) -> Mined {
        mine(
            &sessions(said.iter().zip(1..).map(|((words, day), n)| {
                let mut r = record(&format!("s{n}"), "alice", *day);
                r.notes.statements = vec![statement(words, *day)];
                r.notes.statements[0].kind = StatementKind::Fact;
                r
            })),
            &Policy::default(),
        )
    }

    #[test]
    fn what_was_said_to_be_remembered_stands_at_once_without_the_call() {
        let mined = mined(&[("remember that our staging host is st2", 1)]);
        let found = &mined.candidates[0];
        assert_eq!(found.text, "Our staging host is st2.");
        assert_eq!((found.kind, found.trust, mined.waiting), (Kind::Fact, Trust::User, 0));
    }

    #[test]
    fn what_is_about_the_one_who_said_it_is_theirs() {
        let whose = |said| mined(&[(said, 1)]).candidates[0].principal.clone();
        assert_eq!(whose("remember that my time zone is UTC+2").as_deref(), Some("alice"));
        assert_eq!(whose("remember that our time zone is UTC+2"), None);
    }

    #[test]
    fn all_that_say_the_same_are_one() {
        let mined = mined(&[
            ("Remember that we use Redis for sessions", 1),
            ("For future reference, we use Redis for sessions", 2),
        ]);
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].text, "We use Redis for sessions.");
        assert_eq!(mined.candidates[0].support.sessions, 2);
    }
}
