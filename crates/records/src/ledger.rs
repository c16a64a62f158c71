//! The ledger: what the engine knows about each entry and each session it has read.
//!
//! A ledger is a set of records, each with a key (see [`LedgerRow::key`]) and canonical bytes. Hosts
//! store records as rows; a revision has the rows that changed. The root of a ledger is a digest over
//! the keys and the digests of the sorted records.

use std::fmt::Display;

use serde::Serialize;

use dreaming_text::{Set, sort};

use crate::canonical::{self, CanonicalError, Hasher, Readable};
use crate::case_words::words;
use crate::distilled::Distillate;
use crate::error::EngineError;
use crate::evidence::Evidence;
use crate::ids::{Digest, EntryId, SessionId};
use crate::kind::Kind;
use crate::memory::MemoryPath;
use crate::number::count;
use crate::pair::PairRecord;
use crate::rows::Rows;
use crate::session_record::SessionRecord;
use crate::time::Time;
use crate::trust::Trust;

/// Who found a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Finder {
    /// The miner, without a model.
    Miner,
    /// A model, whose words were checked.
    Model,
    /// An extractor of the host. A change with its statement always waits for a person.
    Host,
}

/// Who brought an entry into the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was there before the first revision; who wrote it is not known.
    Imported,
    /// A person, or an agent at work, wrote it between two revisions.
    Written,
    /// A dream added or rewrote it.
    Dream,
}

/// How established an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Seen once.
    Short,
    /// Seen in several sessions.
    Intermediate,
    /// Seen in many sessions, on several days.
    Long,
}

/// What retires an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum RetiredBy {
    /// A person took it out of its memory.
    Edited,
    /// It was merged into one that says the same.
    Merge,
    /// The sessions that it came from no longer show it. It comes back if they show it again.
    Outgrown,
    /// It was taken out of the store.
    Retire,
    /// A newer value took its place.
    Supersede,
}

words!(RetiredBy: Edited "edited", Merge "merge", Outgrown "outgrown", Retire "retire",
    Supersede "supersede");

/// Why an entry is no longer in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retirement {
    /// Number of the revision that retired it. The ledger holds no time for it, because all its
    /// times are source times.
    pub revision: u64,
    /// What retired it.
    pub by: RetiredBy,
    /// The entry that took its place, if one did.
    pub superseded_by: Option<EntryId>,
}

/// What is known about one entry besides its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryRecord {
    /// Made when first seen, kept for ever: a digest of path, normal text, occurrence and revision.
    pub id: EntryId,
    /// The memory that holds it, or held it last.
    pub path: MemoryPath,
    /// Its text, without list mark and surrounding white space.
    pub text: String,
    /// Who brought it in.
    pub origin: Origin,
    /// Who found it, while its words are still those found in sessions. Nobody if a person or agent
    /// wrote or reworded it, or if it was merged with such an entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finder: Option<Finder>,
    /// What sort of statement it is, when known.
    pub kind: Option<Kind>,
    /// How far it is trusted.
    pub trust: Trust,
    /// How established it is.
    pub tier: Tier,
    /// Its subject, when known: of statements about one subject only the newest value counts.
    ///
    /// See [`crate::candidate::Candidate::subject`].
    pub subject: Option<String>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// The places that support it, sorted, at most `ledger.max-evidence`.
    pub evidence: Vec<Evidence>,
    /// Distinct sessions, agents and days that support it; may count more than the kept evidence
    /// shows.
    pub support: Support,
    /// When it was first true, by its source; `None` when no source says when.
    pub valid_from: Option<Time>,
    /// When its value was replaced, by the source of the newer value.
    pub valid_to: Option<Time>,
    /// When its source last said it: the latest time of its evidence or of its memory's last
    /// writing.
    pub last_seen: Option<Time>,
    /// Entries that it replaced.
    pub supersedes: Vec<EntryId>,
    /// The entry that it may be an edited form of, when that could not be decided.
    pub maybe_from: Option<EntryId>,
    /// Set when it is no longer in the store.
    pub retired: Option<Retirement>,
    /// The other stores that it came from, sorted; empty when this store had it first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

impl EntryRecord {
    /// An entry of which only its words and their origin are known.
    pub fn new(id: EntryId, path: MemoryPath, text: String, origin: Origin) -> Self {
        Self {
            id,
            path,
            text,
            origin,
            finder: None,
            kind: None,
            trust: Trust::Agent,
            tier: Tier::Short,
            subject: None,
            principal: None,
            evidence: Vec::new(),
            support: Support::default(),
            valid_from: None,
            valid_to: None,
            last_seen: None,
            supersedes: Vec::new(),
            maybe_from: None,
            retired: None,
            sources: Vec::new(),
        }
    }
}

