//! Transcripts and texts from elsewhere by themselves: `wit/transcripts.wit`.

use crate::error::Error;
use crate::handles::Importer;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Document, Screened};

impl<S: Store, M: Model> Job<S, M> {
    /// The format of a transcript by its first bytes (64 KiB are enough); `None` when no importer
    /// knows it.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn detect(&mut self, head: &[u8]) -> Result<Option<String>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_transcripts().call_detect(store, head))
    }

    /// A reader for one part.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn importer(&mut self) -> Result<Importer, Error> {
        let importer = self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().importer().call_constructor(store)
        })?;
        Ok(Importer::new(self.id, importer))
    }

    /// The next bytes of the part, at most [`crate::MAX_PAGE`].
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`].
    pub fn push(&mut self, importer: &Importer, chunk: &[u8]) -> Result<(), Error> {
        let importer = importer.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().importer().call_push(store, importer, chunk)
        })??)
    }

    /// Ends the part: the census of what was read and skipped, as a document.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn finish(&mut self, importer: Importer) -> Result<Document, Error> {
        let importer = importer.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().importer().call_finish(store, importer)
        })??)
    }

    /// Screens texts that a host would write into memories itself; each has its answer at its place. At most
    /// [`crate::MAX_PAGE`] together.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`].
    pub fn screen(&mut self, texts: &[String]) -> Result<Vec<Screened>, Error> {
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().call_screen(store, texts)
        })??)
    }
}
