//! The score of a statement, in named parts.

use serde::{Deserialize, Serialize};

/// Parts in parts per million, and their weighted sum. A score orders what a person sees; it
/// never decides what is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Weighted sum of the parts, 0..=1,000,000.
    pub total: u64,
    /// How recent: halves with each half-life.
    pub recency: u64,
    /// How widely supported: sessions, agents, days, saturating.
    pub support: u64,
    /// How it fared: lower bound of a Beta(1,1) posterior; 0 when nothing was measured.
    pub outcome: u64,
    /// How far its source is trusted.
    pub trust: u64,
    /// How close to the instructions; 0 without instructions.
    pub relevance: u64,
}
