//! A store at one revision, as a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_text::{Map, Set};

use crate::canonical::{self, CanonicalError, Hasher};
use crate::error::EngineError;
use crate::ids::Digest;
use crate::ledger::{Ledger, LedgerRow, MemoryRecord};
use crate::memory::{Memory, MemoryPath};
use crate::revision::RevisionRecord;
use crate::rows::Rows;
use crate::session::Session;
use crate::session_record::SessionRecord;
use crate::time::Time;

/// How one memory differs between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The memory.
    pub path: MemoryPath,
    /// Its text before, if it was there.
    pub before: Option<String>,
    /// Its text after, if it is there.
    pub after: Option<String>,
}

/// A store at one revision: memories, ledger, head and the decisions of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Text that is mixed into the digests of memories.
    pub salt: String,
    /// Record of the newest revision.
    pub head: Option<RevisionRecord>,
    /// The memories, by path. A copy shares them.
    pub memories: BTreeMap<MemoryPath, Arc<Memory>>,
    /// What the engine knows besides the memories.
    pub ledger: Ledger,
    /// Revision records whose decisions count, by number.
    pub decisions: BTreeMap<u64, RevisionRecord>,
}

impl Snapshot {
    /// An empty store. `salt` is mixed into the digests of memories that revision records hold;
    /// the host draws it once for a store and passes it every time.
    pub fn new(salt: impl Into<String>) -> Self {
        Self { salt: salt.into(), ..Self::default() }
    }

    /// Sets the head from the bytes of the newest revision record.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] when the bytes are no revision record.
    pub fn set_head(&mut self, record: &[u8]) -> Result<(), EngineError> {
        self.head = Some(RevisionRecord::from_bytes(record)?);
        Ok(())
    }

    /// Adds a memory.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] when there is a memory with its path already.
    pub fn add_memory(&mut self, memory: Memory) -> Result<(), EngineError> {
        if self.memories.contains_key(&memory.path) {
            return Err(memory_twice(&memory.path));
        }
        self.memories.insert(memory.path.clone(), Arc::new(memory));
        Ok(())
    }

    /// Adds a ledger row.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] when it is not usable or there is a row with its key
    /// already.
    pub fn add_record(&mut self, record: &LedgerRow) -> Result<(), EngineError> {
        self.ledger.insert(record)
    }

    /// Adds a revision record of the chain whose decisions count.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] when the bytes are no revision record, or there is one with
    /// its number already.
    pub fn add_decisions(&mut self, record: &[u8]) -> Result<(), EngineError> {
        let unusable = |error| EngineError::snapshot("record", error);
        let record = RevisionRecord::from_bytes(record).map_err(unusable)?;
        if self.decisions.contains_key(&record.number) {
            return Err(revision_twice(record.number));
        }
        self.decisions.insert(record.number, record);
        Ok(())
    }

    /// Whether a session was read before and its parts still have the same lengths, or it was
    /// withdrawn, so that later content does not count either.
    pub fn is_read(&self, session: &Session) -> bool {
        let Some(known) = self.ledger.sessions.get(&session.id) else { return false };
        if known.withdrawn {
            return true;
        }
        let now = session.parts.iter().map(|part| (part.name.as_str(), part.bytes));
        let read = known.parts.iter().map(|part| (part.name.as_str(), part.bytes));
        Map::of(now) == Map::of(read)
    }

    /// Whether a dream need not read a session: it is read already and, if the dream `asks` a
    /// model, a model has seen it and no call about it lacks an answer.
    pub fn is_done(&self, session: &Session, asks: bool) -> bool {
        let known = self.ledger.sessions.get(&session.id);
        self.is_read(session) && !(asks && known.is_some_and(SessionRecord::is_askable))
    }

