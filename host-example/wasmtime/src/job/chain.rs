//! Stores and their revisions: `wit/chain.wit`.

use crate::contents::Contents;
use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::pages::{of_memory, of_row, pages};
use crate::store::{Model, Store};
use crate::types::{By, Decision, Difference, Document, Erasure, NewRevision, Timestamp};

impl<S: Store, M: Model> Job<S, M> {
    /// Copies a store into the job, page by page.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidSnapshot`] for the first memory, row or record that is not
    /// usable, [`crate::EngineError::InvalidDocument`] for the head,
    /// [`crate::EngineError::TooLarge`] for a single item over 1 MiB.
    pub fn snapshot(&mut self, contents: &Contents) -> Result<Snapshot, Error> {
        let salt = &contents.salt;
        let id = self.call(|dreamer, store| {
            dreamer.dreaming_engine_chain().snapshot().call_constructor(store, salt)
        })?;
        if let Some(head) = &contents.head {
            self.call(|dreamer, store| {
                dreamer.dreaming_engine_chain().snapshot().call_set_head(store, id, head)
            })??;
        }
        for page in pages(&contents.memories, of_memory) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_chain().snapshot();
                snapshots.call_add_memories(store, id, page)
            })??;
        }
        for page in pages(&contents.ledger, of_row) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_chain().snapshot();
                snapshots.call_add_ledger(store, id, page)
            })??;
        }
        for page in pages(&contents.revisions, Vec::len) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_chain().snapshot();
                snapshots.call_add_decisions(store, id, page)
            })??;
        }
        Ok(Snapshot::new(self.id, id))
    }

    /// Makes a revision that records what people and agents changed since the head; `None` when
    /// nothing changed.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn observe(
        &mut self,
        store: &Snapshot,
        now: Timestamp,
    ) -> Result<Option<NewRevision>, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_chain().call_observe(store, snapshot, now)
        })??)
    }

    /// Applies a plan with a decision. The host stores the result, all or none.
    ///
    /// # Errors
    /// [`crate::EngineError::Stale`] when the plan was made for another state of the store,
    /// [`crate::EngineError::InvalidRequest`] when the decision names an unknown or a blocked
    /// change, [`crate::EngineError::InvalidDocument`] when `plan` is no plan.
    pub fn apply(
        &mut self,
        store: &Snapshot,
        plan: &Document,
        decision: &Decision,
    ) -> Result<NewRevision, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_chain().call_apply(store, snapshot, plan, decision)
        })??)
    }

    /// Makes a revision whose memories and ledger are those of `target`, byte for byte.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when `target` has no head.
    pub fn revert(
        &mut self,
        store: &Snapshot,
        target: &Snapshot,
        by: &By,
    ) -> Result<NewRevision, Error> {
        let (snapshot, target) = (store.within(self.id)?, target.within(self.id)?);
        Ok(self.call(|dreamer, store| {
            let chain = dreamer.dreaming_engine_chain();
            chain.call_revert(store, snapshot, target, by)
        })??)
    }

    /// Makes a revision that takes back the rejections of these changes, by their ids. Memories stay
    /// as they are.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] for a change that is not rejected, and for none;
    /// [`crate::EngineError::Stale`] when a memory was changed since the head.
    pub fn reopen(
        &mut self,
        store: &Snapshot,
        changes: &[String],
        by: &By,
    ) -> Result<NewRevision, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let chain = dreamer.dreaming_engine_chain();
            chain.call_reopen(store, snapshot, changes, by)
        })??)
    }

    /// Makes a plan again over a store that has moved on since. A change that is still right keeps
    /// its id.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when the instructions are not those of the dream,
    /// [`crate::EngineError::OtherEngine`], [`crate::EngineError::InvalidDocument`].
    pub fn rebase(
        &mut self,
        store: &Snapshot,
        plan: &Document,
        instructions: &str,
    ) -> Result<Document, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let chain = dreamer.dreaming_engine_chain();
            chain.call_rebase(store, snapshot, plan, instructions)
        })??)
    }

    /// Makes a revision from which a session or an entry is erased. The host must erase its own
    /// copies.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when the store does not know what to erase,
    /// [`crate::EngineError::Stale`] when a memory was changed since the head.
    pub fn erase(
        &mut self,
        store: &Snapshot,
        what: &Erasure,
        by: &By,
    ) -> Result<NewRevision, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let chain = dreamer.dreaming_engine_chain();
            chain.call_erase(store, snapshot, what, by)
        })??)
    }

    /// Makes a revision that takes in another store's memories; `None` when nothing in them is new.
    /// The other store is only read.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when `name` cannot name a folder,
    /// [`crate::EngineError::Stale`] when a memory of `store` was changed since the head.
    pub fn gather(
        &mut self,
        store: &Snapshot,
        other: &Snapshot,
        name: &str,
        principal: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<NewRevision>, Error> {
        let (snapshot, other) = (store.within(self.id)?, other.within(self.id)?);
        Ok(self.call(|dreamer, store| {
            let chain = dreamer.dreaming_engine_chain();
            chain.call_gather(store, snapshot, other, name, principal, now)
        })??)
    }

    /// The memories that differ, by path.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn diff(&mut self, before: &Snapshot, after: &Snapshot) -> Result<Vec<Difference>, Error> {
        let (before, after) = (before.within(self.id)?, after.within(self.id)?);
        self.call(|dreamer, store| dreamer.dreaming_engine_chain().call_diff(store, before, after))
    }

    /// Checks a revision record against the one before it (`None` for the first), returns its id.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] with what does not fit.
    pub fn verify(
        &mut self,
        record: &Document,
        parent: Option<&Document>,
    ) -> Result<String, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_chain().call_verify(store, record, parent)
        })??)
    }
}
