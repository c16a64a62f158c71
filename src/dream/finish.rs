//! The end of a dream, when all sessions are read: compares what was found with the store, and
//! makes the plan.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::mem::take;

use dreaming_core::identity::{self, Resolution, resolve};
use dreaming_core::pack::Packer;
use dreaming_core::planner::{self, Drafted, Learned, Planned};
use dreaming_core::reconcile::pair_questions;
use dreaming_core::world::Asked;
use dreaming_core::{apply, retention};
use dreaming_learn::distil;
use dreaming_learn::mine::{self, Mined};
use dreaming_learn::outcome::{credits, in_force};
use dreaming_records::candidate::Candidate;
use dreaming_records::canonical::{self, CanonicalError};
use dreaming_records::finding_result;
use dreaming_records::ids::{Digest, SessionId};
use dreaming_records::kind::Kind;
use dreaming_records::memory::MemoryPath;
use dreaming_records::number::count;
use dreaming_records::outcome::{InForce, ProposedRevert};
use dreaming_records::plan::{
    Change, PLAN_FORMAT, Plan, Rejected, SessionOutcome, SessionResult, Stage,
};
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::{distilled, withdrawn};
use dreaming_text::{Set, normal};

use crate::current_engine::{engine, redact};

use super::model_answers::ModelAnswers;
use super::session_read::Read;
use super::{Finished, Request};

/// What is known after all sessions are read.
#[derive(Debug)]
pub(super) struct Found {
    /// The entries of the store, and its ledger with all sessions that count.
    pub read: Resolution,
    /// What the miner found in these sessions.
    pub mined: Mined,
}

impl Found {
    /// Mines the sessions over this store, and takes in what models `said` of all findings.
    pub(super) fn of(
        request: &Request,
        store: &Snapshot,
        done: &BTreeMap<SessionId, Finished>,
        said: &ModelAnswers,
    ) -> Self {
        let mut read = known(request, store, read_sessions(done).map(|read| read.record.clone()));
        finding_result::mark(&mut read.ledger.sessions, &said.looks);
        let mut found = Self::mined(read, &request.policy);
        distilled::take_up(&mut found.read.ledger.distilled, &said.distilled);
        found
    }

    /// Mines the sessions of this ledger.
    pub(super) fn mined(read: Resolution, policy: &Policy) -> Self {
        let mut found = Self { read, mined: Mined::default() };
        found.mine(policy);
        found
    }

    /// Takes in what models said after this was made.
    pub(super) fn take_up(&mut self, said: &ModelAnswers, policy: &Policy) {
        if !said.looks.is_empty() {
            finding_result::mark(&mut self.read.ledger.sessions, &said.looks);
            self.mine(policy);
        }
        distilled::take_up(&mut self.read.ledger.distilled, &said.distilled);
    }

    fn mine(&mut self, policy: &Policy) {
        let sessions = &self.read.ledger.sessions;
        #[cfg(test)]
        super::tests::counted::note("mine", sessions);
        self.mined = mine::mine(sessions, policy);
    }
}

/// What is known at one moment after all sessions are read: when a question is asked, or when the
/// plan is made.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub request: &'a Request,
    pub store: &'a Snapshot,
    pub done: &'a BTreeMap<SessionId, Finished>,
    pub found: &'a Found,
    /// What models said about all findings; `found` already includes it.
    pub said: &'a ModelAnswers,
    /// Finds existing statements for prompts.
    pub known: Option<&'a Packer>,
    drafted: OnceCell<Drafted<'a>>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        request: &'a Request,
        store: &'a Snapshot,
        done: &'a BTreeMap<SessionId, Finished>,
        found: &'a Found,
        said: &'a ModelAnswers,
        known: Option<&'a Packer>,
    ) -> Self {
        Self { request, store, done, found, said, known, drafted: OnceCell::new() }
    }

    /// The drafts of changes, made when they are first asked for.
    pub(super) fn drafted(&self) -> &Drafted<'a> {
        self.drafted.get_or_init(|| self.draft())
    }

    /// The changes that would be proposed if no draft waited for a model to write, and if the
    /// budget of learned statements had room for all.
    pub(super) fn without_waiting(&self) -> Vec<Change> {
        #[cfg(test)]
        super::tests::counted::note("settle", &("without waiting", self.drafted()));
        self.drafted().without_waiting()
    }

    fn draft(&self) -> Drafted<'a> {
        let Self { request, store, done, found, said, .. } = *self;
        let (policy, ledger) = (&request.policy, &found.read.ledger);
        let mut mined = found.mined.clone();
        let left = self.left_by_models(&mined);
        distil::take_up(&mut mined, &ledger.distilled, &ledger.sessions, policy);
        let mut rejected = mined.rejected;
        rejected.extend(left);
        rejected.extend(mined.contested.iter().map(|found| {
            Rejected::new(Stage::Mine, "lower-trust", &found.text, found.evidence.clone())
        }));
        rejected.extend_from_slice(&said.rejected);
        for read in read_sessions(done) {
            rejected.extend_from_slice(&read.rejected);
        }
        let mut compared = ledger.pairs.clone();
        for pair in &said.pairs {
            compared.insert(pair.key.clone(), pair.clone());
        }
        let documented = mine::documented(&mined.candidates, memories(store));
        let learned = Learned {
            candidates: mined.candidates,
            unseen: mined.unseen,
            credit: credits(&ledger.sessions),
            rejected,
            compared,
            documented,
        };
        draft(request, store, &found.read, learned)
    }

    /// What rules found in the messages of this dream and a model left that has read them, unless the memory says it.
    fn left_by_models(&self, mined: &Mined) -> Vec<Rejected> {
        let is_new = |id: &SessionId| self.done.get(id).is_some_and(|done| done.read().is_some());
        let mut left = mine::left_by_models(mined, is_new, &self.found.read.ledger.distilled);
        if !left.is_empty() {
            let entries = self.found.read.entries.iter();
            let there = Set::of(entries.map(|entry| normal(&entry.record.text)));
            left.retain(|found| !there.contains(&normal(&found.text)));
        }
        let rejected = |found: &Candidate| {
            Rejected::new(Stage::Mine, "left-by-model", &found.text, found.evidence.clone())
        };
        left.into_iter().map(rejected).collect()
    }

    /// Makes the plan; `ledger` is the root of the store's ledger.
    pub(super) fn plan(mut self, ledger: &Digest) -> Result<Made, CanonicalError> {
        let drafted = self.drafted.take().unwrap_or_else(|| self.draft());
        let Self { request, store, done, found, said, .. } = self;
        let made = made(request, store, ledger, &found.read, drafted)?;
        let plan = Plan {
            sessions: done.iter().map(|(id, finished)| result(id, finished)).collect(),
            compared: said.pairs.clone(),
            distilled: said.distilled.clone(),
            looked: said.looks.clone(),
            ..made.plan
        };
        Ok(Made { plan, ..made })
    }
}

