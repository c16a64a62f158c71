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

/// The hand-offs of one pair of agents.
#[derive(Default)]
struct Pair {
    ended: HandOffs,
    sessions: u64,
    /// Sessions in which it is known how they ended, and those in which one failed. A session is the
    /// unit of the test: what fails twice in one session often has one cause.
    told: u64,
    failed: u64,
}

impl Pair {
    /// The sum of how they ended in each session.
    fn of<'a>(sessions: impl Iterator<Item = &'a HandOffs>) -> Self {
        let mut pair = Self::default();
        for ended in sessions {
            pair.ended.given += ended.given;
            pair.ended.failed += ended.failed;
            pair.ended.unknown += ended.unknown;
            pair.sessions += 1;
            pair.told += u64::from(ended.given > ended.unknown);
            pair.failed += u64::from(ended.failed > 0);
        }
        pair
    }
}

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
    let pairs: Vec<_> = all.iter().map(|(of, sessions)| (of, Pair::of(sessions))).collect();
    let told: u64 = pairs.iter().map(|(_, pair)| pair.told).sum();
    let failed: u64 = pairs.iter().map(|(_, pair)| pair.failed).sum();
    let limit = limit(pairs.len());
    let mut listed: Vec<FlowCount> = pairs
        .into_iter()
        .map(|((from, to), pair)| {
            let table = Table::of(pair.failed, pair.told, failed, told);
            let stands_out = table.is_higher() && table.apart(limit);
            let HandOffs { given, failed, unknown } = pair.ended;
            let (from, to) = (from.clone(), to.clone());
            FlowCount { from, to, sessions: pair.sessions, given, failed, unknown, stands_out }
        })
        .collect();
    keep_first(&mut listed, MAX_PAIRS, |flow| {
        (Reverse((flow.failed, flow.given)), flow.to.clone(), flow.from.clone())
    });
    listed
}
