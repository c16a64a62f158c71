//! What a change does to the ledger.

use std::collections::BTreeMap;

use dreaming_records::candidate::without_name;
use dreaming_records::ledger::{Finder, RetiredBy};
use dreaming_records::{canonical, evidence};
use dreaming_text::{Groups, Map, Set, sort};

use dreaming_records::ids::{ChangeId, EntryId};
use dreaming_records::ledger::{EntryRecord, Ledger, Origin, Retirement, Source};
use dreaming_records::number::count;
use dreaming_records::plan::{Cause, Change, Operation};
use dreaming_records::policy::{self, Policy};
use dreaming_records::roots::{self, widest};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;

use crate::reconcile::merges::earliest;

use crate::render;
use crate::tier::tier;

/// A line that is not to get the name of its person holds for everybody.
pub(super) fn rejected(ledger: &mut Ledger, change: &Change) {
    let Some(text) = change.text.as_deref() else { return };
    let words = without_name(text, change.principal.as_deref());
    for target in change.targets.iter().filter(|target| words != text && target.text == words) {
        if let Some(entry) = ledger.entries.get_mut(&target.entry) {
            entry.principal = None;
        }
    }
}

/// How the entries that a change takes out are recorded as retired.
fn retired_by(change: &Change) -> RetiredBy {
    match (change.cause, change.operation) {
        (Cause::Outgrown, _) => RetiredBy::Outgrown,
        (_, Operation::Merge) => RetiredBy::Merge,
        (_, Operation::Supersede) => RetiredBy::Supersede,
        // `Add` and `Revise` take no entry out.
        (_, Operation::Retire | Operation::Add | Operation::Revise) => RetiredBy::Retire,
    }
}

/// Writes into the ledger what one change did; `reworded` when a reviewer gave its words. `made`:
/// the entries that changes made so far; a change that replaces its targets by what other changes
/// write has the first of these as the newer entry.
pub(super) fn record(
    ledger: &mut Ledger,
    made: &mut BTreeMap<ChangeId, EntryId>,
    change: &Change,
    reworded: bool,
    revision: u64,
    policy: &Policy,
) {
    let text = change.text.as_deref().map(render::rendered);
    if change.operation == Operation::Revise {
        for target in &change.targets {
            if let (Some(entry), Some(text)) = (ledger.entries.get_mut(&target.entry), &text) {
                entry.text.clone_from(text);
                entry.principal.clone_from(&change.principal);
            }
        }
        return;
    }
    let gone = change.targets.iter().filter_map(|t| ledger.entries.get(&t.entry));
    let sources: Vec<Source> = gone.clone().flat_map(|entry| entry.sources.clone()).collect();
    let all_found = gone.clone().all(|entry| entry.finder.is_some());
    let new = text.filter(|_| change.survivor.is_none()).map(|text| {
        let mut new = new_entry(change, text, ledger);
        new.finder = finder(change, ledger).filter(|_| !reworded);
        // What a reviewer worded in the place of what was found replaces nothing, so that it never
        // counts as a dream's.
        if reworded && change.cause == Cause::Outgrown {
            new.supersedes.clear();
        }
        new
    });
    let survivor = change.survivor.as_ref().map(|survivor| &survivor.entry);
    let is_newer = change.operation == Operation::Supersede;
    let newer = || made.get(change.needs.first().filter(|_| is_newer)?);
    let survivor = survivor.or_else(newer).cloned();
    let successor = survivor.clone().or(new.as_ref().map(|entry| entry.id.clone()));
    for target in &change.targets {
        let Some(entry) = ledger.entries.get_mut(&target.entry) else { continue };
        let (by, superseded_by) = (retired_by(change), successor.clone());
        entry.retired = Some(Retirement { revision, by, superseded_by });
        if change.operation == Operation::Supersede {
            end(entry, change);
        }
    }
    if let Some(entry) = new {
        made.insert(change.id.clone(), entry.id.clone());
        ledger.entries.insert(entry.id.clone(), entry);
        return;
    }
    let Some(entry) = survivor.and_then(|id| ledger.entries.get_mut(&id)) else { return };
    // Nor does what a reviewer worded replace what goes together with it.
    if change.survivor.is_some() || entry.finder.is_some() {
        take_places(entry, change);
    }
    if change.operation != Operation::Merge {
        return;
    }
    let all = [entry.evidence.clone(), change.evidence.clone()].concat();
    // An earlier merge of the same plan may have added to the entry: the support of both merges
    // counts.
    let shown = roots::shown(&all, &ledger.sessions);
    entry.support = widest(widest(entry.support, change.support), shown);
    entry.evidence = evidence::select(all, policy.size(&policy::MAX_EVIDENCE));
    entry.tier = entry.tier.max(tier(entry.support, policy));
    entry.trust = entry.trust.min(change.trust);
    // An entry merged with one that somebody wrote no longer counts as found in sessions.
    entry.finder = entry.finder.filter(|_| all_found);
    entry.principal.clone_from(&change.principal);
    entry.sources.extend(sources);
    sort::all(&mut entry.sources);
    entry.sources.dedup();
    let stores = Set::of(entry.sources.iter().map(|s| s.store.as_str()));
    entry.support.agents = entry.support.agents.max(count(stores.len()));
    entry.valid_from = earliest(entry.valid_from, change.valid_from);
    entry.last_seen = entry.last_seen.max(change.last_seen);
}

