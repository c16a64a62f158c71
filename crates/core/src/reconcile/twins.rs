//! Candidates that say the same. One stands for all of them, whatever the store holds already: were
//! it the one that came first into the store, the order of dreams would decide about its words.

use dreaming_records::candidate::Candidate;
use dreaming_text::Corpus;

use super::near;
use super::relate::wide;
use super::wording::{Said, comparable, same};

/// For each candidate, by position, whether another one stands for it: the first in the order of
/// corrections, then the rest, that the judge calls the same and that stands for itself.
pub fn spoken_for(candidates: &[Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|at| (candidates.get(*at).is_none_or(|c| c.replaces.is_none()), *at));
    let ordered: Vec<&Candidate> = order.iter().filter_map(|at| candidates.get(*at)).collect();
    let corpus = Corpus::of(ordered.iter().map(|c| c.text.as_str()));
    let mut taken = vec![false; ordered.len()];
    // Sorted by left, so every earlier one is settled when a later one is looked at.
    for (left, right) in near::between(&corpus, &corpus) {
        let read = (corpus.reading(left), corpus.reading(right));
        let (left, right) = (wide(left), wide(right));
        let (Some(later), Some(earlier)) = (ordered.get(left), ordered.get(right)) else {
            continue;
        };
        let settled = right < left && taken.get(right) == Some(&false);
        if settled
            && earlier.principal == later.principal
            && comparable((Some(earlier.kind), &earlier.text), (Some(later.kind), &later.text))
            && same((Said::of(earlier), read.1), (Said::of(later), read.0)).is_some()
            && let Some(taken) = taken.get_mut(left)
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
