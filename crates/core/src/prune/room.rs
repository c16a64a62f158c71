//! Room for statements: which entries leave and which additions are turned down when a budget is
//! exceeded.

use std::collections::BTreeSet;

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Ledger, Origin, Tier};
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Cause, Change, Gate, Operation, Rejected, Stage, Target};
use dreaming_records::policy::{self, Policy};
use dreaming_records::revision::Verdict;
use dreaming_records::score::PPM;
use dreaming_text::Set;
use dreaming_text::markdown::Form;

use crate::charter::Ruling;
use crate::draft::Draft;
use crate::identity::Located;
use crate::review_reason::Doubt;
use crate::scorer::Basis;
use crate::{gate, pack, render};

use super::{By, Pruning, Weighed, keep};

/// The two budgets that the policy sets, by which statements share them. Lines of the index count
/// in neither, because the index has a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// Statements that dreams wrote, and no person.
    Learned,
    /// All statements of the store.
    Store,
}

impl Budget {
    /// The tokens and the entries that there may be; `None` = any number.
    fn bounds(self, policy: &Policy) -> (Option<u64>, Option<u64>) {
        let bound = |setting| Some(policy.number(setting)).filter(|most| *most > 0);
        match self {
            Self::Learned => (bound(&policy::LEARN_TOKENS), None),
            Self::Store => (bound(&policy::MAX_TOKENS), bound(&policy::MAX_ENTRIES)),
        }
    }

    /// By what its statements compete.
    fn by(self) -> By {
        match self {
            Self::Learned => By::Score,
            Self::Store => By::ScorePerToken,
        }
    }

    /// What a statement with this score is worth: of what dreams wrote, advice [`ADVICE`] more.
    fn worth(self, score: u64, kind: Option<Kind>) -> u64 {
        let is_advice = !matches!(kind, Some(Kind::Fact | Kind::Decision));
        if self == Self::Learned && is_advice { score + ADVICE } else { score }
    }

    /// The reason with which a change is turned down.
    fn reason(self) -> &'static str {
        match self {
            Self::Learned => "no-room",
            Self::Store => "over-budget",
        }
    }

    /// Which budget is full, as the beginning of a sentence.
    fn what(self) -> &'static str {
        match self {
            Self::Learned => "What dreams may leave is full (`learn.tokens`)",
            Self::Store => "The store has no room for it",
        }
    }

    /// Why something else stays, as the end of a sentence.
    fn why(self) -> &'static str {
        match self {
            Self::Learned => "is worth more, or fits the room that is left",
            Self::Store => "says more for the tokens that it takes",
        }
    }

    /// What a person can do when protected statements alone exceed the budget.
    fn full(self) -> &'static str {
        match self {
            Self::Learned => {
                "What dreams have written is over its budget (`learn.tokens`): nothing goes, and nothing is added"
            }
            Self::Store => "The store is over its budget, and nothing goes",
        }
    }
}

/// What advice (all but facts and decisions) is worth more, in parts per million of a score. For a
/// word, facts spared later sessions of four projects a third of what mistakes and workflows
/// spared, and decisions nothing; nobody measured practices. With preferences among advice more was
/// spared than with them among the rest. A tenth of a whole score gave all that putting facts and
/// decisions last altogether gave, a twentieth less (docs/evaluation.md, forward).
const ADVICE: u64 = PPM / 10;

/// What [`make_room`] decides besides the changes.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Drafts that retire the entries for which there is no room.
    pub leaving: Vec<Draft>,
    /// A note for people when nothing leaves although the budget is exceeded.
    pub note: Option<String>,
}

