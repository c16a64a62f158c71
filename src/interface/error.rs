//! The one error of the interface: variants per area, whatever module failed.

use dreaming_core::apply::ApplyError;
use dreaming_core::statements::StatementsError;
use dreaming_records::canonical::CanonicalError;
use dreaming_records::memory::MemoryError;
use dreaming_records::plan::PlanError;
use dreaming_records::policy::PolicyError;
use dreaming_records::revision::RevisionError;
use dreaming_records::snapshot::SnapshotError;

use crate::dream::DreamError;

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
        // Most reasons name what they are about; it is not said twice.
        if self.why.contains(&self.what) {
            return f.write_str(&self.why);
        }
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Why an operation failed, as in `wit/errors.wit`. None of them changes anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A memory, ledger row or record of the snapshot is not usable.
    #[error("{0}")]
    InvalidSnapshot(Invalid),
    /// The policy, the sessions or another part of the request is not usable.
    #[error("{0}")]
    InvalidRequest(Invalid),
    /// A document is damaged, or of another form or version.
    #[error("{0}")]
    InvalidDocument(Invalid),
    /// A session, part or call that the dream did not ask for, or asked for and has.
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

    /// What the error is about, where it is about a thing.
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

    /// A part of a request that is not usable.
    fn request(what: impl ToString, why: String) -> Self {
        Self::InvalidRequest(Invalid::new(what, why))
    }

    /// A memory, row or record that is not usable; `what` names it when the error does not.
    pub fn unusable_part(what: &str, error: SnapshotError) -> Self {
        match error {
            SnapshotError::Memory(error) => error.into(),
            error => Self::InvalidSnapshot(Invalid::new(what, error)),
        }
    }
}

impl From<CanonicalError> for EngineError {
    /// A document of the engine that could not be written: its numbers are bounded, so a bug.
    fn from(error: CanonicalError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<MemoryError> for EngineError {
    fn from(error: MemoryError) -> Self {
        let why = error.to_string();
        let (MemoryError::Path { path, .. }
        | MemoryError::TooLarge { path, .. }
        | MemoryError::Duplicate { path }) = error;
        Self::InvalidSnapshot(Invalid::new(path, why))
    }
}

impl From<PolicyError> for EngineError {
    fn from(error: PolicyError) -> Self {
        let why = error.to_string();
        Self::request(error.setting(), why)
    }
}

impl From<StatementsError> for EngineError {
    fn from(error: StatementsError) -> Self {
        let why = error.to_string();
        match error {
            StatementsError::TooLarge(_) => Self::TooLarge(Invalid::new("page", why)),
            StatementsError::Twice(id) | StatementsError::Unknown(id) => Self::request(id, why),
        }
    }
}

impl From<PlanError> for EngineError {
    fn from(error: PlanError) -> Self {
        Self::InvalidDocument(Invalid::new("plan", error))
    }
}

impl From<RevisionError> for EngineError {
    fn from(error: RevisionError) -> Self {
        Self::InvalidDocument(Invalid::new("record", error))
    }
}

impl From<ApplyError> for EngineError {
    fn from(error: ApplyError) -> Self {
        let why = error.to_string();
        match error {
            ApplyError::Stale(_) => Self::Stale(Invalid::new("plan", why)),
            ApplyError::OtherEngine(engine) => Self::OtherEngine(engine),
            ApplyError::UnknownChange(change)
            | ApplyError::Blocked(change)
            | ApplyError::Contradictory(change)
            | ApplyError::Incomplete(change)
            | ApplyError::Rewording { change, .. } => Self::request(change, why),
            ApplyError::TooLarge { path, .. } | ApplyError::NotWritable(path) => {
                Self::request(path, why)
            }
            ApplyError::Ledger => Self::InvalidSnapshot(Invalid::new("ledger", why)),
            ApplyError::Instructions => Self::request("instructions", why),
            ApplyError::Candidates => Self::request("candidates", why),
            ApplyError::Unknown(what) | ApplyError::Name(what) => Self::request(what, why),
            ApplyError::NoTarget(_) => Self::request("target", why),
            ApplyError::Canonical(error) => error.into(),
        }
    }
}

impl From<DreamError> for EngineError {
    fn from(error: DreamError) -> Self {
        let why = error.to_string();
        match error {
            DreamError::DuplicateSession(session) | DreamError::Parts(session) => {
                Self::request(session, why)
            }
            DreamError::Ledger => Self::InvalidSnapshot(Invalid::new("ledger", why)),
            DreamError::TooManySessions { .. } => Self::request("sessions", why),
            DreamError::Candidate { at, .. } => Self::request(format!("candidate {at}"), why),
            DreamError::TooManyCandidates(_) => Self::TooLarge(Invalid::new("candidates", why)),
            DreamError::Sessions => Self::request("sessions", why),
            DreamError::Instructions(_) => Self::request("instructions", why),
            DreamError::UnexpectedPart { session, .. } => {
                Self::Unexpected(Invalid::new(session, why))
            }
            DreamError::UnexpectedAnswer(call) => Self::Unexpected(Invalid::new(call, why)),
            DreamError::ChunkTooLarge(_) => Self::TooLarge(Invalid::new("chunk", why)),
            DreamError::StaleCheckpoint => Self::Stale(Invalid::new("checkpoint", why)),
            DreamError::OtherEngine(engine) => Self::OtherEngine(engine),
            DreamError::Checkpoint(_) => Self::InvalidDocument(Invalid::new("checkpoint", why)),
            DreamError::Canceled => Self::Canceled,
            DreamError::Canonical(error) => error.into(),
        }
    }
}
