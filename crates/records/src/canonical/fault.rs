//! Why a document cannot be read or written.

use std::fmt::Display;

use serde::ser;

use super::CanonicalError;

/// Why a document cannot be read or written. Boxed to keep results small: every function that reads
/// or writes returns one.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Fault(Box<CanonicalError>);

/// The result of reading or writing.
pub type Done<T> = Result<T, Fault>;

impl Fault {
    /// The document is not the one that was expected.
    pub fn malformed(why: impl Into<String>) -> Self {
        Self(Box::new(CanonicalError::Malformed(why.into())))
    }

    pub(super) fn number(written: String) -> Self {
        Self(Box::new(CanonicalError::Number(written)))
    }

    pub(super) fn into_error(self) -> CanonicalError {
        *self.0
    }
}

impl From<&'static str> for Fault {
    fn from(why: &'static str) -> Self {
        Self::malformed(why)
    }
}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::malformed(message.to_string())
    }
}
