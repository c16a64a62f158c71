//! Applying a plan, observing what people changed, and going back ([`revert`]). Pure functions:
//! they return what a host has to store, all of it or nothing.

mod accepted;
mod entries;
mod erase;
mod memory_texts;
mod reopen;
mod revert;
mod unsaid;

use std::collections::BTreeMap;

use dreaming_records::canonical::{self, CanonicalError};
use dreaming_records::engine::Engine;
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::figures::Figures;
use dreaming_records::ids::{ChangeId, Digest, RevisionId};
use dreaming_records::ledger::Ledger;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Cause, Change, Plan};
use dreaming_records::revision::{
    Decision, MemoryWrite, NewRevision, REVISION_FORMAT, RevisionKind, RevisionRecord, Verdict,
    evidence_digest,
};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::{Snapshot, memory_digest, root_of};
use dreaming_records::time::Time;
use dreaming_records::{distilled, finding_result, withdrawn};
use dreaming_text::{Map, Set, sort};

use crate::identity::{Located, resolve};
use crate::index;
use crate::retention;

pub(crate) use self::entries::accepted_at;
pub use self::erase::{Erasure, erase};
pub(crate) use self::memory_texts::check_length;
use self::memory_texts::{reread, set_times, write_texts};
pub use self::reopen::reopen;
pub use self::revert::revert;

/// A revision for what people and agents changed since the head. A store without revisions gets its
/// first one, even if the store is empty, so that there is something to go back to. `None` when
/// nothing changed.
///
/// # Errors
/// [`EngineError::InvalidSnapshot`] when the ledger is not that of the head.
pub fn observe(
    engine: &Engine,
    store: &Snapshot,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    Ok(observed(engine, store, now)?.map(|(revision, _)| revision))
}

/// Calls [`observe`] and moves the store to the new revision, so that the dream works on what was
/// observed and not on what somebody saved since.
///
/// # Errors
/// As [`observe`]; the store is unchanged then.
pub fn catch_up(
    engine: &Engine,
    store: &mut Snapshot,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    let Some((revision, ledger)) = observed(engine, store, now)? else { return Ok(None) };
    for write in &revision.memories {
        if let Some(memory) = store.memories.get_mut(&write.path) {
            *memory = Memory { observed_at: write.observed_at, ..(**memory).clone() }.into();
        }
    }
    store.ledger = ledger;
    store.decisions.insert(revision.record.number, revision.record.clone());
    store.head = Some(revision.record.clone());
    Ok(Some(revision))
}

