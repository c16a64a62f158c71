//! Applying a plan, observing what people changed, and restoring an earlier revision. Pure: what
//! comes out is what a host has to store, all or none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::canonical::{self, CanonicalError};
use crate::evidence;
use crate::fingerprint::Fingerprint;
use crate::gate;
use crate::ids::{ChangeId, Digest, EntryId, RevisionId};
use crate::kind::Kind;
use crate::ledger::{EntryRecord, Ledger, Origin, Retirement};
use crate::memory::{MAX_MEMORY_BYTES, Memory, MemoryPath};
use crate::plan::{Cause, Change, Gate, Operation, Plan, Target};
use crate::policy::{self, Policy};
use crate::read::identity::{Resolution, resolve};
use crate::reconcile::duplicates::widest;
use crate::render::{self, Edit};
use crate::revision::{
    Decision, MemoryWrite, NewRevision, REVISION_FORMAT, RevisionKind, RevisionRecord, Selection,
    Verdict, evidence_digest,
};
use crate::snapshot::Snapshot;
use crate::time::Time;

/// Why a plan cannot be applied or a revision cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyError {
    /// The plan was made for another revision or other memories.
    #[error("the plan was made for another state of the store: {0}")]
    Stale(String),
    /// The plan was made by another engine.
    #[error("the plan was made by engine {0}")]
    OtherEngine(String),
    /// The plan has no such change.
    #[error("the plan has no change `{0}`")]
    UnknownChange(ChangeId),
    /// The change is blocked.
    #[error("change `{0}` is blocked and cannot be accepted")]
    Blocked(ChangeId),
    /// The change is both accepted and rejected.
    #[error("change `{0}` is both accepted and rejected")]
    Contradictory(ChangeId),
    /// The index line names a memory that no accepted change makes.
    #[error("change `{0}` needs an accepted addition to the memory that it names")]
    Incomplete(ChangeId),
    /// The accepted changes cannot be written together without touching other bytes.
    #[error("memory `{0}` cannot be written without touching its other statements")]
    NotWritable(MemoryPath),
    /// A memory would be over its limit.
    #[error("memory `{path}` would have {bytes} bytes, more than {MAX_MEMORY_BYTES}")]
    TooLarge {
        /// The memory.
        path: MemoryPath,
        /// Its length.
        bytes: u64,
    },
    /// The snapshot to restore has no head.
    #[error("the revision to restore has no record")]
    NoTarget,
    /// A document could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// A revision for what people and agents changed since the head; for a store without revisions,
/// the first one. `None` when nothing changed.
///
/// # Errors
/// [`ApplyError::Canonical`] only.
pub fn observe(store: &Snapshot, now: Time) -> Result<Option<NewRevision>, ApplyError> {
    let ledger = resolve(store, now).ledger;
    if store.head.is_some() && ledger.root()? == store.ledger.root()? {
        return Ok(None);
    }
    if store.head.is_none() && store.memories.is_empty() {
        return Ok(None);
    }
    let kind = if store.head.is_none() { RevisionKind::Import } else { RevisionKind::Edit };
    let known = &store.ledger.memories;
    let changed = store.memories.values().filter_map(|memory| {
        let row = ledger.memories.get(&memory.path)?;
        let same = known.get(&memory.path).is_some_and(|old| old.digest == row.digest);
        (!same).then(|| write(memory, row.observed_at))
    });
    let gone = known.keys().filter(|path| !store.memories.contains_key(*path));
    let gone = gone.map(|path| MemoryWrite { path: path.clone(), text: None, observed_at: None });
    let mut writes: Vec<MemoryWrite> = changed.chain(gone).collect();
    writes.sort();
    let record = RevisionRecord { memories: store.memories_root(), ..blank(store, kind, now)? };
    Ok(Some(revision(store, record, &ledger, writes)?))
}

