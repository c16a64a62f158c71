//! Figures about agents, roles, tasks and people, from the sessions of a store, for whoever directs
//! them. A pure function of the session records; it reads no text of the store and asks no model.
//!
//! Whatever is called better, worse, rising or unusual has passed a test that noise seldom passes;
//! with few sessions nothing passes, and only the plain counts remain. The tests do not explain: an
//! agent that gets the harder tasks looks weaker.

#![warn(unreachable_pub)]

mod anomalies;
mod clusters;
mod group_comparison;
mod groups;
mod hand_off_flows;
mod shared;
mod stats_document;
mod trends;

#[cfg(test)]
mod tests;

use dreaming_records::copies;
use dreaming_records::fingerprint::Fingerprint;
use dreaming_records::number::count;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;

use dreaming_learn::outcome::Judge;
use dreaming_learn::select;
use dreaming_text::sort;

use stats_document::STATS_FORMAT;
pub use stats_document::{
    Anomaly, AnomalyOf, Cluster, Direction, Finding, FlowCount, Group, HandOffs, Measure, Of,
    Outcomes, Period, Recurring, SharedPreference, SourceOutcomes, Stats, Trend, Trends, Unit,
};

/// The figures of the sessions that the ledger of `store` keeps whole and that `policy` selects. A
/// second file of a session does not count. `now` only decides which week has not ended yet.
pub fn stats(fingerprint: Fingerprint, store: &Snapshot, policy: &Policy, now: Time) -> Stats {
    let all = copies::distinct(&store.ledger.sessions);
    let doubled = copies::left_out(&store.ledger.sessions, &all);
    let judge = Judge::new(all.iter().copied());
    let takes = |record: &&SessionRecord| select::takes(&record.notes, &judge, policy);
    let records: Vec<&SessionRecord> = all.iter().copied().filter(takes).collect();
    let by = |of: Of| groups::groups(&records, of, policy, &judge);
    let (agents, roles, tasks) = (by(Of::Agent), by(Of::Role), by(Of::Task));
    let (strengths, weaknesses) = group_comparison::findings(&records, &judge);
    let trends = trends::trends(&records, now, &judge);
    Stats {
        format: STATS_FORMAT.into(),
        fingerprint,
        now,
        policy: policy.clone(),
        doubled,
        left_out: count(all.len() - records.len()),
        totals: groups::group("", &records, policy, &judge),
        agents,
        roles,
        tasks,
        principals: by(Of::Principal),
        strengths,
        weaknesses,
        hand_offs: hand_off_flows::hand_offs(&records),
        anomalies: anomalies::anomalies(&records, &trends),
        trends,
        clusters: clusters::clusters(&records, &judge),
        shared_preferences: shared::preferences(&records, policy),
    }
}

/// `part` of `whole` in parts per million; `None` if `whole` is 0.
fn share(part: u64, whole: u64) -> Option<u64> {
    part.saturating_mul(1_000_000).checked_div(whole)
}

/// The tool calls in these sessions, and how many failed.
fn calls(records: &[&SessionRecord]) -> (u64, u64) {
    let tools = records.iter().flat_map(|record| &record.notes.tools);
    tools.fold((0, 0), |(made, failed), tool| (made + tool.calls, failed + tool.failed))
}

/// Sorts by `key` and keeps the first `most`.
fn keep_first<T, K: Ord>(all: &mut Vec<T>, most: usize, key: impl Fn(&T) -> K) {
    sort::by_cached_key(all, key);
    all.truncate(most);
}

/// The median; of an even number of values the lower middle one.
fn median(mut values: Vec<u64>) -> u64 {
    sort::all(&mut values);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// When a session ended, if its record says.
fn ended(record: &SessionRecord) -> Option<Time> {
    record.notes.last.or(record.notes.first)
}
