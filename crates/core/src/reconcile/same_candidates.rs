//! Candidates that say the same: one represents all of them. The store does not decide which, or the words
//! would depend on the order of dreams.

use dreaming_records::candidate::Candidate;
use dreaming_records::ledger::Finder;
use dreaming_text::Corpus;
use dreaming_text::sort;

use super::near;
use super::relate::wide;
use super::same_entries::{Said, comparable, same};

/// For each candidate, by position, whether another one represents it: the first one, of corrections, then of the
/// rest and last of what a model inferred, that the judge calls the same and that no other represents.
pub(super) fn represented(candidates: &[Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let rank = |c: &Candidate| (c.finder == Finder::Insight, c.replaces.is_none());
    sort::by_key(&mut order, |at| (candidates.get(*at).map(rank), *at));
    let ordered: Vec<&Candidate> = order.iter().filter_map(|at| candidates.get(*at)).collect();
    let corpus = Corpus::of(ordered.iter().map(|c| c.text.as_str()));
    let mut is_represented = vec![false; ordered.len()];
    // Sorted by left, so every earlier one is settled when a later one is looked at.
    for (left, right) in near::between(&corpus, &corpus) {
        let read = (corpus.reading(left), corpus.reading(right));
        let (left, right) = (wide(left), wide(right));
        let (Some(later), Some(earlier)) = (ordered.get(left), ordered.get(right)) else {
            continue;
        };
        let settled = right < left && is_represented.get(right) == Some(&false);
        if settled
            && earlier.principal == later.principal
            && comparable((Some(earlier.kind), &earlier.text), (Some(later.kind), &later.text))
            && same((Said::of(earlier), read.1), (Said::of(later), read.0)).is_some()
            && let Some(is_represented) = is_represented.get_mut(left)
        {
            *is_represented = true;
        }
    }
    let mut found = vec![false; candidates.len()];
    for (at, is_represented) in order.into_iter().zip(is_represented) {
        if let Some(slot) = found.get_mut(at) {
            *slot = is_represented;
        }
    }
    found
}
