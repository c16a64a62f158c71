//! Plans from what an extractor of the host found: `wit/planning.wit`.

use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Candidate, Outcome, Request};

impl<S: Store, M: Model> Job<S, M> {
    /// Makes a plan from candidates, in any order. No session is read, `request` names none, and no
    /// candidate is ever applied unattended.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] for the first candidate that cites nothing or is
    /// otherwise malformed, and for a session in the request; [`crate::EngineError::TooLarge`].
    pub fn plan(
        &mut self,
        store: &Snapshot,
        candidates: &[Candidate],
        request: &Request,
    ) -> Result<Outcome, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_planning().call_plan(store, snapshot, candidates, request)
        })??)
    }
}
