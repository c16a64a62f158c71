//! Tells whoever runs the server which dreams wait for a budget.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use super::Runner;
use crate::db;
use crate::ids::Day;

impl Runner {
    /// Tells of each dream that waits for a budget of its workspace, once for as long as it waits.
    pub(super) async fn tell_who_waits(&self) -> db::Result<()> {
        let waiting = self.database.waiting_for_budget(Day::today()).await?;
        // One that this server has not let go of yet is not among them.
        let waits = |dream: &String| waiting.iter().any(|(id, _)| id == dream);
        self.told().retain(|dream| waits(dream) || self.at_work().contains(dream));
        for (dream, workspace) in &waiting {
            self.tell_that_it_waits(dream, workspace);
        }
        Ok(())
    }

    pub(super) fn tell_that_it_waits(&self, dream: &str, workspace: &str) {
        if self.told().insert(dream.to_owned()) {
            tracing::warn!(
                "dream {dream} waits: the workspace `{workspace}` has used its budget of the day"
            );
        }
    }

    fn told(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
