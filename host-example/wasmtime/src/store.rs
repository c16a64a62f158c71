//! What a host brings: the two imports of world `dreamer` as plain traits.

use crate::error::StoreError;
use crate::types::{
    Answer, Document, LedgerRow, Memory, ModelCall, NewRevision, Opened, Progress, Session,
};

/// Storage: one store. `wit/store.wit` has the duties in full.
///
/// Each page begins after the last key of the page before; an empty page ends the list. No page is
/// over [`crate::MAX_PAGE`] bytes of text.
pub trait Store: Send {
    /// Opens the store at its head. All pages that follow must be of this head.
    ///
    /// # Errors
    /// [`StoreError`] ends the run.
    fn open(&mut self) -> Result<Opened, StoreError>;

    /// The memories after the path `after`, in the order of paths.
    ///
    /// # Errors
    /// [`StoreError`] ends the run.
    fn memories(&mut self, after: Option<&str>) -> Result<Vec<Memory>, StoreError>;

    /// The ledger rows after the key `after`, in the order of keys.
    ///
    /// # Errors
    /// [`StoreError`] ends the run.
    fn ledger(&mut self, after: Option<&str>) -> Result<Vec<LedgerRow>, StoreError>;

    /// The revision records after number `after`, in the order of numbers; 0 = from the first.
    ///
    /// # Errors
    /// [`StoreError`] ends the run.
    fn revisions(&mut self, after: u64) -> Result<Vec<Document>, StoreError>;

    /// The sessions that a dream may read, in any order.
    ///
    /// # Errors
    /// [`StoreError`] ends the run.
    fn sessions(&mut self) -> Result<Vec<Session>, StoreError>;

    /// Bytes of a part from `offset`, at most `limit`, at least one unless the part ends there. A
    /// run must always get the same bytes for the same place.
    ///
    /// # Errors
    /// [`StoreError`] leaves the session pending, with the reason in the report.
    fn read(
        &mut self,
        session: &str,
        part: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<u8>, StoreError>;

    /// Keeps the progress of the running dream: the checkpoint replaces the one before, the answers
    /// are added. Called after each round. Forget the checkpoint once the outcome of the run is
    /// stored.
    ///
    /// # Errors
    /// [`StoreError`] only loses the ability to resume; the run goes on.
    fn keep(&mut self, progress: Progress) -> Result<(), StoreError>;

    /// Stores a revision, all of it or none, only when its base is the head.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the head is another one.
    fn commit(&mut self, revision: NewRevision) -> Result<(), StoreError>;
}

/// Whoever answers model calls.
pub trait Model: Send {
    /// Makes the calls, side by side if it likes, with its own retries and time limits. Returns
    /// one answer of at most 1 MiB for each call, in the order of the calls.
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer>;

    /// Whether the run ends now, because answers come only much later. Asked after each
    /// [`Model::complete_many`], whose answers then count for nothing. The job is dead, and the next
    /// run over the store makes the same calls again.
    fn leaves(&self) -> bool {
        false
    }
}

/// No model: every call fails. A policy that asks for none (the default) never gets here.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModel;

impl Model for NoModel {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        calls.iter().map(|_| Answer::Failed("this host has no model".into())).collect()
    }
}

/// No storage: for jobs in which the host runs the loop. [`crate::Job::run`] over it fails with
/// [`StoreError::AccessDenied`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

impl Store for NoStore {
    fn open(&mut self) -> Result<Opened, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn memories(&mut self, _: Option<&str>) -> Result<Vec<Memory>, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn ledger(&mut self, _: Option<&str>) -> Result<Vec<LedgerRow>, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn revisions(&mut self, _: u64) -> Result<Vec<Document>, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn read(&mut self, _: &str, _: &str, _: u64, _: u32) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn keep(&mut self, _: Progress) -> Result<(), StoreError> {
        Err(StoreError::AccessDenied)
    }

    fn commit(&mut self, _: NewRevision) -> Result<(), StoreError> {
        Err(StoreError::AccessDenied)
    }
}
