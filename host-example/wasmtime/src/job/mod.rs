//! One instance of the component.

mod chain;
mod dreaming;
mod homes;
mod planning;
mod policy;
mod reading;
mod running;
mod statements;
mod transcripts;

use wasmtime::Trap;

use crate::bindings::Dreamer;
use crate::engine::Limits;
use crate::error::Error;
use crate::handles::JobId;
use crate::imports::{Leaves, State};
use crate::store::{Model, NoModel, NoStore, Store};
use crate::types::{RunOutcome, RunRequest};

/// One instance of the component, with its store and its model.
///
/// Use one job for one task: dropping the job frees all that it allocated. After a trap or a limit
/// the job is dead and answers [`Error::Dead`]; [`Job::into_parts`] still gives store and model
/// back.
///
/// Every call may fail with [`Error::OutOfFuel`], [`Error::OutOfMemory`], [`Error::Trap`] and
/// [`Error::Dead`]; calls with a handle also with [`Error::ForeignHandle`]. The methods name only
/// further errors.
pub struct Job<S: 'static = NoStore, M: 'static = NoModel> {
    pub(crate) id: JobId,
    instance: wasmtime::Store<State<S, M>>,
    dreamer: Dreamer,
    limits: Limits,
    dead: bool,
}

impl<S: Store, M: Model> Job<S, M> {
    pub(crate) fn new(
        instance: wasmtime::Store<State<S, M>>,
        dreamer: Dreamer,
        limits: Limits,
    ) -> Self {
        Self { id: JobId::next(), instance, dreamer, limits, dead: false }
    }

    /// Runs a dream over the job's store and model, see `wit/runner.wit`: commits what people
    /// changed, reads unread sessions, resumes from a kept checkpoint, keeps progress, and does
    /// with the plan what the mode says.
    ///
    /// # Errors
    /// [`Error::Engine`], [`Error::Store`] and [`Error::Other`]. What was committed before stays.
    pub fn run(&mut self, request: &RunRequest) -> Result<RunOutcome, Error> {
        Ok(self.call(|dreamer, store| dreamer.dreaming_engine_runner().call_run(store, request))??)
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.instance.data().store
    }

    /// The store, to change it between calls.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.instance.data_mut().store
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.instance.data().model
    }

    /// Ends the job and gives store and model back.
    pub fn into_parts(self) -> (S, M) {
        let state = self.instance.into_data();
        (state.store, state.model)
    }

    /// Fuel used so far; `None` when the engine does not count.
    pub fn fuel_used(&self) -> Option<u64> {
        let left = self.instance.get_fuel().ok()?;
        Some(self.limits.fuel?.saturating_sub(left))
    }

    /// Bytes of linear memory that the instance has taken so far: its peak, because it gives none
    /// back.
    pub fn memory_used(&self) -> usize {
        self.instance.data().memory.reached()
    }

    /// Calls into the instance. Any failure in it kills the job.
    fn call<T>(
        &mut self,
        f: impl FnOnce(&Dreamer, &mut wasmtime::Store<State<S, M>>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        if self.dead {
            return Err(Error::Dead);
        }
        f(&self.dreamer, &mut self.instance).map_err(|error| {
            self.dead = true;
            self.cause(&error)
        })
    }

    /// What killed the instance.
    fn cause(&self, error: &wasmtime::Error) -> Error {
        let trap = error.downcast_ref::<Trap>();
        if let (Some(Trap::OutOfFuel), Some(limit)) = (trap, self.limits.fuel) {
            return Error::OutOfFuel { limit };
        }
        if error.is::<Leaves>() {
            return Error::Left;
        }
        match self.instance.data().memory.met() {
            Some(limit) => Error::OutOfMemory { limit },
            None => Error::Trap(format!("{error:#}")),
        }
    }
}

impl<S, M> std::fmt::Debug for Job<S, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}
