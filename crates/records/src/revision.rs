//! Revisions: a hash chain of records, with the decisions that led to them.

use serde::Serialize;

use crate::canonical::{self, CanonicalError, Readable};
use crate::error::EngineError;
use crate::evidence::Evidence;
use crate::figures::Figures;
use crate::fingerprint::Fingerprint;
use crate::ids::{ChangeId, Digest, RevisionId};
use crate::ledger::RowWrite;
use crate::memory::MemoryPath;
use crate::time::Time;

/// Name and version of the format of a revision record.
pub const REVISION_FORMAT: &str = "dreaming.revision/1";

/// How a revision came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum RevisionKind {
    /// The store as it was first seen.
    Import,
    /// What people and agents changed between dreams.
    Edit,
    /// A plan, applied in whole or in part.
    Dream,
    /// The state of an earlier revision, restored.
    Revert,
    /// A session or an entry, erased at a person's wish.
    Erase,
    /// Memories of another store, taken in.
    Gather,
    /// Changes that were rejected, open again at a person's wish.
    Reopen,
}

/// What was decided about one change, kept so that a rejected change returns only with new
/// evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The change.
    pub change: ChangeId,
    /// Whether it was applied; otherwise it was rejected.
    pub accepted: bool,
    /// The evidence that the change had: for each piece a digest of event and quote, sorted.
    pub evidence: Vec<Digest>,
    /// When it was applied in other words: the salted digest of these words, made like that of a
    /// memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Digest>,
    /// Whether the rejection was taken back. The next dream that finds the change proposes it again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reopened: bool,
}

impl Verdict {
    /// Whether the change stays away until it has new evidence.
    pub fn rejects(&self) -> bool {
        !self.accepted && !self.reopened
    }
}

/// The record of a revision. The digest of its canonical bytes is its id, and the next revision
/// names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevisionRecord {
    /// The format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = REVISION_FORMAT)))]
    pub format: String,
    /// 1 for the first revision; each later one adds 1.
    pub number: u64,
    /// The revision before; `None` for the first.
    pub parent: Option<RevisionId>,
    /// How it came about.
    pub kind: RevisionKind,
    /// The host's time when it was made.
    pub now: Time,
    /// The engine that made it.
    pub fingerprint: Fingerprint,
    /// Digest of the memories.
    ///
    /// See [`crate::Snapshot::memories_root`].
    pub memories: Digest,
    /// Root of the ledger.
    pub ledger: Digest,
    /// Digest of the plan, for a dream.
    pub plan: Option<Digest>,
    /// The revision whose state was restored, for a revert.
    pub restores: Option<RevisionId>,
    /// The decisions, by change.
    pub verdicts: Vec<Verdict>,
    /// For a dream that changed something: its figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// For a dream: digest of the sessions that had been read when it was applied. A later dream
    /// with the same digest has read nothing new.
    ///
    /// See [`crate::ledger::Ledger::cursor`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Digest>,
    /// Who decided; empty when nobody had to decide.
    pub reviewer: String,
    /// Why, in the reviewer's words.
    pub note: String,
}

/// Which changes to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All with gate `auto`, except those that [need](crate::plan::Change::needs) one that is not
    /// accepted.
    Auto,
    /// All that are not blocked, except those that are accepted
    /// [alone](crate::plan::Change::alone) and those that
    /// [need](crate::plan::Change::needs) one that is rejected or applied in other words.
    All,
    /// These.
    Only(Vec<ChangeId>),
}

/// Other words for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewording {
    /// The change; it must write text and be accepted.
    pub change: ChangeId,
    /// The statement that is written in place of the change's text.
    pub text: String,
}

/// A decision about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The changes that are applied.
    pub accept: Selection,
    /// The changes that are rejected. Changes that are neither accepted nor rejected stay open.
    pub reject: Vec<ChangeId>,
    /// Accepted changes that are applied in the reviewer's words.
    pub edits: Vec<Rewording>,
    /// Who decided.
    pub reviewer: String,
    /// Why.
    pub note: String,
    /// When.
    pub now: Time,
}

/// A change of one memory: the new text, or `None` when the memory is deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryWrite {
    /// The memory.
    pub path: MemoryPath,
    /// The new text.
    pub text: Option<String>,
    /// When the new text was last written, by the sources of its statements.
    pub observed_at: Option<Time>,
}

/// What a host has to store for a revision, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    /// The revision that it builds on.
    pub base: Option<RevisionId>,
    /// Its id.
    pub id: RevisionId,
    /// Its record.
    pub record: RevisionRecord,
    /// The canonical bytes of the record.
    pub bytes: Vec<u8>,
    /// The memories that change, by path.
    pub memories: Vec<MemoryWrite>,
    /// The ledger rows that change, by key.
    pub ledger: Vec<RowWrite>,
}

impl RevisionRecord {
    /// The canonical bytes.
    ///
    /// # Errors
    /// [`CanonicalError`] when a number is out of range.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }

    /// Reads what [`RevisionRecord::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] when the bytes are no record of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let unusable = |why: String| EngineError::document("record", why);
        let broken = |error| unusable(format!("not a revision record: {error}"));
        let record: Self = canonical::from_bytes(bytes).map_err(broken)?;
        if record.format != REVISION_FORMAT {
            return Err(unusable(format!(
                "revision record has the form `{}`, this engine reads `{REVISION_FORMAT}`",
                record.format
            )));
        }
        Ok(record)
    }

    /// The id: the digest of the canonical bytes.
    ///
    /// # Errors
    /// As [`RevisionRecord::to_bytes`].
    pub fn id(&self) -> Result<RevisionId, CanonicalError> {
        Ok(RevisionId::new(canonical::digest(&self.to_bytes()?).as_str()))
    }

    /// Checks that the record follows `parent` (`None` = it is the first) and returns its id.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] with what does not fit.
    pub fn verify(&self, parent: Option<&Self>) -> Result<RevisionId, EngineError> {
        let broken = |reason: &str| {
            let number = self.number;
            let why = format!("revision {number} does not follow the revision before it: {reason}");
            Err(EngineError::document("record", why))
        };
        let expected = match parent {
            Some(parent) => (parent.number + 1, Some(parent.id()?)),
            None => (1, None),
        };
        if self.number != expected.0 {
            return broken("the number is not the next one");
        }
        if self.parent != expected.1 {
            return broken("it names another parent");
        }
        Ok(self.id()?)
    }
}

/// The digest by which a review recognises a piece of evidence: over event and quote but not the
/// place, so that a grown or copied transcript is no new evidence. Where the transcript gives
/// events no id, the session's id is used.
pub fn evidence_digest(evidence: &Evidence) -> Digest {
    let session = match evidence.event.starts_with("line-") {
        true => evidence.session.as_str(),
        false => "",
    };
    canonical::digest_parts([
        session.as_bytes(),
        evidence.event.as_bytes(),
        evidence.quote_digest.as_str().as_bytes(),
    ])
}
