//! What `serde` is told when a document cannot be read or written.

use std::fmt::Display;

use serde::de::{self, Expected, Unexpected};
use serde::ser;

use super::CanonicalError;

/// Why a document cannot be read or written. Boxed, because every function that reads or writes returns it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Fault(Box<CanonicalError>);

pub(super) type Done<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn number(written: String) -> Self {
        Self(Box::new(CanonicalError::Number(written)))
    }

    pub(super) fn into_error(self) -> CanonicalError {
        *self.0
    }

    fn malformed(message: String) -> Self {
        Self(Box::new(CanonicalError::Malformed(message)))
    }
}

impl From<&'static str> for Fault {
    fn from(why: &'static str) -> Self {
        Self::malformed(why.into())
    }
}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::malformed(message.to_string())
    }

    // What `serde` says by itself writes floats, which needs the code and tables for them.
    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::malformed(format!("expected {wanted}"))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }
}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::malformed(message.to_string())
    }
}