/// Sets when a replaced entry ceased to hold: when the newer value began to hold. If the newer
/// value began before the entry did, and was said again since, the entry ended when the newer value
/// was last said.
fn end(old: &mut EntryRecord, change: &Change) {
    let after = |time: &Time| old.valid_from.is_none_or(|from| from <= *time);
    old.valid_to = change.valid_from.filter(after).or(change.last_seen);
}

/// Adds the targets of a change to the entries that `entry` replaces.
fn take_places(entry: &mut EntryRecord, change: &Change) {
    entry.supersedes.extend(change.targets.iter().map(|target| target.entry.clone()));
    sort::all(&mut entry.supersedes);
    entry.supersedes.dedup();
}

fn new_entry(change: &Change, text: String, ledger: &Ledger) -> EntryRecord {
    EntryRecord {
        kind: change.kind,
        trust: change.trust,
        tier: change.tier,
        subject: change.subject.clone(),
        principal: change.principal.clone(),
        evidence: change.evidence.clone(),
        support: change.support,
        valid_from: change.valid_from,
        last_seen: change.last_seen,
        supersedes: change.targets.iter().map(|target| target.entry.clone()).collect(),
        ..EntryRecord::new(mint(change, ledger), change.path.clone(), text, Origin::Dream)
    }
}

/// Who found the candidate whose words a change writes; `None` when the change writes the words of
/// no candidate.
fn finder(change: &Change, ledger: &Ledger) -> Option<Finder> {
    match change.cause {
        Cause::Recurring | Cause::Stated => Some(Finder::Miner),
        Cause::Distilled | Cause::Noticed => Some(Finder::Model),
        Cause::Extracted => Some(Finder::Host),
        Cause::Outgrown => {
            change.targets.first().and_then(|target| ledger.entries.get(&target.entry)?.finder)
        }
        _ => None,
    }
}

/// A new id for the entry that a change makes, derived from the change's id. While another entry
/// has that id, the next count is tried.
fn mint(change: &Change, ledger: &Ledger) -> EntryId {
    let mut count: u64 = 0;
    loop {
        let id = minted(&change.id, count);
        if !ledger.entries.contains_key(&id) {
            return id;
        }
        count += 1;
    }
}

fn minted(change: &ChangeId, count: u64) -> EntryId {
    let parts = [b"entry".as_slice(), change.as_str().as_bytes(), &count.to_be_bytes()];
    EntryId::from_digest(&canonical::digest_parts(parts))
}

/// When people last accepted each entry that a dream made, found from the verdicts on changes: the
/// id of an entry follows from the id of the change that made it.
pub(crate) fn accepted_at(store: &Snapshot) -> Map<EntryId, Time> {
    let decided = store.decisions.values().flat_map(|record| {
        let accepted = record.verdicts.iter().filter(|review| review.accepted);
        accepted.map(|review| (&review.change, record.now))
    });
    let known = |id: &EntryId| store.ledger.entries.contains_key(id);
    let mut accepted: Vec<(EntryId, Time)> = Vec::new();
    for (change, times) in Groups::of(decided).iter() {
        let Some(last) = times.clone().max() else { continue };
        // Each time that people accepted the change, it made at most one entry, numbered from 0.
        // The ledger may no longer have the earlier ones.
        let ids = (0..).zip(times).map(|(count, _)| minted(change, count)).filter(known);
        accepted.extend(ids.map(|id| (id, *last)));
    }
    Map::of(accepted)
}
