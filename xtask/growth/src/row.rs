//! Times of one thing over several sizes.

use std::fmt::{self, Display, Formatter};

use dreaming_testing::clock::{exponent, timed};

/// Seconds below which a time is taken more than once, and how often at most: a clock is coarser than what it
/// would tell. Chosen by us.
const SHORT: f64 = 0.05;
const TIMES: usize = 5;

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
    /// Does `work` for each size: what it makes ready is not timed, what that returns is.
    pub fn over<T>(
        name: impl Into<String>,
        sizes: &[usize],
        ready: impl Fn(usize) -> T,
        work: impl Fn(T) -> Result<(), String>,
    ) -> Result<Self, String> {
        let name = name.into();
        let mut points = Vec::new();
        for size in sizes {
            let mut least = f64::INFINITY;
            for _ in 0..TIMES {
                let input = ready(*size);
                let (done, seconds) = timed(|| work(input));
                done.map_err(|error| format!("{name}, {size}: {error}"))?;
                least = least.min(seconds);
                if seconds > SHORT {
                    break;
                }
            }
            points.push((*size, least));
            if points.len() > 1 && least > LONG {
                break;
            }
        }
        Ok(Self { name, points })
    }

    /// Whether it grows no faster than with this exponent.
    pub fn is_within(&self, most: f64) -> bool {
        exponent(&self.points) <= most
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds: Vec<String> =
            self.points.iter().map(|(_, seconds)| format!("{seconds:>9.4}")).collect();
        write!(f, "{:<58} {:>5.2}  {}", self.name, exponent(&self.points), seconds.join(" "))
    }
}
