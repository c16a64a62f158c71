//! What agents read beside the store, such as the `CLAUDE.md` of a repository, need not stand in it too.

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::policy::{self, Policy};
use dreaming_text::markdown::pieces;
use dreaming_text::sort;

use super::same_entries::{Said, comparable, same_entries};

/// The candidates, by position, that the texts of `steer.known` say in the same words. `wanted` are their words.
pub(super) fn said(
    candidates: &[Candidate],
    wanted: &[Said<'_>],
    policy: &Policy,
) -> BTreeSet<usize> {
    let texts = policy.texts(&policy::STEER_KNOWN);
    let statements: Vec<String> =
        texts.iter().flat_map(|text| pieces(text)).map(|piece| piece.text).collect();
    let known: Vec<Said> = statements.iter().map(|text| Said::new(text, &None)).collect();
    let may = |candidate: usize, at: usize| {
        let (Some(candidate), Some(known)) = (candidates.get(candidate), statements.get(at)) else {
            return false;
        };
        comparable((Some(candidate.kind), &candidate.text), (None, known))
    };
    sort::tree(same_entries(wanted, &known, may).into_keys())
}
