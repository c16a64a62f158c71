//! Corrections in people's own words: for each subject the newest value counts.

use std::cmp::Reverse;

use dreaming_records::candidate::{Candidate, Replacement};
use dreaming_records::evidence::{Evidence, Pin};
use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::StatementKind;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::{self as text, Groups, sort};

use crate::extract::remember;
use crate::mine::pattern_places::Places;
use crate::mine::{Mined, pattern_words};

/// What a correction is about: its subject, else the old value, else its words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Subject(String),
    Wrong(String),
    Words(String),
}

type Key = (Kind, Option<String>, About);

/// A value that somebody says holds, with all places that say so.
#[derive(Clone)]
pub(super) struct Claim<'a> {
    pub(super) kind: Kind,
    /// Whose value it is: preferences of two people do not contradict each other.
    pub(super) principal: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) wrong: Option<String>,
    pub(super) right: String,
    pub(super) text: String,
    /// The entry whose place it takes, as a model says.
    pub(super) corrects: Option<EntryId>,
    /// Whether it is worth proposing, as a later model call decided that saw all findings; `None` =
    /// no call decided.
    pub(super) worth: Option<bool>,
    /// How far it is trusted: at most as far as its places.
    pub(super) trust: Trust,
    pub(super) places: Places<'a>,
}

impl Claim<'_> {
    fn key(&self) -> Key {
        let about = match (&self.subject, &self.wrong) {
            (Some(subject), _) => About::Subject(subject.clone()),
            (None, Some(wrong)) => About::Wrong(wrong.clone()),
            (None, None) => About::Words(self.text.clone()),
        };
        (self.kind, self.principal.clone(), about)
    }

    /// Whether a subject may be another name of its own: two subjects without a common word are two things, whatever
    /// their values.
    fn may_be_about(&self, other: &Option<String>) -> bool {
        let (Some(own), Some(other)) = (&self.subject, other) else { return true };
        let (own, other) = (text::tokens(own), text::tokens(other));
        own.iter().any(|word| other.binary_search(word).is_ok())
    }

    /// How far it counts against other values.
    fn rank(&self) -> Trust {
        let is_heard = self.trust > Trust::External && self.places.say_of(&self.right);
        if is_heard { Trust::User } else { self.trust }
    }

    fn candidate(&self, finder: Finder, policy: &Policy) -> Candidate {
        let mut found = self.places.candidate(self.kind, &self.text, policy);
        found.finder = finder;
        found.trust = self.trust;
        found.subject.clone_from(&self.subject);
        found.principal.clone_from(&self.principal);
        found.worth = self.worth;
        found.corrects.clone_from(&self.corrects);
        found.replaces = Some(Replacement {
            wrong: self.wrong.clone().unwrap_or_default(),
            right: self.right.clone(),
            shown: false,
        });
        found
    }
}

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut claims = Vec::new();
    for record in records {
        for said in &record.notes.statements {
            let (StatementKind::Correction, Some(right)) = (said.kind, &said.right) else {
                continue;
            };
            let asked = remember::parse(&said.text);
            let text =
                pattern_words::sentence(asked.as_ref().map_or(&said.text, |asked| asked.text));
            if text.is_empty() || right.is_empty() || said.wrong.as_ref() == Some(right) {
                continue;
            }
            let places = Places::of([(*record, &said.pin)]);
            claims.push(Claim {
                kind: Kind::Fact,
                principal: None,
                subject: said.subject.as_deref().and_then(pattern_words::subject),
                wrong: said.wrong.clone(),
                right: right.clone(),
                text,
                corrects: None,
                worth: None,
                trust: places.trust(),
                places,
            });
        }
    }
    newest(claims, Finder::Miner, policy, mined);
}

