//! Errors of the engine as errors of the interface. The component of the world `statements`
//! includes this file too.

use dreaming_records::error::{self, Invalid};

pub(crate) use crate::bindings::dreaming::engine::errors::EngineError;
use crate::bindings::dreaming::engine::errors::Invalid as WireInvalid;

impl From<Invalid> for WireInvalid {
    fn from(invalid: Invalid) -> Self {
        Self { what: invalid.what, why: invalid.why }
    }
}

impl<E: Into<error::EngineError>> From<E> for EngineError {
    fn from(error: E) -> Self {
        use error::EngineError as E;
        match error.into() {
            E::InvalidSnapshot(invalid) => Self::InvalidSnapshot(invalid.into()),
            E::InvalidRequest(invalid) => Self::InvalidRequest(invalid.into()),
            E::InvalidDocument(invalid) => Self::InvalidDocument(invalid.into()),
            E::Unexpected(invalid) => Self::Unexpected(invalid.into()),
            E::TooLarge(invalid) => Self::TooLarge(invalid.into()),
            E::Stale(invalid) => Self::Stale(invalid.into()),
            E::OtherEngine(engine) => Self::OtherEngine(engine),
            E::Canceled => Self::Canceled,
            E::Other(why) => Self::Other(Some(why)),
        }
    }
}
