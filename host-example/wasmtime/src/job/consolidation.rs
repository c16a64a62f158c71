//! The stateless core: `wit/consolidation.wit`.

use crate::contents::Contents;
use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::pages::pages;
use crate::store::{Model, Store};
use crate::types::{
    Change, Decision, Difference, Document, Entry, Erasure, NewRevision, Packed, Preset, Setting,
    SettingDescription, Timestamp,
};

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
            dreamer.dreaming_engine_consolidation().snapshot().call_constructor(store, salt)
        })?;
        if let Some(head) = &contents.head {
            self.call(|dreamer, store| {
                dreamer.dreaming_engine_consolidation().snapshot().call_set_head(store, id, head)
            })??;
        }
        for page in pages(&contents.memories, |memory| memory.path.len() + memory.text.len()) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_consolidation().snapshot();
                snapshots.call_add_memories(store, id, page)
            })??;
        }
        for page in pages(&contents.ledger, |row| row.key.len() + row.value.len()) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_consolidation().snapshot();
                snapshots.call_add_ledger(store, id, page)
            })??;
        }
        for page in pages(&contents.revisions, Vec::len) {
            self.call(|dreamer, store| {
                let snapshots = dreamer.dreaming_engine_consolidation().snapshot();
                snapshots.call_add_decisions(store, id, page)
            })??;
        }
        Ok(Snapshot::new(self.id, id))
    }

    /// A revision for what people and agents changed since the head; `None` when nothing changed.
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
            dreamer.dreaming_engine_consolidation().call_observe(store, snapshot, now)
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
            dreamer.dreaming_engine_consolidation().call_apply(store, snapshot, plan, decision)
        })??)
    }

    /// A revision whose memories and ledger are those of `target`, byte for byte.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when `target` has no head.
    pub fn revert(
        &mut self,
        store: &Snapshot,
        target: &Snapshot,
        reviewer: &str,
        note: &str,
        now: Timestamp,
    ) -> Result<NewRevision, Error> {
        let (snapshot, target) = (store.within(self.id)?, target.within(self.id)?);
        Ok(self.call(|dreamer, store| {
            let consolidation = dreamer.dreaming_engine_consolidation();
            consolidation.call_revert(store, snapshot, target, reviewer, note, now)
        })??)
    }

    /// Makes a plan again over a store that has moved on since. What is still right keeps its id.
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
            let consolidation = dreamer.dreaming_engine_consolidation();
            consolidation.call_rebase(store, snapshot, plan, instructions)
        })??)
    }

    /// A revision without a session or an entry. What the host keeps of them it erases itself.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when the store does not know what to erase,
    /// [`crate::EngineError::Stale`] when a memory was changed since the head.
    pub fn erase(
        &mut self,
        store: &Snapshot,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Timestamp,
    ) -> Result<NewRevision, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let consolidation = dreamer.dreaming_engine_consolidation();
            consolidation.call_erase(store, snapshot, what, reviewer, note, now)
        })??)
    }

    /// A revision with what another store says and did not say when it was taken in before; `None` for
    /// nothing. The other store is only read.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when `name` can be no folder,
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
            let consolidation = dreamer.dreaming_engine_consolidation();
            consolidation.call_gather(store, snapshot, other, name, principal, now)
        })??)
    }

    /// The changes of a plan, in the order in which they are applied.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] when `plan` is no plan.
    pub fn changes(&mut self, plan: &Document) -> Result<Vec<Change>, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_consolidation().call_changes(store, plan)
        })??)
    }

    /// The memories that differ, by path.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn diff(&mut self, before: &Snapshot, after: &Snapshot) -> Result<Vec<Difference>, Error> {
        let (before, after) = (before.within(self.id)?, after.within(self.id)?);
        self.call(|dreamer, store| {
            dreamer.dreaming_engine_consolidation().call_diff(store, before, after)
        })
    }

    /// The entries of a store in the order of path and line, `limit` from the one at `offset`.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn entries(
        &mut self,
        store: &Snapshot,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_consolidation().call_entries(store, snapshot, offset, limit)
        })??)
    }

    /// What an agent should load for `query`, best first, of at most `budget` tokens together.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`] for a query over 1 MiB.
    pub fn pack(
        &mut self,
        store: &Snapshot,
        query: &str,
        budget: u32,
        principal: Option<&str>,
    ) -> Result<Vec<Packed>, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let consolidation = dreamer.dreaming_engine_consolidation();
            consolidation.call_pack(store, snapshot, query, budget, principal)
        })??)
    }

    /// What the sessions of a store say about agents, roles, tasks and people: a document of the form
    /// `dreaming.stats/1`. The settings `select.*` of `policy` say which sessions count.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] for a setting that is not usable.
    pub fn stats(
        &mut self,
        store: &Snapshot,
        policy: &[Setting],
        now: Timestamp,
    ) -> Result<Document, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_consolidation().call_stats(store, snapshot, policy, now)
        })??)
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
            dreamer.dreaming_engine_consolidation().call_verify(store, record, parent)
        })??)
    }

    /// Writes JSON text in the canonical form.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] when it has none.
    pub fn canonical(&mut self, json: &[u8]) -> Result<Document, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_consolidation().call_canonical(store, json)
        })??)
    }

    /// The policy table, by name.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn settings(&mut self) -> Result<Vec<SettingDescription>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_consolidation().call_settings(store))
    }

    /// The presets of the policy table, the most careful first.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn presets(&mut self) -> Result<Vec<Preset>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_consolidation().call_presets(store))
    }

    /// Which engine this is: canonical JSON.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn fingerprint(&mut self) -> Result<Document, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_consolidation().call_fingerprint(store))
    }
}