/// Applies `plan` as `decision` says. The sessions that the plan read and the support that it
/// found become part of the ledger whatever is accepted.
///
/// # Errors
/// [`ApplyError`]; nothing is changed then.
pub fn apply(
    store: &Snapshot,
    plan: &Plan,
    decision: &Decision,
) -> Result<NewRevision, ApplyError> {
    check_base(store, plan)?;
    let accepted = accepted(plan, decision)?;
    let mut resolution = resolve(store, plan.now);
    let mut after = store.clone();
    take_up_sessions(&mut resolution.ledger, plan);
    write_texts(&mut after, &resolution, &accepted)?;
    for change in &accepted {
        record_change(&mut resolution.ledger, change, store.next_number(), &plan.policy);
    }
    after.ledger = resolution.ledger;
    set_times(&mut after, store, &accepted, plan.now);
    after.ledger = reread(&after, plan.now, &accepted)?;

    let writes = after
        .memories
        .values()
        .filter(|memory| store.memories.get(&memory.path) != Some(*memory))
        .map(|memory| write(memory, memory.observed_at))
        .collect();
    let record = RevisionRecord {
        memories: after.memories_root(),
        plan: Some(canonical::digest(&plan.to_bytes()?)),
        verdicts: verdicts(plan, &accepted, decision),
        reviewer: decision.reviewer.clone(),
        note: decision.note.clone(),
        ..blank(store, RevisionKind::Dream, decision.now)?
    };
    revision(store, record, &after.ledger, writes)
}

/// Makes a revision whose memories and ledger are those of `target`, byte for byte. What the
/// revisions after `target` had applied counts as rejected.
///
/// # Errors
/// [`ApplyError::NoTarget`] when `target` has no head.
pub fn revert(
    store: &Snapshot,
    target: &Snapshot,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, ApplyError> {
    let head = target.head.as_ref().ok_or(ApplyError::NoTarget)?;
    let paths: BTreeSet<&MemoryPath> =
        store.memories.keys().chain(target.memories.keys()).collect();
    let differs = |path: &&&MemoryPath| {
        let text = |side: &Snapshot| side.memories.get(**path).map(|m| m.text.clone());
        text(store) != text(target)
    };
    let restore = |path: &MemoryPath| match target.memories.get(path) {
        Some(memory) => write(memory, target.observed_at(memory, now)),
        None => MemoryWrite { path: path.clone(), text: None, observed_at: None },
    };
    let writes = paths.iter().filter(differs).map(|path| restore(path)).collect();
    let mut undone: BTreeMap<ChangeId, Verdict> = BTreeMap::new();
    for (_, record) in store.decisions.range(head.number + 1..) {
        for verdict in &record.verdicts {
            undone.insert(verdict.change.clone(), Verdict { accepted: false, ..verdict.clone() });
        }
    }
    let record = RevisionRecord {
        memories: target.memories_root(),
        restores: Some(head.id()?),
        verdicts: undone.into_values().collect(),
        reviewer: reviewer.into(),
        note: note.into(),
        ..blank(store, RevisionKind::Revert, now)?
    };
    revision(store, record, &target.ledger, writes)
}

fn check_base(store: &Snapshot, plan: &Plan) -> Result<(), ApplyError> {
    if plan.fingerprint != Fingerprint::current() {
        return Err(ApplyError::OtherEngine(plan.fingerprint.engine.clone()));
    }
    let stale = |what: &str| Err(ApplyError::Stale(what.into()));
    if plan.base != base(store)? {
        return stale("another revision is the head");
    }
    if plan.memories != store.memories_root() {
        return stale("a memory was changed");
    }
    if plan.ledger != store.ledger.root()? {
        return stale("the ledger is another one");
    }
    Ok(())
}

/// The changes that the decision accepts, in the order of the plan.
fn accepted<'a>(plan: &'a Plan, decision: &Decision) -> Result<Vec<&'a Change>, ApplyError> {
    let find = |id: &ChangeId| plan.changes.iter().find(|change| change.id == *id);
    for id in &decision.reject {
        find(id).ok_or_else(|| ApplyError::UnknownChange(id.clone()))?;
    }
    let chosen: BTreeSet<&ChangeId> = match &decision.accept {
        Selection::Only(ids) => ids.iter().collect(),
        Selection::All => plan.open_changes().map(|change| &change.id).collect(),
        Selection::Auto => {
            let auto = plan.changes.iter().filter(|change| change.gate == Gate::Auto);
            auto.map(|change| &change.id).collect()
        }
    };
    let rejected: BTreeSet<&ChangeId> = decision.reject.iter().collect();
    let named = matches!(decision.accept, Selection::Only(_));
    for id in &chosen {
        let change = find(id).ok_or_else(|| ApplyError::UnknownChange((*id).clone()))?;
        if change.gate == Gate::Blocked {
            return Err(ApplyError::Blocked((*id).clone()));
        }
        if named && rejected.contains(*id) {
            return Err(ApplyError::Contradictory((*id).clone()));
        }
    }
    let accepted: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| chosen.contains(&change.id) && !rejected.contains(&change.id))
        .collect();
    let (index, others): (Vec<&Change>, Vec<&Change>) =
        accepted.iter().partition(|change| change.cause == Cause::Index);
    for line in index {
        // `[Title](path): …` names a memory; one that nothing makes would dangle.
        let text = line.text.as_deref().unwrap_or("");
        let makes = |change: &&Change| {
            change.operation == Operation::Add && text.contains(&format!("]({})", change.path))
        };
        if !others.iter().any(makes) {
            if named {
                return Err(ApplyError::Incomplete(line.id.clone()));
            }
            return Ok(others);
        }
    }
    Ok(accepted)
}

