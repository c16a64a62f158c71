//! What agents read beside the store, such as the `CLAUDE.md` of a repository, need not stand in it too.

use dreaming_records::candidate::Candidate;
use dreaming_records::policy::{self, Policy};
use dreaming_text::markdown::pieces;

use super::same_entries::{Said, comparable, same_entries};

/// For each candidate whether the texts of `steer.known` say it in the same words. `wanted` are their words.
pub(super) fn said(candidates: &[Candidate], wanted: &[Said<'_>], policy: &Policy) -> Vec<bool> {
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
    same_entries(wanted, &known, may).iter().map(Option::is_some).collect()
}
