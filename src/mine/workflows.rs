//! Orders of steps that recur.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::Finder;
use crate::check::attack;
use crate::digest::{SessionRecord, Step};
use crate::kind::Kind;
use crate::mine::places::Places;
use crate::mine::{Mined, words};
use crate::policy::{self, Policy};
use crate::trust::Trust;

/// Sessions in which an order must occur. Chosen by us: two sessions share too many orders by
/// chance.
const MIN_SESSIONS: usize = 3;

/// How many times as many sessions must have two steps in their order as the other way round.
/// Chosen by us: what goes both ways is two things that are often done, and no order.
const DIRECTION: usize = 2;

/// Most steps of an order. Chosen by us: a longer one is a diary, not a habit.
const MAX_STEPS: usize = 5;

/// Most orders of one dream. Chosen by us: a store should not drown in habits.
const MAX_ORDERS: usize = 20;

/// Programs that only look around or handle files, and the shell's own words: they may stand
/// anywhere, so that an order with them says nothing about what must come first.
const LOOKING: &[&str] = &[
    "[", "awk", "cat", "cd", "chmod", "cp", "do", "done", "echo", "env", "export", "fi", "file",
    "find", "for", "grep", "head", "if", "jq", "less", "ls", "mkdir", "mv", "printf", "pwd", "rg",
    "rm", "sed", "sleep", "sort", "source", "stat", "tail", "tee", "test", "then", "touch", "tree",
    "true", "wc", "which", "while", "xargs",
];

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut orders: BTreeMap<Vec<&str>, Vec<(&SessionRecord, &Step)>> = BTreeMap::new();
    for record in records {
        let steps = doing(record);
        let mut first: BTreeMap<Vec<&str>, &Step> = BTreeMap::new();
        for length in 2..=MAX_STEPS {
            for window in steps.windows(length) {
                let names: Vec<&str> = window.iter().map(|step| &*step.name).collect();
                if let Some(step) = window.first() {
                    first.entry(names).or_insert(step);
                }
            }
        }
        for (names, step) in first {
            orders.entry(names).or_default().push((record, step));
        }
    }
    let pairs: BTreeMap<Vec<&str>, usize> = orders
        .iter()
        .filter(|(names, _)| names.len() == 2)
        .map(|(names, found)| (names.clone(), found.len()))
        .collect();
    orders.retain(|names, found| {
        found.len() >= MIN_SESSIONS && names.windows(2).all(|pair| has_direction(pair, &pairs))
    });

    let inside = inside_longer(&orders);
    let mut closed: Vec<_> =
        orders.iter().filter(|(names, _)| !inside.contains(names.as_slice())).collect();
    closed.sort_by_key(|(names, found)| (Reverse(found.len()), Reverse(names.len()), *names));
    for (names, found) in closed.into_iter().take(MAX_ORDERS) {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let text = format!("Usual order: {}.", quoted.join(", then "));
        let mut places = Places::default();
        for (record, step) in found {
            places.add(record, &step.pin);
        }
        if text.len() > policy.size(&policy::STATEMENT_BYTES) {
            mined.reject("too-long", &text, places.kept(policy));
        } else {
            let trust = places.trust().min(Trust::Agent);
            let found = places.candidate(Kind::Workflow, &text, trust, Finder::Miner, policy);
            mined.candidates.push(found);
        }
    }
}

/// The steps of a session that did something, consecutive equal ones once.
fn doing(record: &SessionRecord) -> Vec<&Step> {
    let looks = |name: &str| LOOKING.contains(&name.split(' ').next().unwrap_or(name));
    let mut steps: Vec<&Step> = record
        .digest
        .steps
        .iter()
        .filter(|s| !looks(&s.name) && words::is_code(&s.name) && !attack::instructs(&s.name))
        .collect();
    steps.dedup_by(|a, b| a.name == b.name);
    steps
}

