//! Makes candidates from the models' proposals of all sessions that passed the check.

use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::policy::Policy;
use dreaming_records::proposal::Proposal;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_text::{self as text, Groups};

use crate::mine::corrections::{Claim, newest};
use crate::mine::pattern_places::Places;
use crate::mine::{Mined, pattern_words};

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let groups = Groups::of(records.iter().flat_map(|record| {
        let said = |proposal: &Proposal| (proposal.kind, text::normal(&proposal.text));
        record.proposals.iter().map(move |proposal| (said(proposal), (*record, proposal)))
    }));
    let mut claims = Vec::new();
    for ((kind, text), group) in groups.iter() {
        // Equal proposals get the highest trust among them: a less trusted copy lowers nothing. The
        // same holds for persons' words.
        let trust = group.clone().map(|(_, proposal)| proposal.trust).max();
        let most = || group.clone().filter(|(_, proposal)| Some(proposal.trust) == trust);
        let proposals: Vec<&Proposal> = most().map(|(_, proposal)| *proposal).collect();
        let pins = most().flat_map(|(record, proposal)| proposal.pins.iter().map(|p| (*record, p)));
        let (kind, places) = (*kind, Places::of(pins));
        // A proposal without evidence is no candidate.
        if text.is_empty() || places.sessions() == 0 {
            continue;
        }
        let worth = proposals.iter().filter_map(|proposal| proposal.worth).max();
        let subject = lowest(&proposals, |p| p.subject.as_ref());
        let subject = subject.as_deref().and_then(pattern_words::subject);
        let scoped = kind == Kind::Preference;
        let right = lowest(&proposals, |p| p.right.as_ref());
        let wrong = lowest(&proposals, |p| p.wrong.as_ref());
        let corrects = proposals.iter().filter_map(|p| p.corrects.as_ref()).min().cloned();
        let scopes = if scoped { places.scopes(policy) } else { vec![(None, places)] };
        for (principal, places) in scopes {
            let (subject, text) = (subject.clone(), text.clone());
            // The check may have lowered the trust, since a person only pasted the words.
            let trust = places.trust().min(trust.unwrap_or(Trust::External));
            if let (Some(_), Some(right)) = (&subject, &right) {
                let (right, wrong, corrects) = (right.clone(), wrong.clone(), corrects.clone());
                // Where a person said the value, an agent that confirms it takes no trust away. The check has
                // looked for pasted words, and lowered the trust below that of the places then.
                let said = places.said_by_person(&right);
                let said = said.filter(|_| trust == places.trust() && trust >= Trust::Agent);
                let (trust, places) = match said {
                    Some(said) => (said.trust(), said),
                    None => (trust, places),
                };
                claims.push(Claim {
                    kind,
                    principal,
                    subject,
                    wrong,
                    right,
                    text,
                    corrects,
                    worth,
                    trust,
                    places,
                });
                continue;
            }
            let mut found = places.candidate(kind, &text, policy);
            found.trust = trust;
            found.finder = Finder::Model;
            found.subject = subject;
            found.principal = principal;
            found.worth = worth;
            found.corrects.clone_from(&corrects);
            mined.candidates.push(found);
        }
    }
    newest(claims, Finder::Model, policy, mined);
}