/// A plan, with further results for the report.
pub(super) struct Made {
    pub plan: Plan,
    pub entries: u64,
    /// What the planner made, without the fields that were moved into the plan.
    pub planned: Planned,
    pub in_force: (Vec<InForce>, Option<ProposedRevert>),
}

/// The entries of the store, and its ledger with the session records `more` added.
pub(super) fn known(
    request: &Request,
    store: &Snapshot,
    more: impl IntoIterator<Item = SessionRecord>,
) -> Resolution {
    let policy = &request.policy;
    #[cfg(test)]
    super::tests::counted::note("read", store);
    let mut read = resolve(store, request.now, redact);
    let sessions = &mut read.ledger.sessions;
    for record in more {
        sessions.insert(record.id.clone(), record);
    }
    withdrawn::mark(sessions, policy);
    // Leaves out the sessions that the ledger will drop when the plan is applied. Otherwise this
    // dream would look at other sessions than the next one.
    retention::sessions(sessions, policy);
    read
}

/// The texts of the memories that people write; dreams add to the others.
fn memories(store: &Snapshot) -> impl Iterator<Item = &str> {
    let is_learned =
        |path: &MemoryPath| Kind::learned().any(|(_, kind)| kind.path() == path.as_str());
    let written = store.memories.values().filter(move |memory| !is_learned(&memory.path));
    written.map(|memory| memory.text.as_str())
}

/// The drafts of changes from what sessions taught, over a store whose entries are known.
pub(super) fn draft<'a>(
    request: &'a Request,
    store: &'a Snapshot,
    read: &'a Resolution,
    learned: Learned,
) -> Drafted<'a> {
    let Request { policy, instructions, now, .. } = request;
    #[cfg(test)]
    super::tests::counted::note("draft", &(policy, read, &learned));
    planner::draft(&engine(), store, read, Asked { policy, instructions, now: *now }, learned)
}

/// Makes the plan from the drafts. The plan does not list the sessions that were read; the caller
/// adds them.
pub(super) fn made(
    request: &Request,
    store: &Snapshot,
    ledger: &Digest,
    read: &Resolution,
    drafted: Drafted<'_>,
) -> Result<Made, CanonicalError> {
    let policy = &request.policy;
    #[cfg(test)]
    super::tests::counted::note("settle", &drafted);
    let mut planned = drafted.plan();
    planned.notes.extend(identity::secrets_left(&read.entries));
    if policy.number(&policy::MAX_CALLS).min(policy.number(&policy::COMPARE_CALLS)) == 0 {
        planned.notes.extend(pair_questions::unasked(&read.entries, &read.ledger.pairs));
    }
    let plan = Plan {
        format: PLAN_FORMAT.into(),
        fingerprint: engine().fingerprint,
        base: apply::base(store)?,
        memories: store.memories_root(),
        ledger: ledger.clone(),
        now: request.now,
        policy: policy.clone(),
        instructions: canonical::digest(request.instructions.as_bytes()),
        candidates: None,
        sessions: Vec::new(),
        compared: Vec::new(),
        distilled: Vec::new(),
        looked: Vec::new(),
        changes: take(&mut planned.changes),
        reinforcements: take(&mut planned.reinforcements),
        conflicts: take(&mut planned.conflicts),
        rejected: take(&mut planned.rejected),
    };
    let in_force = in_force(store, &read.ledger.sessions, policy);
    Ok(Made { plan, entries: count(read.entries.len()), planned, in_force })
}

/// The sessions that were read, by id.
pub(super) fn read_sessions(done: &BTreeMap<SessionId, Finished>) -> impl Iterator<Item = &Read> {
    done.values().filter_map(|finished| match finished {
        Finished::Read(read) => Some(&**read),
        Finished::Unchanged | Finished::Missed { .. } => None,
    })
}

fn result(id: &SessionId, finished: &Finished) -> SessionResult {
    let outcome = match finished {
        Finished::Unchanged => SessionOutcome::Unchanged,
        Finished::Missed { reason, not_understood } => SessionOutcome::Pending {
            reason: reason.clone(),
            not_understood: not_understood.clone(),
        },
        Finished::Read(read) => SessionOutcome::Read { record: Box::new(read.record.clone()) },
    };
    SessionResult { session: id.clone(), outcome }
}
