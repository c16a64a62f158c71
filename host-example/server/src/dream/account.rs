//! What the calls of a running dream take of the budget of its workspace.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::shared::Shared;
use crate::db::{self, Database, report};
use crate::ids::Day;

/// Time until the database is asked again that did not answer. Chosen by us, as for a dream that is to end.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a database that does not answer is asked again before a call is given up for it. Chosen by us: one that is
/// started anew takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running dream and the workspace that pays for it. A clone is of the same one.
#[derive(Clone)]
pub struct Account {
    /// The database.
    pub database: Database,
    /// Where it works.
    pub handle: Handle,
    /// The workspace.
    pub workspace: String,
    /// The dream.
    pub dream: String,
    /// The server that has the dream.
    pub owner: Arc<str>,
    /// What the dream shares.
    pub shared: Shared,
}

impl Account {
    /// Writes down what all calls took so far, so that the next one, of whichever server, is made or not for it.
    pub fn write_down(&self) {
        let (usage, day) = (self.shared.usage(), Day::today());
        let kept = self.database.keep_usage(&self.dream, &self.owner, usage, day);
        if let Err(error) = self.handle.block_on(kept) {
            // Whoever looks at the dream writes it down soon.
            report(&error);
        }
    }

    /// What the database says, asked again while it does not answer and the dream is not to end: an answer that cannot be
    /// written down now, or that is not found, would be paid for once more.
    ///
    /// # Errors
    /// [`db::DatabaseError`], the last one.
    pub fn insist<T, F: Future<Output = db::Result<T>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> db::Result<T> {
        let begun = Instant::now();
        loop {
            match self.handle.block_on(ask()) {
                Err(_) if !self.shared.is_stopped() && begun.elapsed() < PATIENCE => sleep(AGAIN),
                said => return said,
            }
        }
    }

    /// Whether no call is to be made any more: the dream is to end, or its workspace has used its budget of the day, for which
    /// it ends now.
    pub fn is_closed(&self) -> bool {
        while !self.shared.is_stopped() {
            match self.handle.block_on(self.database.is_spent(&self.workspace, Day::today())) {
                Ok(true) => self.shared.wait(),
                Ok(false) => return false,
                // Nobody knows whether there is something left. Whoever looks at the dream says why.
                Err(_) => sleep(AGAIN),
            }
        }
        true
    }
}
