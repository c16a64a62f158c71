//! Whether a change may be applied unattended. One place decides it for every draft.

mod losses;
mod writable;

pub use losses::{Losses, taken, warning};
pub use writable::edits;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming_records::canonical;
use dreaming_records::ids::{ChangeId, EntryId};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Tier;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Cause, Change, Gate, Operation, Target};
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;
use dreaming_text::sort;

use crate::charter::{Charter, Ruling};
use crate::fared::Fared;
use crate::identity::Located;
use crate::reconcile::draft::Draft;
use crate::scorer::{Scorer, Standing};
use crate::steer;
use crate::tier::tier;

/// What the gate looks at besides a draft.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The memories of the base.
    pub memories: &'a BTreeMap<MemoryPath, Memory>,
    /// Their entries, by id.
    pub places: BTreeMap<&'a EntryId, &'a Located>,
    /// How the sessions of the base and of the dream went.
    pub fared: Fared<'a>,
    /// The policy of the dream.
    pub policy: &'a Policy,
    /// Its charter.
    pub charter: Charter<'a>,
    /// Scores statements by the instructions and the `now` of the dream.
    pub scorer: Scorer,
    /// What dreams over the same sessions took out before.
    pub taken: Losses,
}

/// The entries by id, as [`Ground::places`] has them.
pub fn places(entries: &[Located]) -> BTreeMap<&EntryId, &Located> {
    sort::map(entries.iter().map(|entry| (&entry.record.id, entry)))
}

/// Turns drafts into changes: id, tier, score, and the gate of each by itself.
pub fn gate(drafts: Vec<Draft>, ground: &Ground<'_>) -> Vec<Change> {
    drafts.into_iter().map(|draft| decide(draft, ground)).collect()
}

/// Puts changes into the order in which they are applied (by path, position, id) and gates them
/// together: the loss cap, and what cannot be written side by side.
pub fn settle(changes: &mut Vec<Change>, ground: &Ground<'_>) {
    sort::by_cached_key(changes, |change| order(change, ground.policy));
    changes.dedup_by(|a, b| a.id == b.id);
    losses::hold(changes, ground);
    writable::settle(changes, ground);
}

/// By place; additions go to the end of a memory, what a person steers to and then the best established
/// first.
fn order(
    change: &Change,
    policy: &Policy,
) -> (MemoryPath, u64, Reverse<(bool, Tier, Trust)>, ChangeId) {
    let line = change.targets.first().map_or(u64::MAX, |target| target.line);
    let focus = change.text.as_deref().is_some_and(|text| steer::in_focus(text, policy));
    (change.path.clone(), line, Reverse((focus, change.tier, change.trust)), change.id.clone())
}

fn decide(draft: Draft, ground: &Ground<'_>) -> Change {
    let policy = ground.policy;
    let statement = draft
        .text
        .as_deref()
        .or(draft.targets.first().map(|target| target.text.as_str()))
        .unwrap_or("");
    let known = draft.targets.iter().filter_map(|target| ground.places.get(&target.entry));
    let evidence = known.flat_map(|entry| &entry.record.evidence).chain(&draft.evidence);
    let score = ground.scorer.score(&Standing {
        text: statement,
        support: draft.support,
        trust: draft.trust,
        credit: ground.fared.credit(statement, draft.kind, draft.trust, evidence),
        last_seen: draft.last_seen,
    });
    let ruling = ground.charter.rule(&draft);
    let (gate, gate_reason) = match (blocked(&draft, ground), ruling) {
        (Some(reason), _) | (None, Some(Ruling::Forbidden(reason))) => (Gate::Blocked, reason),
        (None, Some(Ruling::Doubtful(doubt))) => (Gate::Review, doubt),
        (None, None) => attended(&draft, policy),
    };
    let id = id(&draft);
    let tier = tier(draft.support, policy);
    let change = draft.into_change();
    Change { id, tier, score, gate, gate_reason, ..change }
}