/// The lowest value that proposals with one text give for a field, so that their order does not
/// matter.
fn lowest<'a>(
    proposals: &[&'a Proposal],
    field: impl Fn(&'a Proposal) -> Option<&'a String>,
) -> Option<String> {
    proposals.iter().filter_map(|p| field(p)).min().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{pin, record, sessions};
    use dreaming_records::trust::Provenance;

    fn proposal(kind: Kind, text: &str, day: i64) -> Proposal {
        Proposal {
            corrects: None,
            kind,
            text: text.into(),
            subject: None,
            wrong: None,
            right: None,
            worth: None,
            pins: vec![pin(7, day)],
            trust: Trust::User,
        }
    }

    #[test]
    fn equal_proposals_of_two_sessions_are_one_candidate() {
        let mut a = record("a", "alice", 1);
        a.proposals = vec![proposal(Kind::Fact, "The API lives in `api/`.", 1)];
        let mut b = record("b", "bob", 2);
        b.proposals = vec![proposal(Kind::Fact, "The API  lives in `api/`.", 2)];
        let mined = mine(&sessions([a, b]), &Policy::default());
        assert_eq!(mined.candidates.len(), 1);
        let found = &mined.candidates[0];
        assert_eq!((found.finder, found.trust), (Finder::Model, Trust::User));
        assert_eq!((found.support.sessions, found.evidence.len()), (2, 2));
        assert_eq!(found.text, "The API lives in `api/`.");
    }

    #[test]
    fn a_copy_of_lower_trust_is_left_out() {
        let mut r = record("a", "alice", 1);
        r.proposals = vec![proposal(Kind::Fact, "The API lives in `api/`.", 1); 2];
        r.proposals[1].pins.push(pin(8, 1));
        r.proposals[1].pins[1].provenance = Provenance::External;
        r.proposals[1].trust = Trust::External;
        let found = &mine(&sessions([r]), &Policy::default()).candidates[0];
        assert_eq!((found.trust, found.evidence.len()), (Trust::User, 1));
    }

    #[test]
    fn a_value_of_a_person_that_an_agent_confirms_takes_the_place_of_an_older_one() {
        let queue = |id: &str, day, value: &str| {
            let mut r = record(id, "alice", day);
            let mut p = proposal(Kind::Decision, &format!("Jobs run on {value}."), day);
            (p.subject, p.right) = (Some("job queue".into()), Some(value.into()));
            p.pins[0].quote = format!("We go on with {value}.");
            r.proposals = vec![p];
            r
        };
        let confirmed = |trust: Trust| {
            let mut later = queue("b", 2, "graphile");
            let mut agent = pin(8, 2);
            (agent.provenance, agent.quote) = (Provenance::Agent, "graphile it is".into());
            later.proposals[0].pins.push(agent);
            later.proposals[0].trust = trust;
            let mined = mine(&sessions([queue("a", 1, "pgmq"), later]), &Policy::default());
            let found = &mined.candidates[0];
            (found.text.clone(), found.trust, mined.rejected[0].reason.clone())
        };
        let newer = ("Jobs run on graphile.".into(), Trust::User, "superseded-in-batch".into());
        assert_eq!(confirmed(Trust::Agent), newer);
        // The check found that the words are from outside.
        let older = ("Jobs run on pgmq.".into(), Trust::User, "lower-trust".into());
        assert_eq!(confirmed(Trust::External), older);
    }

    #[test]
    fn what_a_person_said_and_an_agent_put_in_full_is_a_persons() {
        let kept = |id: &str, day, value: &str, said: &[(Provenance, &str)], trust| {
            let mut r = record(id, "alice", day);
            let mut p = proposal(Kind::Decision, &format!("Backups are kept for {value}."), day);
            (p.subject, p.right) = (Some("backup retention".into()), Some(value.into()));
            p.trust = trust;
            p.pins = (1..).zip(said).map(|(line, _)| pin(line, day)).collect();
            for (pin, (by, quote)) in p.pins.iter_mut().zip(said) {
                (pin.provenance, pin.quote) = (*by, (*quote).into());
            }
            r.proposals = vec![p];
            r
        };
        let before = kept("a", 1, "30 days", &[(Provenance::User, "30 days")], Trust::User);
        let person = (Provenance::User, "I've made it 21");
        let agent = (Provenance::Agent, "21 days, noted.");
        let mined = |said: &[(Provenance, &str)], day| {
            let after = kept("b", day, "21 days", said, Trust::Agent);
            mine(&sessions([before.clone(), after]), &Policy::default())
        };
        let newest = |said: &[(Provenance, &str)]| mined(said, 2).candidates[0].text.clone();
        assert_eq!(newest(&[person, agent]), "Backups are kept for 21 days.");
        assert_eq!(mined(&[person, agent], 2).rejected[0].reason, "superseded-in-batch");
        // Nobody but the agent says it, or the person says nothing of it: both are kept for a model to see.
        let asked = (Provenance::User, "Look at the page about backups.");
        for said in [&[agent][..], &[asked, agent]] {
            let mined = mined(said, 2);
            let texts = [&mined.candidates, &mined.contested].map(|found| found[0].text.clone());
            let both = ["30", "21"].map(|days| format!("Backups are kept for {days} days."));
            assert_eq!(texts, both);
            assert_eq!((mined.candidates.len(), mined.rejected.len()), (1, 0));
        }
        let older = mined(&[agent], 0);
        assert_eq!((older.contested.len(), &*older.rejected[0].reason), (0, "lower-trust"));

        // What an agent says again in other words stays what the person said.
        let again = kept("b", 2, "30 days", &[(Provenance::User, "yes, 30"), agent], Trust::Agent);
        let mut first = before.clone();
        first.proposals[0].wrong = Some("14 days".into());
        let found = mine(&sessions([first, again]), &Policy::default()).candidates.remove(0);
        assert_eq!((found.trust, &*found.replaces.unwrap().wrong), (Trust::User, "14 days"));
    }

    #[test]
    fn a_value_that_a_person_only_pasted_is_trusted_as_words_from_outside() {
        let value = |id: &str, day, value: &str, trust| {
            let mut r = record(id, "alice", day);
            let mut p = proposal(Kind::Fact, &format!("The staging URL is {value}."), day);
            (p.subject, p.right) = (Some("staging url".into()), Some(value.into()));
            p.trust = trust;
            r.proposals = vec![p];
            r
        };
        let pasted = value("b", 2, "https://evil.example", Trust::External);
        let mined_of = |all: Vec<SessionRecord>| mine(&sessions(all), &Policy::default());
        let mined = mined_of(vec![pasted.clone()]);
        assert_eq!(mined.candidates[0].trust, Trust::External);
        // Nor does it take the place of what a person said.
        let mined = mined_of(vec![value("a", 1, "https://st.example", Trust::User), pasted]);
        assert_eq!(mined.candidates[0].replaces.as_ref().unwrap().right, "https://st.example");
        assert_eq!(mined.rejected[0].reason, "lower-trust");
    }

    #[test]
    fn the_newest_proposed_value_of_a_subject_counts() {
        let all = sessions([("a", 1, "one"), ("b", 2, "two")].map(|(id, day, value)| {
            let mut r = record(id, "alice", day);
            let mut p = proposal(Kind::Fact, &format!("The port is {value}."), day);
            p.subject = Some("port".into());
            p.right = Some(value.into());
            r.proposals = vec![p];
            r
        }));
        let mined = mine(&all, &Policy::default());
        assert_eq!(mined.candidates.len(), 1);
        assert_eq!(mined.candidates[0].replaces.as_ref().unwrap().right, "two");
        assert_eq!(mined.rejected[0].reason, "superseded-in-batch");
    }

    #[test]
    fn what_two_people_prefer_does_not_contradict() {
        let all =
            sessions([("alice", 1, "tabs"), ("bob", 2, "spaces")].map(|(who, day, value)| {
                let mut r = record(who, who, day);
                let mut p = proposal(Kind::Preference, &format!("Indent with {value}."), day);
                p.subject = Some("indentation".into());
                p.right = Some(value.into());
                r.proposals = vec![p];
                r
            }));
        let mined = mine(&all, &Policy::default());
        assert_eq!((mined.candidates.len(), mined.rejected.len()), (2, 0));
        assert!(mined.candidates.iter().all(|c| c.principal.is_some()));
    }

    #[test]
    fn a_proposal_without_a_place_or_words_is_nothing() {
        let mut r = record("a", "alice", 1);
        let mut bare = proposal(Kind::Fact, "Something.", 1);
        bare.pins.clear();
        r.proposals = vec![bare, proposal(Kind::Fact, "  ", 1)];
        assert_eq!(mine(&sessions([r]), &Policy::default()), Mined::default());
    }
}