/// Brings the store within a budget that the policy sets. The entries that would stay after
/// `changes` compete for room with the statements that `changes` write. Entries that lose are
/// drafted to leave, and changes that lose are turned down; when a newer value loses, the entry
/// that it would replace leaves too. An addition that a person can only accept by its id, because
/// accepting all leaves it out, pushes nothing out.
pub(crate) fn make_room(
    budget: Budget,
    pruning: &Pruning<'_>,
    changes: &mut Vec<Change>,
    rejected: &mut Vec<Rejected>,
) -> Room {
    let (tokens, entries) = budget.bounds(pruning.world.policy);
    if tokens.is_none() && entries.is_none() {
        return Room::default();
    }
    let is_over = |count: usize, length: u64| {
        tokens.is_some_and(|most| length > most)
            || entries.is_some_and(|most| dreaming_records::number::count(count) > most)
    };
    let (staying, written) = of_budget(budget, pruning, changes);
    let length = staying.iter().map(|e| pack::tokens(e.record.text.len())).sum::<u64>()
        + written.iter().map(|change| tokens_of(change)).sum::<u64>();
    if !is_over(staying.len() + written.len(), length) {
        return Room::default();
    }
    let places = &pruning.world.places;
    let old = |change: &Change| -> Vec<&Located> {
        change.targets.iter().filter_map(|target| places.get(&target.entry)).collect()
    };
    let there = staying.iter().map(|entry| of_entry(entry, pruning, budget));
    let made = written.iter().map(|change| Weighed {
        id: change.id.as_str(),
        // One part per million less, so that of an entry and an addition with equal scores the
        // entry stays.
        score: budget.worth(change.score.total, change.kind).saturating_sub(1),
        tokens: tokens_of(change),
        is_protected: match budget {
            Budget::Learned => {
                change.cause == Cause::Secret
                    || old(change).iter().any(|entry| of_entry(entry, pruning, budget).is_protected)
            }
            // Every other change writes new words for an existing entry and takes that entry's
            // room, so it is kept.
            Budget::Store => change.operation != Operation::Add,
        },
    });
    let all: Vec<Weighed> = there.chain(made).collect();
    let protected: Vec<u64> =
        all.iter().filter(|one| one.is_protected).map(|one| one.tokens).collect();
    let (count, length) = (protected.len(), protected.iter().sum());
    let note = is_over(count, length).then(|| {
        format!(
            "{}: {count} entries with {length} tokens that are pinned, in the charter, long established, kept by a person or hold others are more than the budget alone. Raise it, or take some of them out.",
            budget.full()
        )
    });
    if note.is_some() && budget == Budget::Store {
        return Room { leaving: Vec::new(), note };
    }
    let kept = keep(&all, budget.by(), tokens, entries);
    let (here, new) = kept.split_at(staying.len());
    let over = written.iter().zip(new).filter(|(_, kept)| !**kept).map(|(change, _)| *change);
    let over: Vec<&Change> =
        over.filter(|change| note.is_none() || change.operation == Operation::Add).collect();
    let leaving = staying.iter().zip(here).filter(|(_, kept)| !**kept).map(|(entry, _)| *entry);
    let leaving = leaving.filter(|_| note.is_none()).chain(over.iter().flat_map(|c| old(c)));
    let leaving = leaving.map(|entry| draft(entry, budget)).collect();
    let over = Set::of(over.into_iter().map(|change| change.id.clone()));
    changes.retain(|change| {
        let stays = !over.contains(&change.id);
        if !stays {
            let text = change.text.as_deref().unwrap_or("");
            let evidence = change.evidence.clone();
            rejected.push(Rejected::new(Stage::Prune, budget.reason(), text, evidence));
        }
        stays
    });
    Room { leaving, note }
}

