//! How much an entry counts for reasons other than how well its words fit a query.

use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Tier};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{Form, is_lead_in};
use dreaming_text::{ValueKind, values};

use crate::identity::Located;

/// The weight of an entry whose tier and trust both have a weight of 100 percent: the product of
/// the two.
pub(super) const WHOLE: u64 = 100 * 100;

/// Whether an agent that works for `principal` may load the entry.
pub(super) fn may_load(entry: &Located, principal: Option<&str>) -> bool {
    let scope = entry.record.principal.as_deref();
    holds(entry) && (scope.is_none() || scope == principal)
}

/// Whether the entry may be loaded by itself: not the part of a table or of code, which prompts alone show as such.
pub(super) fn may_pack(entry: &Located, principal: Option<&str>) -> bool {
    !entry.piece.form.is_part() && may_load(entry, principal)
}

/// Whether the entry is a statement that holds by now.
pub(super) fn holds(entry: &Located) -> bool {
    stands(entry) && !is_lead_in(&entry.record.text)
}

/// Whether the entry is for everybody, and may say what does not hold: a statement, or what introduces one and names a
/// value (`Sharded on the branch `one`:`).
pub(super) fn may_be_wrong(entry: &Located) -> bool {
    let has_value = |text: &str| values(text).iter().any(|value| value.kind != ValueKind::Name);
    let says_something = !is_lead_in(&entry.record.text) || has_value(&entry.record.text);
    // A line of code with a secret is left to people.
    let is_secret = entry.has_secret && entry.piece.form == Form::Code;
    stands(entry) && entry.record.principal.is_none() && says_something && !is_secret
}

fn stands(entry: &Located) -> bool {
    entry.record.valid_to.is_none() && entry.record.kind != Some(Kind::Index)
}

/// The product of the weights of tier and trust; [`WHOLE`] stands for 100 percent of both.
pub(super) fn percent(record: &EntryRecord) -> u64 {
    tier(record.tier) * trust(record.trust)
}

/// The weight of a tier in percent. Chosen by us: support by many sessions counts more than one
/// word that matches the query by chance, and less than two such words.
fn tier(tier: Tier) -> u64 {
    match tier {
        Tier::Short => 100,
        Tier::Intermediate => 120,
        Tier::Long => 140,
    }
}

/// The weight of a trust in percent. Chosen by us, relative to the words of an agent: words of
/// people count more, words from outside half.
fn trust(trust: Trust) -> u64 {
    match trust {
        Trust::External => 50,
        Trust::Tool => 80,
        Trust::Agent => 100,
        Trust::Verified => 115,
        Trust::User => 125,
    }
}

/// The order of entries when the query does not decide: the entry with the greater value goes
/// first.
pub(super) fn standing(record: &EntryRecord) -> (Tier, Trust, Option<Time>) {
    (record.tier, record.trust, record.last_seen)
}
