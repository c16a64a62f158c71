//! Candidates that say the same. One stands for all of them, whatever the store holds already: were
//! it the one that came first into the store, the order of dreams would decide about its words.

use crate::candidate::Candidate;
use crate::judge;
use crate::text;

use super::same;

/// For each candidate, by position, whether another one stands for it: the first in the order of
/// corrections, then the rest, that the judge calls the same and that stands for itself.
pub fn spoken_for(candidates: &[Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|at| (candidates.get(*at).is_none_or(|c| c.replaces.is_none()), *at));
    let ordered: Vec<&Candidate> = order.iter().filter_map(|at| candidates.get(*at)).collect();
    let tokens: Vec<Vec<String>> = ordered.iter().map(|c| text::tokens(&c.text)).collect();
    let mut taken = vec![false; ordered.len()];
    // Sorted by left, so every earlier one is settled when a later one is looked at.
    for pair in text::near(&tokens, &tokens, judge::NEAR) {
        let (Some(later), Some(earlier)) = (ordered.get(pair.left), ordered.get(pair.right)) else {
            continue;
        };
        let settled = pair.right < pair.left && taken.get(pair.right) == Some(&false);
        if settled
            && earlier.principal == later.principal
            && same(&earlier.text, &later.text).is_some()
            && let Some(taken) = taken.get_mut(pair.left)
        {
            *taken = true;
        }
    }
    let mut found = vec![false; candidates.len()];
    for (at, taken) in order.into_iter().zip(taken) {
        if let Some(slot) = found.get_mut(at) {
            *slot = taken;
        }
    }
    found
}
