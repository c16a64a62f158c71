//! What can go wrong, as typed values. The library itself never panics.

use crate::bindings::dreaming::engine::errors as wire;
use crate::bindings::dreaming::engine::store as wire_store;
use crate::bindings::exports::dreaming::engine::runner as wire_runner;

/// Why a value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{what}`: {why}")]
pub struct Invalid {
    /// What is wrong: the name of a path, key, setting, session, change or call.
    pub what: String,
    /// The reason, for people.
    pub why: String,
}

/// Why the engine refused something. Nothing was changed: correct the argument and call again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A memory, ledger row or record of the snapshot is not usable.
    #[error("the store is not usable: {0}")]
    InvalidSnapshot(Invalid),
    /// The policy, the sessions or another part of the request is not usable.
    #[error("the request is not usable: {0}")]
    InvalidRequest(Invalid),
    /// A document is damaged, or of another form or version.
    #[error("the document is not usable: {0}")]
    InvalidDocument(Invalid),
    /// A session, part or call that the dream did not ask for, or already has.
    #[error("not asked for: {0}")]
    Unexpected(Invalid),
    /// More than 1 MiB in one piece, or another limit of the interface.
    #[error("too large: {0}")]
    TooLarge(Invalid),
    /// The plan or checkpoint was made for another revision or other memories.
    #[error("made for another state of the store: {0}")]
    Stale(Invalid),
    /// The plan or checkpoint was made by another engine, named here.
    #[error("made by another engine: {0}")]
    OtherEngine(String),
    /// The dream was canceled.
    #[error("the dream was canceled")]
    Canceled,
    /// Anything else.
    #[error("{}", .0.as_deref().unwrap_or("the engine failed without a reason"))]
    Other(Option<String>),
}

/// Why storage failed. [`crate::Store`] returns it; a run passes it on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The head is no longer the base of the revision; the field is the head now.
    #[error("the store has moved on{}", .0.as_ref().map(|head| format!(" to revision `{head}`")).unwrap_or_default())]
    Conflict(Option<String>),
    /// The host does not allow it.
    #[error("access denied")]
    AccessDenied,
    /// The session, part or record is not there.
    #[error("not found")]
    NotFound,
    /// Storage is full. Nothing was stored.
    #[error("storage is full")]
    Full,
    /// Storage may work later; nothing was stored. Milliseconds to wait, when known.
    #[error("storage is not available now")]
    Unavailable(Option<u32>),
    /// Anything else.
    #[error("{}", .0.as_deref().unwrap_or("storage failed without a reason"))]
    Other(Option<String>),
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no component of world `dreamer`, or the cache cannot be used.
    #[error("the component cannot be used: {0}")]
    Load(String),
    /// The engine refused something; the job lives on.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The store of the host failed; the job lives on.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run failed for another reason; the job lives on.
    #[error("{}", .0.as_deref().unwrap_or("the run failed without a reason"))]
    Other(Option<String>),
    /// The job used up its fuel and is dead.
    #[error("out of fuel: the job used its {limit} units")]
    OutOfFuel {
        /// [`crate::Limits::fuel`].
        limit: u64,
    },
    /// The job wanted more memory than it may have and is dead.
    #[error("out of memory: the job may use {limit} bytes")]
    OutOfMemory {
        /// [`crate::Limits::memory_bytes`].
        limit: usize,
    },
    /// The model ended the run, see [`crate::Model::leaves`]; the job is dead.
    #[error("the model ended the run, for answers that come later")]
    Left,
    /// A bug of the engine; the job is dead.
    #[error("the component trapped: {0}")]
    Trap(String),
    /// An earlier call killed the job. Begin a new one.
    #[error("the job is dead: an earlier call trapped or met a limit")]
    Dead,
    /// The snapshot, dream or statements belong to another job.
    #[error("the handle belongs to another job")]
    ForeignHandle,
}

impl From<wire::Invalid> for Invalid {
    fn from(invalid: wire::Invalid) -> Self {
        Self { what: invalid.what, why: invalid.why }
    }
}

impl From<wire::EngineError> for EngineError {
    fn from(error: wire::EngineError) -> Self {
        use wire::EngineError as Wire;
        match error {
            Wire::InvalidSnapshot(invalid) => Self::InvalidSnapshot(invalid.into()),
            Wire::InvalidRequest(invalid) => Self::InvalidRequest(invalid.into()),
            Wire::InvalidDocument(invalid) => Self::InvalidDocument(invalid.into()),
            Wire::Unexpected(invalid) => Self::Unexpected(invalid.into()),
            Wire::TooLarge(invalid) => Self::TooLarge(invalid.into()),
            Wire::Stale(invalid) => Self::Stale(invalid.into()),
            Wire::OtherEngine(engine) => Self::OtherEngine(engine),
            Wire::Canceled => Self::Canceled,
            Wire::Other(why) => Self::Other(why),
        }
    }
}

impl From<wire::EngineError> for Error {
    fn from(error: wire::EngineError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<wire_store::StoreError> for StoreError {
    fn from(error: wire_store::StoreError) -> Self {
        use wire_store::StoreError as Wire;
        match error {
            Wire::Conflict(head) => Self::Conflict(head),
            Wire::AccessDenied => Self::AccessDenied,
            Wire::NotFound => Self::NotFound,
            Wire::Full => Self::Full,
            Wire::Unavailable(wait) => Self::Unavailable(wait),
            Wire::Other(why) => Self::Other(why),
        }
    }
}

impl From<StoreError> for wire_store::StoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(head) => Self::Conflict(head),
            StoreError::AccessDenied => Self::AccessDenied,
            StoreError::NotFound => Self::NotFound,
            StoreError::Full => Self::Full,
            StoreError::Unavailable(wait) => Self::Unavailable(wait),
            StoreError::Other(why) => Self::Other(why),
        }
    }
}

impl From<wire_runner::RunError> for Error {
    fn from(error: wire_runner::RunError) -> Self {
        use wire_runner::RunError as Wire;
        match error {
            Wire::Engine(error) => Self::Engine(error.into()),
            Wire::Store(error) => Self::Store(error.into()),
            Wire::Other(why) => Self::Other(why),
        }
    }
}
