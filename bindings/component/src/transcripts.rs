//! Interface `transcripts`.

use std::cell::RefCell;

use dreaming::canonical;
use dreaming::session::Account;

use crate::Component;
use crate::bindings::dreaming::engine::types::Document;
use crate::bindings::exports::dreaming::engine::transcripts::{Guest, GuestImporter, Importer};
use crate::errors::{self, EngineError, check_size};

/// The resource `importer`.
pub(crate) struct Reading(RefCell<Account>);

impl GuestImporter for Reading {
    fn new() -> Self {
        Self(RefCell::new(Account::default()))
    }

    fn push(&self, chunk: Vec<u8>) -> Result<(), EngineError> {
        check_size("chunk", chunk.len())?;
        self.0.borrow_mut().lines += 1;
        Ok(())
    }

    fn finish(this: Importer) -> Result<Document, EngineError> {
        let census = this.into_inner::<Self>().0.into_inner();
        canonical::to_bytes(&census).map_err(errors::unwritten)
    }
}

impl Guest for Component {
    type Importer = Reading;

    fn detect(_: Vec<u8>) -> Option<String> {
        None
    }
}
