//! What was said once and was retired: it comes back with new evidence only.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::evidence::Evidence;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{Ledger, RetiredBy};
use dreaming_records::revision::evidence_digest;
use dreaming_records::time::Time;
use dreaming_text as text;

/// What is known of retired entries of one text.
pub(super) struct Retired {
    /// How the last one went.
    pub(super) by: RetiredBy,
    /// The evidence that they had.
    evidence: BTreeSet<Digest>,
    /// Until when the evidence reached that the ledger no longer has, see [`crate::retention`].
    until: Option<Time>,
}

impl Retired {
    /// Whether they had this evidence.
    pub(super) fn had(&self, evidence: &Evidence) -> bool {
        evidence.time.is_some() && evidence.time <= self.until
            || self.evidence.contains(&evidence_digest(evidence))
    }
}

/// What is known of the retired entries of a ledger, by their words in normal form.
pub(super) fn retired(ledger: &Ledger) -> BTreeMap<String, Retired> {
    let mut found: BTreeMap<String, Retired> = BTreeMap::new();
    for record in ledger.entries.values() {
        let Some(retirement) = &record.retired else { continue };
        // Nobody decided against its words: they come back when sessions show them again.
        if retirement.by == RetiredBy::Outgrown {
            continue;
        }
        let by = retirement.by;
        let none = || Retired { by, evidence: BTreeSet::new(), until: None };
        let known = found.entry(text::normal(&record.text)).or_insert_with(none);
        known.by = by;
        known.evidence.extend(record.evidence.iter().map(evidence_digest));
        if record.evidence.is_empty() && record.support.sessions > 0 {
            known.until = known.until.max(record.last_seen);
        }
    }
    found
}
