//! Random tests in rounds, each drawn from a seed, that try to lose or damage something. `cargo
//! xtask soak` plays many rounds and prints their counts as a table; a test run plays some.
//!
//! When a round finds a fault, the fault is counted and printed with the seed of the round. The
//! other rounds are still played, and the test fails at the end.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod check;
mod disks;
mod events;
mod flips;
mod foreign;
mod forged;
mod kept;
mod lives;
mod person;
mod saves;
mod trace;
mod writes;

/// How often each thing happened in the rounds of one kind, such as `lives`.
#[derive(Debug, Default)]
pub struct Counts {
    counts: BTreeMap<&'static str, u64>,
    /// How many faults were found, by name.
    faults: BTreeMap<&'static str, u64>,
    seed: u64,
    /// What the round is doing, which the message of a fault repeats.
    doing: String,
}

impl Counts {
    /// Adds `number` to the count `what`.
    pub fn add(&mut self, what: &'static str, number: impl TryInto<u64>) {
        *self.counts.entry(what).or_default() += number.try_into().unwrap_or_default();
    }

    /// Reports a fault of this round: prints it with the seed, and counts it.
    pub fn fault(&mut self, what: &'static str, detail: impl Display) {
        println!("FAULT ({what}) in the round with seed {}: {}: {detail}", self.seed, self.doing);
        *self.faults.entry(what).or_default() += 1;
    }

    /// Names faults that the rounds look for, so that they are printed even when their count is 0.
    pub fn watch(&mut self, faults: &[&'static str]) {
        for fault in faults {
            self.faults.entry(fault).or_default();
        }
    }

    /// Sets what the round is doing, which the message of a fault repeats.
    pub fn doing(&mut self, what: impl Into<String>) {
        self.doing = what.into();
    }

    /// How many faults there were.
    pub fn found(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Prints each count on a line of its own, of which `cargo xtask soak` makes a row of its
    /// table.
    pub fn print(&self, kind: &str) {
        for (what, number) in &self.counts {
            println!("soak {kind}: {what} = {number}");
        }
        for (what, number) in &self.faults {
            println!("soak {kind}: FAULTS: {what} = {number}");
        }
    }

    /// The count `what`.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

/// The number in the environment variable `name`, if it is set.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// How many rounds to play: `DREAMING_SOAK_ROUNDS`, or `default`, as in a test run.
pub fn rounds(default: u64) -> u64 {
    number("DREAMING_SOAK_ROUNDS").unwrap_or(default)
}

/// The seed of the first round: `DREAMING_SOAK_SEED`, or 1.
pub fn first_seed() -> u64 {
    number("DREAMING_SOAK_SEED").unwrap_or(1)
}

/// Plays the rounds of one kind, each with its seed, and prints the counts.
///
/// # Panics
/// When a round found a fault.
pub fn play(kind: &str, default: u64, mut round: impl FnMut(u64, &mut Counts)) -> Counts {
    let mut counts = Counts::default();
    counts.watch(&["rounds that failed"]);
    for seed in first_seed()..first_seed() + rounds(default) {
        counts.seed = seed;
        counts.add("rounds", 1);
        if catch_unwind(AssertUnwindSafe(|| round(seed, &mut counts))).is_err() {
            counts.fault("rounds that failed", "see the panic above");
        }
    }
    counts.print(kind);
    assert_eq!(counts.found(), 0, "{kind}: {counts:?}");
    counts
}

/// Prints that the rounds of this kind cannot be played here, so that nobody takes their absence
/// for a pass. `default` is as in [`play`].
pub fn skipped(kind: &str, default: u64, why: &str) {
    println!("soak {kind}: SKIPPED rounds: {why} = {}", rounds(default));
    eprintln!("SKIPPED: the soak of {kind}: {why}");
}
