//! Why a plan cannot be applied, or a revision cannot be made.

use dreaming_records::canonical::CanonicalError;
use dreaming_records::ids::ChangeId;
use dreaming_records::memory::{MAX_MEMORY_BYTES, MemoryPath};

/// Why a plan cannot be applied or a revision cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The plan was made for another revision or other memories; or, for a revert, the memories
    /// are not those of the head.
    #[error("made for another state of the store: {0}")]
    Stale(String),
    /// The ledger is not the one that the head of the store names.
    #[error("the ledger is not that of the store's newest revision: rows are missing or changed")]
    Ledger,
    /// The plan was made by another engine.
    #[error("the plan was made by engine {0}")]
    OtherEngine(String),
    /// The plan has no such change.
    #[error("the plan has no change `{0}`")]
    UnknownChange(ChangeId),
    /// The change is blocked.
    #[error("change `{0}` is blocked and cannot be accepted")]
    Blocked(ChangeId),
    /// The change is both accepted and rejected.
    #[error("change `{0}` is both accepted and rejected")]
    Contradictory(ChangeId),
    /// The index line names a memory that no accepted change makes, or is taken out for the sake of
    /// changes that are not accepted.
    #[error("change `{0}` needs accepted changes of the memory that the index line names")]
    Incomplete(ChangeId),
    /// The change cannot be applied in these words.
    #[error("change `{change}` cannot be applied in other words: {reason}")]
    Rewording {
        /// The change.
        change: ChangeId,
        /// What does not fit.
        reason: String,
    },
    /// The accepted changes cannot be written together without touching other bytes.
    #[error("memory `{0}` cannot be written without touching its other statements")]
    NotWritable(MemoryPath),
    /// A memory would be over its limit.
    #[error("memory `{path}` would have {bytes} bytes, more than {MAX_MEMORY_BYTES}")]
    TooLarge {
        /// The memory.
        path: MemoryPath,
        /// Its length.
        bytes: u64,
    },
    /// Another store cannot be taken in under this name.
    #[error("`{0}` cannot be the folder of another store")]
    Name(String),
    /// The ledger does not know the session or entry.
    #[error("the store knows no session or entry `{0}`")]
    Unknown(String),
    /// The instructions are not those that the plan was made with.
    #[error("the instructions are not those that the plan was made with")]
    Instructions,
    /// The plan was made of candidates of a host, which it does not hold.
    #[error("the plan was made of candidates that it does not hold: bring them again")]
    Candidates,
    /// The snapshot to restore is not a revision of this store.
    #[error("the revision to restore is not one of this store: {0}")]
    NoTarget(String),
    /// A document could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}
