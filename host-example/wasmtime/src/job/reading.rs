//! What a store holds: `wit/reading.wit`.

use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Change, Document, Entry, Packed, Setting, Timestamp};

impl<S: Store, M: Model> Job<S, M> {
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
            dreamer.dreaming_engine_reading().call_entries(store, snapshot, offset, limit)
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
            let reading = dreamer.dreaming_engine_reading();
            reading.call_pack(store, snapshot, query, budget, principal)
        })??)
    }

    /// The changes of a plan, in the order in which they are applied.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] when `plan` is no plan.
    pub fn changes(&mut self, plan: &Document) -> Result<Vec<Change>, Error> {
        Ok(self
            .call(|dreamer, store| dreamer.dreaming_engine_reading().call_changes(store, plan))??)
    }

    /// What the sessions of a store say about agents, roles, tasks and people: a document of the
    /// form `dreaming.stats/1`. The settings `select.*` of `policy` say which sessions count.
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
            dreamer.dreaming_engine_reading().call_stats(store, snapshot, policy, now)
        })??)
    }
}
