//! From candidates and entries to changes: every plan is made in these steps.
//!
//! ```text
//! candidates + entries → drafts → decided changes → what follows from them, decided → arranged changes
//! ```
//!
//! Transcripts are not read here: what sessions taught comes as candidates with their evidence,
//! whoever found them.

use std::mem::take;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::statement;
use dreaming_records::engine::Engine;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::ledger::Pairs;
use dreaming_records::outcome::Credit;
use dreaming_records::plan::{
    Change, OpenConflict, Reinforcement, Rejected, Stage, WAITS_TO_BE_WRITTEN,
};
use dreaming_records::snapshot::Snapshot;

use crate::draft::Draft;
use crate::elsewhere;
use crate::identity::{Located, Resolution};
use crate::prune::{Budget, Pruning};
use crate::reconcile::{self, Reconciled, belongs, outgrown, pair_questions, represented};
use crate::settle::{Settled, settle};
use crate::world::{Asked, World};
use crate::{apply, arrange, gate, index, placed, prune, steer};
use dreaming_text::{Map, Set, sort};

/// What sessions taught.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// What may become an entry or support one, in any order.
    pub candidates: Vec<Candidate>,
    /// Sessions of the ledger in which nothing was looked for.
    pub unseen: Set<SessionId>,
    /// What speaks for and against sessions, by the session id in the transcript.
    pub credit: Map<SessionId, Credit>,
    /// What was turned down before planning began.
    pub rejected: Vec<Rejected>,
    /// What a model said of pairs of statements, by
    /// [`pair_questions::key`](crate::reconcile::pair_questions::key).
    pub compared: Pairs,
    /// Words of candidates that a memory says in words of its own. They are not added.
    pub documented: Set<String>,
}

/// What would change, and what a person should know of it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The changes, in the order in which they are applied.
    pub changes: Vec<Change>,
    /// Entries that are supported anew or no longer.
    pub reinforcements: Vec<Reinforcement>,
    /// What only a person can decide.
    pub conflicts: Vec<OpenConflict>,
    /// What was turned down, sorted.
    pub rejected: Vec<Rejected>,
    /// The length of the index, if agents would not load all of it whichever changes are accepted.
    pub index_over: Option<index::Length>,
    /// Warnings for people, as sentences.
    pub notes: Vec<String>,
}

/// Makes the changes of a plan over a store. `read` has the store's entries, and its ledger with
/// the records of all sessions that count.
pub fn plan(
    engine: &Engine,
    store: &Snapshot,
    read: &Resolution,
    asked: Asked<'_>,
    learned: Learned,
) -> Planned {
    draft(engine, store, read, asked, learned).plan()
}

/// The first step of [`plan`]: drafts of what candidates and entries would change, before any is
/// decided about.
pub fn draft<'a>(
    engine: &Engine,
    store: &'a Snapshot,
    read: &'a Resolution,
    asked: Asked<'a>,
    learned: Learned,
) -> Drafted<'a> {
    let Learned { mut candidates, unseen, credit, mut rejected, compared, documented } = learned;
    // Sorted, so that the same candidates give the same bytes, whoever found them and in whatever
    // order.
    sort::all(&mut candidates);
    candidates.dedup();
    let policy = asked.policy;
    let world = World::new(engine, store, read, asked, credit);
    let (wanted, excluded) = steer::candidates(candidates.clone(), policy);
    let (wanted, said) = represented::without_documented(wanted, &documented, &read.entries);
    let settled = |draft: &Draft| gate::settled(draft, &world);
    let ledger = &read.ledger;
    let outgrown = outgrown::outgrown(&read.entries, &candidates, &unseen, settled, ledger, policy);
    let hints = pair_questions::hints(&read.entries, &compared);
    let known = (&read.entries[..], &read.ledger);
    let mut found = reconcile::reconcile(known, &wanted, &hints, outgrown, &settled, policy);
    let steered = excluded.iter().filter_map(|candidate| steer::rejected(candidate, policy));
    rejected.extend(steered.chain(said));
    rejected.append(&mut found.rejected);
    let drafts = take(&mut found.drafts);
    let excluded = Set::of(excluded.iter().map(|c| statement(c.kind, c.words())));
    let mut drafted = Drafted { read, world, found, drafts: Vec::new(), excluded, rejected };
    let mut drafts = with_worn(drafts, &drafted.pruning(), store);
    drafted.rejected.extend(placed::place(&mut drafts, &drafted.world, &read.ledger));
    drafted.drafts = drafts;
    drafted
}

