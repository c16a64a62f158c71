//! How far changes move a store, as values: counts, and shares held against their limits.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::canonical::Readable;
use crate::number::count;
use crate::plan::{Change, Gate, Operation};
use crate::trust::Trust;

/// What changes do to a store, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figures {
    /// Entries that were added.
    pub added: u64,
    /// Entries that were merged into others.
    pub merged: u64,
    /// Entries that newer values replaced.
    pub superseded: u64,
    /// Entries that were taken out.
    pub retired: u64,
    /// Bytes of the statements that were written.
    pub bytes_written: u64,
    /// Bytes of the statements that were taken out.
    pub bytes_lost: u64,
    /// Statements that were written, by trust; what is 0 is left out.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::counts::<Trust>"))]
    pub trust: BTreeMap<Trust, u64>,
    /// Changes, by gate; what is 0 is left out.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::counts::<Gate>",
        transform = crate::schema::without("blocked")))]
    pub gates: BTreeMap<Gate, u64>,
}

impl Figures {
    /// What `changes` do.
    pub fn of<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let mut sum = Self::default();
        changes.into_iter().for_each(|change| sum.count(change));
        sum
    }

    fn count(&mut self, change: &Change) {
        let entries = count(change.targets.len());
        match change.operation {
            Operation::Add => self.added += 1,
            Operation::Merge => self.merged += entries,
            Operation::Supersede => self.superseded += entries,
            Operation::Retire => self.retired += entries,
            // The entry stays.
            Operation::Revise => {}
        }
        self.bytes_lost +=
            change.targets.iter().map(|target| count(target.text.len())).sum::<u64>();
        if let Some(text) = &change.text {
            self.bytes_written += count(text.len());
            *self.trust.entry(change.trust).or_default() += 1;
        }
        *self.gates.entry(change.gate).or_default() += 1;
    }

    /// Adds what `other` counts.
    pub fn add(&mut self, other: &Self) {
        self.added += other.added;
        self.merged += other.merged;
        self.superseded += other.superseded;
        self.retired += other.retired;
        self.bytes_written += other.bytes_written;
        self.bytes_lost += other.bytes_lost;
        for (trust, count) in &other.trust {
            *self.trust.entry(*trust).or_default() += count;
        }
        for (gate, count) in &other.gates {
            *self.gates.entry(*gate).or_default() += count;
        }
    }

    /// Statements that were written.
    pub fn written(&self) -> u64 {
        self.trust.values().sum()
    }

    /// Statements that were written and that nobody vouches for: less trusted than the words of an agent.
    pub fn low_trust(&self) -> u64 {
        self.trust.range(..Trust::Agent).map(|(_, count)| count).sum()
    }

    /// All changes.
    pub fn changes(&self) -> u64 {
        self.gates.values().sum()
    }

    /// Changes that need nobody.
    pub fn unattended(&self) -> u64 {
        self.gates.get(&Gate::Auto).copied().unwrap_or_default()
    }
}

/// A share that the drift monitor looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DriftShare"))]
pub struct Share {
    /// The setting that limits it, such as `drift.added`.
    pub setting: String,
    /// What the unattended changes of this dream come to, in parts per million.
    pub dream: u64,
    /// The limit for one dream.
    pub dream_limit: u64,
    /// What they come to together with the last dreams, in parts per million.
    pub window: u64,
    /// The limit for those.
    pub window_limit: u64,
}

impl Share {
    /// Which limit it is over, as a sentence.
    pub fn over(&self, dreams: u64) -> Option<String> {
        let (share, limit, when) = if self.dream > self.dream_limit {
            (self.dream, self.dream_limit, "in this dream".into())
        } else if self.window > self.window_limit {
            (self.window, self.window_limit, format!("with the {dreams} dreams before"))
        } else {
            return None;
        };
        let (share, limit) = (percent(share), percent(limit));
        Some(format!("{} would be {share} {when}, the limit is {limit}", self.setting))
    }
}

/// Parts per million as percent with one digit, rounded down.
fn percent(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm / 1_000 % 10)
}
