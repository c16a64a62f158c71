//! The state of an instance, and the generated import traits over it.

use wasmtime::ResourceLimiter;

use crate::bindings::dreaming::engine::{errors, model, store, types};
use crate::store::{Model, Store};
use crate::types::{
    Answer, Document, LedgerRow, Memory, ModelCall, NewRevision, Opened, Progress, Session,
};

/// Sessions in a page, from `wit/store.wit`.
const MAX_SESSIONS: usize = 1000;

/// What an instance can reach: the store and the model of its host, and its own limits.
#[derive(Debug)]
pub(crate) struct State<S, M> {
    pub(crate) store: S,
    pub(crate) model: M,
    pub(crate) memory: MemoryLimit,
}

/// Refuses memory over the limit, and remembers that it did: to the guest a refusal is an abort,
/// which looks like any other trap.
#[derive(Debug)]
pub(crate) struct MemoryLimit {
    bytes: usize,
    reached: usize,
    refused: bool,
}

impl MemoryLimit {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes, reached: 0, refused: false }
    }

    /// The peak of the memory. Linear memory never shrinks, so this is also its present size.
    pub(crate) fn reached(&self) -> usize {
        self.reached
    }

    /// The limit, if the instance ran into it.
    pub(crate) fn met(&self) -> Option<usize> {
        self.refused.then_some(self.bytes)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.bytes;
        self.refused |= !fits;
        if fits {
            self.reached = self.reached.max(desired);
        }
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The component's tables are fixed and hold some hundred functions.
        Ok(desired <= 100_000)
    }
}

/// The model ends the run.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the model ends the run")]
pub(crate) struct Leaves;

impl<S: Store, M: Model> types::Host for State<S, M> {}

impl<S: Store, M: Model> errors::Host for State<S, M> {}

impl<S: Store, M: Model> model::Host for State<S, M> {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> wasmtime::Result<Vec<Answer>> {
        let answers = self.model.complete_many(calls);
        match self.model.leaves() {
            true => Err(Leaves.into()),
            false => Ok(answers),
        }
    }
}

impl<S: Store, M: Model> store::Host for State<S, M> {
    fn open(&mut self) -> Result<Opened, store::StoreError> {
        Ok(self.store.open()?)
    }

    fn memories(&mut self, after: Option<String>) -> Result<Vec<Memory>, store::StoreError> {
        Ok(self.store.memories(after.as_deref())?)
    }

    fn ledger(&mut self, after: Option<String>) -> Result<Vec<LedgerRow>, store::StoreError> {
        Ok(self.store.ledger(after.as_deref())?)
    }

    fn revisions(&mut self, after: u64) -> Result<Vec<Document>, store::StoreError> {
        Ok(self.store.revisions(after)?)
    }

    fn sessions(&mut self, after: Option<String>) -> Result<Vec<Session>, store::StoreError> {
        let mut page = self.store.sessions()?;
        page.sort_by(|a, b| a.id.cmp(&b.id));
        page.retain(|session| after.as_ref().is_none_or(|after| session.id > *after));
        page.truncate(MAX_SESSIONS);
        Ok(page)
    }

    fn read(
        &mut self,
        session: String,
        part: String,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<u8>, store::StoreError> {
        Ok(self.store.read(&session, &part, offset, limit)?)
    }

    fn keep(&mut self, progress: Progress) -> Result<(), store::StoreError> {
        Ok(self.store.keep(progress)?)
    }

    fn commit(&mut self, revision: NewRevision) -> Result<(), store::StoreError> {
        Ok(self.store.commit(revision)?)
    }
}
