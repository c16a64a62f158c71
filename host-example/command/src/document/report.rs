//! Warnings of a report.

use super::{InForce, Report};
use crate::output::next;

impl Report {
    /// What a person should look at, one line each.
    pub fn warnings(&self) -> Vec<String> {
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
        worse.collect()
    }
}
