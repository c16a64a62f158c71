//! All pairs that are alike, without comparing all pairs.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::similarity;

/// A pair of token lists that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Position on the left.
    pub left: usize,
    /// Position on the right.
    pub right: usize,
    /// Their similarity in parts per million.
    pub similarity: u64,
}

/// Every pair of a left and a right token list whose similarity is at least `threshold` parts per
/// million (at least 1), sorted by left, then right. Exact: no pair is missed.
///
/// Two lists that alike share a token among the few rarest of each (the prefix filter of the
/// set-similarity join), so only lists that share one of those are compared.
pub fn near(left: &[Vec<String>], right: &[Vec<String>], threshold: u64) -> Vec<Near> {
    let threshold = threshold.max(1);
    let mut frequency: BTreeMap<&str, u64> = BTreeMap::new();
    for token in left.iter().chain(right).flatten() {
        *frequency.entry(token).or_default() += 1;
    }
    let prefix = |tokens: &'_ [String]| -> Vec<(u64, String)> {
        let mut rare: Vec<(u64, String)> = tokens
            .iter()
            .map(|t| (frequency.get(t.as_str()).copied().unwrap_or(0), t.clone()))
            .collect();
        rare.sort();
        let size = u64::try_from(rare.len()).unwrap_or(u64::MAX);
        // At least `shared` tokens are common to this list and one that is like it, so one of
        // them is among the first `size - shared + 1`.
        let shared = size.saturating_mul(threshold).div_ceil(1_000_000).max(1);
        rare.truncate(usize::try_from((size + 1).saturating_sub(shared)).unwrap_or(usize::MAX));
        rare
    };
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, tokens) in right.iter().enumerate() {
        for (_, token) in prefix(tokens) {
            index.entry(token).or_default().push(at);
        }
    }
    let mut pairs = Vec::new();
    for (at, tokens) in left.iter().enumerate() {
        let candidates: BTreeSet<usize> = prefix(tokens)
            .iter()
            .filter_map(|(_, token)| index.get(token))
            .flatten()
            .copied()
            .collect();
        for other in candidates {
            let similarity = right.get(other).map_or(0, |r| similarity(tokens, r));
            if similarity >= threshold {
                pairs.push(Near { left: at, right: other, similarity });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lists() -> impl Strategy<Value = Vec<Vec<String>>> {
        let list = proptest::collection::btree_set("[a-h]", 0..6);
        proptest::collection::vec(list.prop_map(|s| s.into_iter().collect()), 0..12)
    }

    proptest! {
        #[test]
        fn the_join_finds_what_comparing_all_pairs_finds(
            left in lists(), right in lists(), threshold in 1_u64..=1_000_000,
        ) {
            let mut all = Vec::new();
            for (l, a) in left.iter().enumerate() {
                for (r, b) in right.iter().enumerate() {
                    let similarity = similarity(a, b);
                    if similarity >= threshold {
                        all.push(Near { left: l, right: r, similarity });
                    }
                }
            }
            prop_assert_eq!(near(&left, &right, threshold), all);
        }
    }
}