/// What competes for the budget: the entries that stay when all of `changes` are accepted, and the
/// changes that write text.
fn of_budget<'a>(
    budget: Budget,
    pruning: &Pruning<'a>,
    changes: &'a [Change],
) -> (Vec<&'a Located>, Vec<&'a Change>) {
    let world = pruning.world;
    let learned = |id: &EntryId| {
        let entry = world.places.get(id);
        entry.is_some_and(|entry| is_learned(&entry.record, pruning.ledger))
    };
    let of_dreams = |change: &Change| change.targets.iter().all(|target| learned(&target.entry));
    let added_alone = |change: &Change| {
        change.alone && (change.operation == Operation::Add || !change.needs.is_empty())
    };
    let open = changes.iter().filter(|c| c.gate != Gate::Blocked && !added_alone(c));
    let open: Vec<&Change> = open.collect();
    let gone: Set<&EntryId> = Set::of(open.iter().flat_map(|c| &c.targets).map(|t| &t.entry));
    let all = budget == Budget::Store;
    // From a merge with a person's words on, an entry counts as the person's.
    let persons = open.iter().filter(|c| !of_dreams(c)).filter_map(|c| c.survivor.as_ref());
    let persons: Set<&EntryId> = Set::of(persons.map(|target| &target.entry));
    // The index has a limit of its own, but what a model wrote stands there, too, and agents read it with the rest.
    let is_of_index = |path: &MemoryPath, kind: Option<Kind>| {
        kind == Some(Kind::Index) || all && path.as_str() == Kind::Index.path()
    };
    let staying = world.entries.iter().filter(|entry| {
        let id = &entry.record.id;
        !gone.contains(id)
            && !is_of_index(&entry.path, entry.record.kind)
            && entry.piece.form != Form::Code
            && (all || !persons.contains(id) && is_learned(&entry.record, pruning.ledger))
    });
    let is_code = |target: &Target| {
        world.places.get(&target.entry).is_some_and(|entry| entry.piece.form == Form::Code)
    };
    let written = open.iter().copied().filter(|change| {
        change.text.is_some()
            && !change.targets.iter().any(is_code)
            && !is_of_index(&change.path, change.kind)
            && (all || of_dreams(change))
    });
    (staying.collect(), written.collect())
}

/// Whether only dreams wrote an entry: no person or agent at work wrote it, no reviewer reworded
/// it, it came from no other store, and all of that is also true of every entry that it replaced.
fn is_learned(record: &EntryRecord, ledger: &Ledger) -> bool {
    let mut open = vec![record];
    let mut seen = BTreeSet::new();
    while let Some(one) = open.pop() {
        let reworded = one.finder.is_none() && one.supersedes.is_empty();
        if one.origin != Origin::Dream || reworded || !one.sources.is_empty() {
            return false;
        }
        if seen.insert(&one.id) {
            open.extend(one.supersedes.iter().filter_map(|id| ledger.entries.get(id)));
        }
    }
    true
}

/// The tokens that the text of a change takes once it is written.
fn tokens_of(change: &Change) -> u64 {
    change.text.as_deref().map_or(0, |text| pack::tokens(render::rendered(text).len()))
}

fn of_entry<'a>(entry: &'a Located, pruning: &Pruning<'_>, budget: Budget) -> Weighed<'a> {
    let record = &entry.record;
    let world = pruning.world;
    let (tier, _, _, last_seen) = pruning.after_dream(entry);
    let support = pruning.reinforced.get(&record.id).map_or(record.support, |r| r.support);
    let credit = world.outcomes.credit(&record.text, record.kind, record.trust, &record.evidence);
    let basis = Basis { text: &record.text, support, trust: record.trust, credit, last_seen };
    let pinned = world.is_pinned(&entry.path) || world.is_pinned_entry(&record.id);
    let leaves = draft(entry, budget);
    let chartered = matches!(world.charter.rule(&leaves), Some(Ruling::Forbidden(_)));
    // A person rejected an earlier draft to retire this entry for lack of room, so the entry stays.
    let kept = gate::reviewed(&leaves, world).is_some_and(Verdict::rejects);
    Weighed {
        id: record.id.as_str(),
        score: budget.worth(world.scorer.score(&basis).total, record.kind),
        tokens: pack::tokens(record.text.len()),
        is_protected: pinned || chartered || kept || tier == Tier::Long || gate::is_held(entry),
    }
}

fn draft(entry: &Located, budget: Budget) -> Draft {
    let mut draft = Draft::about_entries(Operation::Retire, Cause::OverBudget, entry);
    draft.evidence.clone_from(&entry.record.evidence);
    draft.because = format!("{}: what stays {}.", budget.what(), budget.why());
    draft.doubted(match entry.record.origin {
        Origin::Dream => Doubt::NothingContradicts,
        Origin::Imported | Origin::Written => Doubt::NoDreamWroteIt,
    })
}

#[cfg(test)]
mod tests;
