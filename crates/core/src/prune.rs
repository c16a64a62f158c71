//! Finds the entries to take out: those that nothing supports any more, and those for which there
//! is no room. [`crate::reconcile`] takes out values that were replaced, and [`crate::index`] lines
//! of the index.
//!
//! Nothing is taken out unattended: every retirement waits for a person, who also decides about
//! entries that people and agents wrote. Entries that the charter keeps, pinned entries and long
//! established entries never go for their age or for lack of room.

mod budget;
mod room;
mod stale;

pub(crate) use budget::{By, Weighed, keep};
pub(crate) use room::{Budget, make_room};

use std::collections::BTreeSet;

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Ledger, Origin, Tier};
use dreaming_records::plan::{Cause, Operation, Reinforcement};
use dreaming_records::time::Time;
use dreaming_text::Map;

use crate::draft::Draft;
use crate::identity::Located;
use crate::review_reason::Doubt;
use crate::world::World;

use self::stale::stale;

/// What pruning looks at.
#[derive(Debug)]
pub(crate) struct Pruning<'a> {
    /// The store as the plan finds it.
    pub world: &'a World<'a>,
    /// Its ledger, with what was retired.
    pub ledger: &'a Ledger,
    /// What the dream found about the support of entries, by entry.
    pub reinforced: Map<&'a EntryId, &'a Reinforcement>,
}

impl Pruning<'_> {
    /// The tier, the number of pieces of evidence, the number of sessions and the last-seen time
    /// that an entry has after this dream.
    fn after_dream(&self, entry: &Located) -> (Tier, usize, u64, Option<Time>) {
        let record = &entry.record;
        match self.reinforced.get(&record.id) {
            Some(r) => (r.tier, r.evidence.len(), r.support.sessions, r.last_seen),
            None => (record.tier, record.evidence.len(), record.support.sessions, record.last_seen),
        }
    }
}

/// Drafts that retire entries that a dream added and that nothing supports any more, because their
/// sessions were withdrawn or no session has supported them for long. Entries that people or agents
/// wrote never go stale, because nothing tells how often they were of use; nor do those that took the place of such an
/// entry: who corrects a line wants it to last no less. `accepted` says when
/// somebody accepted an entry. An acceptance counts like a session: a person who accepts what old
/// sessions say does not want it out again at once.
pub(crate) fn prune(pruning: &Pruning<'_>, accepted: &Map<EntryId, Time>) -> Vec<Draft> {
    let of_dream = |entry: &&Located| {
        entry.record.origin == Origin::Dream && entry.record.kind != Some(Kind::Index)
    };
    let draft = |entry: &Located| {
        let aged =
            || stale(entry, pruning, accepted).filter(|_| !is_of_written(entry, pruning.ledger));
        unsupported(entry, pruning).or_else(aged)
    };
    pruning.world.entries.iter().filter(of_dream).filter_map(draft).collect()
}

/// Whether an entry took the place of one that no dream added, at once or over others.
fn is_of_written(entry: &Located, ledger: &Ledger) -> bool {
    let mut left: Vec<&EntryId> = entry.record.supersedes.iter().collect();
    let mut seen: BTreeSet<&EntryId> = BTreeSet::new();
    while let Some(id) = left.pop() {
        match ledger.entries.get(id).filter(|_| seen.insert(id)) {
            Some(record) if record.origin != Origin::Dream => return true,
            record => left.extend(record.into_iter().flat_map(|record| &record.supersedes)),
        }
    }
    false
}

fn unsupported(entry: &Located, pruning: &Pruning<'_>) -> Option<Draft> {
    let (_, evidence, sessions, _) = pruning.after_dream(entry);
    if evidence > 0 || sessions > 0 {
        return None;
    }
    let mut draft = Draft::about_entries(Operation::Retire, Cause::Withdrawn, entry);
    draft.because = "The sessions that supported it were withdrawn or erased.".into();
    Some(draft.doubted(Doubt::NothingContradicts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use crate::world::Asked;
    use dreaming_fixtures::revisions::fingerprint;
    use dreaming_records::engine::Engine;
    use dreaming_records::ledger::{EntryRecord, Support};
    use dreaming_records::memory::Memory;
    use dreaming_records::policy::Policy;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::DAY_MS;

    /// The causes for which an entry with this tier, origin and number of sessions is retired `age`
    /// days after it was last seen.
    fn pruned(tier: Tier, sessions: u64, age: i64, origin: Origin) -> Vec<Cause> {
        let seen = Time::from_millis(400 * DAY_MS);
        let now = Time::from_millis(seen.millis() + age * DAY_MS);
        let mut store = Snapshot::new("");
        let memory = Memory::new("learned/facts.md", "- The shop runs on port 8080.\n", None);
        store.add_memory(memory.unwrap()).unwrap();
        let mut read = resolve(&store, now, crate::redact);
        let record = EntryRecord {
            origin,
            tier,
            support: Support { sessions, agents: 1, days: sessions },
            last_seen: Some(seen),
            ..EntryRecord::clone(&read.entries[0].record)
        };
        read.entries[0].record = record.into();
        let policy = Policy::default();
        let engine = Engine { fingerprint: fingerprint(), redact: crate::redact };
        let asked = Asked { policy: &policy, instructions: "", now };
        let world = World::new(&engine, &store, &read, asked, dreaming_text::Map::default());
        let pruning = Pruning { world: &world, ledger: &read.ledger, reinforced: Map::of([]) };
        prune(&pruning, &Map::of([])).iter().map(|draft| draft.cause).collect()
    }

    #[test]
    fn what_was_seen_once_goes_first_what_recurred_later_and_what_is_established_never() {
        let stale = |tier, age| !pruned(tier, 2, age, Origin::Dream).is_empty();
        assert!(!stale(Tier::Short, 89) && stale(Tier::Short, 90));
        assert!(!stale(Tier::Intermediate, 179) && stale(Tier::Intermediate, 180));
        assert!(!stale(Tier::Long, 30_000));
    }

    #[test]
    fn what_nothing_supports_goes_at_once_unless_somebody_wrote_it() {
        assert_eq!(pruned(Tier::Short, 0, 0, Origin::Dream), [Cause::Withdrawn]);
        assert_eq!(pruned(Tier::Short, 1, 0, Origin::Dream), []);
        for origin in [Origin::Written, Origin::Imported] {
            assert_eq!(pruned(Tier::Short, 0, 30_000, origin), []);
        }
    }
}