/// The revision of [`observe`], with the ledger that it makes.
fn observed(
    engine: &Engine,
    store: &Snapshot,
    now: Time,
) -> Result<Option<(NewRevision, Ledger)>, EngineError> {
    store.ledger_of_head()?;
    let ledger = resolve(store, now, engine.redact).ledger;
    if store.head.is_some() && ledger == store.ledger {
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
    sort::all(&mut writes);
    let record =
        RevisionRecord { memories: root_of(&ledger.memories), ..blank(engine, store, kind, now)? };
    let revision = revision(store, record, &ledger, writes)?;
    Ok(Some((revision, ledger)))
}

/// Applies `plan` as `decision` says. The sessions that the plan read and the support that it found
/// go into the ledger even if no change is accepted.
///
/// # Errors
/// [`EngineError::Stale`], [`EngineError::OtherEngine`], [`EngineError::InvalidSnapshot`],
/// [`EngineError::InvalidDocument`] for a change whose id does not follow from its content, and
/// [`EngineError::InvalidRequest`] for one that cannot be applied as the decision says.
pub fn apply(
    engine: &Engine,
    store: &Snapshot,
    plan: &Plan,
    decision: &Decision,
) -> Result<NewRevision, EngineError> {
    let root = store.ledger_of_head()?;
    check_base(engine, store, &root, plan)?;
    // The later of the two times counts: people may have written to the store after the dream,
    // while the plan waited for the decision.
    let now = plan.now.max(decision.now);
    let mut resolution = resolve(store, now, engine.redact);
    let accepted = accepted::accepted(store, plan, decision, &resolution.entries)?;
    let reworded = accepted::reworded(&accepted, decision, &plan.policy, engine.redact)?;
    let accepted: Vec<&Change> = reworded.iter().map(|change| &**change).collect();
    let mut after = store.clone();
    take_up(&mut resolution.ledger, plan);
    write_texts(&mut after, store, &resolution, &accepted)?;
    // First those that others need.
    let (first, others): (Vec<&Change>, Vec<&Change>) =
        accepted.iter().copied().partition(|change| change.needs.is_empty());
    let mut made = BTreeMap::new();
    for change in first.into_iter().chain(others) {
        let reworded = decision.edits.iter().any(|edit| edit.change == change.id);
        let (ledger, revision) = (&mut resolution.ledger, store.next_number());
        entries::record(ledger, &mut made, change, reworded, revision, &plan.policy);
    }
    let reject: Set<&ChangeId> = Set::of(decision.reject.iter());
    let rejected = plan.changes.iter().filter(|change| reject.contains(&change.id));
    rejected.for_each(|change| entries::rejected(&mut resolution.ledger, change));
    retention::retain(&mut resolution.ledger, &plan.policy);
    after.ledger = resolution.ledger;
    set_times(&mut after, store, &accepted, now);
    reread(&after, now, &accepted, engine.redact)?;
    after.ledger.memories = after.memory_records(now);

    let writes = after
        .memories
        .values()
        .filter(|memory| store.memories.get(&memory.path) != Some(*memory))
        .map(|memory| write(memory, memory.observed_at))
        .collect();
    let record = RevisionRecord {
        memories: root_of(&after.ledger.memories),
        plan: Some(canonical::digest(&plan.to_bytes()?)),
        verdicts: reviews((store, &resolution.entries), plan, &accepted, decision),
        figures: (!accepted.is_empty()).then(|| Figures::of(accepted.iter().copied())),
        cursor: Some(after.ledger.cursor()),
        reviewer: decision.reviewer.clone(),
        note: decision.note.clone(),
        ..blank(engine, store, RevisionKind::Dream, decision.now)?
    };
    revision(store, record, &after.ledger, writes)
}

/// Fails unless memories and ledger are those of the head.
pub(crate) fn check_head(store: &Snapshot) -> Result<(), EngineError> {
    store.ledger_of_head()?;
    match store.has_memories_of_head() {
        true => Ok(()),
        false => stale(CHANGED),
    }
}

const CHANGED: &str = "a memory was changed";

fn stale(why: &str) -> Result<(), EngineError> {
    let why = format!("made for another state of the store: {why}");
    Err(EngineError::Stale(Invalid::new("plan", why)))
}

/// The error when a memory, once written, would not hold exactly the statements that it should.
pub(crate) fn not_writable(path: &MemoryPath) -> EngineError {
    let why = format!("memory `{path}` cannot be written without touching its other statements");
    EngineError::request(path, why)
}

fn check_base(
    engine: &Engine,
    store: &Snapshot,
    ledger: &Digest,
    plan: &Plan,
) -> Result<(), EngineError> {
    if plan.fingerprint != engine.fingerprint {
        return Err(EngineError::OtherEngine(plan.fingerprint.engine.clone()));
    }
    plan.check_ids()?;
    if plan.base != base(store)? {
        return stale("another revision is the head");
    }
    if plan.memories != store.memories_root() {
        return stale(CHANGED);
    }
    if plan.ledger != *ledger {
        return stale("the ledger is another one");
    }
    Ok(())
}

fn take_up(ledger: &mut Ledger, plan: &Plan) {
    for record in plan.read_sessions() {
        let known = ledger.sessions.get(&record.id).is_some_and(|known| known.withdrawn);
        let record = SessionRecord { withdrawn: known || record.withdrawn, ..record.clone() };
        ledger.sessions.insert(record.id.clone(), record);
    }
    withdrawn::mark(&mut ledger.sessions, &plan.policy);
    finding_result::mark(&mut ledger.sessions, &plan.looked);
    distilled::take_up(&mut ledger.distilled, &plan.distilled);
    for pair in &plan.compared {
        ledger.pairs.insert(pair.key.clone(), pair.clone());
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

/// What was decided about each change. That a line of an index was rejected together with all that it names decides
/// nothing about the line: it has to come with what is added to that memory later.
fn reviews(
    (store, entries): (&Snapshot, &[Located]),
    plan: &Plan,
    accepted: &[&Change],
    decision: &Decision,
) -> Vec<Verdict> {
    let words = Map::of(decision.edits.iter().map(|edit| (&edit.change, edit.text.as_str())));
    let reject: Set<&ChangeId> = Set::of(decision.reject.iter());
    let review = |change: &Change, accepted: bool| {
        let mut evidence: Vec<Digest> = change.evidence.iter().map(evidence_digest).collect();
        sort::all(&mut evidence);
        let reworded = words.get(&change.id).filter(|_| accepted);
        let edited = reworded.map(|words| memory_digest(&store.salt, words));
        Verdict { change: change.id.clone(), accepted, evidence, edited, reopened: false }
    };
    let names = |change: &Change| {
        change.cause != Cause::Index || index::holds(change, &store.memories, entries, accepted)
    };
    let rejected =
        plan.changes.iter().filter(|change| reject.contains(&change.id) && names(change));
    let mut reviews: Vec<Verdict> = accepted.iter().map(|change| review(change, true)).collect();
    reviews.extend(rejected.map(|change| review(change, false)));
    sort::by(&mut reviews, |a, b| a.change.cmp(&b.change));
    reviews
}

/// The id of the head.
pub fn base(store: &Snapshot) -> Result<Option<RevisionId>, CanonicalError> {
    store.head.as_ref().map(RevisionRecord::id).transpose()
}

pub(crate) fn blank(
    engine: &Engine,
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
        fingerprint: engine.fingerprint.clone(),
        memories: Digest::default(),
        ledger: Digest::default(),
        plan: None,
        restores: None,
        verdicts: Vec::new(),
        figures: None,
        cursor: None,
        reviewer: String::new(),
        note: String::new(),
    })
}

/// Makes a revision of `record`, with what a host has to store for it. Revisions of every kind are
/// made here.
pub(crate) fn revision(
    store: &Snapshot,
    record: RevisionRecord,
    ledger: &Ledger,
    memories: Vec<MemoryWrite>,
) -> Result<NewRevision, EngineError> {
    check_paths(store, record.kind, &memories)?;
    let (root, ledger) = store.ledger.delta(ledger)?;
    let record = RevisionRecord { ledger: root, ..record };
    let bytes = record.to_bytes()?;
    Ok(NewRevision {
        base: record.parent.clone(),
        id: record.id()?,
        bytes,
        memories,
        ledger,
        record,
    })
}

/// Fails when a revision would write to a path that no memory may have, or write the first memory
/// of a tool's folder. The second check leaves out revisions of what the host showed, whose paths
/// are there already, and reverts, whose paths were there before.
fn check_paths(
    store: &Snapshot,
    kind: RevisionKind,
    memories: &[MemoryWrite],
) -> Result<(), EngineError> {
    let found = |is_wrong: &dyn Fn(&MemoryPath) -> bool, why: &str| {
        let mut new = memories.iter().filter(|write| write.text.is_some());
        match new.find(|write| is_wrong(&write.path)) {
            None => Ok(()),
            Some(MemoryWrite { path, .. }) => {
                let why = ["`", path.as_str(), "` ", why, ": nothing is written there"].concat();
                Err(EngineError::request(path, why))
            }
        }
    };
    found(&|path| !path.is_memory(), "can be no memory")?;
    if matches!(kind, RevisionKind::Import | RevisionKind::Edit | RevisionKind::Revert) {
        return Ok(());
    }
    let why = "would be the first memory in a folder whose name begins with a dot";
    found(&|path| !store.may_hold(path), why)
}

pub(crate) fn write(memory: &Memory, observed_at: Option<Time>) -> MemoryWrite {
    MemoryWrite { path: memory.path.clone(), text: Some(memory.text.clone()), observed_at }
}