/// Another store that had the same statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "EntrySource"))]
pub struct Source {
    /// The name under which that store was taken in.
    pub store: String,
    /// The first 16 hexadecimal digits of the digest of the statement as it came.
    ///
    /// See [`crate::key::key`].
    pub key: String,
}

/// What is known about a memory as a whole, so that a change to it can be noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryRecord {
    /// Where it is.
    pub path: MemoryPath,
    /// Salted digest of its text.
    ///
    /// See [`crate::snapshot::memory_digest`].
    pub digest: Digest,
    /// When its text was last written, by its source. Kept while the text stays the same, so that
    /// copying a file does not make it new.
    pub observed_at: Option<Time>,
}

/// How widely something is supported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Support {
    /// Distinct sessions; copies of one source count once.
    ///
    /// See [`crate::roots`].
    pub sessions: u64,
    /// Distinct agents.
    pub agents: u64,
    /// Distinct UTC days.
    pub days: u64,
}

/// One row of the ledger, as hosts store it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerRow {
    /// `distilled/<digest>`, `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`.
    pub key: String,
    /// Canonical JSON.
    pub value: Vec<u8>,
}

/// A change of one row: the new value, or `None` when the row goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowWrite {
    /// As in [`LedgerRow::key`].
    pub key: String,
    /// The new value: canonical JSON.
    pub value: Option<Vec<u8>>,
}

/// The session records of a store, by id.
pub type Sessions = Rows<SessionId, SessionRecord>;

/// What a model said of pairs of texts, by the digest of both.
pub type Pairs = Rows<Digest, PairRecord>;

/// All records of a store at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What a model wrote from findings, by the digest of kind and words.
    pub distilled: Distillate,
    /// Entries, active and retired, by id.
    pub entries: Rows<EntryId, EntryRecord>,
    /// Memories, by path.
    pub memories: Rows<MemoryPath, MemoryRecord>,
    /// Pairs of texts that a model compared, by the digest of both.
    pub pairs: Pairs,
    /// Sessions read, by id.
    pub sessions: Sessions,
}

const DISTILLED: &str = "distilled/";
const ENTRY: &str = "entry/";
const MEMORY: &str = "memory/";
const PAIR: &str = "pair/";
const SESSION: &str = "session/";

impl Ledger {
    /// Adds one stored row.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] when the row is not a ledger record or occurs twice.
    pub fn insert(&mut self, record: &LedgerRow) -> Result<(), EngineError> {
        if let Some(id) = record.key.strip_prefix(ENTRY) {
            insert(&mut self.entries, id, record, |entry| &entry.id)
        } else if let Some(path) = record.key.strip_prefix(MEMORY) {
            insert(&mut self.memories, path, record, |memory| &memory.path)
        } else if let Some(key) = record.key.strip_prefix(DISTILLED) {
            insert(&mut self.distilled, key, record, |row| &row.key)
        } else if let Some(key) = record.key.strip_prefix(PAIR) {
            insert(&mut self.pairs, key, record, |pair| &pair.key)
        } else if let Some(id) = record.key.strip_prefix(SESSION) {
            insert(&mut self.sessions, id, record, |session| &session.id)
        } else {
            Err(unusable(&record.key, MISNAMED))
        }
    }

    /// Moves the rows of `other` in: all of them or, when a key is there already, none.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] with the first key that both have.
    pub fn merge(&mut self, other: Self) -> Result<(), EngineError> {
        let twice = shared(DISTILLED, &self.distilled, &other.distilled)
            .or_else(|| shared(ENTRY, &self.entries, &other.entries))
            .or_else(|| shared(MEMORY, &self.memories, &other.memories))
            .or_else(|| shared(PAIR, &self.pairs, &other.pairs))
            .or_else(|| shared(SESSION, &self.sessions, &other.sessions));
        if let Some(key) = twice {
            return Err(unusable(&key, TWICE));
        }
        self.distilled.merge(other.distilled);
        self.entries.merge(other.entries);
        self.memories.merge(other.memories);
        self.pairs.merge(other.pairs);
        self.sessions.merge(other.sessions);
        Ok(())
    }

    /// All rows, sorted by key.
    ///
    /// # Errors
    /// [`CanonicalError`] when a number is out of range, which no record of this engine has.
    pub fn records(&self) -> Result<Vec<LedgerRow>, CanonicalError> {
        let (_, writes) = Self::default().delta(self)?;
        let record = |row: RowWrite| Some(LedgerRow { key: row.key, value: row.value? });
        Ok(writes.into_iter().filter_map(record).collect())
    }

    /// The digest over all rows: over each key and the digest of its bytes.
    ///
    /// # Errors
    /// As [`Ledger::records`].
    pub fn root(&self) -> Result<Digest, CanonicalError> {
        Ok(self.delta(self)?.0)
    }