/// Takes up the newest value of each subject, among those of the highest rank: a value that a person
/// said, though an agent put it into full words ("I've made it 21", "21 days, noted"), is a person's.
/// Rejects older values as `superseded-in-batch`, values of lower rank as `lower-trust`, and all values
/// as `ambiguous` when none is known to be the newest. A newer value that an agent gave is contested: in four of
/// sixteen made-up worlds of chats six such values were turned down, all of them right, and the person had said them
/// in other words ("put it back where it was").
pub(super) fn newest(
    mut claims: Vec<Claim<'_>>,
    finder: Finder,
    policy: &Policy,
    mined: &mut Mined,
) {
    sort::by_cached_key(&mut claims, |claim| {
        let rank = Reverse((claim.rank(), claim.places.last()));
        (claim.key(), rank, claim.places.kept(policy), claim.text.clone())
    });
    // The newest claim of each subject, and whether another one is equally new.
    let mut winners: Vec<(Claim, bool)> = Vec::new();
    let mut beaten: Vec<(&str, Claim)> = Vec::new();
    let mut contested: Vec<Claim> = Vec::new();
    // The same values, of which a model says that they take the place of other lines.
    let mut beside: Vec<Claim> = Vec::new();
    for claim in claims {
        match winners.last_mut().filter(|(newest, _)| newest.key() == claim.key()) {
            None => winners.push((claim, false)),
            Some((newest, _)) if newest.right == claim.right => {
                // A place of lower trust would lower the trust of the claim; what a person said in full before is theirs.
                if newest.trust < claim.trust {
                    let later = std::mem::replace(newest, claim);
                    newest.wrong = newest.wrong.take().or(later.wrong);
                    newest.corrects = newest.corrects.take().or(later.corrects);
                } else if newest.trust == claim.trust {
                    let is_of_another = newest.corrects.is_some()
                        && claim.corrects.is_some()
                        && claim.corrects != newest.corrects;
                    beside.extend(is_of_another.then(|| claim.clone()));
                    newest.wrong = newest.wrong.take().or(claim.wrong);
                    newest.corrects = newest.corrects.take().or(claim.corrects);
                    newest.places.extend(claim.places);
                }
            }
            Some((newest, tied)) => {
                let (last, dated) = (newest.places.last(), claim.places.last().is_some());
                let is_agents = finder == Finder::Model && claim.trust >= Trust::Agent;
                let reason = if claim.rank() < newest.rank() {
                    if is_agents && claim.places.last() > last {
                        contested.push(claim);
                        continue;
                    }
                    "lower-trust"
                } else if dated && claim.places.last() < last {
                    "superseded-in-batch"
                } else {
                    *tied = true;
                    "ambiguous"
                };
                beaten.push((reason, claim));
            }
        }
    }
    // DETERMINISM: the tests below read all winners and change none, so their order does not
    // matter.
    let corrected_later = |claim: &Claim| {
        let later = |other: &Claim| other.places.last() > claim.places.last();
        let corrects = |other: &Claim| {
            other.wrong.as_ref() == Some(&claim.right) && claim.may_be_about(&other.subject)
        };
        winners.iter().any(|(other, _)| corrects(other) && later(other))
    };
    for (claim, tied) in &winners {
        let reason = if *tied {
            "ambiguous"
        } else if corrected_later(claim) {
            "superseded-in-batch"
        } else {
            let same = beside.iter().filter(|other| other.key() == claim.key());
            for claim in std::iter::once(claim).chain(same) {
                let found = claim.candidate(finder, policy);
                mined.take(found, policy.size(&policy::STATEMENT_BYTES));
            }
            continue;
        };
        mined.reject(reason, &claim.text, claim.places.kept(policy));
    }
    for claim in contested {
        mined.contested.push(claim.candidate(finder, policy));
    }
    for (reason, claim) in beaten {
        mined.reject(reason, &claim.text, claim.places.kept(policy));
    }
}

