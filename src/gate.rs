//! Whether a change may be applied unattended. One function decides it for every draft.

use std::collections::BTreeMap;

use crate::canonical;
use crate::ids::ChangeId;
use crate::kind::Kind;
use crate::memory::{MAX_MEMORY_BYTES, Memory, MemoryPath};
use crate::plan::{Change, Gate, Operation, Target};
use crate::policy::{self, Policy};
use crate::read::identity::Located;
use crate::reconcile::draft::Draft;
use crate::render;
use crate::score::{PPM, score};
use crate::tier::tier;
use crate::time::Time;
use crate::trust::Trust;

/// What the gate looks at besides a draft.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The memories of the base.
    pub memories: &'a BTreeMap<MemoryPath, Memory>,
    /// Their entries, by path and position.
    pub entries: &'a [Located],
    /// The policy of the dream.
    pub policy: &'a Policy,
    /// The instructions of the dream.
    pub instructions: &'a str,
    /// The `now` of the dream.
    pub now: Time,
}

/// Turns drafts into changes: id, tier, score and gate, in the order in which they are applied:
/// by path, position, id.
pub fn gate(drafts: Vec<Draft>, ground: &Ground<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = drafts.into_iter().map(|draft| decide(draft, ground)).collect();
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
    changes.dedup_by(|a, b| a.id == b.id);
    hold_losses(&mut changes, ground);
    changes
}

fn order(change: &Change) -> (&MemoryPath, u64, &ChangeId) {
    // Additions go to the end of a memory.
    let line = change.targets.first().map_or(u64::MAX, |target| target.line);
    (&change.path, line, &change.id)
}

fn decide(draft: Draft, ground: &Ground<'_>) -> Change {
    let policy = ground.policy;
    let statement = draft
        .text
        .as_deref()
        .or(draft.targets.first().map(|target| target.text.as_str()))
        .unwrap_or("");
    let score = score(
        statement,
        draft.support,
        draft.trust,
        draft.last_seen,
        ground.instructions,
        ground.now,
        policy,
    );
    let (gate, gate_reason) = match blocked(&draft, ground) {
        Some(reason) => (Gate::Blocked, reason),
        None => attended(&draft, policy),
    };
    Change {
        id: id(&draft),
        operation: draft.operation,
        path: draft.path,
        kind: draft.kind,
        targets: draft.targets,
        survivor: draft.survivor,
        text: draft.text,
        cause: draft.cause,
        because: draft.because,
        evidence: draft.evidence,
        support: draft.support,
        trust: draft.trust,
        tier: tier(draft.support, policy),
        subject: draft.subject,
        principal: draft.principal,
        valid_from: draft.valid_from,
        last_seen: draft.last_seen,
        score,
        gate,
        gate_reason,
    }
}

/// Digest of operation, memory, targets and new text.
fn id(draft: &Draft) -> ChangeId {
    let text = draft.text.as_deref().unwrap_or("");
    let targets = draft.targets.iter().map(|t| t.entry.as_str().as_bytes());
    let head = [draft.operation.as_str().as_bytes(), draft.path.as_str().as_bytes()];
    let parts = head.into_iter().chain(targets).chain([text.as_bytes()]);
    ChangeId::from_digest(&canonical::digest_parts(parts))
}

/// Why nobody may apply the change.
fn blocked(draft: &Draft, ground: &Ground<'_>) -> Option<String> {
    let policy = ground.policy;
    let pinned_path = |path: &MemoryPath| {
        policy.texts(&policy::PINNED_PATHS).iter().any(|pin| {
            pin == path.as_str() || pin.ends_with('/') && path.as_str().starts_with(pin.as_str())
        })
    };
    if pinned_path(&draft.path) || draft.targets.iter().any(|t| pinned_path(&t.path)) {
        return Some("the memory is pinned".into());
    }
    let pins = policy.texts(&policy::PINNED_ENTRIES);
    if draft.targets.iter().any(|t| pins.iter().any(|pin| pin == t.entry.as_str())) {
        return Some("the entry is pinned".into());
    }
    let instructs = matches!(draft.kind, Some(Kind::Preference | Kind::Workflow));
    if instructs && draft.trust < Trust::Agent {
        return Some("words from tools and pages cannot become instructions".into());
    }
    unwritable(draft, ground)
}

