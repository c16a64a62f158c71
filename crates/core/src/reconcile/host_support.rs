//! A candidate from a host's extractor may ask for a change, but changes nothing by itself.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Evidence;
use dreaming_records::ledger::{Finder, Sessions, Support};
use dreaming_records::roots;
use dreaming_records::time::Time;

/// The support that a candidate adds to an entry that says the same. The ledger records it without
/// a person.
#[derive(Debug)]
pub(crate) struct Counted {
    /// The evidence that counts.
    pub(crate) evidence: Vec<Evidence>,
    /// How widely this evidence supports the entry.
    pub(crate) support: Support,
    /// Time of the newest evidence.
    pub(crate) last: Option<Time>,
}

/// The part of a candidate that counts without a person. For a candidate of the host, that is only
/// the evidence that a session record shows, with the support that follows from it. `Err` is the
/// reason why nothing counts.
pub(crate) fn counted(candidate: &Candidate, sessions: &Sessions) -> Result<Counted, &'static str> {
    match candidate.finder {
        Finder::Host => {}
        Finder::Miner | Finder::Model => {
            let (evidence, support, last) =
                (candidate.evidence.clone(), candidate.support, candidate.last);
            return Ok(Counted { evidence, support, last });
        }
    }
    let seen = candidate.evidence.iter().filter(|piece| !piece.claimed);
    let evidence: Vec<Evidence> = seen.cloned().collect();
    let support = roots::shown(&evidence, sessions);
    let last = evidence.iter().filter_map(|piece| piece.time).max();
    if evidence.is_empty() {
        return Err("only-claimed");
    }
    Ok(Counted { evidence, support, last })
}
