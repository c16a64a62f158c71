//! A whole run as a state machine, for hosts that carry it out themselves: `wit/running.wit`.

use crate::error::Error;
use crate::handles::Run;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Progress, RunNeed, RunRequest, Supply};

impl<S: Store, M: Model> Job<S, M> {
    /// Begins a run. It does not use the store and the model of the job.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`].
    pub fn start_run(&mut self, request: &RunRequest) -> Result<Run, Error> {
        let run = self.call(|dreamer, store| {
            dreamer.dreaming_engine_running().run().call_start(store, request)
        })??;
        Ok(Run::new(self.id, run))
    }

    /// What the run needs next. Changes nothing.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidSnapshot`].
    pub fn poll_run(&mut self, run: &Run) -> Result<RunNeed, Error> {
        let run = run.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_running().run().call_poll(store, run)
        })??)
    }

    /// Brings what the run asked for.
    ///
    /// # Errors
    /// [`crate::EngineError::Unexpected`], [`crate::EngineError::InvalidSnapshot`],
    /// [`crate::EngineError::InvalidRequest`], [`crate::EngineError::TooLarge`].
    pub fn bring(&mut self, run: &Run, what: &Supply) -> Result<(), Error> {
        let run = run.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_running().run().call_bring(store, run, what)
        })??)
    }

    /// Checkpoint and answers to keep, if anything came in since progress was last kept.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn run_progress(&mut self, run: &Run) -> Result<Option<Progress>, Error> {
        let run = run.within(self.id)?;
        self.call(|dreamer, store| {
            dreamer.dreaming_engine_running().run().call_progress(store, run)
        })
    }
}
