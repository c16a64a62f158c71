//! What somebody should look at after a dream.

use super::{DriftShare, InForce, Report};
use crate::output::next;

impl Report {
    /// What somebody should look at, a line each.
    pub fn warnings(&self) -> Vec<String> {
        let over = self.drift.iter().filter(|share| share.is_over()).map(|share| {
            let percent = |ppm: u64| format!("{}.{} %", ppm / 10_000, ppm / 1_000 % 10);
            format!(
                "drift: {} is {} in this dream (limit {}), {} with the last ones (limit {})",
                share.setting,
                percent(share.dream),
                percent(share.dream_limit),
                percent(share.window),
                percent(share.window_limit)
            )
        });
        let worse = self.reverts.iter().map(|revert| {
            let well = |side: &InForce| side.good * 100 / (side.good + side.bad).max(1);
            let (since, before) = (&revert.since, &revert.before);
            format!(
                "since the dream of revision {} {} % of {} sessions went well, before it {} % of {}: {} takes it back",
                revert.from,
                well(since),
                since.sessions,
                well(before),
                before.sessions,
                next::command(&format!("revert {}", revert.to))
            )
        });
        over.chain(worse).collect()
    }
}

impl DriftShare {
    /// Whether it is over a limit.
    pub fn is_over(&self) -> bool {
        self.dream > self.dream_limit || self.window > self.window_limit
    }
}
