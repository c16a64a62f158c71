//! How a session went: metrics, whether high or low values are good, and what follows from them.

mod bound;
mod in_force;

pub use bound::{SESSION, lower_bound};
pub use in_force::{InForce, ProposedRevert};

use serde::Serialize;

use crate::canonical::Readable;
use crate::case_words::words;
use crate::evidence::Pin;
use crate::score;

/// The value 1 of a metric: values are integers in millionths, because the engine uses no floats.
pub const WHOLE: i64 = 1_000_000;

/// The name of the weak outcome that a person's refusal gives; all other weak outcomes come from
/// the steps of the session.
pub const BY_PERSON: &str = "user";

/// Where a metric comes from, in order of weight: later cases count more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeSource {
    /// Derived from the transcript: tests passed, a commit was kept, a person refused a call.
    Weak,
    /// A grade that a model gave the session against the rubric of the policy.
    Rubric,
    /// The verdict of a host's grader on a rubric.
    Graded,
    /// A number that was measured in the session or for it.
    Measured,
}

/// How a session went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[serde(rename_all = "kebab-case")]
pub enum SessionVerdict {
    /// Its goals were reached.
    Good,
    /// Its goals were not reached.
    Bad,
    /// Not known. Never counts as a failure.
    Unknown,
}

words!(SessionVerdict: Good "good", Bad "bad", Unknown "unknown");

impl SessionVerdict {
    /// The verdict of that name.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Good, Self::Bad, Self::Unknown].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// Which values of a metric are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// More is better, such as a reward.
    Higher,
    /// Less is better, such as a latency.
    Lower,
}

/// One number about a session. Values are in millionths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metric {
    /// What was measured, e.g. `reward`; redacted, at most 64 bytes.
    pub name: String,
    /// Where it comes from.
    pub source: OutcomeSource,
    /// The value in millionths: 1,000,000 is 1. A verdict is 1 or 0.
    pub value: i64,
    /// The value from which on the metric counts as reached, in millionths; `None`: only a
    /// comparison with other sessions can tell.
    pub goal: Option<i64>,
    /// Which values are good.
    pub better: Better,
    /// Its weight among the metrics of its session, in percent of an ordinary one: 1 to 1000.
    pub weight: u64,
}

impl Metric {
    /// A verdict: reached or not.
    pub fn verdict(name: &str, source: OutcomeSource, reached: bool) -> Self {
        Self {
            name: name.into(),
            source,
            value: if reached { WHOLE } else { 0 },
            goal: Some(WHOLE),
            better: Better::Higher,
            weight: 100,
        }
    }

    /// Whether the goal was reached; `None` without a goal.
    pub fn reached(&self) -> Option<bool> {
        self.goal.map(|goal| match self.better {
            Better::Higher => self.value >= goal,
            Better::Lower => self.value <= goal,
        })
    }
}

/// Sessions for and against something, in hundredths of a measured session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    /// Weight of what went well.
    pub good: u64,
    /// Weight of what went badly.
    pub bad: u64,
}

impl Credit {
    /// From parts per million of a session, as hosts write them; fractions of a hundredth are
    /// dropped.
    pub fn of_ppm(good: u64, bad: u64) -> Self {
        let part = score::PPM / SESSION;
        Self { good: good / part, bad: bad / part }
    }

    /// Adds the weights of `other`.
    pub fn add(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
    }

    /// The sum of all these credits.
    pub fn sum(all: impl Iterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum.add(one));
        sum
    }

    /// Whether more went well than badly; `None` when both weigh the same.
    pub fn went_well(self) -> Option<bool> {
        (self.good != self.bad).then_some(self.good > self.bad)
    }
}

/// A metric of a session with the place that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PinnedMetric"))]
pub struct Outcome {
    /// The number.
    pub metric: Metric,
    /// Where it is.
    pub pin: Pin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_from_the_good_side() {
        let mut metric = Metric::verdict("reward", OutcomeSource::Measured, true);
        assert_eq!(metric.reached(), Some(true));
        metric.better = Better::Lower;
        metric.value = WHOLE + 1;
        assert_eq!(metric.reached(), Some(false));
        metric.goal = None;
        assert_eq!(metric.reached(), None);
        assert!(OutcomeSource::Measured > OutcomeSource::Graded);
    }
}
