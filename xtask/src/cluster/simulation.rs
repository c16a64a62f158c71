//! A discrete-event simulation of servers that dream: what a measured dream takes, carried over to other numbers of
//! servers, processors and dreams.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::Value;

/// Calls that a dream makes at once: `MANNER` of the server.
pub const PARALLEL: usize = 4;

/// What is simulated. Times are microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Servers.
    pub servers: u64,
    /// Dreams that each carries out at a time.
    pub at_a_time: u64,
    /// Processors that servers and database share.
    pub processors: u64,
    /// Dreams that wait at the beginning.
    pub dreams: u64,
    /// Calls of a dream.
    pub calls: u64,
    /// Time that the model takes for an answer.
    pub delay: u64,
    /// Processor time of a dream, in servers and database.
    pub work: u64,
}

/// Processors of the machine on which is measured.
fn processors() -> u64 {
    std::thread::available_parallelism().map_or(1, |number| number.get() as u64)
}

impl Setup {
    /// That of a measured round, with the processor time that a dream took in the round `base`.
    pub fn of(round: &Value, base: &Value) -> Option<Self> {
        let number = |name: &str| round[name].as_u64();
        let seconds = base["server_cpu_s"].as_f64()? + base["database_cpu_s"].as_f64()?;
        Some(Self {
            servers: number("carriers")?,
            at_a_time: number("at_a_time")?,
            processors: processors(),
            dreams: number("stores")?,
            calls: number("calls_a_dream")?,
            delay: number("delay_ms")? * 1_000,
            work: (seconds * 1e6) as u64,
        })
    }

    /// Dreams that end in a minute, until all have.
    ///
    /// A dream is a chain of steps: a stretch of work, then up to [`PARALLEL`] calls at once, and so on, and a last stretch.
    /// Work waits for a processor in the order in which it comes; an answer waits for nothing.
    pub fn dreams_a_minute(self) -> f64 {
        let rounds = self.calls.div_ceil(PARALLEL as u64);
        let stretch = self.work / (rounds + 1);
        // When each processor is free, and what comes next: when, and the stretches that the dream has before it.
        let mut free: BinaryHeap<Reverse<u64>> = (0..self.processors).map(|_| Reverse(0)).collect();
        let slots = (self.servers * self.at_a_time).min(self.dreams);
        let mut events: BinaryHeap<Reverse<(u64, u64)>> =
            (0..slots).map(|_| Reverse((0, rounds + 1))).collect();
        let (mut waiting, mut last) = (self.dreams - slots, 0);
        while let Some(Reverse((now, stretches))) = events.pop() {
            let Some(Reverse(at)) = free.pop() else { break };
            let done = now.max(at) + stretch;
            free.push(Reverse(done));
            if stretches > 1 {
                events.push(Reverse((done + self.delay, stretches - 1)));
                continue;
            }
            last = last.max(done);
            if waiting > 0 {
                waiting -= 1;
                events.push(Reverse((done, rounds + 1)));
            }
        }
        self.dreams as f64 * 60e6 / last.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Setup;

    const ONE: Setup = Setup {
        servers: 1,
        at_a_time: 4,
        processors: 2,
        dreams: 400,
        calls: 10,
        delay: 1_000_000,
        work: 0,
    };

    #[test]
    fn without_work_each_place_does_a_dream_in_its_rounds_of_calls() {
        // 4 at a time, 3 rounds of a second.
        assert!((ONE.dreams_a_minute() - 80.0).abs() < 1e-9);
        assert!(
            (Setup { servers: 3, dreams: 1_200, ..ONE }.dreams_a_minute() - 240.0).abs() < 1e-9
        );
    }

    #[test]
    fn work_is_the_bottleneck_where_the_processors_are_few() {
        let busy = Setup { servers: 100, work: 100_000, dreams: 4_000, ..ONE };
        let rate = busy.dreams_a_minute();
        assert!((1_150.0..=1_200.0).contains(&rate), "2 processors do 20 dreams a second: {rate}");
        assert!(Setup { processors: 4, ..busy }.dreams_a_minute() > 1.9 * rate);
    }
}