/// What would change, before anything is decided about it.
#[derive(Debug)]
pub struct Drafted<'a> {
    read: &'a Resolution,
    world: World<'a>,
    found: Reconciled,
    drafts: Vec<Draft>,
    /// The statements that a setting (`steer.kinds`, `steer.ignore`) turned down.
    excluded: Set<Digest>,
    /// What was turned down so far.
    rejected: Vec<Rejected>,
}

impl Drafted<'_> {
    /// The drafts that wait until a model has written from all findings: each statement once, by
    /// its digest.
    pub fn waiting(&self) -> Set<Digest> {
        Set::of(
            self.drafts.iter().filter(|draft| draft.waits).filter_map(|draft| draft.statement()),
        )
    }

    /// Whether sessions show a statement that nothing in the store says: it waits until a model has
    /// written from all findings, or a setting turned it down. `waiting`: what [`Self::waiting`]
    /// gives.
    pub fn is_unsaid(&self, statement: &Digest, waiting: &Set<Digest>) -> bool {
        waiting.contains(statement) || self.excluded.contains(statement)
    }

    /// Whether a person decided against what would be proposed of these places.
    pub fn is_settled(&self, places: &[Evidence]) -> bool {
        self.rejected.iter().any(|r| r.stage == Stage::Gate && r.evidence == places)
    }

    /// The rows of tables after which a new one may come.
    pub fn rows(&self) -> Set<EntryId> {
        placed::rows(&self.world)
    }

    /// What could not be decided, and a person is asked.
    pub fn conflicts(&self) -> &[OpenConflict] {
        &self.found.conflicts
    }

    /// Whether nobody may take an entry out, for example because a person pinned it.
    pub fn must_stay(&self, entry: &Located) -> bool {
        gate::is_forbidden(&outgrown::retired(entry), &self.world)
    }

    /// The changes that the plan would have if no draft waited for a model to write, and if the
    /// budgets of statements had room for all.
    pub fn without_waiting(&self) -> Vec<Change> {
        settle(self.drafts.clone(), &self.pruning(), &[Budget::Learned, Budget::Store]).changes
    }

    /// Decides about the drafts and makes the changes of the plan from them.
    pub fn plan(mut self) -> Planned {
        let mut drafts = Vec::with_capacity(self.drafts.len());
        for draft in take(&mut self.drafts) {
            if draft.waits {
                self.rejected.push(draft.rejected(WAITS_TO_BE_WRITTEN));
            } else {
                drafts.push(draft);
            }
        }
        let settled = settle(drafts, &self.pruning(), &[]);
        let Settled { mut changes, mut rejected, index_over, mut notes } = settled;
        elsewhere::tell(&mut changes, &self.world);
        notes.extend(arrange::warning(&changes, &self.world));
        rejected.append(&mut self.rejected);
        sort::all(&mut rejected);
        rejected.dedup();
        let Reconciled { reinforcements, mut conflicts, .. } = self.found;
        belongs::tell(&mut changes, &mut conflicts, &self.read.entries, self.world.redact);
        Planned { changes, reinforcements, conflicts, rejected, index_over, notes }
    }

    fn pruning(&self) -> Pruning<'_> {
        Pruning {
            world: &self.world,
            ledger: &self.read.ledger,
            reinforced: Map::of(self.found.reinforcements.iter().map(|r| (&r.entry, r))),
        }
    }
}

/// The drafts, plus drafts that retire entries that nothing supports or that went stale, except
/// where another draft already touches the entry.
fn with_worn(mut drafts: Vec<Draft>, pruning: &Pruning<'_>, store: &Snapshot) -> Vec<Draft> {
    let worn = prune::prune(pruning, &apply::accepted_at(store));
    let touched: Set<EntryId> = Set::of(drafts.iter().flat_map(|d| d.touched().cloned()));
    drafts.extend(worn.into_iter().filter(|draft| !draft.touched().any(|id| touched.contains(id))));
    drafts
}

#[cfg(test)]
mod tests;
