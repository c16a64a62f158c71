//! The plan of a dream: what would change, why, and what was turned down.

mod cause;
mod id;
mod sessions;

use serde::Serialize;

use crate::canonical::{self, CanonicalError, Readable};
use crate::case_words::words;
use crate::distilled::Distilled;
use crate::error::EngineError;
use crate::evidence::Evidence;
use crate::finding_result::Look;
use crate::fingerprint::{Fingerprint, Head};
use crate::ids::{ChangeId, Digest, EntryId, RevisionId};
use crate::kind::Kind;
use crate::ledger::{EntryRecord, Support, Tier};
use crate::memory::MemoryPath;
use crate::pair::PairRecord;
use crate::policy::Policy;
use crate::score::Score;
use crate::session_record::SessionRecord;
use crate::time::Time;
use crate::trust::Trust;

pub use cause::Cause;
pub use sessions::{SessionOutcome, SessionResult};

/// Name and version of the format of a plan. A reader refuses any other.
pub const PLAN_FORMAT: &str = "dreaming.plan/1";

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A new entry at the end of the first section of a memory that has a list.
    Add,
    /// Entries that say the same become one.
    Merge,
    /// A newer value takes the place of an older one.
    Supersede,
    /// The wording changes, the meaning does not (a secret is cut out).
    Revise,
    /// An entry leaves the store.
    Retire,
}

words!(Operation: Add "add", Merge "merge", Supersede "supersede", Revise "revise",
    Retire "retire");

/// Whether a change may be applied unattended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Yes.
    Auto,
    /// Only when a person accepts it.
    Review,
    /// Never; it is listed so that nothing is turned down in silence.
    Blocked,
}

/// An entry that a change is about, as it was in the base revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// Its id.
    pub entry: EntryId,
    /// The memory that holds it.
    pub path: MemoryPath,
    /// The line of the memory on which it starts, counted from 1.
    pub line: u64,
    /// What it stands below, outermost first, without secrets: headings, the line that introduces
    /// its list, the items around it. They may say of whom or when it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub below: Vec<String>,
    /// Its text.
    pub text: String,
}

/// A change as the plan holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PlanChange"))]
pub struct Change {
    /// Digest of operation, targets, survivor and new text; without targets also of the memory, for what is written
    /// after an entry of that which dreams keep for its kind.
    ///
    /// See [`Change::derived_id`].
    pub id: ChangeId,
    /// What is done.
    pub operation: Operation,
    /// The memory that is written.
    pub path: MemoryPath,
    /// What sort of statement it is about, when known.
    pub kind: Option<Kind>,
    /// The entries that go or are rewritten, sorted; empty for an addition.
    pub targets: Vec<Target>,
    /// For a merge: the entry that stays. For a supersede: the entry that already has the newer
    /// value; `None` when the change writes the value, or those that it needs do.
    pub survivor: Option<Target>,
    /// For an addition: the entry after which it is written, as the next item of its list; at the end of its
    /// section where that is no item, or a task, or a step and the addition is none (`step`). `None`: at the end of the first list of the memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Target>,
    /// Whether it is written as the next step of that entry's numbered list, which then counts on from it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub step: bool,
    /// The new text; `None` when nothing is written.
    pub text: Option<String>,
    /// Why it is proposed.
    pub cause: Cause,
    /// Why, as a sentence.
    pub because: String,
    /// The evidence for it, sorted. Empty only when the change concerns entries of the store alone;
    /// these are in `targets`.
    pub evidence: Vec<Evidence>,
    /// Distinct sessions, agents and days behind it.
    pub support: Support,
    /// The trust of the result: never above the lowest of its sources.
    pub trust: Trust,
    /// The tier of the result.
    pub tier: Tier,
    /// The subject whose value it sets, when known.
    pub subject: Option<String>,
    /// Whose preference it is, when scoped.
    pub principal: Option<String>,
    /// When the new value begins to hold, by its source.
    pub valid_from: Option<Time>,
    /// Time of the newest evidence, by its source.
    pub last_seen: Option<Time>,
    /// The score, part by part.
    pub score: Score,
    /// Whether it may be applied unattended.
    pub gate: Gate,
    /// Why it has that gate.
    pub gate_reason: String,
    /// Whether a person has to accept it by its id: accepting all leaves it out. So are changes
    /// that only a model noticed in one session, advice that deletes, forces or skips a check, newer
    /// words that only a page, a file or a tool says, what was written in the place of a line that nobody may take out, and
    /// what needs one of these.
    ///
    /// Of 223 statements that a model noticed, readers wanted 88 (docs/evaluation.md).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// The changes of this plan without which it is not applied, sorted: those that write what the
    /// targets say in other words, or one of what was written when a model left the targets. Empty
    /// for most changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<ChangeId>,
}

/// The new support of an entry: more, because sessions say the same; less, because sessions were
/// withdrawn; or another tier, because a conflict about it was opened or decided. Changes only the
/// ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reinforcement {
    /// The entry.
    pub entry: EntryId,
    /// Its evidence from now on, sorted, bounded by the policy.
    pub evidence: Vec<Evidence>,
    /// Its support from now on.
    pub support: Support,
    /// Its tier from now on.
    pub tier: Tier,
    /// Its last-seen time from now on.
    pub last_seen: Option<Time>,
}

impl Reinforcement {
    /// The current support of an entry.
    pub fn of(record: &EntryRecord) -> Self {
        Self {
            entry: record.id.clone(),
            evidence: record.evidence.clone(),
            support: record.support,
            tier: record.tier,
            last_seen: record.last_seen,
        }
    }
}

