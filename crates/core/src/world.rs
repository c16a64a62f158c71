//! What all stages of a plan look at: the store as it was read, the policy, and what follows from
//! both.

use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_records::engine::Engine;
use dreaming_records::ids::{EntryId, SessionId};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::outcome::Credit;
use dreaming_records::policy::{self, Policy};
use dreaming_records::revision::Verdict;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::join::wide;
use dreaming_text::{Map, sort};

use crate::charter::Charter;
use crate::identity::{Located, Resolution};
use crate::losses::{Losses, taken};
use crate::scorer::Scorer;
use crate::statement_outcomes::StatementOutcomes;
use crate::steer::covers;

/// The terms of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Numbers and switches.
    pub policy: &'a Policy,
    /// The instructions against which relevance is measured; may be empty.
    pub instructions: &'a str,
    /// The time of the plan.
    pub now: Time,
}

/// The base of a plan. Nothing writes to it while a plan is made.
#[derive(Debug)]
pub(crate) struct World<'a> {
    /// The memories of the base.
    pub memories: &'a BTreeMap<MemoryPath, Arc<Memory>>,
    /// Their entries, by path and position.
    pub entries: &'a [Located],
    /// The same entries, by id.
    pub places: Places<'a>,
    /// Cuts secrets out of a text.
    pub redact: fn(&str) -> String,
    /// How the sessions of the base and of the dream went.
    pub outcomes: StatementOutcomes<'a>,
    /// The policy of the dream.
    pub policy: &'a Policy,
    /// The `now` of the dream.
    pub now: Time,
    /// The charter of the policy.
    pub charter: Charter<'a>,
    /// Scores statements by the instructions and the `now` of the dream.
    pub scorer: Scorer,
    /// What dreams over the same sessions took out earlier on the same day.
    pub taken: Losses,
    /// The newest verdict of a person about each change.
    pub reviews: Map<&'a str, &'a Verdict>,
}

impl<'a> World<'a> {
    /// The world of a dream over `store`; `read` is that store with its entries resolved. `credit`
    /// is what speaks for and against sessions, by the session id in the transcript.
    pub(crate) fn new(
        engine: &Engine,
        store: &'a Snapshot,
        read: &'a Resolution,
        asked: Asked<'a>,
        credit: Map<SessionId, Credit>,
    ) -> Self {
        Self {
            memories: &store.memories,
            entries: &read.entries,
            places: Places::new(&read.entries),
            redact: engine.redact,
            outcomes: StatementOutcomes::new(&read.ledger.sessions, credit, engine.redact),
            policy: asked.policy,
            now: asked.now,
            charter: Charter::of(asked.policy, engine.redact),
            scorer: Scorer::new(asked.instructions, asked.now, asked.policy),
            taken: taken(store, &read.ledger.cursor(), asked.now),
            reviews: newest_reviews(store),
        }
    }

    /// Whether a setting pins the memory: no change may touch it.
    pub(crate) fn is_pinned(&self, path: &MemoryPath) -> bool {
        self.policy.texts(&policy::PINNED_PATHS).iter().any(|pin| covers(pin, path))
    }

    /// Whether a setting pins the entry: no change may touch it, wherever it stands.
    pub(crate) fn is_pinned_entry(&self, entry: &EntryId) -> bool {
        self.policy.texts(&policy::PINNED_ENTRIES).iter().any(|pin| pin == entry.as_str())
    }
}

/// The entries by id. Nearly all ids differ in their first bytes, so these are compared first.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    entries: &'a [Located],
    order: Vec<(u64, u32)>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(entries: &'a [Located]) -> Self {
        Self { entries, order: sort::by_beginnings(entries, |entry| entry.record.id.as_str()) }
    }

    /// The entry with an id.
    pub(crate) fn get(&self, id: &EntryId) -> Option<&'a Located> {
        let first = sort::beginning(id.as_str());
        let entry = |at: u32| self.entries.get(wide(at));
        let place = self.order.binary_search_by(|(beginning, at)| {
            beginning.cmp(&first).then_with(|| entry(*at).map(|e| &e.record.id).cmp(&Some(id)))
        });
        self.order.get(place.ok()?).and_then(|(_, at)| entry(*at))
    }
}

pub(crate) fn newest_reviews(store: &Snapshot) -> Map<&str, &Verdict> {
    let reviews = store.decisions.values().flat_map(|record| &record.verdicts);
    Map::of(reviews.map(|review| (review.change.as_str(), review)))
}
