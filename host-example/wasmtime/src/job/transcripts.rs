//! Transcripts by themselves: `wit/transcripts.wit`.

use crate::error::Error;
use crate::handles::{Adopter, Importer};
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::Document;

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

    /// A reader for what another memory store exported.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn adopter(&mut self) -> Result<Adopter, Error> {
        let adopter = self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().adopter().call_constructor(store)
        })?;
        Ok(Adopter::new(self.id, adopter))
    }

    /// The next bytes of the export, at most [`crate::MAX_PAGE`].
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`].
    pub fn push_export(&mut self, adopter: &Adopter, chunk: &[u8]) -> Result<(), Error> {
        let adopter = adopter.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().adopter().call_push(store, adopter, chunk)
        })??)
    }

    /// Ends the export: the memories that it comes to and what was skipped, as a document.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn adopted(&mut self, adopter: Adopter) -> Result<Document, Error> {
        let adopter = adopter.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_transcripts().adopter().call_finish(store, adopter)
        })??)
    }
}
