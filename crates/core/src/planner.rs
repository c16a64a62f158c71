//! From what is known to what would change: the one line that every plan goes along.
//!
//! ```text
//! candidates + entries → drafts → decided changes → room and index over them → arranged changes
//! ```
//!
//! It knows no transcript: what sessions taught comes as candidates with their evidence, whoever found them.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::candidate::Candidate;
use dreaming_records::engine::Engine;
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::outcome::Credit;
use dreaming_records::plan::{Change, OpenConflict, Reinforcement, Rejected, Stage};
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Verdict, evidence_digest};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text as text;
use dreaming_text::sort;

use crate::charter::Charter;
use crate::drift::{self, Drift};
use crate::fared::Fared;
use crate::gate::{self, Ground};
use crate::identity::Resolution;
use crate::reconcile::draft::Draft;
use crate::reconcile::{self, index, outgrown};
use crate::scorer::Scorer;
use crate::{apply, prune, steer};

/// Longest text of something that was turned down, in bytes, as plans list it. Chosen by us: enough to know
/// it again.
const MAX_TURNED_DOWN: usize = 300;

/// What is asked of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Numbers and switches.
    pub policy: &'a Policy,
    /// What relevance is measured by; may be empty.
    pub instructions: &'a str,
    /// The time of the plan.
    pub now: Time,
}

/// What sessions taught.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// What may become an entry or supports one, in any order.
    pub candidates: Vec<Candidate>,
    /// Sessions of the ledger in which nothing was looked for.
    pub unseen: BTreeSet<SessionId>,
    /// What speaks for and against sessions, by the id inside the transcript.
    pub credit: BTreeMap<SessionId, Credit>,
    /// What was turned down before.
    pub rejected: Vec<Rejected>,
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
    /// The length of an index that is too long whatever is accepted.
    pub index_over: Option<index::Length>,
    /// How far the store would drift.
    pub drift: Drift,
    /// Warnings for people, as sentences.
    pub notes: Vec<String>,
}

/// Plans over a store that is read: `read` has its entries, and its ledger with the records of all sessions
/// that count.
pub fn plan(
    engine: &Engine,
    store: &Snapshot,
    read: &Resolution,
    asked: Asked<'_>,
    learned: Learned,
) -> Planned {
    let Learned { mut candidates, unseen, credit, mut rejected } = learned;
    // Whoever found them, in whatever order: equal candidates give equal bytes.
    sort::all(&mut candidates);
    candidates.dedup();
    let policy = asked.policy;
    let sessions = &read.ledger.sessions;
    let (wanted, steered) = steer::candidates(candidates.clone(), policy);
    let outgrown = outgrown::outgrown(&read.entries, &candidates, &unseen, sessions);
    let mut found = reconcile::reconcile(&read.entries, &read.ledger, &wanted, outgrown, policy);
    let pruning = prune::Ground {
        entries: &read.entries,
        reinforced: sort::map(found.reinforcements.iter().map(|r| (&r.entry, r))),
        now: asked.now,
        policy,
    };
    let drafts = with_worn(std::mem::take(&mut found.drafts), &pruning, store);
    let ground = Ground {
        memories: &store.memories,
        places: gate::places(&read.entries),
        fared: Fared::new(sessions, credit, engine.redact),
        policy,
        charter: Charter::of(policy, engine.redact),
        scorer: Scorer::new(asked.instructions, asked.now, policy),
        taken: gate::taken(store, &read.ledger.cursor(), asked.now),
    };
    rejected.extend(steered);
    rejected.extend(std::mem::take(&mut found.rejected));
    let mut decide = Decide { ground: &ground, verdicts: newest_verdicts(store), rejected };

    let mut changes = decide.drafts(drafts);
    // Room and index follow from what was decided, and are decided in turn.
    let room = prune::make_room(&pruning, &ground, &mut changes, &mut decide.rejected);
    changes.extend(decide.removals(room.leaving));
    let index_over = decide.index(
        index::Ground { memories: &store.memories, entries: &read.entries, policy },
        &mut changes,
    );

    gate::settle(&mut changes, &ground);
    let entries = u64::try_from(read.entries.len()).unwrap_or(u64::MAX);
    let drift = drift::watch(&mut changes, store, entries, policy);
    let notes = room.note.into_iter().chain(gate::warning(&changes, &ground)).collect();
    let mut rejected = decide.rejected;
    sort::all(&mut rejected);
    rejected.dedup();
    Planned {
        changes,
        reinforcements: found.reinforcements,
        conflicts: found.conflicts,
        rejected,
        index_over,
        drift,
        notes,
    }
}

/// The drafts, and those for entries that nothing supports or that went stale, unless another draft is about
/// them.
fn with_worn(mut drafts: Vec<Draft>, ground: &prune::Ground<'_>, store: &Snapshot) -> Vec<Draft> {
    let worn = prune::prune(ground, &apply::accepted_at(store));
    let touched: BTreeSet<EntryId> = sort::tree(drafts.iter().flat_map(|d| d.touched().cloned()));
    drafts.extend(worn.into_iter().filter(|draft| !draft.touched().any(|id| touched.contains(id))));
    drafts
}

