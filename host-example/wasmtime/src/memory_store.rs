//! A store in memory: for tests, examples and hosts that keep state elsewhere.

use std::collections::BTreeMap;

use crate::contents::Contents;
use crate::error::StoreError;
use crate::pages::{MAX_PAGE, first_page, of_memory};
use crate::store::Store;
use crate::types::{
    Document, LedgerRow, Memory, NewRevision, Opened, Part, Progress, RecordedAnswer, Session,
};

/// A [`Store`] in memory. Everything is lost when the process ends.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    salt: String,
    head: Option<String>,
    memories: BTreeMap<String, Memory>,
    ledger: BTreeMap<String, Document>,
    revisions: Vec<Document>,
    sessions: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    checkpoint: Option<Document>,
    answers: Vec<RecordedAnswer>,
}

impl MemoryStore {
    /// An empty store. `salt`: see `chain.snapshot` in `wit/`; draw it at random unless
    /// this is a test.
    pub fn new(salt: &str) -> Self {
        Self { salt: salt.into(), ..Self::default() }
    }

    /// A store that holds `contents`, of which the records of revisions are the whole chain, in order.
    pub fn of(contents: Contents, head: Option<String>) -> Self {
        let memories = contents.memories.into_iter().map(|memory| (memory.path.clone(), memory));
        Self {
            salt: contents.salt,
            head,
            memories: memories.collect(),
            ledger: contents.ledger.into_iter().map(|row| (row.key, row.value)).collect(),
            revisions: contents.revisions,
            ..Self::default()
        }
    }

    /// Adds a memory, or replaces its text, as a person would.
    pub fn insert_memory(&mut self, path: &str, text: &str, observed_at: Option<i64>) {
        let memory = Memory { path: path.into(), text: text.into(), observed_at };
        self.memories.insert(path.into(), memory);
    }

    /// Adds a part of a session, or replaces it. The main file is named `main`.
    pub fn insert_part(&mut self, session: &str, part: &str, bytes: impl Into<Vec<u8>>) {
        self.sessions.entry(session.into()).or_default().insert(part.into(), bytes.into());
    }

    /// The text of a memory.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.memories.get(path).map(|memory| memory.text.as_str())
    }

    /// The id of the newest revision.
    pub fn head(&self) -> Option<&str> {
        self.head.as_deref()
    }

    /// The checkpoint that a run kept, until the next commit.
    pub fn checkpoint(&self) -> Option<&Document> {
        self.checkpoint.as_ref()
    }

    /// The answers that runs kept, until the next commit.
    pub fn answers(&self) -> &[RecordedAnswer] {
        &self.answers
    }

    /// The items of `map` after the key `after`.
    fn after<'a, V>(map: &'a BTreeMap<String, V>, after: Option<&str>) -> Vec<(&'a String, &'a V)> {
        map.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after)).collect()
    }
}

impl Store for MemoryStore {
    fn open(&mut self) -> Result<Opened, StoreError> {
        Ok(Opened {
            salt: self.salt.clone(),
            head: self.revisions.last().cloned(),
            checkpoint: self.checkpoint.clone(),
        })
    }

    fn memories(&mut self, after: Option<&str>) -> Result<Vec<Memory>, StoreError> {
        let rest = Self::after(&self.memories, after);
        let page = first_page(&rest, |(_, memory)| of_memory(memory));
        Ok(page.iter().map(|(_, memory)| (*memory).clone()).collect())
    }

    fn ledger(&mut self, after: Option<&str>) -> Result<Vec<LedgerRow>, StoreError> {
        let rest = Self::after(&self.ledger, after);
        let page = first_page(&rest, |(key, value)| key.len() + value.len());
        let row = |(key, value): &(&String, &Document)| LedgerRow {
            key: (*key).clone(),
            value: (*value).clone(),
        };
        Ok(page.iter().map(row).collect())
    }

    fn revisions(&mut self, after: u64) -> Result<Vec<Document>, StoreError> {
        let start = usize::try_from(after).unwrap_or(usize::MAX);
        let rest = self.revisions.get(start..).unwrap_or_default();
        Ok(first_page(rest, Vec::len).to_vec())
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let part = |(name, bytes): (&String, &Vec<u8>)| Part {
            name: name.clone(),
            bytes: bytes.len() as u64,
        };
        let session = |(id, parts): (&String, &BTreeMap<String, Vec<u8>>)| Session {
            id: id.clone(),
            agent: None,
            principal: None,
            parts: parts.iter().map(part).collect(),
        };
        Ok(self.sessions.iter().map(session).collect())
    }

    fn read(
        &mut self,
        session: &str,
        part: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<u8>, StoreError> {
        let parts = self.sessions.get(session).ok_or(StoreError::NotFound)?;
        let bytes = parts.get(part).ok_or(StoreError::NotFound)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(limit).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let end = start.saturating_add(length).min(bytes.len());
        Ok(bytes[start..end].to_vec())
    }

    fn keep(&mut self, progress: Progress) -> Result<(), StoreError> {
        self.checkpoint = Some(progress.checkpoint);
        self.answers.extend(progress.answers);
        Ok(())
    }

    fn commit(&mut self, revision: NewRevision) -> Result<(), StoreError> {
        if revision.base != self.head {
            return Err(StoreError::Conflict(self.head.clone()));
        }
        for write in revision.memories {
            match write.text {
                Some(text) => self.insert_memory(&write.path, &text, write.observed_at),
                None => {
                    self.memories.remove(&write.path);
                }
            }
        }
        for write in revision.ledger {
            match write.value {
                Some(value) => self.ledger.insert(write.key, value),
                None => self.ledger.remove(&write.key),
            };
        }
        self.revisions.push(revision.record);
        self.head = Some(revision.revision);
        // Checkpoint and answers belong to a dream over the revision before.
        self.checkpoint = None;
        self.answers.clear();
        Ok(())
    }
}