/// Whether two steps follow each other in this order much more often than in the other.
fn has_direction(pair: &[&str], pairs: &BTreeMap<Vec<&str>, usize>) -> bool {
    let sessions = |names: Vec<&str>| pairs.get(&names).copied().unwrap_or(0);
    let back: Vec<&str> = pair.iter().rev().copied().collect();
    sessions(pair.to_vec()) >= DIRECTION * sessions(back)
}

/// The orders to which one more step before or after can be added without losing a session. A
/// longer order occurs in a subset of the sessions of its parts, so equal counts are equal sets.
fn inside_longer<'o, T>(orders: &'o BTreeMap<Vec<&str>, Vec<T>>) -> BTreeSet<&'o [&'o str]> {
    let mut inside = BTreeSet::new();
    for (names, found) in orders {
        let without_last = names.split_last().map(|(_, rest)| rest);
        let without_first = names.split_first().map(|(_, rest)| rest);
        for part in without_last.into_iter().chain(without_first) {
            if orders.get(part).is_some_and(|all| all.len() == found.len()) {
                inside.insert(part);
            }
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::fixture::{record, sessions, step};
    use crate::mine::mine;

    fn mined(runs: &[&[&str]]) -> Vec<(String, u64)> {
        let all = sessions(runs.iter().zip(1i64..).map(|(steps, day)| {
            let mut r = record(&format!("s{day}"), "alice", day);
            r.digest.steps = steps.iter().map(|name| step(name, day)).collect();
            r
        }));
        let mined = mine(&all, &Policy::default());
        mined.candidates.into_iter().map(|c| (c.text, c.support.sessions)).collect()
    }

    #[test]
    fn an_order_in_three_sessions_is_a_habit_and_its_parts_are_not_said_again() {
        let run: &[&str] = &["cargo fmt", "cargo test", "git commit"];
        assert!(mined(&[run, run]).is_empty());
        let said = "Usual order: `cargo fmt`, then `cargo test`, then `git commit`.";
        assert_eq!(mined(&[run, run, run]), [(said.to_string(), 3)]);
    }

    #[test]
    fn a_part_seen_in_more_sessions_stands_beside_the_whole() {
        let (whole, part): (&[&str], &[&str]) = (&["a", "b", "c"], &["a", "b"]);
        assert_eq!(
            mined(&[whole, whole, whole, part]),
            [
                ("Usual order: `a`, then `b`, then `c`.".to_string(), 3),
                ("Usual order: `a`, then `b`.".to_string(), 4),
            ]
        );
    }

    #[test]
    fn looking_around_and_repeating_are_no_steps() {
        let run: &[&str] = &["make all", "ls", "make all", "cat x"];
        assert!(mined(&[run, run, run]).is_empty());
        let run: &[&str] = &["make all", "ls", "make check"];
        let said = "Usual order: `make all`, then `make check`.";
        assert_eq!(mined(&[run, run, run]), [(said.to_string(), 3)]);
    }

    #[test]
    fn steps_that_go_both_ways_have_no_order() {
        let (there, back): (&[&str], &[&str]) = (&["a", "b"], &["b", "a"]);
        assert!(mined(&[there, there, there, back, back]).is_empty());
        let said = "Usual order: `a`, then `b`.".to_string();
        assert_eq!(mined(&[there, there, there, there, back, back]), [(said, 4)]);
        let long: &[&str] = &["a", "b", "c", "b"];
        assert_eq!(mined(&[long, long, long]), [("Usual order: `a`, then `b`.".to_string(), 3)]);
    }

    #[test]
    fn an_order_repeated_within_a_session_counts_once() {
        let run: &[&str] = &["a", "b", "a", "b", "a", "b"];
        assert!(mined(&[run]).is_empty());
    }

    #[test]
    fn the_number_of_orders_is_bounded() {
        let names: Vec<String> = (0..60).map(|n| format!("tool{n}")).collect();
        let run: Vec<&str> = names.iter().map(|n| &**n).collect();
        assert_eq!(mined(&[&run, &run, &run]).len(), MAX_ORDERS);
    }
}
