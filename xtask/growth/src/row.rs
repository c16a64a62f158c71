//! Times of one thing over several sizes.

use std::fmt::{self, Display, Formatter};

use dreaming_testing::clock::{exponent, timed};

/// Seconds that a time is taken over, by doing the work more than once: the scheduler counts in steps of some
/// milliseconds. Chosen by us.
const ENOUGH: f64 = 0.06;

/// Seconds after which no larger size is tried: the exponent is plain by then. Chosen by us.
const LONG: f64 = 10.0;

/// Times of one thing over several sizes, the least first.
pub struct Row {
    /// What was done.
    pub name: String,
    /// Sizes and seconds on a processor.
    pub points: Vec<(usize, f64)>,
}

impl Row {
    /// Does `work` for each size: what it makes ready is not timed, what follows is.
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

    /// The lesser times of two measurements of one thing.
    pub fn least(&mut self, other: &Self) {
        for ((_, seconds), (_, again)) in self.points.iter_mut().zip(&other.points) {
            *seconds = seconds.min(*again);
        }
    }

    /// Whether it grows no faster than with this exponent.
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
