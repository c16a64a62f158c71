//! Which orders of steps are worth a memory: of those that lead somewhere, those that would have
//! foretold most of what came next.
//!
//! An order foretells its second step after the first, its third after the first two, and so on.
//! Where several know what precedes, the one that knows more of it counts. Orders are taken one
//! by one, each time the one that adds most right foretellings to those already there, so that no
//! two say nearly the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming_text::sort;

use super::purpose;
use super::runs::Run;

/// Most steps of an order. Chosen by us: a longer one is a diary, not a habit.
const MAX_STEPS: usize = 4;

/// Sessions in which an order must occur. Chosen by us: two sessions share too many orders by
/// chance.
const MIN_SESSIONS: usize = 3;

/// How often, in percent, the next step must follow on those before it. Chosen by us: with some
/// ten things that may come next, what comes twice as often as by chance and leads somewhere is the
/// usual one.
const MIN_CONFIDENCE: i64 = 25;

/// Gain of a right foretelling and loss of a wrong one: at the least confidence they weigh up.
const RIGHT: i64 = 100 - MIN_CONFIDENCE;
const WRONG: i64 = MIN_CONFIDENCE;

/// An order of steps, by name.
type Order<'r, 'a> = &'r [&'a str];

/// The chosen orders, the best first; no two foretell different steps after the same ones, and none
/// goes the other way than one before it.
pub(super) fn choose<'r, 'a>(runs: &'r [Run<'a>], max: usize) -> Vec<Order<'r, 'a>> {
    let mut open = candidates(runs);
    let mut foretold: BTreeMap<Order<'r, 'a>, &str> = BTreeMap::new();
    let mut places: Vec<Place> = runs.iter().flat_map(places).collect();
    let mut chosen: Vec<Order<'r, 'a>> = Vec::new();
    while chosen.len() < max {
        open.retain(|(order, _)| {
            parts(order)
                .all(|(before, next)| foretold.get(before).is_none_or(|known| *known == next))
                && chosen.last().is_none_or(|known| !purpose::reverses(order, known))
        });
        let gains = gains(runs, &places, &foretold);
        let gain = |order: Order<'r, 'a>| -> i64 {
            let new = parts(order).filter(|(before, _)| !foretold.contains_key(before));
            new.filter_map(|(before, _)| gains.get(order.get(..=before.len())?)).sum()
        };
        let best = open
            .iter()
            .map(|(order, sessions)| {
                (gain(order), *sessions, Reverse(order.len()), Reverse(*order))
            })
            .max();
        let Some((1.., _, _, Reverse(order))) = best else { break };
        foretold.extend(parts(order));
        chosen.push(order);
        foretell(runs, &mut places, &foretold);
    }
    chosen
}

/// What precedes and what comes next, for each step of an order but the first.
fn parts<'r, 'a>(order: Order<'r, 'a>) -> impl Iterator<Item = (Order<'r, 'a>, &'a str)> {
    (1..order.len()).filter_map(|at| Some((order.get(..at)?, *order.get(at)?)))
}

/// The step at `at` with the `before` steps before it.
fn window<'r, 'a>(run: &'r Run<'a>, at: usize, before: usize) -> Option<Order<'r, 'a>> {
    run.names.get(at.checked_sub(before)?..=at)
}

