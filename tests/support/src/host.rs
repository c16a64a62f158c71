//! The functions of a host, in plain values and bytes, so that any two hosts can be compared.

use dreaming::apply::Erasure;
use dreaming::ids::RevisionId;
use dreaming::ledger::RowWrite;
use dreaming::propose::{Answer, ModelCall};
use dreaming::revision::MemoryWrite;
use dreaming::{Decision, Request, Time};

use crate::store::Store;

/// An implementation of the engine: the crate, the component in some runtime, a JavaScript host.
pub trait Host {
    /// A name for messages.
    fn name(&self) -> &str;

    /// Begins a dream.
    ///
    /// # Errors
    /// [`Failure`], as `dream.start` in `wit/dreaming.wit`.
    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure>;

    /// Resumes from a checkpoint.
    ///
    /// # Errors
    /// [`Failure`], as `dream.restore`.
    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure>;

    /// Makes a revision for what people changed.
    ///
    /// # Errors
    /// [`Failure`], as `chain.observe`.
    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure>;

    /// Applies the bytes of a plan.
    ///
    /// # Errors
    /// [`Failure`], as `chain.apply`.
    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure>;

    /// Restores the state of `target`.
    ///
    /// # Errors
    /// [`Failure`], as `chain.revert`.
    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure>;

    /// Makes a plan again over a store that has changed since.
    ///
    /// # Errors
    /// [`Failure`], as `chain.rebase`.
    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure>;

    /// Makes a revision without a session or an entry.
    ///
    /// # Errors
    /// [`Failure`], as `chain.erase`.
    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure>;
}

/// A dream in a host. Errors are those of `dream` in `wit/dreaming.wit`.
pub trait Running {
    /// What is needed next.
    ///
    /// # Errors
    /// [`Failure`] when the dream was canceled.
    fn poll(&mut self) -> Result<Need, Failure>;

    /// Brings the next bytes of a part.
    ///
    /// # Errors
    /// [`Failure`] when they were not asked for or exceed the limit.
    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure>;

    /// Says that a session cannot be read.
    ///
    /// # Errors
    /// [`Failure`] when it was not asked for.
    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure>;

    /// Brings the answer to a call.
    ///
    /// # Errors
    /// [`Failure`] when it was not asked for.
    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure>;

    /// The dream so far.
    ///
    /// # Errors
    /// [`Failure`] when the dream was canceled.
    fn checkpoint(&self) -> Result<Vec<u8>, Failure>;
}

/// What a dream needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Sessions, each with the names of the parts that are not complete.
    Sessions(Vec<(String, Vec<String>)>),
    /// Model calls.
    Calls(Vec<ModelCall>),
    /// Nothing; the dream has ended.
    Done {
        /// Bytes of the plan.
        plan: Vec<u8>,
        /// Bytes of the report.
        report: Vec<u8>,
    },
}

/// What a host has to store for a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The revision that it builds on.
    pub base: Option<RevisionId>,
    /// Its id.
    pub id: RevisionId,
    /// Bytes of its record.
    pub record: Vec<u8>,
    /// The memories that change.
    pub memories: Vec<MemoryWrite>,
    /// The ledger rows that change.
    pub ledger: Vec<RowWrite>,
}

/// An error, by the name that `engine-error` in `wit/errors.wit` has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the case, such as `invalid-request`.
    pub case: String,
    /// For people; hosts need not agree on it.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(case: &str, message: impl std::fmt::Display) -> Self {
        Self { case: case.into(), message: message.to_string() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.case, self.message)
    }
}
