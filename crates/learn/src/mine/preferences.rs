//! Standing wishes in the user's own words.

use std::cmp::Reverse;

use dreaming_records::evidence::Pin;
use dreaming_records::kind::Kind;
use dreaming_records::notes::{Statement, StatementKind};
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_text as text;
use dreaming_text::join::{Threshold, near};
use dreaming_text::{Groups, sort};

use crate::mine::places::Places;
use crate::mine::{Mined, words};

/// Similarity from which two wishes are one in other words, in parts per million. Chosen by us:
/// one word in ten may differ, and the guards keep values and negations apart.
const SAME_WISH: Threshold = Threshold::permille(800);

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut all = Vec::new();
    for record in records {
        let likes = |said: &&Statement| said.kind == StatementKind::Preference;
        for said in record.notes.statements.iter().filter(likes) {
            let text = whole(&words::sentence(&said.text));
            if !text.is_empty() {
                all.push((text, (*record, &said.pin)));
            }
        }
    }
    let scoped = stars(all, policy).flat_map(|(text, mut places)| {
        places.keep_most_trusted();
        let scopes = places.scopes(policy).into_iter();
        scopes.map(move |(principal, places)| (text.clone(), principal, places))
    });
    for (text, principal, places) in scoped {
        if !enough(&places, policy) {
            mined.waiting += 1;
            continue;
        }
        mined.add((Kind::Preference, &text), &places, places.trust(), policy, |found| {
            found.principal = principal;
        });
    }
}

/// A wish that is only named, as the sentence that tells it: "My preference for tabs." is no
/// sentence that a reader could use.
fn whole(text: &str) -> String {
    let named = [("My preference for ", "I prefer "), ("Our preference for ", "We prefer ")]
        .into_iter()
        .find_map(|(noun, verb)| Some((verb, text.strip_prefix(noun)?)));
    match named {
        Some((verb, rest)) if ![" is ", " are ", " has "].iter().any(|v| rest.contains(v)) => {
            format!("{verb}{rest}")
        }
        _ => text.into(),
    }
}

/// Whether a statement may stand: a person's word counts at once, anything else must recur.
pub(super) fn enough(places: &Places<'_>, policy: &Policy) -> bool {
    places.trust() == Trust::User || places.sessions() >= policy.number(&policy::RECUR_SESSIONS)
}

