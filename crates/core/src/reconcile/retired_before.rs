//! Finds statements that were retired before: they come back only with new evidence.

use dreaming_records::candidate::without_name;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{EntryRecord, Ledger, RetiredBy};
use dreaming_records::number::count;
use dreaming_records::revision::evidence_digest;
use dreaming_records::time::Time;
use dreaming_text::{self as text, Groups, Set};

/// The retired entries of a ledger, by their words in normal form. Outgrown entries are left out:
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

    /// How the entry with this text (in normal form) that was retired last was retired, and whether
    /// the retired entries with this text had all of `evidence` already; `None` when there is no
    /// such entry.
    pub(super) fn had(&self, normal: &str, evidence: &[Evidence]) -> Option<(RetiredBy, bool)> {
        let records = self.0.get(normal);
        let by = records.clone().last()?.retired.as_ref()?.by;
        let known: Set<Digest> =
            Set::of(records.clone().flat_map(|record| &record.evidence).map(evidence_digest));
        // The latest time of evidence that retention dropped from entries, see
        // [`crate::retention`]: evidence up to that time counts as known.
        // Of a shortened entry the evidence without a time is left.
        let is_short = |record: &EntryRecord| {
            let left = Set::of(record.evidence.iter().map(|piece| &piece.session)).len();
            record.evidence.iter().all(|piece| piece.time.is_none())
                && count(left) < record.support.sessions
        };
        let short = records.filter(|record| is_short(record));
        let until: Option<Time> = short.filter_map(|record| record.last_seen).max();
        let had = |piece: &Evidence| {
            piece.time.is_some() && piece.time <= until || known.contains(&evidence_digest(piece))
        };
        Some((by, evidence.iter().all(had)))
    }
}
