//! A whole dream over a store as a state machine, for hosts that carry out themselves: `wit/running.wit`.

use crate::error::Error;
use crate::handles::Run;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Came, Progress, RunNeed, RunRequest};

impl<S: Store, M: Model> Job<S, M> {
    /// Begins a run. It touches neither store nor model of the job.
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
    pub fn bring(&mut self, run: &Run, what: &Came) -> Result<(), Error> {
        let run = run.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_running().run().call_bring(store, run, what)
        })??)
    }

    /// What was read and answered since progress was kept, if anything was.
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
