//! The error type of the engine: one case for each area, whichever module found the problem.

use crate::canonical::CanonicalError;

/// Why a value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What: a path, a key, a setting, a session, a change, a call.
    pub what: String,
    /// Why, for people.
    pub why: String,
}

impl Invalid {
    /// What is invalid, and why.
    pub fn new(what: impl ToString, why: impl ToString) -> Self {
        Self { what: what.to_string(), why: why.to_string() }
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Most reasons name what they are about already; then it is not repeated.
        if self.why.contains(&self.what) {
            return f.write_str(&self.why);
        }
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Why an operation failed, as in `wit/errors.wit`. A failed operation changes nothing: the caller
/// may correct the call and repeat it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A memory, ledger row or record of the snapshot is not usable.
    #[error("{0}")]
    InvalidSnapshot(Invalid),
    /// The policy, the sessions or another part of the request is not usable.
    #[error("{0}")]
    InvalidRequest(Invalid),
    /// A document is damaged, edited, or of another form or version.
    #[error("{0}")]
    InvalidDocument(Invalid),
    /// A session, part or call that the dream did not ask for, or that it already has.
    #[error("{0}")]
    Unexpected(Invalid),
    /// Over a limit of the interface.
    #[error("{0}")]
    TooLarge(Invalid),
    /// The plan or checkpoint was made for another revision or other memories.
    #[error("{0}")]
    Stale(Invalid),
    /// The checkpoint or plan was made by another engine, named here.
    #[error("made by the engine {0}")]
    OtherEngine(String),
    /// The dream was canceled.
    #[error("the dream was canceled")]
    Canceled,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    /// The name of the case in `wit/errors.wit`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidSnapshot(_) => "invalid-snapshot",
            Self::InvalidRequest(_) => "invalid-request",
            Self::InvalidDocument(_) => "invalid-document",
            Self::Unexpected(_) => "unexpected",
            Self::TooLarge(_) => "too-large",
            Self::Stale(_) => "stale",
            Self::OtherEngine(_) => "other-engine",
            Self::Canceled => "canceled",
            Self::Other(_) => "other",
        }
    }

    /// The thing that the error is about, if it names one.
    pub fn what(&self) -> Option<&str> {
        match self {
            Self::InvalidSnapshot(invalid)
            | Self::InvalidRequest(invalid)
            | Self::InvalidDocument(invalid)
            | Self::Unexpected(invalid)
            | Self::TooLarge(invalid)
            | Self::Stale(invalid) => Some(&invalid.what),
            Self::OtherEngine(engine) => Some(engine),
            Self::Canceled | Self::Other(_) => None,
        }
    }

    /// A part of a snapshot that is not usable.
    pub fn snapshot(what: impl ToString, why: impl ToString) -> Self {
        Self::InvalidSnapshot(Invalid::new(what, why))
    }

    /// A part of a request that is not usable.
    pub fn request(what: impl ToString, why: impl ToString) -> Self {
        Self::InvalidRequest(Invalid::new(what, why))
    }

    /// A document that is not usable.
    pub fn document(what: impl ToString, why: impl ToString) -> Self {
        Self::InvalidDocument(Invalid::new(what, why))
    }
}

impl From<CanonicalError> for EngineError {
    /// The engine could not write a document of its own. Its numbers are bounded, so this is a bug.
    fn from(error: CanonicalError) -> Self {
        Self::Other(error.to_string())
    }
}
