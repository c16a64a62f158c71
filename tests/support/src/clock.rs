//! Measures processor time. Only ratios within one run are meaningful: absolute times vary by half
//! with the load of the machine.

use std::fs;
use std::time::Instant;

/// Does `work` and returns the seconds that this thread was on a processor; wall-clock seconds
/// where the system does not tell.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let mut watch = Watch::default();
    let done = watch.time(work);
    (done, watch.seconds())
}

/// Adds up processor time over many pieces of work. Linux may count in steps of 4 ms, so a shorter
/// piece counts as none or one step, and only the sum is right.
#[derive(Debug, Default)]
pub struct Watch {
    processor: u64,
    wall: f64,
}

impl Watch {
    /// Does a piece of the work.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (start, wall) = (on_processor(), Instant::now());
        let done = work();
        if let (Some(start), Some(end)) = (start, on_processor()) {
            self.processor += end.saturating_sub(start);
        }
        self.wall += wall.elapsed().as_secs_f64();
        done
    }

    /// Adds the times of another watch.
    pub fn add(&mut self, other: Self) {
        self.processor += other.processor;
        self.wall += other.wall;
    }

    /// Seconds on a processor for all pieces; by the wall clock where the system counted nothing.
    pub fn seconds(&self) -> f64 {
        if self.processor > 0 { self.processor as f64 / 1e9 } else { self.wall }
    }
}

/// Nanoseconds of this thread on a processor, by the scheduler of Linux.
fn on_processor() -> Option<u64> {
    let counts = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    counts.split(' ').next()?.parse().ok()
}

/// The median of some numbers; 0 without any.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The exponent of growth, from sizes and their seconds by least squares of the logarithms: 1 =
/// linear, 2 = quadratic. Not a number for fewer than two sizes.
pub fn exponent(points: &[(usize, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> =
        points.iter().map(|(size, seconds)| ((*size as f64).ln(), seconds.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let spread: f64 = logs.iter().map(|log| (log.0 - x).powi(2)).sum();
    let together: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    together / spread
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn the_middle_and_the_growth() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        let square = exponent(&[(10, 1.0), (100, 100.0)]);
        assert!((square - 2.0).abs() < 1e-9);
        let between = exponent(&[(1, 1.0), (2, 4.0), (4, 4.0)]);
        assert!((between - 1.0).abs() < 1e-9);
        assert!(exponent(&[(10, 1.0)]).is_nan());
        assert!(timed(|| (0..1000).sum::<u64>()).1 >= 0.0);
    }

    #[test]
    fn many_short_pieces_take_as_long_as_they_do_together() {
        let mut each = Watch::default();
        let (_, all) = timed(|| {
            for piece in 0..500_u64 {
                each.time(|| black_box((0..100_000).fold(piece, |a, b| a.rotate_left(5) ^ b)));
            }
        });
        let whole = each.seconds() / all;
        assert!((0.5..1.5).contains(&whole), "{whole} of {all} s");
    }
}
