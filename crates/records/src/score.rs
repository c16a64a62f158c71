//! The score of a statement, as a value: named parts, integers only.

use serde::Serialize;

use crate::canonical::Readable;

/// One whole, in parts per million.
pub const PPM: u64 = 1_000_000;

/// A score in named parts, each in parts per million. It orders what a person sees; it
/// never decides what is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Score {
    /// Weighted sum of the parts, at most 1,000,000.
    pub total: u64,
    /// How recent: halves with each half-life.
    pub recency: u64,
    /// How widely supported, by sessions, agents and days; each further one adds less.
    pub support: u64,
    /// How sessions went that used or did it. 211,324 where no outcome is known: more than after
    /// failures, less than after successes.
    ///
    /// See [`crate::outcome::lower_bound`].
    pub outcome: u64,
    /// How far its source is trusted.
    pub trust: u64,
    /// How much of the instructions it speaks about; 0 without instructions.
    pub relevance: u64,
}