    /// The root of the ledger. It is computed from all rows, so callers that check the ledger get
    /// it from here.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] unless it is the ledger that the head names. A host that
    /// lost rows must not go on: evidence of entries would be lost.
    pub fn ledger_of_head(&self) -> Result<Digest, EngineError> {
        let root = self.ledger.root()?;
        let as_named = match &self.head {
            Some(head) => root == head.ledger,
            None => self.ledger == Ledger::default(),
        };
        let why =
            "the ledger is not that of the store's newest revision: rows are missing or changed";
        as_named.then_some(root).ok_or_else(|| EngineError::snapshot("ledger", why))
    }

    /// Whether the memories have the digest that the head names.
    pub fn has_memories_of_head(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.memories == self.memories_root())
    }

    /// Whether something may be written to `path`. In a folder whose name begins with a dot, only
    /// if the store has a memory in that folder, or had one at its head.
    pub fn may_hold(&self, path: &MemoryPath) -> bool {
        let Some(folder) = path.dot_folder() else { return true };
        let is_there = |known: &MemoryPath| known.as_str().starts_with(folder);
        self.memories.keys().any(is_there) || self.ledger.memories.keys().any(is_there)
    }

    /// Moves the memories, ledger rows and decisions of `page` in: all of them or, when one is
    /// there already, none. Salt and head of `page` are ignored.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] that names the first duplicate.
    pub fn merge(&mut self, page: Self) -> Result<(), EngineError> {
        if let Some(path) = page.memories.keys().find(|path| self.memories.contains_key(*path)) {
            return Err(memory_twice(path));
        }
        if let Some(number) = page.decisions.keys().find(|n| self.decisions.contains_key(n)) {
            return Err(revision_twice(*number));
        }
        self.ledger.merge(page.ledger)?;
        self.memories.extend(page.memories);
        self.decisions.extend(page.decisions);
        Ok(())
    }

    /// How the memories differ from those of `after`, by path.
    pub fn diff(&self, after: &Self) -> Vec<Difference> {
        let text = |store: &Self, path| store.memories.get(path).map(|m| m.text.clone());
        Set::of(self.memories.keys().chain(after.memories.keys()))
            .into_iter()
            .map(|path| Difference {
                path: path.clone(),
                before: text(self, path),
                after: text(after, path),
            })
            .filter(|difference| difference.before != difference.after)
            .collect()
    }

    /// The number of the revision that would come next.
    pub fn next_number(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.number) + 1
    }

    /// When the text of a memory was last written: as the ledger says while the text is unchanged,
    /// else as the host says, unless that is after `now`.
    pub fn observed_at(&self, memory: &Memory, now: Time) -> Option<Time> {
        self.memory_record(memory, now).observed_at
    }

    /// The ledger rows for the current memories.
    pub fn memory_records(&self, now: Time) -> Rows<MemoryPath, MemoryRecord> {
        let row = |memory: &Memory| (memory.path.clone(), self.memory_record(memory, now));
        Rows::of(self.memories.values().map(|memory| row(memory)))
    }

    fn memory_record(&self, memory: &Memory, now: Time) -> MemoryRecord {
        let digest = memory_digest(&self.salt, &memory.text);
        let known = self.ledger.memories.get(&memory.path);
        let observed_at = match known.filter(|row| row.digest == digest) {
            Some(row) => row.observed_at,
            None => memory.observed_at.filter(|time| *time <= now),
        };
        MemoryRecord { path: memory.path.clone(), digest, observed_at }
    }

    /// The digest over paths and texts. Each text is salted and digested separately, so that the
    /// digest can still be checked after a text is erased.
    pub fn memories_root(&self) -> Digest {
        let digest = |memory: &Memory| memory_digest(&self.salt, &memory.text);
        root(self.memories.values().map(|memory| (&memory.path, digest(memory))))
    }

    /// The digest that binds a checkpoint to this snapshot at `now`: memories with their times,
    /// ledger, head and decisions.
    pub fn digest(&self, now: Time) -> Result<Digest, CanonicalError> {
        let memories = self.memory_records(now);
        let chain: Vec<&RevisionRecord> = self.decisions.values().collect();
        let parts = [
            canonical::to_bytes(&memories.values().collect::<Vec<_>>())?,
            self.ledger.root()?.as_str().as_bytes().to_vec(),
            canonical::to_bytes(&self.head)?,
            canonical::to_bytes(&chain)?,
        ];
        Ok(canonical::digest_parts(parts.iter().map(Vec::as_slice)))
    }
}

