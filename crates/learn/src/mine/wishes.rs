//! Standing orders, and what people asked to remember, in their own words. One session is enough
//! for these.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{Distillate, statement};
use dreaming_records::evidence::Evidence;
use dreaming_records::evidence::Pin;
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::StatementKind;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text as text;
use dreaming_text::join::{Threshold, near};
use dreaming_text::{Groups, Set, sort};

use crate::extract::remember;
use crate::mine::pattern_places::Places;
use crate::mine::{Mined, pattern_words};

/// Similarity from which two wishes say the same in other words. Chosen by us: about one word in
/// ten may differ, and the guards keep different values and negations apart.
const SAME_WISH: Threshold = Threshold::permille(800);

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let (mut wishes, mut facts) = (Vec::new(), Vec::new());
    // Facts about the person who said them.
    let mut personal = Vec::new();
    for record in records {
        for said in &record.notes.statements {
            let place = (*record, &said.pin);
            match said.kind {
                StatementKind::Preference => {
                    wishes.push((pattern_words::sentence(&said.text), place));
                }
                StatementKind::Fact => {
                    let told = remember::parse(&said.text);
                    let text =
                        pattern_words::sentence(told.as_ref().map_or(&said.text, |told| told.text));
                    if told.is_some_and(|told| told.personal) {
                        personal.push(text.clone());
                    }
                    facts.push((text, place));
                }
                StatementKind::Correction => {}
            }
        }
    }
    let max = policy.size(&policy::STATEMENT_BYTES);
    for (text, places) in stars(wishes, policy) {
        for (principal, places) in places.scopes(policy) {
            let found = places.candidate(Kind::Preference, &text, policy);
            mined.take(Candidate { principal, ..found }, max);
        }
    }
    let personal = Set::of(personal);
    for (text, places) in stars(facts, policy) {
        let principal = places.principal().filter(|_| personal.contains(&text));
        let found = places.candidate(Kind::Fact, &text, policy);
        mined.take(Candidate { principal, ..found }, max);
    }
}

/// Marks standing orders that rules found in messages that a model has read as not worth proposing, when the model read
/// their sessions and something that it proposed of each stands on more than words from outside: it proposes what lasts
/// of the messages, too, in words that can be understood. In nine of sixteen worlds of chats rules proposed something
/// beside a model, eleven things in all: four jokes, five fragments, an idea that was dropped, and a thing that the
/// model had said. What a person asked to remember stays, and so does what stands in the memory already.
pub(super) fn read_by_models(records: &[&SessionRecord], mined: &mut Mined) {
    let is_read = |record: &&&SessionRecord| {
        let proposed = record.proposals.iter().any(|proposal| proposal.trust > Trust::External);
        proposed && !record.unseen && record.unanswered.is_none()
    };
    let read = Set::of(records.iter().filter(is_read).map(|record| &record.id));
    for found in mined.candidates.iter_mut().filter(|found| found.finder == Finder::Miner) {
        let is_wish = found.kind == Kind::Preference
            && found.replaces.is_none()
            && found.evidence.iter().all(|place| place.provenance == Provenance::User);
        let is_seen = found.evidence.iter().all(|place| read.contains(&&place.session));
        if is_wish && is_seen && !found.evidence.is_empty() {
            found.worth = Some(false);
        }
    }
}

/// The standing orders of new sessions that rules found and a model left that has read them: nothing is proposed of
/// these, and no statement of a model in `written` rests on them.
pub fn left_by_models<'a>(
    mined: &'a Mined,
    is_new: impl Fn(&SessionId) -> bool,
    written: &Distillate,
) -> Vec<&'a Candidate> {
    let of_models = mined.candidates.iter().chain(&mined.contested);
    let of_models = of_models.filter(|found| found.finder == Finder::Model);
    let cited = of_models.flat_map(|found| &found.evidence);
    let cited = Groups::of(cited.map(|place| ((&place.session, &place.part, place.line), place)));
    // A model took something from the same words.
    let is_cited = |place: &Evidence| {
        let mut there = cited.get(&(&place.session, &place.part, place.line));
        there.any(|other| place.quote.contains(&other.quote) || other.quote.contains(&place.quote))
    };
    let is_left = |found: &&Candidate| {
        let named = || {
            let id = statement(found.kind, found.words());
            written.values().any(|row| row.rests_on(&id))
        };
        found.finder == Finder::Miner
            && found.worth == Some(false)
            && found.evidence.iter().any(|place| is_new(&place.session))
            && !found.evidence.iter().all(is_cited)
            && !named()
    };
    mined.candidates.iter().filter(is_left).collect()
}

