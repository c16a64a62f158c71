//! The changed support of entries: what sessions add to it, and what withdrawn sessions take away.

use std::collections::BTreeMap;

use dreaming_records::evidence;
use dreaming_records::ids::EntryId;
use dreaming_records::ledger::{EntryRecord, Ledger, Origin};
use dreaming_records::plan::Reinforcement;
use dreaming_records::policy::{self, Policy};
use dreaming_records::roots::widest;
use dreaming_records::withdrawn;
use dreaming_text::Set;

use crate::identity::Located;
use crate::reconcile::host_support::Counted;
use crate::tier;

/// The changed support of entries, by entry. Boxed, so that maps share compiled code.
#[derive(Debug, Default)]
pub(crate) struct Supports(BTreeMap<EntryId, Box<Reinforcement>>);

impl Supports {
    /// Takes the support by withdrawn sessions from entries. An entry that a dream added gets the
    /// time of its newest remaining evidence; entries that people wrote keep their time.
    pub(crate) fn withdraw(&mut self, entries: &[Located], ledger: &Ledger) {
        let gone = withdrawn::all(&ledger.sessions);
        if gone.is_empty() {
            return;
        }
        for entry in entries {
            let record = &entry.record;
            if !record.evidence.iter().any(|piece| gone.contains(&piece.session)) {
                continue;
            }
            let mut left = Reinforcement::of(record);
            (left.evidence, left.support) =
                withdrawn::left(&record.evidence, record.support, &gone, &ledger.sessions);
            let newest = left.evidence.iter().filter_map(|piece| piece.time).max();
            if record.origin == Origin::Dream {
                left.last_seen = newest.or(record.last_seen);
            }
            self.0.insert(record.id.clone(), left.into());
        }
    }

    /// Adds what counts to the support of the entry.
    pub(crate) fn add(&mut self, record: &EntryRecord, counted: Counted) {
        let known = self.0.entry(record.id.clone());
        let known = known.or_insert_with(|| Reinforcement::of(record).into());
        known.evidence.extend(counted.evidence);
        known.support = widest(known.support, counted.support);
        known.last_seen = known.last_seen.max(counted.last);
    }

    /// What differs from the records of the ledger. `disputed` entries have the lowest tier.
    pub(crate) fn finish(
        mut self,
        entries: &[Located],
        ledger: &Ledger,
        disputed: &Set<EntryId>,
        policy: &Policy,
    ) -> Vec<Reinforcement> {
        let limit = policy.size(&policy::MAX_EVIDENCE);
        for entry in entries {
            let record = &entry.record;
            let tier = tier::of_entry(record.support, disputed.contains(&record.id), policy);
            if tier != record.tier {
                let known = self.0.entry(record.id.clone());
                known.or_insert_with(|| Reinforcement::of(record).into());
            }
        }
        let finished = |(id, mut found): (EntryId, Box<Reinforcement>)| {
            let record = ledger.entries.get(&id)?;
            found.tier = tier::of_entry(found.support, disputed.contains(&id), policy);
            found.evidence = evidence::select(found.evidence, limit);
            (*found != Reinforcement::of(record)).then_some(*found)
        };
        self.0.into_iter().filter_map(finished).collect()
    }
}
