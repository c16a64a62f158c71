//! Makes a plan again, over a store that has changed since the plan was made.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming_learn::masks;
use dreaming_records::canonical;
use dreaming_records::error::EngineError;
use dreaming_records::ids::SessionId;
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::{Plan, SessionOutcome, SessionResult, Stage};
use dreaming_records::session_record::{PartRead, SessionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_shield::redact::redact_and_mask;
use dreaming_text::sort;

use crate::current_engine::fingerprint;

use super::finish::{Found, Step};
use super::model_answers::ModelAnswers;
use super::session_read::Read;
use super::{Finished, Request};

/// Makes the plan again over `store`: with the same sessions, answers, policy and `now`, but the
/// current memories and ledger. No transcript is read; the plan holds the records of its sessions.
///
/// A change that is still valid keeps its id, so that decisions about it stay valid. A change whose
/// entries were edited or removed is not in the new plan.
///
/// `instructions` must be those of the dream: the plan has only their digest.
///
/// # Errors
/// [`EngineError::OtherEngine`], [`EngineError::InvalidDocument`] when a change's id does not
/// follow from its content, [`EngineError::InvalidSnapshot`] when the ledger is not that of the
/// head, and [`EngineError::InvalidRequest`] for other instructions and for a plan that
/// [`super::plan`] made. For such a plan, call [`super::plan`] again with the candidates; a change
/// that is still valid keeps its id.
pub fn rebase(store: &Snapshot, plan: &Plan, instructions: &str) -> Result<Plan, EngineError> {
    if plan.fingerprint != fingerprint() {
        return Err(EngineError::OtherEngine(plan.fingerprint.engine.clone()));
    }
    plan.check_ids()?;
    if plan.candidates.is_some() {
        let why = "the plan was made of candidates that it does not hold: bring them again";
        return Err(EngineError::request("candidates", why));
    }
    let instructions = redact_and_mask(instructions, masks::of(&plan.policy));
    if plan.instructions != canonical::digest(instructions.as_bytes()) {
        let why = "the instructions are not those that the plan was made with";
        return Err(EngineError::request("instructions", why));
    }
    let ledger = store.ledger_of_head()?;
    let done: BTreeMap<SessionId, Finished> = sort::map(
        plan.sessions.iter().map(|result| (result.session.clone(), finished(store, result))),
    );
    // Proposals are checked only while sessions are read and models answer. So what was turned down
    // then is copied from the old plan.
    let carried = plan.rejected.iter().filter(|rejected| rejected.stage == Stage::Check);
    let request = Request {
        policy: plan.policy.clone(),
        instructions,
        now: plan.now,
        // Only the report depends on sessions and similarities, and a rebase writes none.
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    // Another dream may have recorded answers about the same pairs since.
    let is_new = |pair: &&PairRecord| !store.ledger.pairs.contains_key(&pair.key);
    let said = ModelAnswers {
        pairs: plan.compared.iter().filter(is_new).cloned().collect(),
        looks: plan.looked.clone(),
        distilled: plan.distilled.clone(),
        rejected: carried.cloned().collect(),
        ..ModelAnswers::default()
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
            // Another dream may have read the session since, perhaps more of it.
            let known = store.ledger.sessions.get(&result.session);
            if known.is_some_and(|known| known.withdrawn || reaches(known, record)) {
                return Finished::Unchanged;
            }
            // The other fields are counts for a report, which a rebase does not write.
            let record = SessionRecord::clone(record);
            Finished::Read(Box::new(Read { record, ..Read::default() }))
        }
    }
}

/// Whether `known` is at least as complete as `record`.
fn reaches(known: &SessionRecord, record: &SessionRecord) -> bool {
    complete(known) >= complete(record)
}

/// How complete a record is, the more the greater: bytes that were read, whether a model saw them, and how many calls it
/// answered.
fn complete(record: &SessionRecord) -> (u64, bool, Reverse<usize>) {
    let open = record.unanswered.as_ref().map_or(0, |open| open.parts.len());
    (length(&record.parts), !record.unseen, Reverse(open))
}

fn length(parts: &[PartRead]) -> u64 {
    parts.iter().map(|part| part.bytes).sum()
}

#[cfg(test)]
mod tests {
    use dreaming_records::session_record::Unanswered;

    use super::*;

    #[test]
    fn a_record_that_a_model_saw_is_more_complete_than_one_of_the_same_bytes_that_none_saw() {
        let of = |bytes: u64, unseen: bool, open: u64| {
            let mut record = dreaming_fixtures::record("a", "alice", 1);
            record.parts[0].bytes = bytes;
            record.unseen = unseen;
            let parts = (0..open).collect::<Vec<u64>>();
            record.unanswered = (open > 0).then(|| Unanswered { parts, ..Unanswered::default() });
            record
        };
        let ascending = [
            of(9, false, 0),
            of(10, true, 0),
            of(10, false, 2),
            of(10, false, 1),
            of(10, false, 0),
        ];
        for (n, less) in ascending.iter().enumerate() {
            assert!(reaches(less, less));
            for more in &ascending[n + 1..] {
                assert!(reaches(more, less) && !reaches(less, more), "{n}");
            }
        }
    }
}