/// Turns drafts into changes: gate, steering, and what people decided before.
struct Decide<'a> {
    ground: &'a Ground<'a>,
    /// The newest verdict about each change.
    verdicts: BTreeMap<&'a str, &'a Verdict>,
    rejected: Vec<Rejected>,
}

impl Decide<'_> {
    fn drafts(&mut self, drafts: Vec<Draft>) -> Vec<Change> {
        let changes = gate::gate(drafts, self.ground);
        let steered = steer::additions(changes, self.ground.policy, &mut self.rejected);
        self.without_decided(steered)
    }

    /// Drafts that only take out: nobody steers those.
    fn removals(&mut self, drafts: Vec<Draft>) -> Vec<Change> {
        let changes = gate::gate(drafts, self.ground);
        self.without_decided(changes)
    }

    /// The lines of an index over what was decided; its length when it stays too long.
    fn index(
        &mut self,
        shelf: index::Ground<'_>,
        changes: &mut Vec<Change>,
    ) -> Option<index::Length> {
        let lines = self.drafts(index::index(shelf, changes));
        changes.extend(lines);
        let left_out = gate::gate(index::left_out(shelf, changes), self.ground);
        changes.extend(self.without_rejected(left_out));
        if index::over(shelf, changes).is_some() {
            let spare = self.removals(index::spare(shelf, changes));
            self.rejected.extend(index::shorten(shelf, changes, spare));
        }
        index::over(shelf, changes)
    }

    /// Takes out the changes that a person rejected, whatever their evidence: what they are about has not
    /// changed since.
    fn without_rejected(&self, mut changes: Vec<Change>) -> Vec<Change> {
        changes.retain(|change| {
            self.verdicts.get(change.id.as_str()).is_none_or(|verdict| verdict.accepted)
        });
        changes
    }

    /// Takes out the changes that a person decided against, or had in other words, unless they have
    /// evidence that the person had not seen. The newest verdict about a change counts.
    fn without_decided(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let mut kept = Vec::with_capacity(changes.len());
        for change in changes {
            let Some(reason) = self.decided(&change) else {
                kept.push(change);
                continue;
            };
            let said = change.text.as_deref().unwrap_or(&change.because);
            self.rejected.push(Rejected {
                stage: Stage::Gate,
                reason: reason.into(),
                text: text::cut(said, MAX_TURNED_DOWN).into(),
                evidence: change.evidence,
            });
        }
        kept
    }

    fn decided(&self, change: &Change) -> Option<&'static str> {
        let verdict = self.verdicts.get(change.id.as_str())?;
        let reason = match (verdict.accepted, &verdict.edited) {
            (false, _) => "rejected-before",
            (true, Some(_)) => "reworded-before",
            (true, None) => return None,
        };
        let seen = |digest: &Digest| verdict.evidence.binary_search(digest).is_ok();
        change.evidence.iter().map(evidence_digest).all(|digest| seen(&digest)).then_some(reason)
    }
}

/// The newest verdict about each change.
fn newest_verdicts(store: &Snapshot) -> BTreeMap<&str, &Verdict> {
    let verdicts = store.decisions.values().flat_map(|record| &record.verdicts);
    sort::map(verdicts.map(|verdict| (verdict.change.as_str(), verdict)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use dreaming_fixtures::{candidate, revisions};
    use dreaming_records::kind::Kind;
    use dreaming_records::memory::Memory;
    use dreaming_records::plan::{Gate, Operation};

    fn planned(store: &Snapshot, candidates: Vec<Candidate>) -> Planned {
        let fingerprint = revisions::fingerprint();
        let engine = Engine { fingerprint, redact: crate::redact };
        let policy = Policy::default();
        let now = dreaming_fixtures::time(9);
        let asked = Asked { policy: &policy, instructions: "", now };
        let read = resolve(store, now, crate::redact);
        plan(&engine, store, &read, asked, Learned { candidates, ..Learned::default() })
    }

    #[test]
    fn candidates_of_anybody_become_changes_that_wait_for_a_person() {
        let store = Snapshot::new("");
        let found = || {
            vec![
                candidate(Kind::Fact, "The queue of the shop lives in Redis."),
                candidate(Kind::Mistake, "Start the database before the tests."),
            ]
        };
        let there = planned(&store, found());
        let texts: Vec<&str> = there.changes.iter().filter_map(|c| c.text.as_deref()).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(there.changes.iter().all(|c| c.operation == Operation::Add));
        assert!(there.changes.iter().all(|c| c.gate == Gate::Review), "words wait for a person");
        // In any order, and once.
        let mut again: Vec<Candidate> = found().into_iter().rev().collect();
        again.extend(found());
        assert_eq!(planned(&store, again).changes, there.changes);
    }

    #[test]
    fn what_the_store_says_already_is_supported_and_not_added() {
        let mut store = Snapshot::new("");
        let text = "- The queue of the shop lives in Redis.\n";
        store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
        let found =
            planned(&store, vec![candidate(Kind::Fact, "The queue of the shop lives in Redis.")]);
        assert_eq!(found.changes, []);
        assert_eq!(found.reinforcements.len(), 1);
        assert_eq!(found.reinforcements[0].support.sessions, 2);
    }
}
