//! A store as a test keeps it: plain values in any order.

use dreaming::Time;
use dreaming::ledger::LedgerRow;
use dreaming::revision::RevisionRecord;

use crate::host::Revision;
use crate::random::Random;

/// A memory, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredMemory {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// When it was written, by its source.
    pub observed_at: Option<Time>,
}

/// Memories, ledger rows and the chain of revision records, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// See `Snapshot::new`.
    pub salt: String,
    /// Memories in any order.
    pub memories: Vec<StoredMemory>,
    /// Ledger rows in any order.
    pub ledger: Vec<LedgerRow>,
    /// Bytes of all revision records, oldest first; the last one is the head.
    pub chain: Vec<Vec<u8>>,
}

impl Store {
    /// Adds or replaces a memory, with the time of its source.
    pub fn write(&mut self, path: &str, text: &str, observed_at: Option<Time>) {
        self.remove(path);
        let memory = StoredMemory { path: path.into(), text: text.into(), observed_at };
        self.memories.push(memory);
        self.memories.sort();
    }

    /// Removes a memory.
    pub fn remove(&mut self, path: &str) {
        self.memories.retain(|memory| memory.path != path);
    }

    /// The text of a memory.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.memories.iter().find(|m| m.path == path).map(|m| m.text.as_str())
    }

    /// Stores a revision as a host does: all of it or nothing, and only if its base is the head.
    ///
    /// # Errors
    /// What does not fit.
    pub fn commit(&mut self, revision: &Revision) -> Result<(), String> {
        let read = |bytes: &Vec<u8>| RevisionRecord::from_bytes(bytes).map_err(|e| e.to_string());
        let head = self.chain.last().map(read).transpose()?;
        let head_id = head.as_ref().map(RevisionRecord::id).transpose();
        if head_id.map_err(|e| e.to_string())? != revision.base {
            return Err("the revision does not build on the head".into());
        }
        let id = read(&revision.record)?.verify(head.as_ref()).map_err(|e| e.to_string())?;
        if id != revision.id {
            return Err(format!("the record has the id {id}, not {}", revision.id));
        }
        for write in &revision.memories {
            match &write.text {
                Some(text) => self.write(write.path.as_str(), text, write.observed_at),
                None => self.remove(write.path.as_str()),
            }
        }
        for write in &revision.ledger {
            self.ledger.retain(|row| row.key != write.key);
            if let Some(bytes) = &write.value {
                self.ledger.push(LedgerRow { key: write.key.clone(), value: bytes.clone() });
            }
        }
        self.ledger.sort();
        self.chain.push(revision.record.clone());
        Ok(())
    }

    /// The same store in another order.
    pub fn shuffled(&self, random: &mut Random) -> Self {
        let mut store = self.clone();
        random.shuffle(&mut store.memories);
        random.shuffle(&mut store.ledger);
        store
    }
}
