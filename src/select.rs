//! Which sessions a dream learns from, by the settings `select.*`. All are read and kept, so that the
//! cursor moves on; what is left out is neither mined nor shown to a model in this dream.

use serde::{Deserialize, Serialize};

use crate::digest::SessionDigest;
use crate::outcome::OutcomeSource;
use crate::policy::{self, Policy, Texts};
use crate::text::unicode::lower;
use crate::time::Time;

/// How a session went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its goals were reached.
    Good,
    /// They were not.
    Bad,
    /// Nothing tells. Never a failure.
    Unknown,
}

impl Verdict {
    /// The word used in settings and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict of that name.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Good, Self::Bad, Self::Unknown].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// How a session went, with the source that says so: the strongest one that decides. The metrics of
/// one source vote by their weights, and a tie decides nothing.
pub fn verdict(digest: &SessionDigest) -> (Verdict, Option<OutcomeSource>) {
    for source in [OutcomeSource::Measured, OutcomeSource::Graded, OutcomeSource::Weak] {
        let (mut good, mut bad) = (0_u64, 0_u64);
        for metric in digest.outcomes.iter().map(|outcome| &outcome.metric) {
            match metric.reached().filter(|_| metric.source == source) {
                Some(true) => good = good.saturating_add(metric.weight),
                Some(false) => bad = bad.saturating_add(metric.weight),
                None => {}
            }
        }
        if good != bad {
            let verdict = if good > bad { Verdict::Good } else { Verdict::Bad };
            return (verdict, Some(source));
        }
    }
    (Verdict::Unknown, None)
}

/// The time that an item of `select.since` names: a UTC date or an RFC 3339 time.
pub fn since(text: &str) -> Option<Time> {
    Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")))
}

/// The sessions that a policy selects. Of each setting one item has to fit; a setting without items
/// fits everything.
#[derive(Debug)]
pub struct Select<'a> {
    policy: &'a Policy,
    since: Option<Time>,
}

impl<'a> Select<'a> {
    /// What `policy` selects.
    pub fn of(policy: &'a Policy) -> Self {
        // Of two times the later holds for both.
        let since = policy.texts(&policy::SELECT_SINCE).iter().filter_map(|text| since(text)).max();
        Self { policy, since }
    }

    /// Whether a session is selected. One that does not say when it ended, by whom it was or for
    /// which task is left out by a setting that asks for it.
    pub fn takes(&self, digest: &SessionDigest) -> bool {
        let named = |setting: &Texts, name: Option<&str>| {
            let wanted = self.policy.texts(setting);
            let fits = |name: &str| wanted.iter().any(|item| lower(item) == lower(name));
            wanted.is_empty() || name.is_some_and(fits)
        };
        let ended = |since: Time| digest.last.is_some_and(|last| last >= since);
        self.since.is_none_or(ended)
            && named(&policy::SELECT_AGENTS, digest.agent.as_deref())
            && named(&policy::SELECT_ROLES, digest.role.as_deref())
            && named(&policy::SELECT_TASKS, digest.task.as_deref())
            && named(&policy::SELECT_OUTCOMES, Some(verdict(digest).0.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::fixture;
    use crate::outcome::{Metric, Outcome};
    use crate::policy::Value;

    fn outcome(source: OutcomeSource, reached: bool) -> Outcome {
        Outcome { metric: Metric::verdict("m", source, reached), pin: fixture::pin(1, 1) }
    }

    fn policy(name: &str, item: &str) -> Policy {
        let mut policy = Policy::default();
        policy.set(name, Value::Texts(vec![item.into()])).unwrap();
        policy
    }

    #[test]
    fn the_strongest_source_that_decides_speaks() {
        let mut digest = SessionDigest::default();
        assert_eq!(verdict(&digest), (Verdict::Unknown, None));
        digest.outcomes = vec![outcome(OutcomeSource::Weak, true)];
        assert_eq!(verdict(&digest), (Verdict::Good, Some(OutcomeSource::Weak)));
        digest.outcomes.push(outcome(OutcomeSource::Measured, false));
        assert_eq!(verdict(&digest), (Verdict::Bad, Some(OutcomeSource::Measured)));
        digest.outcomes.push(outcome(OutcomeSource::Measured, true));
        assert_eq!(verdict(&digest), (Verdict::Good, Some(OutcomeSource::Weak)));
    }

    #[test]
    fn each_setting_selects_and_what_is_not_known_is_left_out() {
        let mut digest = fixture::record("a", "alice", 3).digest;
        digest.task = Some("Billing".into());
        digest.outcomes = vec![outcome(OutcomeSource::Graded, true)];
        let day = fixture::time(3).to_string();
        let later = fixture::time(4).to_string();
        let cases = [
            ("select.agents", "AGENT", "other"),
            ("select.tasks", "billing", "support"),
            ("select.outcomes", "good", "unknown"),
            ("select.since", &day, &later),
        ];
        for (name, fits, not) in cases {
            assert!(Select::of(&policy(name, fits)).takes(&digest), "{name}");
            assert!(!Select::of(&policy(name, not)).takes(&digest), "{name}");
            if name != "select.outcomes" {
                assert!(!Select::of(&policy(name, fits)).takes(&SessionDigest::default()));
            }
        }
        assert!(!Select::of(&policy("select.roles", "coder")).takes(&digest));
        assert!(Select::of(&Policy::default()).takes(&SessionDigest::default()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let mut policy = Policy::default();
        let mut set = |name: &str, item: &str| {
            policy.set(name, Value::Texts(vec![item.into()])).map_err(|error| error.to_string())
        };
        let wrong = set("select.outcomes", "great").unwrap_err();
        assert!(wrong.starts_with("setting `select.outcomes` takes no `great`"), "{wrong}");
        assert!(set("select.since", "yesterday").is_err() && set("steer.kinds", "poem").is_err());
        assert!(set("steer.focus", " ").is_err());
        set("select.since", "2026-02-20").unwrap();
        set("steer.kinds", "training-priority").unwrap();
    }
}
