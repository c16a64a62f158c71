//! A plan, made again over a store that has moved on.

use std::collections::BTreeMap;

use dreaming_learn::masks;
use dreaming_records::canonical;
use dreaming_records::error::EngineError;
use dreaming_records::ids::SessionId;
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::{Plan, SessionOutcome, SessionResult, Stage};
use dreaming_records::session_record::{PartRead, SessionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_shield::redact::told_by_person;
use dreaming_text::sort;

use crate::engine::fingerprint;

use super::finish::{Found, Step};
use super::said::Said;
use super::work::Read;
use super::{Finished, Request};

/// Makes the plan again over `store`: the same sessions, answers, policy and `now`, the memories and
/// the ledger as they are now. No transcript is read, the plan holds what was read in them.
///
/// A change that is still right has the same id as before, so that a decision about it stands; one
/// whose entries were edited or are gone is not in the new plan.
///
/// `instructions` are those of the dream: the plan has only their digest.
///
/// # Errors
/// [`EngineError::OtherEngine`], [`EngineError::InvalidDocument`] when a change of the plan has not the id that follows
/// from it, [`EngineError::InvalidSnapshot`] when the ledger is not that of the head, and [`EngineError::InvalidRequest`] for other instructions, and for a plan of [`super::plan`]: bring the candidates
/// again, a change that is still right has the same id.
pub fn rebase(store: &Snapshot, plan: &Plan, instructions: &str) -> Result<Plan, EngineError> {
    if plan.fingerprint != fingerprint() {
        return Err(EngineError::OtherEngine(plan.fingerprint.engine.clone()));
    }
    plan.check_ids()?;
    if plan.candidates.is_some() {
        let why = "the plan was made of candidates that it does not hold: bring them again";
        return Err(EngineError::request("candidates", why));
    }
    let instructions = told_by_person(instructions, masks::of(&plan.policy));
    if plan.instructions != canonical::digest(instructions.as_bytes()) {
        let why = "the instructions are not those that the plan was made with";
        return Err(EngineError::request("instructions", why));
    }
    let ledger = store.ledger_of_head()?;
    let done: BTreeMap<SessionId, Finished> = sort::map(
        plan.sessions.iter().map(|result| (result.session.clone(), finished(store, result))),
    );
    // The check runs while a session is read or a model answers, so what it turned down is not found again.
    let carried = plan.rejected.iter().filter(|rejected| rejected.stage == Stage::Check);
    let request = Request {
        policy: plan.policy.clone(),
        instructions,
        now: plan.now,
        // They only count in the report.
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    // Another dream may have asked about the same pairs since.
    let is_new = |pair: &&PairRecord| !store.ledger.pairs.contains_key(&pair.key);
    let said = Said {
        pairs: plan.compared.iter().filter(is_new).cloned().collect(),
        looks: plan.looked.clone(),
        distilled: plan.distilled.clone(),
        rejected: carried.cloned().collect(),
        ..Said::default()
    };
    let found = Found::of(&request, store, &done, &said);
    Ok(Step::new(&request, store, &done, &found, &said, None).plan(&ledger)?.plan)
}

fn finished(store: &Snapshot, result: &SessionResult) -> Finished {
    match &result.outcome {
        SessionOutcome::Unchanged => Finished::Unchanged,
        SessionOutcome::Pending { reason, not_understood } => {
            Finished::Missed { reason: reason.clone(), not_understood: not_understood.clone() }
        }
        SessionOutcome::Read { record } => {
            // Another dream may have read the session since, and further.
            let known = store.ledger.sessions.get(&result.session);
            if known.is_some_and(|known| known.withdrawn || reaches(known, record)) {
                return Finished::Unchanged;
            }
            // Without the counts that only a report has.
            let record = SessionRecord::clone(record);
            Finished::Read(Box::new(Read { record, ..Read::default() }))
        }
    }
}

/// Whether `known` says all that `record` does: as many bytes, and no more calls without an answer.
fn reaches(known: &SessionRecord, record: &SessionRecord) -> bool {
    let open = |record: &SessionRecord| record.unanswered.as_ref().map_or(0, |u| u.parts.len());
    let (far, farther) = (length(&known.parts), length(&record.parts));
    far > farther || far == farther && open(known) <= open(record)
}

fn length(parts: &[PartRead]) -> u64 {
    parts.iter().map(|part| part.bytes).sum()
}
