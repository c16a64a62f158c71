//! Interface `transcripts`.

use std::cell::RefCell;

use dreaming::canonical;
use dreaming::import;
use dreaming::interface::{self, check_size};

use crate::Component;
use crate::bindings::dreaming::engine::types::Document;
use crate::bindings::exports::dreaming::engine::transcripts::{
    Guest, GuestImporter, Importer, Screened,
};
use crate::errors::EngineError;

/// The resource `importer`.
pub(crate) struct Reading(RefCell<import::Importer>);

impl GuestImporter for Reading {
    fn new() -> Self {
        Self(RefCell::default())
    }

    fn push(&self, chunk: Vec<u8>) -> Result<(), EngineError> {
        check_size("chunk", chunk.len())?;
        self.0.borrow_mut().push(&chunk);
        Ok(())
    }

    fn finish(this: Importer) -> Result<Document, EngineError> {
        let census = this.into_inner::<Self>().0.into_inner().finish();
        Ok(canonical::to_bytes(&census)?)
    }
}

impl Guest for Component {
    type Importer = Reading;

    fn detect(head: Vec<u8>) -> Option<String> {
        import::detect(&head).map(Into::into)
    }

    fn screen(texts: Vec<String>) -> Result<Vec<Screened>, EngineError> {
        let screened = |screened: interface::Screened| Screened {
            text: screened.text,
            redactions: screened.redactions,
            hidden: screened.hidden,
            instructs: screened.instructs,
        };
        Ok(interface::screen(&texts)?.into_iter().map(screened).collect())
    }
}
