//! A change before it is gated.

use std::ops::{Deref, DerefMut};

use dreaming_records::candidate::{Candidate, without_name};
use dreaming_records::distilled::statement;
use dreaming_records::ids::{ChangeId, Digest, EntryId};
use dreaming_records::ledger::{EntryRecord, Finder, Support, Tier};
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Cause, Change, Gate, Operation, Rejected, Stage, Target};
use dreaming_records::policy::{self, Policy};
use dreaming_records::score::Score;
use dreaming_records::trust::Trust;

use crate::identity::Located;
use crate::review_reason::Doubt;

/// Whether a candidate is added, or takes the place of what a model wrote, only after a model has
/// written statements from all findings. A newer value is not held back.
pub(crate) fn waits(candidate: &Candidate, policy: &Policy) -> bool {
    candidate.finder == Finder::Model
        && candidate.worth.is_none()
        && policy.number(&policy::DISTIL_CALLS) > 0
}

/// What a stage of planning would do, and why: a change whose id, score, tier and gate
/// [`crate::gate::decide`] sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    change: Change,
    /// Why a person has to look at the change, the most important reason first; empty when the
    /// stage sees none.
    pub doubts: Vec<Doubt>,
    /// Whether a rejection is final: no later dream proposes the change again, even with new
    /// evidence.
    pub stays_rejected: bool,
    /// Whether the change is not proposed until a model has written statements from all findings.
    pub waits: bool,
}

impl Draft {
    /// A draft about entries of the store, without words from any session.
    pub(crate) fn about_entries(operation: Operation, cause: Cause, first: &Located) -> Self {
        let record = &first.record;
        let mut change = blank(operation, cause, first.path.clone());
        change.kind = record.kind;
        change.targets = vec![target(first)];
        change.support = record.support;
        change.trust = record.trust;
        change.subject.clone_from(&record.subject);
        change.principal.clone_from(&record.principal);
        change.valid_from = record.valid_from;
        change.last_seen = record.last_seen;
        Self::from(change)
    }

    /// A draft that takes up a candidate at `path`.
    pub(crate) fn of_candidate(
        operation: Operation,
        cause: Cause,
        path: MemoryPath,
        c: &Candidate,
    ) -> Self {
        let mut change = blank(operation, cause, path);
        change.kind = Some(c.kind);
        change.text = Some(c.text.clone());
        change.evidence.clone_from(&c.evidence);
        change.support = c.support;
        change.trust = c.trust;
        change.subject.clone_from(&c.subject);
        change.principal.clone_from(&c.principal);
        change.valid_from = c.last;
        change.last_seen = c.last;
        let mut draft = Self::from(change);
        // A doubt that stands whatever support, trust and policy are.
        draft.doubts.extend(match c.finder {
            Finder::Host => Some(Doubt::FoundByHost),
            Finder::Miner | Finder::Model => None,
        });
        draft
    }

    /// This draft with one more doubt, after those that it has.
    pub(crate) fn doubted(mut self, doubt: Doubt) -> Self {
        self.doubts.push(doubt);
        self
    }

    /// The digest of the words that the draft would write, without a person's name; `None` when it
    /// would write none or has no kind.
    pub(crate) fn statement(&self) -> Option<Digest> {
        let words = without_name(self.text.as_deref()?, self.principal.as_deref());
        Some(statement(self.kind?, words))
    }

    /// The record of this draft as turned down, for this reason.
    pub(crate) fn rejected(self, reason: &str) -> Rejected {
        let Change { text, evidence, .. } = self.change;
        Rejected::new(Stage::Reconcile, reason, &text.unwrap_or_default(), evidence)
    }

    /// The change, to be decided about.
    pub(crate) fn into_change(self) -> Change {
        self.change
    }

    /// The entries that the draft takes out of the store, rewrites or keeps.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &EntryId> {
        self.targets.iter().chain(&self.survivor).map(|target| &target.entry)
    }
}

/// A draft without doubts that does what `change` does, with its evidence.
impl From<Change> for Draft {
    fn from(change: Change) -> Self {
        Self { change, doubts: Vec::new(), stays_rejected: false, waits: false }
    }
}

impl Deref for Draft {
    type Target = Change;

    fn deref(&self) -> &Change {
        &self.change
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut Change {
        &mut self.change
    }
}

/// The entry as a plan names it.
pub(crate) fn target(located: &Located) -> Target {
    let known = target_of(&located.record);
    Target { path: located.path.clone(), line: located.piece.line, ..known }
}

/// The entry of a record, which may have left the store, in the first line of its memory.
pub(crate) fn target_of(record: &EntryRecord) -> Target {
    let EntryRecord { id, path, text, .. } = record;
    let (entry, path, text) = (id.clone(), path.clone(), text.clone());
    Target { entry, path, line: 1, below: Vec::new(), text }
}

/// A change with operation, cause and path and nothing else. Its gate is `blocked`, so that it is
/// never applied unless somebody decides about it.
fn blank(operation: Operation, cause: Cause, path: MemoryPath) -> Change {
    Change {
        id: ChangeId::default(),
        operation,
        path,
        kind: None,
        targets: Vec::new(),
        survivor: None,
        after: None,
        step: false,
        text: None,
        cause,
        because: String::new(),
        evidence: Vec::new(),
        support: Support::default(),
        trust: Trust::External,
        tier: Tier::Short,
        subject: None,
        principal: None,
        valid_from: None,
        last_seen: None,
        score: Score::default(),
        gate: Gate::Blocked,
        gate_reason: String::new(),
        alone: false,
        needs: Vec::new(),
    }
}

/// Why a candidate may become a change, as a sentence with the numbers of its support.
pub(crate) fn because(candidate: &Candidate) -> String {
    let Support { sessions, agents, days } = candidate.support;
    let count = |n: u64, one: &str| {
        if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
    };
    let place = format!(
        "{} ({}, {})",
        count(sessions, "session"),
        count(days, "day"),
        count(agents, "agent")
    );
    match &candidate.replaces {
        Some(r) if r.shown => {
            format!("`{}` failed and `{}` worked in {place}.", r.wrong, r.right)
        }
        _ if candidate.finder == Finder::Host => {
            format!("An extractor of the host found it in {place}.")
        }
        Some(_) if candidate.trust < Trust::User => {
            format!("A newer value, but not from a person's own words alone: {place}.")
        }
        Some(_) => format!("A newer value was stated in {place}."),
        None if candidate.worth == Some(true) => {
            format!(
                "A model that saw all that was found wants it kept, on the evidence of {place}."
            )
        }
        None if candidate.finder == Finder::Model => format!("A model distilled it from {place}."),
        None if candidate.trust == Trust::User => format!("A person said so in {place}."),
        None => {
            let calls = candidate.calls.map_or_else(String::new, |calls| {
                let of = count(calls.made, "call");
                format!(" Of {of} that were made, {} failed.", calls.failed)
            });
            format!("It recurred in {place}.{calls}")
        }
    }
}

/// The trust of a rewritten entry: the lower of the entry's and the candidate's, because its words
/// come from both.
pub(crate) fn lineage(candidate: &Candidate, entry: &Located) -> Trust {
    candidate.trust.min(entry.record.trust)
}
