//! What a running dream shares with whoever watches it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dreaming_models::desk::Watch;
use dreaming_models::tally::{Spent, Usage};
use dreaming_wasmtime::Answer;

use super::work::Stopped;

/// What a running dream shares with whoever watches it.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    /// Whether it was stopped to go on when its workspace has a budget again.
    waits: AtomicBool,
    usage: Mutex<Usage>,
}

impl Shared {
    /// Of a dream whose model took `usage` so far.
    pub fn after(usage: Usage) -> Self {
        Self(Arc::new(Inner { usage: Mutex::new(usage), ..Inner::default() }))
    }

    /// Ends the dream as soon as it can be ended.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// As [`Self::stop`], for want of a budget.
    pub fn wait(&self) {
        self.0.waits.store(true, Ordering::Relaxed);
        self.stop();
    }

    /// Why the dream was stopped.
    pub fn why(&self) -> Stopped {
        match self.0.waits.load(Ordering::Relaxed) {
            true => Stopped::Spent,
            false => Stopped::Over,
        }
    }

    /// What became of the dream. Whatever a dream that was stopped stumbles over, such as a store that takes nothing from it
    /// any more, is no failure of it.
    pub fn ended<T>(&self, came: Result<T, Stopped>) -> Result<T, Stopped> {
        match came {
            Err(_) if self.is_stopped() => Err(self.why()),
            came => came,
        }
    }

    /// Whether the dream is to end.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Counts what a call took.
    fn count(&self, usage: Usage) {
        *self.0.usage.lock().unwrap_or_else(PoisonError::into_inner) += usage;
    }

    /// What all calls took.
    pub fn usage(&self) -> Usage {
        *self.0.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody is told of single calls; only what they took is counted.
impl Watch for Shared {
    fn asks(&self, _: u64, _: Spent) {}

    fn answered(&self, _: &Answer, _: u64, _: Spent) {}

    fn pauses(&self) {}

    fn took(&self, usage: Usage) {
        self.count(usage);
    }

    fn note(&self, message: &str) {
        if !self.is_stopped() {
            tracing::warn!("{message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::dreams::Failure;

    fn failed() -> Stopped {
        Stopped::Failed(Failure::new("internal_error", "access denied"))
    }

    #[test]
    fn what_a_stopped_dream_stumbles_over_is_no_failure_of_it() {
        let shared = Shared::default();
        assert!(matches!(shared.ended::<()>(Err(failed())), Err(Stopped::Failed(_))));
        shared.stop();
        assert!(matches!(shared.ended::<()>(Err(failed())), Err(Stopped::Over)));
        assert!(shared.ended(Ok(())).is_ok());
        shared.wait();
        assert!(matches!(shared.ended::<()>(Err(failed())), Err(Stopped::Spent)));
    }
}
