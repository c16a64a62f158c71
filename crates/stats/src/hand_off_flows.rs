//! Work that agents hand to each other, and where it fails.

use std::cmp::Reverse;

use dreaming_records::session_record::SessionRecord;
use dreaming_text::Groups;

use super::group_comparison::{Table, limit};
use super::groups::{add, name, shown};
use super::keep_first;
use super::stats_document::{FlowCount, HandOffs, Of};

/// How many pairs are listed at most. Chosen by us: a person can still read such a table.
const MAX_PAIRS: usize = 50;

/// The pairs of agents, those with most failures first.
pub(super) fn hand_offs(records: &[&SessionRecord]) -> Vec<FlowCount> {
    let mut all = Vec::new();
    for record in records {
        let from = name(&record.notes, Of::Agent);
        let given = record.notes.hand_offs.iter().map(|given| (shown(&given.to), given));
        for (to, given) in Groups::of(given).iter() {
            let mut ended = HandOffs::default();
            given.for_each(|given| add(&mut ended, given));
            all.push(((from.clone(), to.clone()), ended));
        }
    }
    let all = Groups::of(all);
    // Also counts the sessions whose hand-offs have a known end, and those with a failed one. The
    // test compares sessions, because repeated failures in one session often have one cause.
    let sums = all.iter().map(|((from, to), sessions)| {
        let mut flow = FlowCount { from: from.clone(), to: to.clone(), ..FlowCount::default() };
        let (mut told, mut failed) = (0, 0);
        for ended in sessions {
            flow.given += ended.given;
            flow.failed += ended.failed;
            flow.unknown += ended.unknown;
            flow.sessions += 1;
            told += u64::from(ended.given > ended.unknown);
            failed += u64::from(ended.failed > 0);
        }
        (flow, told, failed)
    });
    let pairs: Vec<(FlowCount, u64, u64)> = sums.collect();
    let all_told: u64 = pairs.iter().map(|(_, told, _)| told).sum();
    let all_failed: u64 = pairs.iter().map(|(.., failed)| failed).sum();
    let limit = limit(pairs.len());
    let mut listed = Vec::with_capacity(pairs.len());
    for (flow, told, failed) in pairs {
        let table = Table::of(failed, told, all_failed, all_told);
        listed.push(FlowCount { stands_out: table.is_higher() && table.apart(limit), ..flow });
    }
    keep_first(&mut listed, MAX_PAIRS, |flow| {
        (Reverse((flow.failed, flow.given)), flow.to.clone(), flow.from.clone())
    });
    listed
}
