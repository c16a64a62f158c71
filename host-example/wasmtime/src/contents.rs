//! A whole store as a value, for hosts that call `apply`, `observe` or `revert` themselves.

use crate::error::StoreError;
use crate::pages::{first_page, of_memory, of_row};
use crate::store::Store;
use crate::types::{Document, LedgerRow, Memory, NewRevision};

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

impl Contents {
    /// Brings the store up to a revision that was made over it. The lists must be in the order of paths
    /// and keys.
    pub fn follow(&mut self, revision: &NewRevision) {
        for write in &revision.memories {
            let found = self.memories.binary_search_by(|memory| memory.path.cmp(&write.path));
            let memory = write.text.clone().map(|text| Memory {
                path: write.path.clone(),
                text,
                observed_at: write.observed_at,
            });
            put(&mut self.memories, found, memory);
        }
        for write in &revision.ledger {
            let found = self.ledger.binary_search_by(|row| row.key.cmp(&write.key));
            let row = write.value.clone().map(|value| LedgerRow { key: write.key.clone(), value });
            put(&mut self.ledger, found, row);
        }
        self.revisions.push(revision.record.clone());
        self.head = Some(revision.record.clone());
    }

    /// The page of memories after the path `after` (`None` = the first page), as a [`crate::Store`]
    /// returns it. The memories must be in the order of paths.
    pub fn memory_page(&self, after: Option<&str>) -> &[Memory] {
        let from = after.map_or(0, |after| self.memories.partition_point(|m| *m.path <= *after));
        first_page(&self.memories[from..], of_memory)
    }

    /// The page of ledger rows after the key `after` (`None` = the first page). The rows must be in
    /// the order of keys.
    pub fn ledger_page(&self, after: Option<&str>) -> &[LedgerRow] {
        let from = after.map_or(0, |after| self.ledger.partition_point(|row| *row.key <= *after));
        first_page(&self.ledger[from..], of_row)
    }

    /// The page of revision records after number `after` (0 = the first page). The records must be
    /// the whole chain, in order.
    pub fn revision_page(&self, after: u64) -> &[Document] {
        let from = usize::try_from(after).unwrap_or(usize::MAX);
        first_page(self.revisions.get(from..).unwrap_or_default(), Vec::len)
    }
}

/// Puts an item where a search found its place, or takes out what is there.
fn put<T>(items: &mut Vec<T>, found: Result<usize, usize>, item: Option<T>) {
    match (found, item) {
        (Ok(at), Some(item)) => items[at] = item,
        (Ok(at), None) => {
            items.remove(at);
        }
        (Err(at), Some(item)) => items.insert(at, item),
        (Err(_), None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::MAX_PAGE;

    #[test]
    fn pages_hold_everything_once_and_count_paths_and_keys_too() {
        let memory = |n: usize, size: usize| Memory {
            path: format!("{n}.md"),
            text: "x".repeat(size),
            observed_at: None,
        };
        // The path has four bytes.
        let sizes = [MAX_PAGE - 4, 0, MAX_PAGE - 8, MAX_PAGE + 5, 0, 3];
        let memories = sizes.iter().enumerate().map(|(n, size)| memory(n, *size)).collect();
        let contents = Contents { memories, ..Contents::default() };
        let (mut counts, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = contents.memory_page(after.as_deref());
            counts.push(page.len());
            let Some(last) = page.last() else { break };
            after = Some(last.path.clone());
        }
        assert_eq!(counts, [1, 2, 1, 2, 0]);
        let row = |key: &str, size| LedgerRow { key: key.into(), value: vec![b'x'; size] };
        let ledger = vec![row("a", MAX_PAGE - 2), row("b", 0), row("c", 0)];
        let contents = Contents { ledger, ..Contents::default() };
        assert_eq!(contents.ledger_page(None).len(), 2);
        assert_eq!(contents.ledger_page(Some("b")).len(), 1);
        assert!(contents.ledger_page(Some("c")).is_empty());
    }
}