/// Groups wordings of one statement: the newest represents all that are similar to it. Each member
/// is compared with the newest and not with other members, so that none is further from it than
/// [`SAME_WISH`] allows.
fn stars<'a>(
    said: Vec<(String, (&'a SessionRecord, &'a Pin))>,
    policy: &Policy,
) -> impl Iterator<Item = (String, Places<'a>)> {
    let said = Groups::of(said.into_iter().filter(|(text, _)| !text.is_empty()));
    let places = said.iter().map(|(text, all)| (text.clone(), Places::of(all.copied())));
    let mut wordings: Vec<(String, Places)> = places.collect();
    sort::by_cached_key(&mut wordings, |(text, places)| {
        (Reverse(places.last()), places.kept(policy), text.clone())
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
    use dreaming_fixtures::{pin, record, sessions, statement};
    use dreaming_records::proposal::Proposal;

    fn proposal() -> Proposal {
        Proposal {
            kind: Kind::Fact,
            text: "The till is new.".into(),
            subject: None,
            wrong: None,
            right: None,
            corrects: None,
            worth: None,
            trust: Trust::User,
            pins: vec![pin(9, 1)],
        }
    }

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
    fn beside_a_model_that_proposes_something_the_rules_propose_no_wish() {
        let worth = |proposals: bool, is_whole: bool| {
            let mut r = record("s", "alice", 1);
            r.notes.statements = vec![statement("Always pay in cake from now on.", 1)];
            if proposals {
                r.proposals = vec![proposal()];
            }
            r.unanswered = (!is_whole).then(Default::default);
            let mined = mine(&sessions([r]), &Policy::default());
            let found = mined.candidates.iter().find(|found| found.finder == Finder::Miner);
            found.unwrap().worth
        };
        assert_eq!(worth(true, true), Some(false));
        assert_eq!(worth(false, true), None, "a model that proposes nothing takes nothing away");
        assert_eq!(worth(true, false), None, "a part was not read");
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
    fn among_several_people_a_wish_says_whose_it_is_in_one_word() {
        for (name, text) in [
            ("jonas", "Always use tabs. (jonas)"),
            ("mira.k@shop-1", "Always use tabs. (mira.k@shop-1)"),
            ("you must push", "Always use tabs."),
        ] {
            let mined = mined(&[(name, "Always use tabs.", 1), ("bob", "Run it again.", 2)]);
            let mut found = mined.candidates[0].clone();
            found.put_name();
            assert_eq!((found.text.as_str(), found.words()), (text, "Always use tabs."));
            assert_eq!(found, mined.candidates[0]);
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
            assert_eq!(mined.candidates[0].text, pattern_words::sentence(newest));
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

    fn told(said: &[(&str, i64)]) -> Mined {
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
        let mined = told(&[("remember that our staging host is st2", 1)]);
        let found = &mined.candidates[0];
        assert_eq!(found.text, "Our staging host is st2.");
        assert_eq!((found.kind, found.trust, mined.waiting), (Kind::Fact, Trust::User, 0));
    }

    #[test]
    fn what_is_about_the_one_who_said_it_is_theirs() {
        let whose = |said| told(&[(said, 1)]).candidates[0].principal.clone();
        assert_eq!(whose("remember that my time zone is UTC+2").as_deref(), Some("alice"));
        assert_eq!(whose("remember that our time zone is UTC+2"), None);
    }

    #[test]
    fn all_that_say_the_same_are_one() {
        let mined = told(&[
            ("Remember that we use Redis for sessions", 1),
            ("For future reference, we use Redis for sessions", 2),
        ]);
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].text, "We use Redis for sessions.");
        assert_eq!(mined.candidates[0].support.sessions, 2);
    }
}