/// Orders without a repeated step that lead somewhere, that enough sessions have and whose every
/// step follows often enough, with their sessions. A step that comes twice is a loop, and where it ends the loop
/// does not say.
fn candidates<'r, 'a>(runs: &'r [Run<'a>]) -> Vec<(Order<'r, 'a>, usize)> {
    // Sessions, the last one that was counted, and the weight.
    let mut found: BTreeMap<Order<'r, 'a>, (usize, Option<usize>, i64)> = BTreeMap::new();
    let mut followed: BTreeMap<Order<'r, 'a>, i64> = BTreeMap::new();
    for run in runs {
        for at in 1..run.names.len() {
            for order in (1..MAX_STEPS).map_while(|before| window(run, at, before)) {
                let (sessions, last, weight) = found.entry(order).or_default();
                *sessions += usize::from(*last != Some(run.session));
                *last = Some(run.session);
                *weight += run.weight;
                if let Some((_, before)) = order.split_last() {
                    *followed.entry(before).or_default() += run.weight;
                }
            }
        }
    }
    let follows = |order: Order<'r, 'a>, before: Order<'r, 'a>| {
        let right = order.get(..=before.len()).and_then(|part| found.get(part));
        let all = followed.get(before).copied().unwrap_or(0);
        all > 0 && right.is_some_and(|(_, _, right)| right * 100 >= all * MIN_CONFIDENCE)
    };
    found
        .iter()
        .filter(|(order, (sessions, ..))| *sessions >= MIN_SESSIONS && !repeats(order))
        .filter(|(order, _)| purpose::leads_somewhere(order))
        .filter(|(order, _)| parts(order).all(|(before, _)| follows(order, before)))
        .map(|(order, (sessions, ..))| (*order, *sessions))
        .collect()
}

fn repeats(order: &[&str]) -> bool {
    order.iter().enumerate().any(|(at, name)| order.iter().skip(at + 1).any(|other| other == name))
}

/// A step of a run that something precedes, and what foretells it so far.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Steps that the best order knows before it; 0 while nothing foretells it.
    known: usize,
    /// What that foretelling is worth.
    worth: i64,
}

fn places(run: &Run<'_>) -> impl Iterator<Item = Place> {
    (1..run.names.len()).map(|_| Place { known: 0, worth: 0 })
}

/// All steps that something precedes, with their places in the runs.
fn steps<'r, 'a>(runs: &'r [Run<'a>]) -> impl Iterator<Item = (&'r Run<'a>, usize)> {
    runs.iter().flat_map(|run| (1..run.names.len()).map(move |at| (run, at)))
}

/// What it would add to foretell each step after each beginning that nothing knows yet.
fn gains<'r, 'a>(
    runs: &'r [Run<'a>],
    places: &[Place],
    foretold: &BTreeMap<Order<'r, 'a>, &str>,
) -> BTreeMap<Order<'r, 'a>, i64> {
    let mut lost: BTreeMap<Order<'r, 'a>, i64> = BTreeMap::new();
    let mut right: BTreeMap<Order<'r, 'a>, i64> = BTreeMap::new();
    for ((run, at), place) in steps(runs).zip(places).filter(|((run, _), _)| run.weight > 0) {
        let orders = (1..MAX_STEPS).map_while(|before| window(run, at, before));
        for order in orders.skip(place.known) {
            let Some((_, before)) = order.split_last() else { continue };
            if !foretold.contains_key(before) {
                *lost.entry(before).or_default() += place.worth + run.weight * WRONG;
                *right.entry(order).or_default() += run.weight * (RIGHT + WRONG);
            }
        }
    }
    let gain = |order: Order<'r, 'a>, right: i64| {
        let before = order.split_last().map(|(_, before)| before)?;
        Some((order, right - lost.get(before).copied().unwrap_or(0)))
    };
    sort::map(right.into_iter().filter_map(|(order, right)| gain(order, right)))
}

/// Brings the places up to what is foretold now.
fn foretell<'r, 'a>(
    runs: &'r [Run<'a>],
    places: &mut [Place],
    foretold: &BTreeMap<Order<'r, 'a>, &str>,
) {
    for ((run, at), place) in steps(runs).zip(places) {
        let orders = (1..MAX_STEPS).map_while(|before| window(run, at, before));
        for (known, order) in (1..).zip(orders).skip(place.known) {
            let Some((next, before)) = order.split_last() else { continue };
            if let Some(said) = foretold.get(before) {
                let worth = if said == next { RIGHT } else { -WRONG };
                *place = Place { known, worth: run.weight * worth };
            }
        }
    }
}
