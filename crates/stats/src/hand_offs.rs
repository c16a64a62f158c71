//! Work given from agent to agent, and where it fails.

use std::cmp::Reverse;

use dreaming_records::session_record::SessionRecord;
use dreaming_text::Groups;

use super::compare::{Table, limit};
use super::document::{FlowCount, HandOffs, Of};
use super::groups::{add, name, shown};
use super::keep_first;

/// Most pairs that are listed. Chosen by us: a table that a person can still read.
const MAX_PAIRS: usize = 50;

/// The pairs of agents, most failures first.
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
    // With the sessions in which it is known how they ended, and those in which one failed. A session is the unit
    // of the test: what fails twice in one session often has one cause.
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
