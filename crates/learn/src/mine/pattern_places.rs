//! The places that show a pattern, and the support, trust and principal that they add up to.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::{self, Evidence, Pin};
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Support};
use dreaming_records::policy::{self, Policy};
use dreaming_records::roots::{self, Place};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_shield::redact::redact;
use dreaming_text::{self as text, Set};

/// Places in sessions, in any order, possibly with repetitions.
#[derive(Clone, Debug)]
pub(super) struct Places<'a>(Vec<(&'a SessionRecord, &'a Pin)>);

impl<'a> Places<'a> {
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The places `all`.
    pub(super) fn of(all: impl IntoIterator<Item = (&'a SessionRecord, &'a Pin)>) -> Self {
        Self(all.into_iter().collect())
    }

    /// The number of distinct independent sessions.
    pub(super) fn sessions(&self) -> u64 {
        self.support().sessions
    }

    /// The sessions, by origin.
    pub(super) fn origins(&self) -> Set<&'a SessionId> {
        Set::of(self.0.iter().map(|(record, _)| record.origin()))
    }

    pub(super) fn support(&self) -> Support {
        roots::support(self.0.iter().map(|(record, pin)| Place {
            time: pin.time,
            session: record.origin(),
            agent: record.notes.agent.as_deref(),
            provenance: pin.provenance,
            quote: &pin.quote_digest,
        }))
    }

    /// The lowest trust of all places; external when a place has none, which should not occur in
    /// notes.
    pub(super) fn trust(&self) -> Trust {
        let trust = |pin: &Pin| pin.provenance.trust().unwrap_or(Trust::External);
        Trust::of_roots(self.0.iter().map(|(_, pin)| trust(pin))).unwrap_or(Trust::External)
    }

    /// The places at which a person says a value; `None` when no person does.
    pub(super) fn said_by_person(&self, value: &str) -> Option<Self> {
        let says = |pin: &Pin| pin.provenance == Provenance::User && pin.quote.contains(value);
        let said: Vec<_> = self.0.iter().filter(|(_, pin)| says(pin)).copied().collect();
        (!said.is_empty()).then_some(Self(said))
    }

    /// Whether a person says a part of a value at one of the places, such as `21` of `21 days`.
    pub(super) fn say_of(&self, value: &str) -> bool {
        let mut said = self.0.iter().filter(|(_, pin)| pin.provenance == Provenance::User);
        said.any(|(_, pin)| text::shares(&pin.quote, value))
    }

    pub(super) fn last(&self) -> Option<Time> {
        self.times().max()
    }

    /// The one person behind the places; `None` when nobody or more than one is known.
    pub(super) fn principal(&self) -> Option<String> {
        let all = self.principals();
        all.iter().next().filter(|_| all.len() == 1).map(|name| (*name).clone())
    }

    /// Splits the places by person. When nobody is known, or enough people for the wish to be the
    /// team's, there is one group without a person; when one person is known, one group of theirs.
    /// Otherwise each person has a group, and places of unknown people are left out.
    pub(super) fn scopes(self, policy: &Policy) -> Vec<(Option<String>, Self)> {
        let people = Set::of(self.principals().into_iter().cloned());
        let number = u64::try_from(people.len()).unwrap_or(u64::MAX);
        if number >= policy.number(&policy::TEAM_PRINCIPALS) {
            return vec![(None, self)];
        }
        if number < 2 {
            return vec![(people.into_iter().next(), self)];
        }
        let of = |name: &String| {
            let theirs = self.0.iter().filter(|(r, _)| r.notes.principal.as_ref() == Some(name));
            (Some(name.clone()), Self(theirs.copied().collect()))
        };
        people.iter().map(of).collect()
    }

    fn principals(&self) -> Set<&'a String> {
        Set::of(self.0.iter().filter_map(|(record, _)| record.notes.principal.as_ref()))
    }

    /// As much evidence as the policy lets an entry keep, see [`evidence::select`].
    pub(super) fn kept(&self, policy: &Policy) -> Vec<Evidence> {
        let all = self.0.iter().map(|(record, pin)| record.evidence(pin)).collect();
        evidence::select(all, policy.size(&policy::MAX_EVIDENCE))
    }

    /// A mined candidate with the text `text` and the support of these places, for everybody and
    /// without subject.
    pub(super) fn candidate(&self, kind: Kind, text: &str, policy: &Policy) -> Candidate {
        Candidate {
            corrects: None,
            kind,
            text: redact(text).text,
            subject: None,
            principal: None,
            replaces: None,
            evidence: self.kept(policy),
            support: self.support(),
            trust: self.trust(),
            first: self.times().min(),
            last: self.last(),
            finder: Finder::Miner,
            calls: None,
            worth: None,
        }
    }

    fn times(&self) -> impl Iterator<Item = Time> {
        self.0.iter().filter_map(|(_, pin)| pin.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::{pin, record};

    #[test]
    fn evidence_is_spread_over_sessions_before_it_is_deepened() {
        let (a, b) = (record("a", "alice", 1), record("b", "bob", 2));
        let pins: Vec<Pin> = (1..=5).map(|line| pin(line, 1)).collect();
        let all = pins.iter().rev().map(|pin| (&a, pin));
        let places = Places::of(all.chain([(&b, &pins[4]), (&b, &pins[4])]));
        let mut policy = Policy::default();
        policy.set(policy::MAX_EVIDENCE.name, policy::SettingValue::Integer(3)).unwrap();
        let kept = places.kept(&policy).into_iter().map(|e| (e.session.to_string(), e.line));
        let kept: Vec<(String, u64)> = kept.collect();
        assert_eq!(kept, [("a".into(), 1), ("a".into(), 2), ("b".into(), 5)]);
    }

    #[test]
    fn support_counts_beyond_the_kept_evidence_and_by_distinct_things() {
        let records: Vec<SessionRecord> =
            (0..9).map(|n| record(&format!("s{n}"), "alice", 1)).collect();
        let pins: Vec<Pin> = (0..9).map(|n| pin(1, n / 2)).collect();
        let places = Places::of(records.iter().zip(&pins));
        assert_eq!(places.support(), Support { sessions: 9, agents: 1, days: 5 });
        assert_eq!(places.kept(&Policy::default()).len(), 8);
    }

    #[test]
    fn two_people_are_a_team_and_an_unknown_one_is_nobody() {
        let (a, b) = (record("a", "alice", 1), record("b", "bob", 1));
        let mut unknown = record("c", "", 1);
        unknown.notes.principal = None;
        let pin = pin(1, 1);
        let mut places = Places::of([(&a, &pin), (&unknown, &pin)]);
        assert_eq!(places.principal().as_deref(), Some("alice"));
        places.extend(Places::of([(&b, &pin)]));
        assert_eq!(places.principal(), None);
        let scopes = |places: &Places, needed: u64| {
            let mut policy = Policy::default();
            policy.set("scope.team-principals", policy::SettingValue::Integer(needed)).unwrap();
            let scopes = places.clone().scopes(&policy).into_iter();
            scopes.map(|(who, places)| (who, places.sessions())).collect::<Vec<_>>()
        };
        assert_eq!(scopes(&places, 2), [(None, 3)]);
        assert_eq!(scopes(&places, 3), [(Some("alice".into()), 1), (Some("bob".into()), 1)]);
        assert_eq!(scopes(&Places::of([(&unknown, &pin)]), 3), [(None, 1)]);
    }
}
