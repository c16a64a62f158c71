//! The types of what a run asks its host for.

use dreaming_learn::propose::ModelCall;
use dreaming_records::ids::SessionId;
use dreaming_records::revision::NewRevision;

use super::{Progress, RunOutcome};

/// What a run needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The store's salt, head and checkpoint: [`Run::opened`].
    Open,
    /// The page of memories after this path: [`Run::memories`].
    Memories(Option<String>),
    /// The page of ledger rows after this key: [`Run::ledger`].
    Ledger(Option<String>),
    /// The page of revision records after this number, 0 for the first page: [`Run::revisions`].
    Revisions(u64),
    /// The page of sessions after this id: [`Run::sessions`].
    Sessions(Option<SessionId>),
    /// The next bytes of these parts, in any order: [`Run::feed`], or [`Run::miss`] for a part that
    /// cannot be read.
    Read(Vec<Piece>),
    /// Answers to these model calls, in any order: [`Run::answer`]. Only if the policy allows
    /// calls.
    Calls(Vec<ModelCall>),
    /// Progress to be stored. The host calls [`Run::kept`] afterwards, even if it could not store
    /// it.
    Keep(Progress),
    /// A revision to be stored, all of it or nothing, and only if its base is the head:
    /// [`Run::committed`].
    Commit(Box<NewRevision>),
    /// Nothing; the run has ended.
    Done(Box<RunOutcome>),
}

/// Where the next bytes of a part begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The session.
    pub session: SessionId,
    /// Its part.
    pub part: String,
    /// How many bytes of the part this run already has. A host that has the part open as a stream
    /// goes on reading it.
    pub offset: u64,
}
