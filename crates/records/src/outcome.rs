//! How a session went: metrics with a direction, and what they say.

mod bound;
mod in_force;

pub use bound::{SESSION, lower_bound};
pub use in_force::{InForce, ProposedRevert};

use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::Pin;
use crate::score;
use crate::words::words;

/// One whole of a metric's value: values are written in millionths, because nothing here is a
/// float.
pub const WHOLE: i64 = 1_000_000;

/// The name of the weak outcome that comes from a person's refusal; all other weak ones come from
/// the steps of the session.
pub const BY_PERSON: &str = "user";

/// Where a metric comes from. The order of the cases is the order of their weight: later says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeSource {
    /// Read off the transcript: tests passed, a commit was kept, a person refused a call.
    Weak,
    /// A grade that a model gave when it was asked about the session, against the rubric of the policy.
    Rubric,
    /// A grader's verdict on a rubric.
    Graded,
    /// A number that came with the session or beside it.
    Measured,
}

/// How a session went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its goals were reached.
    Good,
    /// They were not.
    Bad,
    /// Nothing tells. Never a failure.
    Unknown,
}

words!(Verdict: Good "good", Bad "bad", Unknown "unknown");

impl Verdict {
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
    /// The value from which on it counts as reached, in millionths; `None`: only comparisons with
    /// other sessions can tell.
    pub goal: Option<i64>,
    /// Which values are good.
    pub better: Better,
    /// How much it counts among the metrics of its session, in percent of an ordinary one: 1 to
    /// 1000.
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

/// What speaks for and against, in hundredths of a session that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    /// What went well.
    pub good: u64,
    /// What went badly.
    pub bad: u64,
}

impl Credit {
    /// From parts per million of a session, as hosts write them; less than a hundredth is left out.
    pub fn of_ppm(good: u64, bad: u64) -> Self {
        let part = score::PPM / SESSION;
        Self { good: good / part, bad: bad / part }
    }

    /// Adds what `other` says.
    pub fn add(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
    }

    /// What all of these say.
    pub fn sum(all: impl Iterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum.add(one));
        sum
    }

    /// Whether it went well on the whole; `None` when as much speaks for as against.
    pub fn went_well(self) -> Option<bool> {
        (self.good != self.bad).then_some(self.good > self.bad)
    }
}

/// A metric of a session with the place that says so.
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
