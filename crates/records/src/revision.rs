//! Revisions: a hash chain of records, with the decisions that led to them.

use serde::Serialize;

use crate::canonical::{self, CanonicalError, Readable};
use crate::drift::Figures;
use crate::error::EngineError;
use crate::evidence::Evidence;
use crate::fingerprint::Fingerprint;
use crate::ids::{ChangeId, Digest, RevisionId};
use crate::ledger::RecordWrite;
use crate::memory::MemoryPath;
use crate::time::Time;

/// Name and version of the form of a revision record.
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
}

/// What was decided about one change, kept so that a rejected change returns only with new evidence.
///
/// Documents call it a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Verdict"))]
pub struct Review {
    /// The change.
    pub change: ChangeId,
    /// Whether it was applied; otherwise it was rejected.
    pub accepted: bool,
    /// The evidence that it had: a digest of session and quote for each piece, sorted.
    pub evidence: Vec<Digest>,
    /// When it was applied in other words: their salted digest, as memories have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Digest>,
}

/// The record of a revision. The digest of its canonical bytes is its id, and the next revision names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevisionRecord {
    /// The form.
    #[cfg_attr(feature = "schema", schemars(extend("const" = REVISION_FORMAT)))]
    pub format: String,
    /// 1 for the first revision, then one more each.
    pub number: u64,
    /// The revision before; `None` for the first.
    pub parent: Option<RevisionId>,
    /// How it came about.
    pub kind: RevisionKind,
    /// When, by the host.
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
    /// What was decided, by change.
    pub verdicts: Vec<Review>,
    /// For a dream that changed something: how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// For a dream: digest of the sessions that had been read when it was applied. A dream with the same one has read
    /// nothing new.
    ///
    /// See [`crate::ledger::Ledger::cursor`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Digest>,
    /// Who decided; empty when nobody had to.
    pub reviewer: String,
    /// Why, in the reviewer's words.
    pub note: String,
}

/// Which changes to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All with gate `auto`.
    Auto,
    /// All that are not blocked, but for those that are accepted [alone](crate::plan::Change::alone).
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
    /// The changes that are rejected. What is neither accepted nor rejected stays open.
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
    /// When the new text was last written, by the sources of what is in it.
    pub observed_at: Option<Time>,
}

/// What a host has to store, all or none, to make a revision.
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
    pub ledger: Vec<RecordWrite>,
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

/// The digest by which a review remembers a piece of evidence: event and quote, not the place, so
/// that a grown or copied transcript is no new evidence. Where the transcript gives events no id,
/// the session stands for it.
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