/// Digest of operation, memory, targets, survivor and new text.
fn id(draft: &Draft) -> ChangeId {
    let text = draft.text.as_deref().unwrap_or("");
    let entries = draft.targets.iter().chain(&draft.survivor);
    let entries = entries.map(|t| t.entry.as_str().as_bytes());
    let head = [draft.operation.as_str().as_bytes(), draft.path.as_str().as_bytes()];
    let parts = head.into_iter().chain(entries).chain([text.as_bytes()]);
    ChangeId::from_digest(&canonical::digest_parts(parts))
}

/// Why nobody may apply the change.
fn blocked(draft: &Draft, ground: &Ground<'_>) -> Option<String> {
    let policy = ground.policy;
    let pinned = |path| has_pinned_path(path, policy);
    if pinned(&draft.path) || draft.targets.iter().any(|t| pinned(&t.path)) {
        return Some("the memory is pinned".into());
    }
    if draft.targets.iter().any(|t| has_pinned_id(&t.entry, policy)) {
        return Some("the entry is pinned".into());
    }
    let instructs = matches!(
        draft.kind,
        Some(Kind::Preference | Kind::Workflow | Kind::Practice | Kind::Heuristic)
    );
    if instructs && draft.trust < Trust::Agent {
        return Some("words from tools and pages cannot become instructions".into());
    }
    let removes = matches!(draft.operation, Operation::Merge | Operation::Retire)
        || draft.operation == Operation::Supersede && draft.text.is_none();
    let holds_others = |target: &Target| {
        ground.places.get(&target.entry).is_none_or(|entry| entry.piece.holds_others)
    };
    if removes && draft.targets.iter().any(holds_others) {
        return Some("other statements stand inside it".into());
    }
    None
}

/// Whether the policy keeps the entry as it is.
pub fn is_pinned(path: &MemoryPath, entry: &EntryId, policy: &Policy) -> bool {
    has_pinned_path(path, policy) || has_pinned_id(entry, policy)
}

fn has_pinned_path(path: &MemoryPath, policy: &Policy) -> bool {
    policy.texts(&policy::PINNED_PATHS).iter().any(|pin| {
        pin == path.as_str() || pin.ends_with('/') && path.as_str().starts_with(pin.as_str())
    })
}

fn has_pinned_id(entry: &EntryId, policy: &Policy) -> bool {
    policy.texts(&policy::PINNED_ENTRIES).iter().any(|pin| pin == entry.as_str())
}

/// Whether a person has to look at a change that could be written.
fn attended(draft: &Draft, policy: &Policy) -> (Gate, String) {
    let review = |reason: &str| (Gate::Review, reason.to_owned());
    if let Some(doubt) = &draft.doubt {
        return match draft.lifted_by.filter(|switch| policy.is_on(switch)) {
            Some(switch) => (Gate::Auto, format!("policy: {} is on ({doubt})", switch.name)),
            None => review(doubt),
        };
    }
    // What tools and pages say is quoted, not followed, and what a model made of it is its own
    // wording: neither goes into a memory that an agent reads without a person's look.
    if draft.cause == Cause::Distilled {
        return review("a model worded it");
    }
    if draft.operation == Operation::Add
        && matches!(draft.kind, Some(Kind::Practice | Kind::Heuristic))
    {
        return review("what goes along with results need not be their cause");
    }
    let words = draft.operation == Operation::Add
        && !matches!(draft.kind, Some(Kind::Workflow | Kind::Index))
        && !policy.is_on(&policy::AUTO_WORDS);
    if words || draft.operation == Operation::Add && draft.trust < Trust::Tool {
        return review("it carries words of a transcript");
    }
    match draft.operation {
        Operation::Add if !policy.is_on(&policy::AUTO_ADD) => {
            review("policy: gate.auto-add is off")
        }
        Operation::Add => (Gate::Auto, "an addition with recurring evidence loses nothing".into()),
        Operation::Merge if !policy.is_on(&policy::AUTO_MERGE) => {
            review("policy: gate.auto-merge is off")
        }
        Operation::Merge => (Gate::Auto, "equal statements: nothing is lost".into()),
        _ => review("it changes what the store says"),
    }
}
