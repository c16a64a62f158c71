//! Makes a plan from statements that a host's extractor found, instead of from sessions that the
//! engine reads.

use std::collections::BTreeMap;

use dreaming_core::planner::Learned;
use dreaming_learn::host_candidates::{self, CheckedCandidates, HostCandidate};
use dreaming_learn::mine::Mined;
use dreaming_learn::outcome::credits;
use dreaming_records::canonical;
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::number::count;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::Set;

use super::dream_request::checked;
use super::{Outcome, Request, dream_report, finish};

/// Most candidates of one plan. Chosen by us: a person cannot review more.
pub const MAX_CANDIDATES: usize = 10_000;

/// Makes a plan over a store from candidates of a host. No session is read, and `request` must name
/// none.
///
/// A candidate is checked like a model's proposal; the plan lists those that the check turned down,
/// with the reasons. The others always wait for a person, whatever their support and trust are and
/// whatever the policy says. They support an entry only by places that a session record shows. The
/// order of candidates changes no byte.
///
/// # Errors
/// [`EngineError::InvalidRequest`] for a malformed candidate, for a request with a session, and as
/// [`super::Dream::start`],
/// [`EngineError::TooLarge`] for more than [`MAX_CANDIDATES`], [`EngineError::InvalidSnapshot`].
pub fn plan(
    store: &Snapshot,
    candidates: &[HostCandidate],
    request: Request,
) -> Result<Outcome, EngineError> {
    if candidates.len() > MAX_CANDIDATES {
        let why = format!("{} candidates, at most 10,000 in one plan", candidates.len());
        return Err(EngineError::TooLarge(Invalid::new("candidates", why)));
    }
    if !request.sessions.is_empty() {
        let why = "a plan of candidates reads no session: start a dream for that";
        return Err(EngineError::request("sessions", why));
    }
    let request = checked(request)?;
    let ledger = store.ledger_of_head()?;
    let read = finish::known(&request, store, []);
    let sessions = &read.ledger.sessions;
    let CheckedCandidates { candidates, rejected } =
        host_candidates::check(candidates, sessions, request.now, &request.policy).map_err(
            |error| {
                let what = format!("candidate {}", error.at);
                EngineError::request(&what, format!("{what}: {}", error.why))
            },
        )?;
    let turned_down = rejected.len();
    let proposals = count(candidates.len());
    let digest = canonical::digest(&canonical::to_bytes(&candidates)?);
    let learned = Learned {
        candidates,
        // This plan mined no session. So an entry is not outgrown because no candidate shows it.
        unseen: Set::of(sessions.keys().cloned()),
        credit: credits(sessions),
        rejected,
        compared: read.ledger.pairs.clone(),
        documented: Set::default(),
    };
    let drafted = finish::draft(&request, store, &read, learned);
    let mut made = finish::made(&request, store, &ledger, &read, drafted)?;
    made.plan.candidates = Some(digest);
    let mined = Mined::default();
    let mut outcome = dream_report::outcome(&request, store, (&BTreeMap::new(), &[]), &mined, made);
    outcome.report.proposals = proposals;
    if turned_down > 0 {
        let note = format!("{turned_down} of the candidates were turned down; the plan says why.");
        outcome.report.notes.push(note);
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
