//! What goes: one function decides it.

use std::collections::BTreeMap;

use crate::ids::EntryId;
use crate::kind::Kind;
use crate::ledger::{Origin, Tier};
use crate::plan::{Cause, Operation};
use crate::policy::{self, Policy};
use crate::read::identity::Located;
use crate::reconcile::draft::Draft;
use crate::time::Time;

/// Entries that a dream added, that were seen in few sessions and in none for long. What people
/// or agents wrote never goes stale here: nothing tells how often it was of use. A line of the index
/// goes with what it names. `accepted` says when somebody took an entry in: that counts like a
/// session, for a person who takes in what old sessions say does not want it out again at once.
pub fn prune(
    entries: &[Located],
    accepted: &BTreeMap<EntryId, Time>,
    now: Time,
    policy: &Policy,
) -> Vec<Draft> {
    let limit = policy.number(&policy::STALE_DAYS);
    let stale = |entry: &&Located| {
        let record = &entry.record;
        let seen =
            record.last_seen.map(|seen| seen.max(*accepted.get(&record.id).unwrap_or(&seen)));
        let age = seen.map(|seen| now.days_since(seen));
        record.origin == Origin::Dream
            && record.kind != Some(Kind::Index)
            && record.tier != Tier::Long
            && age.is_some_and(|age| age >= limit)
    };
    let draft = |entry: &Located| {
        let mut draft = Draft::about_entries(Operation::Retire, Cause::Stale, entry);
        let seen = entry.record.last_seen.unwrap_or_default();
        let days = now.days_since(seen);
        draft.evidence.clone_from(&entry.record.evidence);
        draft.because = format!("No session has supported it for {days} days.");
        draft.doubt = Some("nothing contradicts it".into());
        draft
    };
    entries.iter().filter(stale).map(draft).collect()
}
