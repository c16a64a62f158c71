//! The join for lists of words.

use super::{Sets, Threshold, between, hash};
use crate::sort;

/// A pair of similar token lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Position on the left.
    pub left: usize,
    /// Position on the right.
    pub right: usize,
    /// Their Jaccard similarity in parts per million: shared tokens divided by all distinct tokens.
    pub similarity: u64,
}

/// Every pair of a left and a right token list, each sorted and distinct, whose similarity is at
/// least `threshold`, sorted by left, then right.
pub fn near(left: &[Vec<String>], right: &[Vec<String>], threshold: Threshold) -> Vec<Near> {
    let size = |lists: &[Vec<String>], at| lists.get(at).map_or(0, Vec::len);
    between(&sets(left), &sets(right), threshold)
        .into_iter()
        .filter_map(|pair| {
            let (l, r) = (usize::try_from(pair.left).ok()?, usize::try_from(pair.right).ok()?);
            let shared = u64::from(pair.shared);
            let all = u64::try_from(size(left, l) + size(right, r)).ok()?.checked_sub(shared)?;
            Some(Near { left: l, right: r, similarity: (shared * 1_000_000).checked_div(all)? })
        })
        .collect()
}

fn sets(lists: &[Vec<String>]) -> Sets {
    let mut sets = Sets::default();
    let mut set = Vec::new();
    for list in lists {
        set.clear();
        set.extend(list.iter().map(|word| hash::token(word.as_bytes())));
        sort::u32s(&mut set);
        set.dedup();
        sets.push(&set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lists() -> impl Strategy<Value = Vec<Vec<String>>> {
        let list = proptest::collection::btree_set("[a-h]", 0..6);
        proptest::collection::vec(list.prop_map(|s| s.into_iter().collect()), 0..12)
    }

    /// Computed from the definition; lists without tokens are similar to none.
    fn similarity(a: &[String], b: &[String]) -> u64 {
        let shared = a.iter().filter(|token| b.contains(token)).count();
        let all = u64::try_from(a.len() + b.len() - shared).unwrap();
        (u64::try_from(shared).unwrap() * 1_000_000).checked_div(all).unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_join_finds_what_comparing_all_pairs_finds(
            left in lists(), right in lists(), permille in 1_u32..=1_000,
        ) {
            let mut all = Vec::new();
            for (l, a) in left.iter().enumerate() {
                for (r, b) in right.iter().enumerate() {
                    let similarity = similarity(a, b);
                    if similarity >= u64::from(permille) * 1_000 {
                        all.push(Near { left: l, right: r, similarity });
                    }
                }
            }
            prop_assert_eq!(near(&left, &right, Threshold::permille(permille)), all);
        }
    }
}
