//! What was said once and was retired: it comes back with new evidence only.

use dreaming_records::candidate::without_name;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{EntryRecord, Ledger, RetiredBy};
use dreaming_records::revision::evidence_digest;
use dreaming_records::time::Time;
use dreaming_text::{self as text, Groups, Set};

/// The retired entries of a ledger, by their words in normal form. Those that were outgrown are not among them:
/// nobody decided against their words, and they come back when sessions show them again.
pub(super) struct Retired<'a>(Groups<String, &'a EntryRecord>);

impl<'a> Retired<'a> {
    pub(super) fn of(ledger: &'a Ledger) -> Self {
        let outgrown =
            |r: &&EntryRecord| r.retired.as_ref().is_none_or(|r| r.by == RetiredBy::Outgrown);
        let entries = ledger.entries.values().filter(|record| !outgrown(record));
        Self(Groups::of(entries.map(|record| {
            (text::normal(without_name(&record.text, record.principal.as_deref())), record)
        })))
    }

    /// How the last entry of a text in normal form went, and whether they had all of this evidence; `None` when
    /// there is none.
    pub(super) fn had(&self, normal: &str, evidence: &[Evidence]) -> Option<(RetiredBy, bool)> {
        let records = self.0.get(normal);
        let by = records.clone().last()?.retired.as_ref()?.by;
        let known: Set<Digest> =
            Set::of(records.clone().flat_map(|record| &record.evidence).map(evidence_digest));
        // Until when the evidence reached that the ledger no longer has, see [`crate::retention`].
        let short = records.filter(|r| r.evidence.is_empty() && r.support.sessions > 0);
        let until: Option<Time> = short.filter_map(|record| record.last_seen).max();
        let had = |piece: &Evidence| {
            piece.time.is_some() && piece.time <= until || known.contains(&evidence_digest(piece))
        };
        Some((by, evidence.iter().all(had)))
    }
}
