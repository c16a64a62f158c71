//! How far changes move a store, as counts.

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
}