/// Marks what rules found in messages in which a model found the same value as a correction. Only
/// the model's is proposed: it names the subject, leaves out the words around the value, and goes when
/// a later session changes the value back.
pub(super) fn found_by_models(records: &[&SessionRecord], mined: &mut Mined) {
    let corrected = records.iter().flat_map(|record| {
        let corrections = record.proposals.iter().filter_map(|p| Some((p.right.as_ref()?, p)));
        corrections.flat_map(move |(right, proposal)| {
            let of = move |pin: &Pin| {
                ((record.id.clone(), pin.part.clone(), pin.line), (right, proposal.trust))
            };
            proposal.pins.iter().map(of)
        })
    });
    let corrected = Groups::of(corrected);
    for found in mined.candidates.iter_mut().filter(|found| found.finder == Finder::Miner) {
        let trust = found.trust;
        let says = |place: &Evidence| {
            let at = (place.session.clone(), place.part.clone(), place.line);
            let mut values = corrected.get(&at);
            values.any(|(right, by)| *by >= trust && place.quote.contains(right.as_str()))
        };
        let of_person = found.evidence.iter().all(|place| place.provenance == Provenance::User);
        if of_person && !found.evidence.is_empty() && found.evidence.iter().all(says) {
            found.worth = Some(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{correction, pin, record, sessions};

    fn mined(said: &[(Option<&str>, Option<&str>, &str, i64)]) -> Mined {
        mine(
            &sessions(said.iter().zip(1..).map(|((subject, wrong, right, day), n)| {
                let mut r = record(&format!("s{n}"), "alice", *day);
                r.notes.statements = vec![correction(*subject, *wrong, right, *day)];
                r
            })),
            &Policy::default(),
        )
    }

    const URL: Option<&str> = Some("the staging URL");

    #[test]
    fn the_newest_value_of_a_subject_wins_whatever_the_order_of_sessions() {
        for days in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
            let said = days.map(|day| (URL, None, if day == 3 { "three" } else { "less" }, day));
            let mined = mined(&said);
            assert_eq!(mined.candidates.len(), 1);
            let found = &mined.candidates[0];
            assert_eq!(found.text, "The value is now three.");
            assert_eq!((found.subject.as_deref(), found.trust), (Some("staging url"), Trust::User));
            let replaces = found.replaces.clone().unwrap();
            assert_eq!((&*replaces.wrong, &*replaces.right, replaces.shown), ("", "three", false));
            assert!(mined.rejected.iter().all(|r| r.reason == "superseded-in-batch"));
            assert_eq!(mined.rejected.len(), 2);
        }
    }

    #[test]
    fn equal_or_missing_times_decide_nothing() {
        let tied = mined(&[(URL, None, "one", 1), (URL, None, "two", 1)]);
        assert!(tied.candidates.is_empty());
        assert!(tied.rejected.iter().all(|r| r.reason == "ambiguous") && tied.rejected.len() == 2);

        let mut undated = record("b", "alice", 1);
        undated.notes.statements = vec![correction(URL, None, "two", 1)];
        undated.notes.statements[0].pin.time = None;
        let mut dated = record("a", "alice", 1);
        dated.notes.statements = vec![correction(URL, None, "one", 1)];
        let mined = mine(&sessions([undated, dated]), &Policy::default());
        assert_eq!((mined.candidates.len(), mined.rejected.len()), (0, 2));
    }

    #[test]
    fn an_agents_later_word_does_not_take_a_persons_place() {
        let mut person = record("a", "alice", 1);
        person.notes.statements = vec![correction(URL, None, "one", 1)];
        for said in ["one", "two"] {
            let mut agent = record("b", "alice", 2);
            agent.notes.statements = vec![correction(URL, None, said, 2)];
            agent.notes.statements[0].pin.provenance = dreaming_records::trust::Provenance::Agent;
            let mined = mine(&sessions([person.clone(), agent]), &Policy::default());
            let found = &mined.candidates[0];
            assert_eq!((&*found.text, found.trust), ("The value is now one.", Trust::User));
            let reasons: Vec<&str> = mined.rejected.iter().map(|r| &*r.reason).collect();
            assert_eq!(reasons, if said == "two" { vec!["lower-trust"] } else { vec![] });
        }
    }

    #[test]
    fn a_value_that_another_thing_gave_up_stays() {
        let later = |subject| {
            let said = [(Some("limit for quotes"), Some("500"), "800", 1)];
            mined(&[said[0], (Some(subject), Some("800"), "900", 2)]).candidates.len()
        };
        assert_eq!(later("oil level of the tank"), 2);
        assert_eq!(later("the limit"), 1, "another name of it");
    }

    #[test]
    fn a_value_said_again_supports_itself() {
        let mined = mined(&[(URL, Some("old"), "new", 1), (URL, None, "new", 2)]);
        let found = &mined.candidates[0];
        assert_eq!((found.support.sessions, mined.rejected.len()), (2, 0));
        assert_eq!(found.replaces.as_ref().unwrap().wrong, "old");
    }

    #[test]
    fn a_correction_that_was_taken_back_is_superseded() {
        let mined = mined(&[(None, Some("npm"), "pnpm", 1), (None, Some("pnpm"), "npm", 2)]);
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].replaces.as_ref().unwrap().right, "npm");
        assert_eq!(mined.rejected[0].reason, "superseded-in-batch");
    }

    #[test]
    fn words_without_a_value_correct_nothing() {
        let mut r = record("a", "alice", 1);
        r.notes.statements = vec![correction(URL, None, "x", 1)];
        r.notes.statements[0].right = None;
        r.notes.statements[0].pin = pin(1, 1);
        assert_eq!(mine(&sessions([r]), &Policy::default()), Mined::default());
    }
}