    /// The root of `newer`, and the row changes that turn `self` into it, sorted by key. Only
    /// changed rows are written out, once for root and changes.
    ///
    /// # Errors
    /// As [`Ledger::records`].
    pub fn delta(&self, newer: &Self) -> Result<(Digest, Vec<RowWrite>), CanonicalError> {
        let mut to = Delta::default();
        to.rows(DISTILLED, &self.distilled, &newer.distilled)?;
        to.rows(ENTRY, &self.entries, &newer.entries)?;
        to.rows(MEMORY, &self.memories, &newer.memories)?;
        to.rows(PAIR, &self.pairs, &newer.pairs)?;
        to.rows(SESSION, &self.sessions, &newer.sessions)?;
        Ok((to.hash.digest(), to.writes))
    }

    /// The cursor: a digest of which sessions were read, and how far. Two ledgers have the same
    /// cursor exactly when a dream over the second has read nothing that the first did not know.
    pub fn cursor(&self) -> Digest {
        let mut hash = Hasher::default();
        for session in self.sessions.values() {
            hash.part(session.id.as_str().as_bytes());
            hash.part(&count(session.parts.len()).to_be_bytes());
            for part in &session.parts {
                hash.part(part.name.as_bytes());
                hash.part(&part.bytes.to_be_bytes());
            }
        }
        hash.digest()
    }

    /// Removes entries, and the references that other entries have to them.
    pub fn forget(&mut self, gone: &Set<EntryId>) {
        self.entries.retain(|id, _| !gone.contains(id));
        let names_one = |entry: &EntryRecord| {
            let by = entry.retired.as_ref().and_then(|retired| retired.superseded_by.as_ref());
            entry.supersedes.iter().chain(&entry.maybe_from).chain(by).any(|id| gone.contains(id))
        };
        self.entries.update(|entry| {
            let mut entry = names_one(entry).then(|| entry.clone())?;
            entry.supersedes.retain(|other| !gone.contains(other));
            entry.maybe_from.take_if(|other| gone.contains(other));
            if let Some(retired) = &mut entry.retired {
                retired.superseded_by.take_if(|other| gone.contains(other));
            }
            Some(entry)
        });
    }

    /// The entries that are in the store.
    pub fn active(&self) -> impl Iterator<Item = &EntryRecord> {
        self.entries.values().filter(|e| e.retired.is_none())
    }
}

const MISNAMED: &str = " has a key that does not fit it";
const TWICE: &str = " occurs twice";

fn unusable(key: &str, why: &str) -> EngineError {
    EngineError::snapshot(key, format!("ledger record `{key}`{why}"))
}

/// The first key of one sort of rows that two ledgers share.
fn shared<K: Display + Ord, V: Clone>(
    sort: &str,
    ours: &Rows<K, V>,
    theirs: &Rows<K, V>,
) -> Option<String> {
    theirs.keys().find(|key| ours.contains_key(key)).map(|key| format!("{sort}{key}"))
}

/// Adds a row to the rows of its sort; its key ends in `name`.
fn insert<K: Clone + Display + Ord, V: Clone + Readable>(
    rows: &mut Rows<K, V>,
    name: &str,
    row: &LedgerRow,
    key: fn(&V) -> &K,
) -> Result<(), EngineError> {
    let broken = |error| unusable(&row.key, &format!(": {error}"));
    let value: V = canonical::from_bytes(&row.value).map_err(broken)?;
    let found = key(&value).clone();
    if found.to_string() != name {
        return Err(unusable(&row.key, MISNAMED));
    }
    match rows.load(found, value, canonical::digest(&row.value)) {
        true => Ok(()),
        false => Err(unusable(&row.key, TWICE)),
    }
}

/// The differences of one ledger to a newer one.
#[derive(Default)]
struct Delta {
    /// The hash over all rows of the newer one so far.
    hash: Hasher,
    writes: Vec<RowWrite>,
}

impl Delta {
    /// Adds the rows of one sort that were removed, added or changed.
    fn rows<K: Ord + Display, V: Clone + PartialEq + Serialize>(
        &mut self,
        sort: &str,
        old: &Rows<K, V>,
        new: &Rows<K, V>,
    ) -> Result<(), CanonicalError> {
        let first = self.writes.len();
        for key in old.keys().filter(|key| !new.contains_key(key)) {
            self.writes.push(RowWrite { key: format!("{sort}{key}"), value: None });
        }
        for (key, record) in new.iter() {
            let name = format!("{sort}{key}");
            self.hash.part(name.as_bytes());
            if let Some(digest) = old.digest(new, key) {
                self.hash.part(digest.as_str().as_bytes());
                continue;
            }
            let bytes = canonical::to_bytes(record)?;
            self.hash.part(canonical::digest(&bytes).as_str().as_bytes());
            if !old.agrees(new, key) {
                self.writes.push(RowWrite { key: name, value: Some(bytes) });
            }
        }
        sort::all(self.writes.get_mut(first..).unwrap_or_default());
        Ok(())
    }
}
