//! A change before it is scored and gated.

use crate::candidate::Candidate;
use crate::evidence::Evidence;
use crate::ids::EntryId;
use crate::kind::Kind;
use crate::ledger::{EntryRecord, Support};
use crate::memory::MemoryPath;
use crate::plan::{Cause, Change, Operation, Target};
use crate::read::identity::Located;
use crate::time::Time;
use crate::trust::Trust;

/// What a stage would do, and why. Score, tier, gate and id are added by [`crate::gate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// As in [`crate::plan::Change`], like all fields that are not described here.
    pub operation: Operation,
    /// See the type.
    pub path: MemoryPath,
    /// See the type.
    pub kind: Option<Kind>,
    /// See the type.
    pub targets: Vec<Target>,
    /// See the type.
    pub survivor: Option<Target>,
    /// See the type.
    pub text: Option<String>,
    /// See the type.
    pub cause: Cause,
    /// See the type.
    pub because: String,
    /// See the type.
    pub evidence: Vec<Evidence>,
    /// See the type.
    pub support: Support,
    /// See the type.
    pub trust: Trust,
    /// See the type.
    pub subject: Option<String>,
    /// See the type.
    pub principal: Option<String>,
    /// See the type.
    pub valid_from: Option<Time>,
    /// See the type.
    pub last_seen: Option<Time>,
    /// Why a person has to look at it; `None` when the stage sees no reason.
    pub doubt: Option<String>,
}

impl Draft {
    /// A draft about entries of the store, without words from any session.
    pub fn about_entries(operation: Operation, cause: Cause, first: &Located) -> Self {
        let record = &first.record;
        Self {
            operation,
            path: first.path.clone(),
            kind: record.kind,
            targets: vec![target(first)],
            survivor: None,
            text: None,
            cause,
            because: String::new(),
            evidence: Vec::new(),
            support: record.support,
            trust: record.trust,
            subject: record.subject.clone(),
            principal: record.principal.clone(),
            valid_from: record.valid_from,
            last_seen: record.last_seen,
            doubt: None,
        }
    }

    /// A draft that takes up a candidate at `path`.
    pub fn of_candidate(
        operation: Operation,
        cause: Cause,
        path: MemoryPath,
        c: &Candidate,
    ) -> Self {
        Self {
            operation,
            path,
            kind: Some(c.kind),
            targets: Vec::new(),
            survivor: None,
            text: Some(c.text.clone()),
            cause,
            because: String::new(),
            evidence: c.evidence.clone(),
            support: c.support,
            trust: c.trust,
            subject: c.subject.clone(),
            principal: c.principal.clone(),
            valid_from: c.last,
            last_seen: c.last,
            doubt: None,
        }
    }

    /// A draft for the sake of another change, with its evidence.
    pub fn of_change(change: &Change) -> Self {
        Self {
            operation: change.operation,
            path: change.path.clone(),
            kind: change.kind,
            targets: change.targets.clone(),
            survivor: change.survivor.clone(),
            text: change.text.clone(),
            cause: change.cause,
            because: change.because.clone(),
            evidence: change.evidence.clone(),
            support: change.support,
            trust: change.trust,
            subject: change.subject.clone(),
            principal: change.principal.clone(),
            valid_from: change.valid_from,
            last_seen: change.last_seen,
            doubt: None,
        }
    }

    /// The entries that it takes out of the store or rewrites.
    pub fn touched(&self) -> impl Iterator<Item = &EntryId> {
        self.targets.iter().chain(&self.survivor).map(|target| &target.entry)
    }
}

/// The entry as a plan names it.
pub fn target(located: &Located) -> Target {
    let EntryRecord { id, text, .. } = &located.record;
    Target {
        entry: id.clone(),
        path: located.path.clone(),
        line: located.piece.line,
        text: text.clone(),
    }
}
