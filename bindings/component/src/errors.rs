//! Errors of the engine as errors of the interface.

use dreaming::apply::ApplyError;
use dreaming::canonical::CanonicalError;
use dreaming::dream::DreamError;
use dreaming::memory::MemoryError;
use dreaming::plan::PlanError;
use dreaming::policy::PolicyError;
use dreaming::revision::RevisionError;
use dreaming::snapshot::SnapshotError;

pub(crate) use crate::bindings::dreaming::engine::errors::{EngineError, Invalid};

/// Most bytes of a page, chunk or answer, from `wit/`.
pub(crate) const MAX_PAGE: usize = 1 << 20;

/// An `invalid`: what, and why for people.
pub(crate) fn invalid(what: impl ToString, why: impl ToString) -> Invalid {
    Invalid { what: what.to_string(), why: why.to_string() }
}

/// Fails with `too-large` when `bytes` is over [`MAX_PAGE`].
pub(crate) fn check_size(what: &str, bytes: usize) -> Result<(), EngineError> {
    if bytes <= MAX_PAGE {
        return Ok(());
    }
    Err(EngineError::TooLarge(invalid(what, format!("{bytes} bytes, at most {MAX_PAGE}"))))
}

/// A document of the engine that could not be written: its numbers are bounded, so a bug.
pub(crate) fn unwritten(error: CanonicalError) -> EngineError {
    EngineError::Other(Some(error.to_string()))
}

/// A memory that is not usable.
pub(crate) fn memory(error: MemoryError) -> EngineError {
    let why = error.to_string();
    let (MemoryError::Path { path, .. }
    | MemoryError::TooLarge { path, .. }
    | MemoryError::Duplicate { path }) = error;
    EngineError::InvalidSnapshot(invalid(path, why))
}

/// A memory, row or record that is not usable; `what` names it when the error does not.
pub(crate) fn snapshot(what: &str, error: SnapshotError) -> EngineError {
    match error {
        SnapshotError::Memory(error) => memory(error),
        error => EngineError::InvalidSnapshot(invalid(what, error)),
    }
}

/// A setting that is not usable.
pub(crate) fn policy(error: PolicyError) -> EngineError {
    let why = error.to_string();
    let (PolicyError::UnknownSetting(name)
    | PolicyError::WrongType { name, .. }
    | PolicyError::OutOfRange { name, .. }) = error;
    EngineError::InvalidRequest(invalid(name, why))
}

/// A plan that is not usable.
pub(crate) fn plan(error: PlanError) -> EngineError {
    EngineError::InvalidDocument(invalid("plan", error))
}

/// A revision record that is not usable.
pub(crate) fn revision(error: RevisionError) -> EngineError {
    EngineError::InvalidDocument(invalid("record", error))
}

/// A plan that cannot be applied, or a revision that cannot be made.
pub(crate) fn apply(error: ApplyError) -> EngineError {
    let why = error.to_string();
    match error {
        ApplyError::Stale(_) => EngineError::Stale(invalid("plan", why)),
        ApplyError::OtherEngine(engine) => EngineError::OtherEngine(engine),
        ApplyError::UnknownChange(change)
        | ApplyError::Blocked(change)
        | ApplyError::Contradictory(change)
        | ApplyError::Incomplete(change) => EngineError::InvalidRequest(invalid(change, why)),
        ApplyError::TooLarge { path, .. } | ApplyError::NotWritable(path) => {
            EngineError::InvalidRequest(invalid(path, why))
        }
        ApplyError::Ledger => EngineError::InvalidSnapshot(invalid("ledger", why)),
        ApplyError::NoTarget(_) => EngineError::InvalidRequest(invalid("target", why)),
        ApplyError::Canonical(error) => unwritten(error),
    }
}

/// A dream that cannot begin or go on.
pub(crate) fn dream(error: DreamError) -> EngineError {
    let why = error.to_string();
    match error {
        DreamError::DuplicateSession(session) | DreamError::Parts(session) => {
            EngineError::InvalidRequest(invalid(session, why))
        }
        DreamError::Ledger => EngineError::InvalidSnapshot(invalid("ledger", why)),
        DreamError::TooManySessions { .. } => EngineError::InvalidRequest(invalid("sessions", why)),
        DreamError::Instructions(_) => EngineError::InvalidRequest(invalid("instructions", why)),
        DreamError::UnexpectedPart { session, .. } => {
            EngineError::Unexpected(invalid(session, why))
        }
        DreamError::UnexpectedAnswer(call) => EngineError::Unexpected(invalid(call, why)),
        DreamError::ChunkTooLarge(_) => EngineError::TooLarge(invalid("chunk", why)),
        DreamError::StaleCheckpoint => EngineError::Stale(invalid("checkpoint", why)),
        DreamError::OtherEngine(engine) => EngineError::OtherEngine(engine),
        DreamError::Checkpoint(_) => EngineError::InvalidDocument(invalid("checkpoint", why)),
        DreamError::Canceled => EngineError::Canceled,
        DreamError::Canonical(error) => unwritten(error),
    }
}
