//! Entries to take out: those that nothing supports any more, and those that there is no room for. Values
//! that were replaced go in [`crate::reconcile`]; lines of the index with what they name.
//!
//! Nothing is taken out unattended: every retirement waits for a person, who also decides about what
//! people and agents wrote. What the charter keeps, pinned and long established entries never go for their
//! age or for want of room.

mod budget;
mod room;

pub(crate) use budget::{Weighed, keep};
pub(crate) use room::{Budget, make_room};

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Ledger, Origin, Tier};
use dreaming_records::plan::{Cause, Operation, Reinforcement};
use dreaming_records::policy;
use dreaming_records::time::Time;
use dreaming_text::Map;

use crate::doubt::Doubt;
use crate::draft::Draft;
use crate::identity::Located;
use crate::world::World;

/// What pruning looks at.
#[derive(Debug)]
pub(crate) struct Pruning<'a> {
    /// The base.
    pub world: &'a World<'a>,
    /// Its ledger, with what was retired.
    pub ledger: &'a Ledger,
    /// What the dream found about the support of entries, by entry.
    pub reinforced: Map<&'a EntryId, &'a Reinforcement>,
}

impl Pruning<'_> {
    /// Tier, pieces of evidence, sessions and last-seen time of an entry, after this dream.
    fn after_dream(&self, entry: &Located) -> (Tier, usize, u64, Option<Time>) {
        let record = &entry.record;
        match self.reinforced.get(&record.id) {
            Some(r) => (r.tier, r.evidence.len(), r.support.sessions, r.last_seen),
            None => (record.tier, record.evidence.len(), record.support.sessions, record.last_seen),
        }
    }
}

/// Entries that a dream added and that nothing supports any more: because their sessions were
/// withdrawn, or because no session has supported them for long. What people or agents wrote never
/// goes stale: nothing tells how often it was of use. `accepted` says when somebody took an entry in:
/// that counts like a session, for a person who takes in what old sessions say does not want it out
/// again at once.
pub(crate) fn prune(pruning: &Pruning<'_>, accepted: &Map<EntryId, Time>) -> Vec<Draft> {
    let of_dream = |entry: &&Located| {
        entry.record.origin == Origin::Dream && entry.record.kind != Some(Kind::Index)
    };
    let draft =
        |entry: &Located| unsupported(entry, pruning).or_else(|| stale(entry, pruning, accepted));
    pruning.world.entries.iter().filter(of_dream).filter_map(draft).collect()
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

fn stale(entry: &Located, pruning: &Pruning<'_>, accepted: &Map<EntryId, Time>) -> Option<Draft> {
    let (tier, _, _, last_seen) = pruning.after_dream(entry);
    let limit = pruning.world.policy.number(match tier {
        Tier::Short => &policy::STALE_DAYS,
        Tier::Intermediate => &policy::STALE_DAYS_INTERMEDIATE,
        Tier::Long => return None,
    });
    let seen = last_seen?;
    let counts = seen.max(*accepted.get(&entry.record.id).unwrap_or(&seen));
    if pruning.world.now.days_since(counts) < limit {
        return None;
    }
    let mut draft = Draft::about_entries(Operation::Retire, Cause::Stale, entry);
    draft.evidence.clone_from(&entry.record.evidence);
    let days = pruning.world.now.days_since(seen);
    draft.because = format!("No session has supported it for {days} days.");
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

    /// One entry that a dream added `age` days ago, in a tier.
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