fn memory_twice(path: &MemoryPath) -> EngineError {
    EngineError::snapshot(path, format!("memory `{path}` occurs twice"))
}

fn revision_twice(number: u64) -> EngineError {
    EngineError::snapshot(number, format!("revision {number} occurs twice"))
}

/// The root of memories by their rows, see [`Snapshot::memories_root`].
pub fn root_of(memories: &Rows<MemoryPath, MemoryRecord>) -> Digest {
    root(memories.values().map(|row| (&row.path, row.digest.clone())))
}

fn root<'a>(memories: impl Iterator<Item = (&'a MemoryPath, Digest)>) -> Digest {
    let mut hash = Hasher::default();
    for (path, digest) in memories {
        hash.part(path.as_str().as_bytes());
        hash.part(digest.as_str().as_bytes());
    }
    hash.digest()
}

/// The salted digest of a memory's text.
pub fn memory_digest(salt: &str, text: &str) -> Digest {
    canonical::digest_parts([salt.as_bytes(), text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(memories: &[(&str, &str)]) -> Snapshot {
        let mut page = Snapshot::default();
        for (path, text) in memories {
            page.add_memory(Memory::new(*path, *text, None).unwrap()).unwrap();
        }
        page
    }

    #[test]
    fn a_page_with_a_duplicate_adds_nothing() {
        let mut store = page(&[("a.md", "one"), ("b.md", "two")]);
        let before = store.clone();
        let error = store.merge(page(&[("b.md", "other"), ("c.md", "three")])).unwrap_err();
        assert_eq!(error.to_string(), "memory `b.md` occurs twice");
        assert_eq!(store, before);
        store.merge(page(&[("c.md", "three")])).unwrap();
        assert_eq!(store.memories.len(), 3);
    }

    #[test]
    fn rows_that_were_written_otherwise_are_another_ledger() {
        let row = MemoryRecord {
            path: MemoryPath::new("a.md").unwrap(),
            digest: Digest::default(),
            observed_at: None,
        };
        let bytes = canonical::to_bytes(&row).unwrap();
        let stored = |bytes: Vec<u8>| {
            let mut store = Snapshot::default();
            store.add_record(&LedgerRow { key: "memory/a.md".into(), value: bytes }).unwrap();
            store.ledger
        };
        let (kept, spaced) = (stored(bytes.clone()), stored([b" ", &*bytes].concat()));
        assert_eq!(kept, spaced);
        assert_ne!(kept.root().unwrap(), spaced.root().unwrap());
        // Rows that the engine made have the same digest as when a host brings them back.
        let mut made = Ledger::default();
        made.memories.insert(row.path.clone(), row);
        assert_eq!(made.root().unwrap(), kept.root().unwrap());
    }

    #[test]
    fn only_memories_that_differ_are_listed_by_path() {
        let before = page(&[("a.md", "one"), ("b.md", "two"), ("d.md", "same")]);
        let after = page(&[("b.md", "new"), ("c.md", "three"), ("d.md", "same")]);
        let differences = before.diff(&after);
        let texts: Vec<_> = differences
            .iter()
            .map(|d| (d.path.as_str(), d.before.as_deref(), d.after.as_deref()))
            .collect();
        assert_eq!(
            texts,
            [
                ("a.md", Some("one"), None),
                ("b.md", Some("two"), Some("new")),
                ("c.md", None, Some("three")),
            ]
        );
        assert!(before.diff(&before).is_empty());
    }
}
