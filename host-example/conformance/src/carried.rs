//! Dreams that move between hosts: started in one, continued in another, finished in a third.

use dreaming_testing::drive::Restore;
use dreaming_testing::{Host, Variation};

use crate::cases::Golden;
use crate::relay::Relay;

/// The golden cases that are carried: they have dreams of four rounds with model calls, and
/// memories, sessions and answers in several scripts.
pub const CASES: [&str; 2] = ["rounds-of-one-session", "rounds-with-missing-and-refused"];

/// The result of carrying dreams between hosts.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Ways through the hosts.
    pub trips: usize,
    /// Dreams: trips times cases times ways to be stopped.
    pub dreams: usize,
    /// What differs, each with the names of the hosts.
    pub faults: Vec<String>,
}

/// The hosts of each trip, by index: every ordered pair, then a third host, which is another one
/// where there are more than two. Every host is third for some pair.
pub fn trips(hosts: usize) -> Vec<[usize; 3]> {
    let mut trips = Vec::new();
    for first in 0..hosts {
        for second in (0..hosts).filter(|second| *second != first) {
            let others: Vec<_> = (0..hosts).filter(|h| *h != first && *h != second).collect();
            let third = others.get((first + second) % others.len().max(1)).copied();
            trips.push([first, second, third.unwrap_or(first)]);
        }
    }
    trips
}

/// A few of the [`trips`]: every host is first, second and third once.
pub fn ring(hosts: usize) -> Vec<[usize; 3]> {
    (0..hosts).map(|first| [first, (first + 1) % hosts, (first + 2) % hosts]).collect()
}

/// Carries the dreams of [`CASES`] along `trips`, after each round and in the middle of rounds.
///
/// # Errors
/// When a case is missing.
pub fn carry(
    hosts: &[&dyn Host],
    trips: Vec<[usize; 3]>,
    cases: &[Golden],
) -> Result<Carried, String> {
    let find = |name: &&str| {
        let case = cases.iter().find(|case| case.name == **name);
        case.ok_or_else(|| format!("there is no golden case `{name}`"))
    };
    let cases: Vec<_> = CASES.iter().map(find).collect::<Result<_, _>>()?;
    let mut carried = Carried { trips: trips.len(), ..Carried::default() };
    for [first, second, third] in trips {
        for case in &cases {
            for variation in Variation::ALL.into_iter().filter(|v| v.restore != Restore::Never) {
                let relay = Relay::new(hosts[first], &[hosts[second], hosts[third]]);
                let fault = trip(case, &relay, variation);
                carried.dreams += 1;
                carried.faults.extend(fault);
            }
        }
    }
    Ok(carried)
}

/// Plays one case; `Some` with the fault when a byte differs or the dream skipped one of the hosts.
fn trip(case: &Golden, relay: &Relay<'_>, variation: Variation) -> Option<String> {
    let name = dreaming_testing::Host::name(relay);
    if let (_, Some(difference)) = case.play(relay, variation) {
        return Some(format!("{name}: {difference}"));
    }
    let brought = relay.brought();
    // The first dream of a case is the one with the rounds.
    let everywhere = brought.first().is_some_and(|counts| counts.iter().all(|count| *count > 0));
    (!everywhere).then(|| format!("{name}: {} was not in every host: {brought:?}", case.name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_ordered_pair_has_a_third_host_and_every_host_is_third() {
        for hosts in 3..=9 {
            let trips = trips(hosts);
            assert_eq!(trips.len(), hosts * (hosts - 1));
            let pairs: BTreeSet<_> = trips.iter().map(|[a, b, _]| (a, b)).collect();
            assert_eq!(pairs.len(), trips.len());
            assert!(trips.iter().all(|[a, b, c]| a != b && c != a && c != b));
            let thirds: BTreeSet<_> = trips.iter().map(|[_, _, c]| c).collect();
            assert_eq!(thirds.len(), hosts, "{hosts} hosts");
        }
        assert_eq!(trips(2), [[0, 1, 0], [1, 0, 1]]);
        assert_eq!(ring(2), trips(2));
        for at in 0..3 {
            let all: BTreeSet<_> = ring(9).iter().map(|trip| trip[at]).collect();
            assert_eq!(all.len(), 9);
        }
    }
}