/// Puts wordings of one statement together: the newest of the most trusted stands for all that are
/// near to it. A star and not a chain, so that no member is further from the words that stay than
/// [`SAME_WISH`] allows.
pub(super) fn stars<'a>(
    said: Vec<(String, (&'a SessionRecord, &'a Pin))>,
    policy: &Policy,
) -> impl Iterator<Item = (String, Places<'a>)> {
    let said = Groups::of(said);
    let places = said.iter().map(|(text, all)| (text.clone(), Places::of(all.copied())));
    let mut wordings: Vec<(String, Places)> = places.collect();
    wordings.iter_mut().for_each(|(_, places)| places.keep_most_trusted());
    sort::by_cached_key(&mut wordings, |(text, places)| {
        (Reverse((places.trust(), places.last())), places.kept(policy), text.clone())
    });
    let tokens: Vec<Vec<String>> = wordings.iter().map(|(text, _)| text::tokens(text)).collect();
    let pairs = near(&tokens, &tokens, SAME_WISH).into_iter().map(|pair| (pair.left, pair.right));
    let newer = Groups::of(pairs.filter(|(left, right)| right < left));
    let mut stars: Vec<(usize, String, Places)> = Vec::new();
    for (at, (text, places)) in wordings.into_iter().enumerate() {
        let stands_for = |other: &usize| {
            let place = stars.binary_search_by_key(other, |(at, ..)| *at).ok()?;
            let (_, star, _) = stars.get(place)?;
            text::guard(star, &text).is_none().then_some(place)
        };
        let star = newer.get(&at).find_map(stands_for);
        match star.and_then(|place| stars.get_mut(place)) {
            Some((.., all)) => all.extend(places),
            None => stars.push((at, text, places)),
        }
    }
    stars.into_iter().map(|(_, text, places)| (text, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, sessions, statement};
    use dreaming_records::trust::Provenance;

    fn mined(said: &[(&str, &str, i64)]) -> Mined {
        mine(
            &sessions(said.iter().zip(1..).map(|((principal, words, day), n)| {
                let mut r = record(&format!("s{n}"), principal, *day);
                r.notes.statements = vec![statement(words, *day)];
                r
            })),
            &Policy::default(),
        )
    }

    #[test]
    fn one_session_is_enough_for_a_persons_own_words() {
        let mined = mined(&[("alice", "always answer in French", 1)]);
        let found = &mined.candidates[0];
        assert_eq!(found.text, "Always answer in French.");
        assert_eq!((found.kind, found.trust), (Kind::Preference, Trust::User));
        assert_eq!((found.principal.as_deref(), mined.waiting), (Some("alice"), 0));
    }

    #[test]
    fn a_wish_that_is_only_named_becomes_a_sentence() {
        for (said, text) in [
            ("my preference for small commits", "I prefer small commits."),
            ("my preference for tabs is strong", "My preference for tabs is strong."),
        ] {
            assert_eq!(mined(&[("alice", said, 1)]).candidates[0].text, text);
        }
    }

    #[test]
    fn the_same_wish_of_two_people_is_the_teams() {
        let mined = mined(&[("alice", "always use pnpm", 1), ("bob", "Always use pnpm.", 2)]);
        assert_eq!(mined.candidates.len(), 1);
        let found = &mined.candidates[0];
        assert_eq!((found.principal.as_ref(), found.support.sessions), (None, 2));
        assert!(found.first < found.last);
    }

    #[test]
    fn words_in_scripts_without_spaces_are_kept_whole() {
        let mined =
            mined(&[("alice", "以后总是用中文回答", 1), ("alice", "以后总是用中文回答", 2)]);
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].text, "以后总是用中文回答。");
    }

    #[test]
    fn the_newest_of_near_wordings_stands_for_all() {
        let long = "always run the whole linter suite before every single commit you create here";
        let longer = format!("{long} today");
        for days in [(1, 2), (2, 1)] {
            let mined = mined(&[("alice", long, days.0), ("alice", &longer, days.1)]);
            assert_eq!(mined.candidates.len(), 1, "{mined:?}");
            let newest = if days.0 > days.1 { long } else { &longer };
            assert_eq!(mined.candidates[0].text, words::sentence(newest));
            assert_eq!(mined.candidates[0].support.sessions, 2);
        }
    }

    #[test]
    fn a_value_or_a_negation_keeps_two_wishes_apart() {
        for (a, b) in [
            (
                "always indent the generated code files with 2 spaces",
                "always indent the generated code files with 4 spaces",
            ),
            (
                "always squash the commits of one branch before merging",
                "never squash the commits of one branch before merging",
            ),
        ] {
            assert_eq!(mined(&[("alice", a, 1), ("alice", b, 2)]).candidates.len(), 2);
        }
    }

    #[test]
    fn a_copy_by_an_agent_takes_no_trust_away() {
        let mut copied = record("a", "alice", 1);
        copied.notes.statements = vec![statement("always be brief", 1); 2];
        copied.notes.statements[1].pin.provenance = Provenance::Agent;
        let found = &mine(&sessions([copied]), &Policy::default()).candidates[0];
        assert_eq!((found.trust, found.evidence.len()), (Trust::User, 1));

        let said = "always run the whole linter suite before every single commit you create here";
        let mut person = record("a", "alice", 1);
        person.notes.statements = vec![statement(said, 1)];
        let mut agent = record("b", "alice", 2);
        agent.notes.statements = vec![statement(&format!("{said} today"), 2)];
        agent.notes.statements[0].pin.provenance = Provenance::Agent;
        let mined = mine(&sessions([person, agent]), &Policy::default());
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].text, words::sentence(said));
        assert_eq!(mined.candidates[0].trust, Trust::User);
    }

    #[test]
    fn words_that_no_person_typed_must_recur() {
        let mut one = record("a", "alice", 1);
        one.notes.statements = vec![statement("always be brief", 1)];
        one.notes.statements[0].pin.provenance = Provenance::Agent;
        let mut two = one.clone();
        two.id = dreaming_records::ids::SessionId::new("b");
        two.notes.origin = two.id.clone();
        let alone = mine(&sessions([one.clone()]), &Policy::default());
        assert_eq!((alone.candidates.len(), alone.waiting), (0, 1));
        let both = mine(&sessions([one, two]), &Policy::default());
        assert_eq!(both.candidates[0].trust, Trust::Agent);
    }
}