/// Two statements about one subject of which neither is known to be newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenConflict {
    /// What both are about.
    pub subject: String,
    /// The entry of the store.
    pub entry: Target,
    /// The other entry, when the store disagrees with itself; `None` when the other statement is
    /// from a session.
    pub other: Option<Target>,
    /// The other statement.
    pub text: String,
    /// The evidence for the other statement.
    pub evidence: Vec<Evidence>,
    /// Why it could not be decided.
    pub reason: String,
}

/// The stages that turn something down, in alphabetical order of their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The check of a model's words against the session that is being read.
    Check,
    /// Decisions of people on earlier plans.
    Gate,
    /// Shortening an index that is too long.
    Index,
    /// Mining of session records.
    Mine,
    /// Entries or additions for which there is no room.
    Prune,
    /// Comparing candidates with the store.
    Reconcile,
    /// The settings by which a person excludes things.
    Steer,
}

words!(Stage: Check "check", Gate "gate", Index "index", Mine "mine", Prune "prune",
    Reconcile "reconcile", Steer "steer");

/// What was turned down, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejected {
    /// The stage that turned it down.
    pub stage: Stage,
    /// Why, as a stable word such as `quote-not-found`.
    pub reason: String,
    /// What it was, redacted and cut to 300 bytes.
    pub text: String,
    /// The words of it that made it fall, such as a value without a source, when it was no more
    /// than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub piece: Option<String>,
    /// The evidence for it, when known.
    pub evidence: Vec<Evidence>,
}

/// Reason for holding a model's proposal back until a model has written from all findings together.
pub const WAITS_TO_BE_WRITTEN: &str = "waits-to-be-written";

impl Rejected {
    /// Longest text, in bytes. Chosen by us: enough to recognise it.
    const MAX_TEXT: usize = 300;

    /// A record of what was turned down, with its text cut.
    pub fn new(stage: Stage, reason: &str, text: &str, evidence: Vec<Evidence>) -> Self {
        let text = Self::cut(text).into();
        Self { stage, reason: reason.into(), text, piece: None, evidence }
    }

    /// The same with the words that made it fall. `text`: the whole text, redacted; words that it
    /// does not have are left out, since they may be of a secret.
    #[must_use]
    pub fn because_of(self, piece: Option<&str>, text: &str) -> Self {
        let piece = piece.filter(|piece| !piece.is_empty() && text.contains(piece));
        Self { piece: piece.map(|piece| Self::cut(piece).into()), ..self }
    }

    /// A text cut to the length that is kept.
    pub fn cut(text: &str) -> &str {
        dreaming_text::cut(text, Self::MAX_TEXT)
    }
}

/// The plan of a dream: what would change and why, and what was turned down.
///
/// A document: write it with [`Plan::to_bytes`] and keep those bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// The format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = PLAN_FORMAT)))]
    pub format: String,
    /// The engine that made it.
    pub fingerprint: Fingerprint,
    /// The revision that it was made for; `None` = a store without revisions.
    pub base: Option<RevisionId>,
    /// Digest of the memories that it was made for.
    pub memories: Digest,
    /// Root of the ledger that it was made for.
    pub ledger: Digest,
    /// The `now` of the dream.
    pub now: Time,
    /// The settings of the dream that differ from their defaults.
    pub policy: Policy,
    /// Digest of the instructions of the dream.
    pub instructions: Digest,
    /// Digest of the candidates that a host brought, when the plan was made of those and not of
    /// sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Digest>,
    /// The sessions of the request with what became of them, by id.
    pub sessions: Vec<SessionResult>,
    /// What a model answered about pairs of statements of the store in this dream, by key. The
    /// ledger stores it, whatever is accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<PairRecord>,
    /// What a model wrote from all findings together, by key. The ledger stores it, whatever is
    /// accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub distilled: Vec<Distilled>,
    /// The results for findings that none of these statements covers, by statement. The ledger
    /// stores them, whatever is accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub looked: Vec<Look>,
    /// What would change, in the order in which it is applied: by path, position, id.
    pub changes: Vec<Change>,
    /// Changed support of existing entries, by entry.
    pub reinforcements: Vec<Reinforcement>,
    /// What a person has to decide.
    pub conflicts: Vec<OpenConflict>,
    /// What was turned down.
    pub rejected: Vec<Rejected>,
}

impl Plan {
    /// The canonical bytes, with a digest over them as the field `digest`.
    ///
    /// # Errors
    /// [`CanonicalError`] when a number is out of range, which no plan of this engine has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_sealed(self)
    }

    /// Reads what [`Plan::to_bytes`] wrote, byte for byte.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] when the bytes are not a plan of this version, were changed
    /// since they were written, or a change's id does not follow from its content;
    /// [`EngineError::OtherEngine`] for a plan without a digest, which older engines wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let broken = |error| EngineError::document("plan", format!("not a plan: {error}"));
        let Head { format, fingerprint } = canonical::from_bytes(bytes).map_err(broken)?;
        if format != PLAN_FORMAT {
            let why = format!("plan has the form `{format}`, this engine reads `{PLAN_FORMAT}`");
            return Err(EngineError::document("plan", why));
        }
        if !canonical::is_sealed(bytes) {
            return Err(EngineError::OtherEngine(fingerprint.engine));
        }
        let plan: Self = canonical::from_sealed(bytes).map_err(broken)?;
        plan.check_ids()?;
        Ok(plan)
    }

    /// The changes that may be applied: all but the blocked ones.
    pub fn open_changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.gate != Gate::Blocked)
    }

    /// The records of the sessions that were read.
    pub fn read_sessions(&self) -> impl Iterator<Item = &SessionRecord> {
        self.sessions.iter().filter_map(|result| match &result.outcome {
            SessionOutcome::Read { record } => Some(&**record),
            SessionOutcome::Unchanged | SessionOutcome::Pending { .. } => None,
        })
    }
}
