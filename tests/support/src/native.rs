//! The crate `dreaming` as a host.

use dreaming::apply::Erasure;
use dreaming::dream::{self, Dream};
use dreaming::ids::SessionId;
use dreaming::interface::{self, EngineError};
use dreaming::propose::Answer;
use dreaming::{Decision, Memory, NewRevision, Request, Snapshot, Time};

use crate::host::{Failure, Host, Need, Revision, Running};
use crate::store::Store;

/// The crate itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeHost;

/// The snapshot of a store. All revision records of the chain count for decisions.
///
/// # Errors
/// `invalid-snapshot`.
pub fn snapshot(store: &Store) -> Result<Snapshot, Failure> {
    let invalid = |e: &dyn std::fmt::Display| Failure::new("invalid-snapshot", e);
    let mut snapshot = Snapshot::new(store.salt.as_str());
    for m in &store.memories {
        let memory = Memory::new(m.path.as_str(), m.text.as_str(), m.observed_at);
        let memory = memory.map_err(|e| invalid(&e))?;
        snapshot.add_memory(memory).map_err(|e| invalid(&e))?;
    }
    for row in &store.ledger {
        snapshot.add_record(row).map_err(|e| invalid(&e))?;
    }
    for record in &store.chain {
        snapshot.add_decisions(record).map_err(|e| invalid(&e))?;
    }
    if let Some(head) = store.chain.last() {
        snapshot.set_head(head).map_err(|e| invalid(&e))?;
    }
    Ok(snapshot)
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::new(error.code(), error)
    }
}

impl From<NewRevision> for Revision {
    fn from(new: NewRevision) -> Self {
        Self {
            base: new.base,
            id: new.id,
            record: new.bytes,
            memories: new.memories,
            ledger: new.ledger,
        }
    }
}

impl Host for NativeHost {
    fn name(&self) -> &str {
        "native"
    }

    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        Ok(Box::new(Dream::start(request.clone(), &snapshot(store)?)?))
    }

    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        Ok(Box::new(Dream::restore(checkpoint, &snapshot(store)?)?))
    }

    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure> {
        let before = snapshot(store)?;
        let revision = dreaming::observe(&before, now)?.map(Revision::from);
        // `catch_up` must give the same store as reading it again after the commit, in every case
        // and law.
        let (mut caught_up, mut committed) = (before, store.clone());
        let same = dreaming::catch_up(&mut caught_up, now)?.map(Revision::from);
        assert_eq!(same, revision);
        if let Some(revision) = &revision {
            committed.commit(revision).map_err(|e| Failure::new("invalid-snapshot", e))?;
        }
        assert_eq!(caught_up, snapshot(&committed)?);
        Ok(revision)
    }

    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure> {
        Ok(Revision::from(interface::apply(&snapshot(store)?, plan, decision)?))
    }

    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        let (store, target) = (snapshot(store)?, snapshot(target)?);
        Ok(Revision::from(dreaming::revert(&store, &target, reviewer, note, now)?))
    }

    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure> {
        Ok(interface::rebase(&snapshot(store)?, plan, instructions)?)
    }

    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        Ok(Revision::from(dreaming::erase(&snapshot(store)?, what, reviewer, note, now)?))
    }
}

impl Running for Dream {
    fn poll(&mut self) -> Result<Need, Failure> {
        Ok(match Dream::poll(self)? {
            dream::Need::Sessions(needs) => Need::Sessions(
                needs.into_iter().map(|n| (n.session.as_str().into(), n.parts)).collect(),
            ),
            dream::Need::Calls(calls) => Need::Calls(calls),
            dream::Need::Done(outcome) => {
                let (plan, report) = interface::documents(&outcome)?;
                Need::Done { plan, report }
            }
        })
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        Ok(Dream::feed(self, &SessionId::new(session), part, chunk, last)?)
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        Ok(Dream::miss(self, &SessionId::new(session), reason)?)
    }

    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure> {
        Ok(interface::answer(self, call, answer.clone())?)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        Ok(Dream::checkpoint(self)?)
    }
}
