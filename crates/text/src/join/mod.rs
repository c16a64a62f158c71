//! Finds all pairs of similar sets without comparing all pairs, and without missing one.
//!
//! An exact set-similarity join of the PPJoin family: two similar sets share one of the few rarest
//! tokens of each, so only sets that share such a token are compared. Similarity is *defined* on
//! 32-bit tokens (see [`hash`]), so the result is exact. It depends on the sets alone: there is no
//! seed and no sampling, and the order of the input does not show.

pub mod hash;
mod kernel;
mod near;
mod sets;

pub use near::{Near, near};
pub use sets::{Sets, Threshold, wide};

use crate::sort;

/// Two similar sets, by position in their [`Sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The smaller position when one [`Sets`] is joined with itself, else the position on the left.
    pub left: u32,
    /// The larger position when one [`Sets`] is joined with itself, else the position on the right.
    pub right: u32,
    /// The number of tokens that both have.
    pub shared: u32,
}

/// The similar pairs within one [`Sets`]. Equal sets are grouped, so that a thousand equal texts
/// similar to a thousand others give one pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alike {
    /// For each set the smallest position of an equal set.
    pub first: Vec<u32>,
    /// Pairs of these first sets, sorted.
    pub pairs: Vec<Pair>,
}

impl Alike {
    /// Each position behind the position of the first set equal to it, sorted.
    pub fn members(&self) -> Vec<(u32, u32)> {
        let mut members: Vec<(u32, u32)> = self.first.iter().copied().zip(0..).collect();
        sort::packed(&mut members);
        members
    }
}

/// All pairs of different sets in `sets` that are similar by `threshold`, and which sets are equal.
/// A set without tokens is similar to none.
pub fn within(sets: &Sets, threshold: Threshold) -> Alike {
    kernel::join(sets, None, threshold, usize::MAX)
}

/// Like [`within`], but limits the pairs in a crowd, where every set is similar to every other.
/// Each set is compared with about `most` of those no longer than it, shortest first, equally long
/// ones by position. A crowd thus gathers around its first sets, in linear time and memory. All
/// pairs found are similar, and outside of crowds none is missed.
pub fn within_crowds(sets: &Sets, threshold: Threshold, most: usize) -> Alike {
    kernel::join(sets, None, threshold, most)
}

/// All pairs of a set of `left` and a set of `right` that are similar by `threshold`, sorted.
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
