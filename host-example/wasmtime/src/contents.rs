//! A whole store as a value, for hosts that call `apply`, `observe` or `revert` themselves.

use crate::error::StoreError;
use crate::store::Store;
use crate::types::{Document, LedgerRow, Memory};

/// A store at one revision, see `chain.snapshot` in `wit/`. Lists may be in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Drawn once for a store by the host; may be empty.
    pub salt: String,
    /// The record of the newest revision; `None` for a store without revisions.
    pub head: Option<Document>,
    /// All memories.
    pub memories: Vec<Memory>,
    /// All ledger rows.
    pub ledger: Vec<LedgerRow>,
    /// All revision records of the chain.
    pub revisions: Vec<Document>,
}

impl Contents {
    /// Reads all pages of `store`.
    ///
    /// # Errors
    /// The first [`StoreError`].
    pub fn read(store: &mut impl Store) -> Result<Self, StoreError> {
        let opened = store.open()?;
        let mut contents = Self { salt: opened.salt, head: opened.head, ..Self::default() };
        loop {
            let after = contents.memories.last().map(|memory| memory.path.as_str());
            let page = store.memories(after)?;
            if page.is_empty() {
                break;
            }
            contents.memories.extend(page);
        }
        loop {
            let after = contents.ledger.last().map(|row| row.key.as_str());
            let page = store.ledger(after)?;
            if page.is_empty() {
                break;
            }
            contents.ledger.extend(page);
        }
        loop {
            // Records are numbered from 1 without gaps, so the count is the last number.
            let page = store.revisions(contents.revisions.len() as u64)?;
            if page.is_empty() {
                break;
            }
            contents.revisions.extend(page);
        }
        Ok(contents)
    }
}
