//! Times of one task over several sizes of input.

use std::fmt::{self, Display, Formatter};

use dreaming_testing::clock::{exponent, timed};

/// Seconds that a measurement must take; the work is repeated until it does, because the scheduler
/// counts in steps of some milliseconds. Chosen by us.
const ENOUGH: f64 = 0.06;

/// When a size takes longer than so many seconds, no larger one is tried: the exponent is clear by
/// then. Chosen by us.
const LONG: f64 = 10.0;

/// Times of one task over several sizes, the smallest first.
pub struct Row {
    /// The name of the task.
    pub name: String,
    /// Size of the input, and seconds of processor time.
    pub points: Vec<(usize, f64)>,
}

impl Row {
    /// Times `work` for each size. Its input, which `ready` makes, is not timed.
    pub fn over<T>(
        name: impl Into<String>,
        sizes: &[usize],
        ready: impl Fn(usize) -> T,
        work: impl Fn(&T) -> Result<(), String>,
    ) -> Result<Self, String> {
        let name = name.into();
        let mut points: Vec<(usize, f64)> = Vec::new();
        for size in sizes {
            let input = ready(*size);
            let mut times = 1;
            let seconds = loop {
                let (done, seconds) = timed(|| (0..times).try_for_each(|_| work(&input)));
                done.map_err(|error| format!("{name}, {size}: {error}"))?;
                if seconds >= ENOUGH {
                    break seconds / f64::from(times);
                }
                times *= 2;
            };
            points.push((*size, seconds));
            if points.len() > 1 && seconds > LONG {
                break;
            }
        }
        Ok(Self { name, points })
    }

    /// Takes the smaller time of two measurements for each size.
    pub fn least(&mut self, other: &Self) {
        for ((_, seconds), (_, again)) in self.points.iter_mut().zip(&other.points) {
            *seconds = seconds.min(*again);
        }
    }

    /// Whether the time grows no faster than with the exponent `most`.
    pub fn is_within(&self, most: f64) -> bool {
        exponent(&self.points) <= most
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds: Vec<String> =
            self.points.iter().map(|(_, seconds)| format!("{seconds:>9.5}")).collect();
        write!(f, "{:<50} {:>5.2}  {}", self.name, exponent(&self.points), seconds.join(" "))
    }
}
