//! Why a dream cannot go on.

use dreaming_records::canonical::CanonicalError;
use dreaming_records::ids::{CallId, SessionId};

/// Why a dream cannot go on. Nothing was changed; a corrected call may follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DreamError {
    /// Two sessions of the request have the same id.
    #[error("session `{0}` occurs twice")]
    DuplicateSession(SessionId),
    /// A session has no parts, or two of one name.
    #[error("session `{0}` needs at least one part, and each name once")]
    Parts(SessionId),
    /// The ledger is not the one that the head of the store names.
    #[error("the ledger is not that of the store's newest revision: rows are missing or changed")]
    Ledger,
    /// More sessions than the policy allows.
    #[error("{given} sessions, at most {max} in one dream")]
    TooManySessions {
        /// How many there are.
        given: u64,
        /// How many may be.
        max: u64,
    },
    /// A candidate of the host is malformed.
    #[error("candidate {at}: {why}")]
    Candidate {
        /// Its position, counted from 0.
        at: u64,
        /// What is wrong with it.
        why: String,
    },
    /// More candidates than one plan takes.
    #[error("{0} candidates, at most 10,000 in one plan")]
    TooManyCandidates(u64),
    /// A plan of candidates reads no session.
    #[error("a plan of candidates reads no session: start a dream for that")]
    Sessions,
    /// The instructions are too long.
    #[error("instructions have {0} characters, at most 4,096")]
    Instructions(u64),
    /// The session or part was not asked for, or has ended.
    #[error("session `{session}`, part `{part}` was not asked for")]
    UnexpectedPart {
        /// The session.
        session: SessionId,
        /// The part; empty for the whole session.
        part: String,
    },
    /// The call was not asked for, or has an answer.
    #[error("call `{0}` was not asked for")]
    UnexpectedAnswer(CallId),
    /// The chunk is over [`MAX_CHUNK`](super::MAX_CHUNK).
    #[error("chunk has {0} bytes, at most 1,048,576")]
    ChunkTooLarge(u64),
    /// The checkpoint belongs to another state of the store.
    #[error("the checkpoint was taken of a dream over another state of the store")]
    StaleCheckpoint,
    /// The checkpoint was taken by another engine.
    #[error("the checkpoint was taken by engine {0}")]
    OtherEngine(String),
    /// The bytes are not a checkpoint of this version.
    #[error("not a checkpoint: {0}")]
    Checkpoint(String),
    /// The dream was canceled.
    #[error("the dream was canceled")]
    Canceled,
    /// A document could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}
