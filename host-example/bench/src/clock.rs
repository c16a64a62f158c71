//! How long the processor works for us. Only ratios of one run count: absolute times move by half
//! with what else the machine does.

use std::fs;
use std::time::Instant;

/// Does `work` and says how many seconds this thread was on a processor for it; by the wall clock
/// where the system does not tell.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (start, wall) = (on_processor(), Instant::now());
    let done = work();
    let seconds = match (start, on_processor()) {
        (Some(start), Some(end)) if end > start => (end - start) as f64 / 1e9,
        _ => wall.elapsed().as_secs_f64(),
    };
    (done, seconds)
}

/// Nanoseconds of this thread on a processor, by the scheduler of Linux.
fn on_processor() -> Option<u64> {
    let counts = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    counts.split(' ').next()?.parse().ok()
}

/// The middle of some numbers; 0 of none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The exponent of growth between two sizes: 1 = linear, 2 = quadratic.
pub fn exponent(small: (usize, f64), large: (usize, f64)) -> f64 {
    (large.1 / small.1).ln() / (large.0 as f64 / small.0 as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_growth() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert!((exponent((10, 1.0), (100, 100.0)) - 2.0).abs() < 1e-9);
        assert!(timed(|| (0..1000).sum::<u64>()).1 >= 0.0);
    }
}
