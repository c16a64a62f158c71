//! Work given from agent to agent, and where it fails.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming_records::notes::SessionRecord;

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

/// The pairs of agents, most failures first.
pub(super) fn hand_offs(records: &[&SessionRecord]) -> Vec<FlowCount> {
    let mut pairs: BTreeMap<(Option<String>, String), Pair> = BTreeMap::new();
    for record in records {
        let from = name(&record.notes, Of::Agent);
        let mut here: BTreeMap<String, HandOffs> = BTreeMap::new();
        for given in &record.notes.hand_offs {
            add(here.entry(shown(&given.to)).or_default(), given);
        }
        for (to, ended) in here {
            let pair = pairs.entry((from.clone(), to)).or_default();
            pair.ended.given += ended.given;
            pair.ended.failed += ended.failed;
            pair.ended.unknown += ended.unknown;
            pair.sessions += 1;
            pair.told += u64::from(ended.given > ended.unknown);
            pair.failed += u64::from(ended.failed > 0);
        }
    }
    let told: u64 = pairs.values().map(|pair| pair.told).sum();
    let failed: u64 = pairs.values().map(|pair| pair.failed).sum();
    let limit = limit(pairs.len());
    let mut listed: Vec<FlowCount> = pairs
        .into_iter()
        .map(|((from, to), pair)| {
            let table = Table::of(pair.failed, pair.told, failed, told);
            let stands_out = table.is_higher() && table.apart(limit);
            let HandOffs { given, failed, unknown } = pair.ended;
            FlowCount { from, to, sessions: pair.sessions, given, failed, unknown, stands_out }
        })
        .collect();
    keep_first(&mut listed, MAX_PAIRS, |flow| {
        (Reverse((flow.failed, flow.given)), flow.to.clone(), flow.from.clone())
    });
    listed
}
