//! Rounds that try to lose or damage something, drawn from seeds; `cargo xtask soak` plays many of them and prints
//! their counts as a table, a test run plays some.
//!
//! A round that finds a fault counts it and says with which seed; the others are played all the same, and the
//! test fails at the end.

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

/// What happened in the rounds of a kind.
#[derive(Debug, Default)]
pub struct Counts {
    counts: BTreeMap<&'static str, u64>,
    /// How many of the counts, by name, are faults.
    faults: BTreeMap<&'static str, u64>,
    seed: u64,
    /// What is being done, for whoever reads of a fault.
    doing: String,
}

impl Counts {
    /// Adds `number` to what is counted as `what`.
    pub fn add(&mut self, what: &'static str, number: impl TryInto<u64>) {
        *self.counts.entry(what).or_default() += number.try_into().unwrap_or_default();
    }

    /// A fault of this round: printed with the seed, and counted.
    pub fn fault(&mut self, what: &'static str, detail: impl Display) {
        println!("FAULT ({what}) in the round with seed {}: {}: {detail}", self.seed, self.doing);
        *self.faults.entry(what).or_default() += 1;
    }

    /// Faults that are looked for: they are printed as 0 too.
    pub fn watch(&mut self, faults: &[&'static str]) {
        for fault in faults {
            self.faults.entry(fault).or_default();
        }
    }

    /// Says what is being done, for whoever reads of a fault.
    pub fn doing(&mut self, what: impl Into<String>) {
        self.doing = what.into();
    }

    /// How many faults there were.
    pub fn found(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Prints what was counted, each in a line that `cargo xtask soak` makes a row of its table.
    pub fn print(&self, kind: &str) {
        for (what, number) in &self.counts {
            println!("soak {kind}: {what} = {number}");
        }
        for (what, number) in &self.faults {
            println!("soak {kind}: FAULTS: {what} = {number}");
        }
    }

    /// How often something was counted.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

/// A number that whoever plays the rounds gave.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// How many rounds are played: `DREAMING_SOAK_ROUNDS`, or those of a test run.
pub fn rounds(default: u64) -> u64 {
    number("DREAMING_SOAK_ROUNDS").unwrap_or(default)
}

/// The seed of the first round: `DREAMING_SOAK_SEED`.
pub fn first_seed() -> u64 {
    number("DREAMING_SOAK_SEED").unwrap_or(1)
}

/// Plays the rounds of a kind, each by its seed, and prints its counts.
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

/// Says that the rounds of a kind cannot be played here, so that nobody takes silence for a pass. `default` are those of
/// a test run.
pub fn skipped(kind: &str, default: u64, why: &str) {
    println!("soak {kind}: SKIPPED rounds: {why} = {}", rounds(default));
    eprintln!("SKIPPED: the soak of {kind}: {why}");
}
