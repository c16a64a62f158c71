//! A plan from what an extractor of the host found, in place of sessions that the engine reads.

use std::collections::BTreeMap;

use dreaming_core::planner::Learned;
use dreaming_learn::brought::{self, Brought, Claim};
use dreaming_learn::mine::Mined;
use dreaming_learn::outcome::credits;
use dreaming_records::canonical;
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::number::count;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::Set;

use super::request::checked;
use super::{Outcome, Request, finish, report};

/// Most candidates of one plan. Chosen by us: more is no plan that a person can look through.
pub const MAX_CANDIDATES: usize = 10_000;

/// Plans over a store with the candidates of a host. Nothing is read, and `request` names no session.
///
/// A candidate takes the way of a model's proposal: what its words or its quotes are turned down for
/// stands in the plan. What is left always waits for a person, whatever its support and trust are and
/// whatever the policy says, and lends no entry support but by places that a session record shows. The
/// order of candidates changes no byte.
///
/// # Errors
/// [`EngineError::InvalidRequest`] for a candidate that is malformed, for a session and as [`super::Dream::start`],
/// [`EngineError::TooLarge`] for more than [`MAX_CANDIDATES`], [`EngineError::InvalidSnapshot`].
pub fn plan(
    store: &Snapshot,
    candidates: &[Claim],
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
    let Brought { candidates, rejected } =
        brought::check(candidates, sessions, request.now, &request.policy).map_err(|error| {
            let what = format!("candidate {}", error.at);
            EngineError::request(&what, format!("{what}: {}", error.why))
        })?;
    let turned_down = rejected.len();
    let proposals = count(candidates.len());
    let digest = canonical::digest(&canonical::to_bytes(&candidates)?);
    let learned = Learned {
        candidates,
        // Nothing was looked for in them: no entry is outgrown for want of a candidate.
        unseen: Set::of(sessions.keys().cloned()),
        credit: credits(sessions),
        rejected,
        compared: read.ledger.pairs.clone(),
    };
    let drafted = finish::draft(&request, store, &read, learned);
    let mut made = finish::made(&request, store, &ledger, &read, drafted)?;
    made.plan.candidates = Some(digest);
    let mined = Mined::default();
    let mut outcome = report::outcome(&request, store, &BTreeMap::new(), &mined, made);
    outcome.report.proposals = proposals;
    if turned_down > 0 {
        let note = format!("{turned_down} of the candidates were turned down; the plan says why.");
        outcome.report.notes.push(note);
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
