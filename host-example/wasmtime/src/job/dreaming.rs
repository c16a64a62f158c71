//! A dream as a state machine, for hosts that run the loop themselves: `wit/dreaming.wit`.

use crate::error::Error;
use crate::handles::{Dream, Snapshot};
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Answer, Document, Need, Request};

impl<S: Store, M: Model> Job<S, M> {
    /// Begins a dream over a copy of `store`.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] and [`crate::EngineError::InvalidSnapshot`].
    pub fn start(&mut self, request: &Request, store: &Snapshot) -> Result<Dream, Error> {
        let snapshot = store.within(self.id)?;
        let dream = self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_start(store, request, snapshot)
        })??;
        Ok(Dream::new(self.id, dream))
    }

    /// What the dream needs next. Changes nothing.
    ///
    /// # Errors
    /// [`crate::EngineError::Canceled`].
    pub fn poll(&mut self, dream: &Dream) -> Result<Need, Error> {
        let dream = dream.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_poll(store, dream)
        })??)
    }

    /// Brings the next bytes of a part, at most [`crate::MAX_PAGE`]; `last` ends the part.
    ///
    /// # Errors
    /// [`crate::EngineError::Unexpected`], [`crate::EngineError::TooLarge`],
    /// [`crate::EngineError::Canceled`].
    pub fn feed(
        &mut self,
        dream: &Dream,
        session: &str,
        part: &str,
        chunk: &[u8],
        last: bool,
    ) -> Result<(), Error> {
        let dream = dream.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let dreams = dreamer.dreaming_engine_dreaming().dream();
            dreams.call_feed(store, dream, session, part, chunk, last)
        })??)
    }

    /// Says that a session that was asked for cannot be read now. It stays pending.
    ///
    /// # Errors
    /// [`crate::EngineError::Unexpected`], [`crate::EngineError::Canceled`].
    pub fn miss(&mut self, dream: &Dream, session: &str, reason: &str) -> Result<(), Error> {
        let dream = dream.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_miss(store, dream, session, reason)
        })??)
    }

    /// Brings the answer to a model call, in any order.
    ///
    /// # Errors
    /// [`crate::EngineError::Unexpected`], [`crate::EngineError::Canceled`].
    pub fn answer(&mut self, dream: &Dream, call: &str, answer: &Answer) -> Result<(), Error> {
        let dream = dream.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_answer(store, dream, call, answer)
        })??)
    }

    /// Ends the dream without a plan.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn cancel(&mut self, dream: &Dream) -> Result<(), Error> {
        let dream = dream.within(self.id)?;
        self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_cancel(store, dream)
        })
    }

    /// The dream so far, to go on later or elsewhere.
    ///
    /// # Errors
    /// [`crate::EngineError::Canceled`].
    pub fn checkpoint(&mut self, dream: &Dream) -> Result<Document, Error> {
        let dream = dream.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_checkpoint(store, dream)
        })??)
    }

    /// Goes on from a checkpoint over the snapshot that the dream was started with.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`], [`crate::EngineError::Stale`],
    /// [`crate::EngineError::OtherEngine`].
    pub fn restore(&mut self, checkpoint: &Document, store: &Snapshot) -> Result<Dream, Error> {
        let snapshot = store.within(self.id)?;
        let dream = self.call(|dreamer, store| {
            dreamer.dreaming_engine_dreaming().dream().call_restore(store, checkpoint, snapshot)
        })??;
        Ok(Dream::new(self.id, dream))
    }
}
