//! How much an entry counts beside its words.

use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Tier};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::is_lead_in;

use crate::identity::Located;

/// The product of two weights of 100 percent.
pub(super) const WHOLE: u64 = 100 * 100;

/// Whether an agent that works for `principal` may load the entry.
pub(super) fn may_load(entry: &Located, principal: Option<&str>) -> bool {
    let record = &entry.record;
    let scope = record.principal.as_deref();
    let holds = record.valid_to.is_none();
    holds
        && !is_lead_in(&record.text)
        && record.kind != Some(Kind::Index)
        && (scope.is_none() || scope == principal)
}

/// The weights of tier and trust, multiplied, of [`WHOLE`].
pub(super) fn percent(record: &EntryRecord) -> u64 {
    tier(record.tier) * trust(record.trust)
}

/// Chosen by us: what many sessions support counts more than one word that a query has by chance,
/// and less than two.
fn tier(tier: Tier) -> u64 {
    match tier {
        Tier::Short => 100,
        Tier::Intermediate => 120,
        Tier::Long => 140,
    }
}

/// Chosen by us, around what a store holds that nothing is known of: words of people count more,
/// words from outside half.
fn trust(trust: Trust) -> u64 {
    match trust {
        Trust::External => 50,
        Trust::Tool => 80,
        Trust::Agent => 100,
        Trust::Verified => 115,
        Trust::User => 125,
    }
}

/// What goes before what, whatever the query: later is better.
pub(super) fn standing(record: &EntryRecord) -> (Tier, Trust, Option<Time>) {
    (record.tier, record.trust, record.last_seen)
}
