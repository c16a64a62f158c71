//! The format of transcripts, and the screening of texts: `wit/transcripts.wit`.

use crate::error::Error;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::Screened;

impl<S: Store, M: Model> Job<S, M> {
    /// The format of a transcript by its first bytes (64 KiB are enough); `None` when no importer
    /// knows it.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn detect(&mut self, head: &[u8]) -> Result<Option<String>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_transcripts().call_detect(store, head))
    }

    /// What a transcript of an unknown format looks like, by its first bytes: the name of a
    /// program; `None` when it looks like none, and when [`Job::detect`] knows the format.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn looks_like(&mut self, head: &[u8]) -> Result<Option<String>, Error> {
        self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().call_looks_like(store, head)
        })
    }

    /// Screens texts that a host would write into memories itself; the answers are in the order of
    /// the texts. At most [`crate::MAX_PAGE`] together.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`].
    pub fn screen(&mut self, texts: &[String]) -> Result<Vec<Screened>, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().call_screen(store, texts)
        })??)
    }

    /// Texts with `*` for each byte of a secret, in the order of the texts; everything else stays in its place. At most
    /// [`crate::MAX_PAGE`] together.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`].
    pub fn conceal(&mut self, texts: &[String]) -> Result<Vec<String>, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().call_conceal(store, texts)
        })??)
    }
}
