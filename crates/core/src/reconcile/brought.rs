//! What an extractor of the host found may ask for a change, and changes nothing by itself.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Evidence;
use dreaming_records::ledger::{Finder, Sessions, Support};
use dreaming_records::roots;
use dreaming_records::time::Time;

/// What a candidate adds to an entry that says the same. The ledger takes it up without a person.
#[derive(Debug)]
pub(crate) struct Counted {
    /// Where it comes from.
    pub(crate) evidence: Vec<Evidence>,
    /// How widely that supports it.
    pub(crate) support: Support,
    /// Time of the newest of it.
    pub(crate) last: Option<Time>,
}

/// What of a candidate counts without a person: of what a host brought only the places that a session
/// record shows, and no more support than they have. `Err` is the reason why nothing counts.
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