fn take_up_sessions(ledger: &mut Ledger, plan: &Plan) {
    for record in plan.read_sessions() {
        ledger.sessions.insert(record.id.clone(), record.clone());
    }
    for support in &plan.reinforcements {
        if let Some(entry) = ledger.entries.get_mut(&support.entry) {
            entry.evidence.clone_from(&support.evidence);
            entry.support = support.support;
            entry.tier = support.tier;
            entry.last_seen = support.last_seen;
        }
    }
}

fn write_texts(
    after: &mut Snapshot,
    resolution: &Resolution,
    accepted: &[&Change],
) -> Result<(), ApplyError> {
    let mut edits: BTreeMap<&MemoryPath, (&str, Vec<Edit>)> = BTreeMap::new();
    for change in accepted {
        let title = change.kind.map_or("", Kind::title);
        let text = change.text.as_deref();
        let made = gate::edits(change.operation, &change.targets, text, &resolution.entries);
        edits.entry(&change.path).or_insert((title, Vec::new())).1.extend(made);
    }
    for (path, (title, edits)) in edits {
        let old = after.memories.get(path).map_or("", |memory| memory.text.as_str());
        let text =
            render::edit(old, title, &edits).map_err(|_| ApplyError::NotWritable(path.clone()))?;
        if text.len() > MAX_MEMORY_BYTES {
            let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            return Err(ApplyError::TooLarge { path: path.clone(), bytes });
        }
        let memory = Memory { path: path.clone(), text, observed_at: None };
        after.memories.insert(path.clone(), memory);
    }
    Ok(())
}

/// Writes into the ledger what one change did.
fn record_change(ledger: &mut Ledger, change: &Change, revision: u64, policy: &Policy) {
    let retire = |ledger: &mut Ledger, target: &Target, by: Option<&EntryId>| {
        if let Some(entry) = ledger.entries.get_mut(&target.entry) {
            entry.retired = Some(Retirement {
                revision,
                by: change.operation.as_str().into(),
                superseded_by: by.cloned(),
            });
        }
    };
    let text = change.text.as_deref().map(render::rendered);
    match change.operation {
        Operation::Add | Operation::Supersede => {
            let Some(text) = text else { return };
            let entry = new_entry(change, text, ledger);
            for target in &change.targets {
                retire(ledger, target, Some(&entry.id));
                if let Some(old) = ledger.entries.get_mut(&target.entry) {
                    old.valid_to = change.valid_from;
                }
            }
            ledger.entries.insert(entry.id.clone(), entry);
        }
        Operation::Merge => {
            let Some(survivor) = &change.survivor else { return };
            for target in &change.targets {
                retire(ledger, target, Some(&survivor.entry));
            }
            let Some(entry) = ledger.entries.get_mut(&survivor.entry) else { return };
            let all = [entry.evidence.clone(), change.evidence.clone()].concat();
            entry.evidence = evidence::select(all, policy.size(&policy::MAX_EVIDENCE));
            entry.support = widest(entry.support, change.support);
            entry.tier = entry.tier.max(change.tier);
            entry.trust = entry.trust.min(change.trust);
            entry.last_seen = entry.last_seen.max(change.last_seen);
            entry.supersedes.extend(change.targets.iter().map(|target| target.entry.clone()));
            entry.supersedes.sort();
            entry.supersedes.dedup();
        }
        Operation::Revise => {
            for target in &change.targets {
                if let (Some(entry), Some(text)) = (ledger.entries.get_mut(&target.entry), &text) {
                    entry.text.clone_from(text);
                }
            }
        }
        Operation::Retire | Operation::Move => {
            for target in &change.targets {
                retire(ledger, target, None);
            }
        }
    }
}

