//! A plan, made again over a store that has moved on.

use std::collections::BTreeMap;

use dreaming_core::apply::ApplyError;
use dreaming_learn::masks;
use dreaming_records::canonical;
use dreaming_records::ids::SessionId;
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::{Plan, SessionOutcome, SessionResult, Stage};
use dreaming_records::session_record::{PartRead, SessionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_shield::redact::told_by_person;
use dreaming_text::sort;

use crate::engine::fingerprint;

use super::finish::Said;
use super::looks::Looked;
use super::pairs::Compared;
use super::work::Read;
use super::{Finished, Request, finish, insights};

/// Makes the plan again over `store`: the same sessions, answers, policy and `now`, the memories and
/// the ledger as they are now. No transcript is read, the plan holds what was read in them.
///
/// A change that is still right has the same id as before, so that a decision about it stands; one
/// whose entries were edited or are gone is not in the new plan.
///
/// `instructions` are those of the dream: the plan has only their digest.
///
/// # Errors
/// [`ApplyError::OtherEngine`], [`ApplyError::Ledger`], [`ApplyError::Instructions`],
/// [`ApplyError::Candidates`] for a plan of [`super::plan`]: bring the candidates again, a change that is
/// still right has the same id.
pub fn rebase(store: &Snapshot, plan: &Plan, instructions: &str) -> Result<Plan, ApplyError> {
    if plan.fingerprint != fingerprint() {
        return Err(ApplyError::OtherEngine(plan.fingerprint.engine.clone()));
    }
    if plan.candidates.is_some() {
        return Err(ApplyError::Candidates);
    }
    let instructions = told_by_person(instructions, masks::of(&plan.policy));
    if plan.instructions != canonical::digest(instructions.as_bytes()) {
        return Err(ApplyError::Instructions);
    }
    let ledger = store.ledger_of_head()?.ok_or(ApplyError::Ledger)?;
    let done: BTreeMap<SessionId, Finished> = sort::map(
        plan.sessions.iter().map(|result| (result.session.clone(), finished(store, result))),
    );
    // The check runs while a session is read or a model answers, so what it turned down is not found again.
    let carried = plan.rejected.iter().filter(|rejected| rejected.stage == Stage::Check);
    let carried = carried.cloned().collect();
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
    let compared = Compared::before(plan.compared.iter().filter(is_new).cloned().collect());
    let inferred = insights::of_plan(plan);
    let looked = Looked::before(plan.looked.clone());
    let said = Said { compared, looked, inferred: &inferred, carried };
    Ok(finish::plan(&request, store, &ledger, &done, &said)?.plan)
}

fn finished(store: &Snapshot, result: &SessionResult) -> Finished {
    match &result.outcome {
        SessionOutcome::Unchanged => Finished::Unchanged,
        SessionOutcome::Pending { reason } => Finished::Missed { reason: reason.clone() },
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
