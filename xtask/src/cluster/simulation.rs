//! A discrete-event simulation of servers or workers that dream: what a measured dream takes, carried over to other numbers of
//! them, of processors and of dreams.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::Value;

/// Calls that a dream makes at once: `MANNER` of the server.
pub const PARALLEL: u64 = 4;

/// What is simulated. Times are microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Servers or workers.
    pub carriers: u64,
    /// Dreams that each carries out at a time.
    pub at_a_time: u64,
    /// Where they run.
    pub machines: Machines,
    /// Dreams that wait at the beginning.
    pub dreams: u64,
    /// Calls of a dream.
    pub calls: u64,
    /// Time that the model takes for an answer.
    pub delay: u64,
    /// Processor time of a dream in its carrier.
    pub work: u64,
    /// Processor time of a dream in the database, and in Restate.
    pub database: u64,
}

/// Processors.
#[derive(Clone, Copy, Debug)]
pub enum Machines {
    /// All run on one machine with so many, as where it was measured.
    One(u64),
    /// Each carrier, and the database, have a machine.
    Own {
        /// Processors of a carrier.
        carrier: u64,
        /// Processors of the database.
        database: u64,
    },
}

/// When each processor of a machine is free.
struct Machine(BinaryHeap<Reverse<u64>>);

impl Machine {
    fn new(processors: u64) -> Self {
        Self((0..processors).map(|_| Reverse(0)).collect())
    }

    /// Works for a while, as soon as a processor is free: when it is done.
    fn work(&mut self, now: u64, time: u64) -> u64 {
        let Reverse(free) = self.0.pop().unwrap_or_default();
        let done = now.max(free) + time;
        self.0.push(Reverse(done));
        done
    }
}

/// What comes next in a dream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// A stretch of work in its carrier.
    Work,
    /// What the database does for it.
    Database,
}

impl Setup {
    /// That of a measured round, with the processor time that a dream took in the round `base`, on a machine with so many
    /// processors.
    pub fn of(round: &Value, base: &Value, processors: u64) -> Option<Self> {
        let number = |name: &str| round[name].as_u64();
        let time = |name: &str| Some((base[name].as_f64()? * 1e6) as u64);
        Some(Self {
            carriers: number("carriers")?,
            at_a_time: number("at_a_time")?,
            machines: Machines::One(processors),
            dreams: number("asked").or_else(|| number("stores"))?,
            calls: number("calls_a_dream")?,
            delay: number("delay_ms")? * 1_000,
            work: time("server_cpu_s")?,
            database: time("database_cpu_s")? + time("journal_cpu_s")?,
        })
    }

    /// Dreams that end in a minute, until all have.
    ///
    /// A dream is a chain of steps: a stretch of work and of the database, then up to [`PARALLEL`] calls at once, and so on,
    /// and a last stretch. Work waits for a processor in the order in which it comes; an answer waits for nothing.
    pub fn dreams_a_minute(self) -> f64 {
        let stretches = self.calls.div_ceil(PARALLEL) + 1;
        let mut machines = match self.machines {
            Machines::One(processors) => vec![Machine::new(processors)],
            Machines::Own { carrier, database } => {
                let mut own: Vec<_> = (0..self.carriers).map(|_| Machine::new(carrier)).collect();
                own.push(Machine::new(database));
                own
            }
        };
        let last_machine = machines.len() - 1;
        let slots = (self.carriers * self.at_a_time).min(self.dreams);
        // When, in which carrier, what comes next, and the stretches that the dream has before it.
        let mut events: BinaryHeap<Reverse<(u64, usize, Next, u64)>> = (0..slots)
            .map(|slot| (slot % self.carriers) as usize)
            .map(|carrier| Reverse((0, carrier, Next::Work, stretches)))
            .collect();
        let (mut waiting, mut last) = (self.dreams - slots, 0);
        while let Some(Reverse((now, carrier, next, left))) = events.pop() {
            if next == Next::Work {
                let done = machines[carrier.min(last_machine)].work(now, self.work / stretches);
                events.push(Reverse((done, carrier, Next::Database, left)));
                continue;
            }
            let done = machines[last_machine].work(now, self.database / stretches);
            if left > 1 {
                events.push(Reverse((done + self.delay, carrier, Next::Work, left - 1)));
                continue;
            }
            last = last.max(done);
            if waiting > 0 {
                waiting -= 1;
                events.push(Reverse((done, carrier, Next::Work, stretches)));
            }
        }
        self.dreams as f64 * 60e6 / last.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Machines, Setup};

    const ONE: Setup = Setup {
        carriers: 1,
        at_a_time: 4,
        machines: Machines::One(2),
        dreams: 400,
        calls: 10,
        delay: 1_000_000,
        work: 0,
        database: 0,
    };

    #[test]
    fn without_work_each_place_does_a_dream_in_its_rounds_of_calls() {
        // 4 at a time, 3 rounds of a second.
        assert!((ONE.dreams_a_minute() - 80.0).abs() < 1e-9);
        let three = Setup { carriers: 3, dreams: 1_200, ..ONE };
        assert!((three.dreams_a_minute() - 240.0).abs() < 1e-9);
    }

    #[test]
    fn work_is_the_bottleneck_where_the_processors_are_few() {
        let busy = Setup { carriers: 100, work: 60_000, database: 40_000, dreams: 4_000, ..ONE };
        let rate = busy.dreams_a_minute();
        assert!((1_150.0..=1_200.0).contains(&rate), "2 processors do 20 dreams a second: {rate}");
        assert!(Setup { machines: Machines::One(4), ..busy }.dreams_a_minute() > 1.9 * rate);
    }

    #[test]
    fn the_database_is_the_bottleneck_where_each_carrier_has_a_machine() {
        let own = Machines::Own { carrier: 2, database: 1 };
        let busy = Setup { carriers: 100, work: 60_000, database: 40_000, dreams: 8_000, ..ONE };
        let rate = Setup { machines: own, ..busy }.dreams_a_minute();
        assert!((1_400.0..=1_500.0).contains(&rate), "1 processor does 25 a second: {rate}");
        let own = Machines::Own { carrier: 2, database: 4 };
        assert!(Setup { machines: own, ..busy }.dreams_a_minute() > 3.0 * rate);
    }
}
