//! All pairs of sets that are alike, without comparing all pairs, and without missing one.
//!
//! The exact set-similarity join of the PPJoin family: two sets that alike share a token among the
//! few rarest of each, so only sets that share one of those are compared. How alike two sets are is
//! *defined* on their 32-bit tokens (see [`hash`]), so that "exact" is literally true. Pairs depend on
//! the sets alone: no seed, no sampling, no order of the input shows in them.

pub mod hash;
mod kernel;
mod near;
mod sets;

pub use near::{Near, near};
pub use sets::{Sets, Threshold, wide};

use crate::sort;

/// Two sets that are alike, by position in their [`Sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Of a join of one with itself the smaller position, else the position on the left.
    pub left: u32,
    /// Of a join of one with itself the larger position, else the position on the right.
    pub right: u32,
    /// Tokens that both hold.
    pub shared: u32,
}

/// The pairs of one [`Sets`], with equal sets put together: what a thousand equal texts have in common
/// with a thousand others is said once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alike {
    /// For each set, by position, the smallest position of a set that equals it.
    pub first: Vec<u32>,
    /// Pairs of such first sets, sorted.
    pub pairs: Vec<Pair>,
}

impl Alike {
    /// Each position after the position of the first set that equals it, sorted.
    pub fn members(&self) -> Vec<(u32, u32)> {
        let mut members: Vec<(u32, u32)> = self.first.iter().copied().zip(0..).collect();
        sort::packed(&mut members);
        members
    }
}

/// Every pair of different sets of `sets` that are alike by `threshold`, and which sets are equal. A
/// set without tokens is like no other.
pub fn within(sets: &Sets, threshold: Threshold) -> Alike {
    kernel::join(sets, None, threshold, usize::MAX)
}

/// As [`within`], but of a crowd, where everything is like everything, not every pair: a set is held
/// against at most about `most` of those that are no longer than it, the shortest first and of equally
/// long ones those at the smallest positions. So a crowd gathers about its first ones, in linear time
/// and room. Pairs that are found are alike, and outside of crowds all are found.
pub fn within_crowds(sets: &Sets, threshold: Threshold, most: usize) -> Alike {
    kernel::join(sets, None, threshold, most)
}

/// Every pair of a set of `left` and a set of `right` that are alike by `threshold`, sorted.
pub fn between(left: &Sets, right: &Sets, threshold: Threshold) -> Vec<Pair> {
    let border = u32::try_from(left.len()).unwrap_or(u32::MAX);
    let alike = kernel::join(&left.chain(right), Some(border), threshold, usize::MAX);
    let members = alike.members();
    let of = |first: u32| sort::run(&members, |(f, _)| f.cmp(&first)).iter().map(|(_, at)| *at);
    let mut pairs = Vec::new();
    for pair in alike.pairs {
        for left in of(pair.left) {
            let right = of(pair.right);
            pairs.extend(right.map(|right| Pair { left, right: right - border, ..pair }));
        }
    }
    sort::all(&mut pairs);
    pairs
}

#[cfg(test)]
mod tests;