/// Why the change cannot be written by itself.
fn unwritable(draft: &Draft, ground: &Ground<'_>) -> Option<String> {
    let removes = matches!(draft.operation, Operation::Merge | Operation::Retire | Operation::Move);
    if removes && draft.targets.iter().any(|t| holds_others(t, ground)) {
        return Some("other statements stand inside it".into());
    }
    let text = ground.memories.get(&draft.path).map_or("", |memory| memory.text.as_str());
    let title = draft.kind.map_or("", Kind::title);
    let edits = edits(draft.operation, &draft.targets, draft.text.as_deref(), ground.entries);
    match render::edit(text, title, &edits) {
        Err(_) => Some("the place cannot be written without touching its neighbours".into()),
        Ok(text) if text.len() > MAX_MEMORY_BYTES => Some("the memory would be too long".into()),
        Ok(_) => None,
    }
}

fn holds_others(target: &Target, ground: &Ground<'_>) -> bool {
    locate(target, ground.entries).is_none_or(|entry| entry.piece.holds_others)
}

fn locate<'a>(target: &Target, entries: &'a [Located]) -> Option<&'a Located> {
    entries.iter().find(|entry| entry.record.id == target.entry)
}

/// The edits that a change makes in the memory of its targets (or, for an addition, its own).
pub fn edits(
    operation: Operation,
    targets: &[Target],
    text: Option<&str>,
    entries: &[Located],
) -> Vec<render::Edit> {
    let range = |r: &std::ops::Range<usize>| (r.start, r.end);
    if operation == Operation::Add {
        let append = |text: &str| render::Edit::Append { text: text.into() };
        return text.map(append).into_iter().collect();
    }
    let places = targets.iter().filter_map(|target| locate(target, entries));
    let edit = |entry: &Located| match (operation, text) {
        (Operation::Supersede | Operation::Revise, Some(text)) => {
            render::Edit::Replace { range: range(&entry.piece.text_range), text: text.into() }
        }
        _ => render::Edit::Remove { range: range(&entry.piece.range) },
    };
    places.map(edit).collect()
}

/// Whether a person has to look at a change that could be written.
fn attended(draft: &Draft, policy: &Policy) -> (Gate, String) {
    let review = |reason: &str| (Gate::Review, reason.to_owned());
    if let Some(doubt) = &draft.doubt {
        return review(doubt);
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

/// Holds unattended merges over the loss cap for review: best scored first, by count and bytes.
fn hold_losses(changes: &mut [Change], ground: &Ground<'_>) {
    let entries = u64::try_from(ground.entries.len()).unwrap_or(u64::MAX);
    let bytes: usize = ground.memories.values().map(|memory| memory.text.len()).sum();
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let share = |whole: u64, setting| whole.saturating_mul(ground.policy.number(setting)) / PPM;
    let may_entries = share(entries, &policy::LOSS_ENTRIES).max(1);
    let may_bytes = share(bytes, &policy::LOSS_BYTES);
    let mut losses: Vec<&mut Change> = changes
        .iter_mut()
        .filter(|change| change.gate == Gate::Auto && change.operation != Operation::Add)
        .collect();
    losses.sort_by(|a, b| (b.score.total, &a.id).cmp(&(a.score.total, &b.id)));
    let (mut lost_entries, mut lost_bytes) = (0, 0);
    for change in losses {
        let length: usize = change.targets.iter().map(|target| target.text.len()).sum();
        lost_entries += u64::try_from(change.targets.len()).unwrap_or(u64::MAX);
        lost_bytes += u64::try_from(length).unwrap_or(u64::MAX);
        // One entry may always go, or no dream could tidy a small store.
        if lost_entries > may_entries || lost_entries > 1 && lost_bytes > may_bytes {
            change.gate = Gate::Review;
            change.gate_reason = "more than one dream may take out unattended".into();
        }
    }
}