fn new_entry(change: &Change, text: String, ledger: &Ledger) -> EntryRecord {
    EntryRecord {
        id: mint(change, ledger),
        path: change.path.clone(),
        text,
        origin: Origin::Dream,
        kind: change.kind,
        trust: change.trust,
        tier: change.tier,
        subject: change.subject.clone(),
        principal: change.principal.clone(),
        evidence: change.evidence.clone(),
        support: change.support,
        valid_from: change.valid_from,
        valid_to: None,
        last_seen: change.last_seen,
        supersedes: change.targets.iter().map(|target| target.entry.clone()).collect(),
        maybe_from: None,
        retired: None,
    }
}

/// An id made of the change, and of a count when a retired entry has it: the history keeps that.
fn mint(change: &Change, ledger: &Ledger) -> EntryId {
    let mut count: u64 = 0;
    loop {
        let parts = [b"entry".as_slice(), change.id.as_str().as_bytes(), &count.to_be_bytes()];
        let id = EntryId::from_digest(&canonical::digest_parts(parts));
        if !ledger.entries.contains_key(&id) {
            return id;
        }
        count += 1;
    }
}

/// A written memory is as new as the newest source in it; the run's own time never enters.
fn set_times(after: &mut Snapshot, store: &Snapshot, accepted: &[&Change], now: Time) {
    let mut newest: BTreeMap<&MemoryPath, Option<Time>> = BTreeMap::new();
    for change in accepted {
        let known = newest.entry(&change.path).or_default();
        *known = (*known).max(change.last_seen);
    }
    for (path, time) in newest {
        let before = store.memories.get(path).and_then(|memory| store.observed_at(memory, now));
        if let Some(memory) = after.memories.get_mut(path) {
            memory.observed_at = before.max(time);
        }
    }
}

/// Reads the written memories again: they must hold exactly the entries that the ledger says.
fn reread(after: &Snapshot, now: Time, accepted: &[&Change]) -> Result<Ledger, ApplyError> {
    let found = resolve(after, now).ledger;
    if found.entries == after.ledger.entries {
        return Ok(found);
    }
    let broken = |change: &&&Change| {
        let differs = |id: &EntryId| found.entries.get(id) != after.ledger.entries.get(id);
        let made = after.ledger.entries.values().filter(|entry| entry.path == change.path);
        made.map(|entry| &entry.id).any(differs)
    };
    match accepted.iter().find(broken).or(accepted.first()) {
        Some(change) => Err(ApplyError::NotWritable(change.path.clone())),
        None => Ok(found),
    }
}

fn verdicts(plan: &Plan, accepted: &[&Change], decision: &Decision) -> Vec<Verdict> {
    let verdict = |change: &Change, accepted: bool| {
        let mut evidence: Vec<Digest> = change.evidence.iter().map(evidence_digest).collect();
        evidence.sort();
        Verdict { change: change.id.clone(), accepted, evidence }
    };
    let rejected = plan.changes.iter().filter(|change| decision.reject.contains(&change.id));
    let mut verdicts: Vec<Verdict> = accepted.iter().map(|change| verdict(change, true)).collect();
    verdicts.extend(rejected.map(|change| verdict(change, false)));
    verdicts.sort_by(|a, b| a.change.cmp(&b.change));
    verdicts
}

/// The id of the head.
pub(crate) fn base(store: &Snapshot) -> Result<Option<RevisionId>, CanonicalError> {
    store.head.as_ref().map(RevisionRecord::id).transpose()
}

fn blank(
    store: &Snapshot,
    kind: RevisionKind,
    now: Time,
) -> Result<RevisionRecord, CanonicalError> {
    Ok(RevisionRecord {
        format: REVISION_FORMAT.into(),
        number: store.next_number(),
        parent: base(store)?,
        kind,
        now,
        fingerprint: Fingerprint::current(),
        memories: Digest::default(),
        ledger: Digest::default(),
        plan: None,
        restores: None,
        verdicts: Vec::new(),
        reviewer: String::new(),
        note: String::new(),
    })
}

fn revision(
    store: &Snapshot,
    record: RevisionRecord,
    ledger: &Ledger,
    memories: Vec<MemoryWrite>,
) -> Result<NewRevision, ApplyError> {
    let record = RevisionRecord { ledger: ledger.root()?, ..record };
    let bytes = record.to_bytes()?;
    Ok(NewRevision {
        base: record.parent.clone(),
        id: record.id()?,
        bytes,
        memories,
        ledger: store.ledger.delta(ledger)?,
        record,
    })
}

fn write(memory: &Memory, observed_at: Option<Time>) -> MemoryWrite {
    MemoryWrite { path: memory.path.clone(), text: Some(memory.text.clone()), observed_at }
}
