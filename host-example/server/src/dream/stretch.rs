//! Dreams that somebody else queues: one stretch of work at a time, until a dream is over or waits for a batch.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::model::NONE;
use super::{Carried, Runner};
use crate::db;
use crate::db::dreams::Dream;
use crate::db::handover::TakenOver;
use crate::ids::Day;

/// Time between two looks whether another worker is still at work on a dream, and for dreams of this worker that it is not at
/// work on. Chosen by us: a worker that died is gone from the database within moments.
const LOOK: Duration = Duration::from_secs(1);

/// What became of a stretch of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// The dream is over, in this status, as the API names it.
    Over(&'static str),
    /// A batch of its calls is at work, or its workspace has used its budget of the day; the next stretch looks again.
    Waits,
    /// It was stopped, and another worker is to go on.
    Stopped,
    /// There is no such dream over this store.
    Missing,
}

/// A dream that this process is at work on.
struct AtWork {
    has: Arc<Mutex<BTreeSet<String>>>,
    dream: String,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.has.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.dream);
    }
}

impl Runner {
    /// Works on the dream `id` over `store` until it is over or waits. Whoever stops to wait for that does not end the work:
    /// who asks again, here or at another worker, waits until it is done.
    ///
    /// # Errors
    /// [`db::DatabaseError`]; then it is to be tried again.
    pub async fn stretch(&self, store: &str, id: &str) -> db::Result<Stretch> {
        let (runner, store, id) = (self.clone(), store.to_owned(), id.to_owned());
        let work = tokio::spawn(async move { runner.worked_on(&store, &id).await });
        // A panic has been told already.
        work.await.unwrap_or(Ok(Stretch::Stopped))
    }

    async fn worked_on(&self, store: &str, id: &str) -> db::Result<Stretch> {
        let (_slot, _at_work, dream) = loop {
            // It is closed when the worker rests.
            let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else {
                return Ok(Stretch::Stopped);
            };
            // Whoever waited before has its work still under way.
            if self.at_work().insert(id.to_owned()) {
                let at_work = AtWork { has: Arc::clone(&self.has), dream: id.to_owned() };
                match self.database.take_over(id, store, &self.presence.owner).await? {
                    TakenOver::Mine(dream) => break (slot, at_work, dream),
                    TakenOver::Over(status) => {
                        self.call_off_orphans().await?;
                        return Ok(Stretch::Over(status.name()));
                    }
                    TakenOver::Missing => return Ok(Stretch::Missing),
                    TakenOver::Busy => {}
                }
            }
            drop(slot);
            sleep(LOOK).await;
        };
        let waits = self.carried_on(&dream).await;
        // Also after an error: others may have a database.
        let status = self.database.give_back(id, &self.presence.owner).await?;
        Ok(match status {
            None => Stretch::Missing,
            Some(status) if status.is_over() => Stretch::Over(status.name()),
            Some(_) if waits? => Stretch::Waits,
            Some(_) => Stretch::Stopped,
        })
    }

    /// Carries on with a dream; whether it waits for a batch or a budget.
    async fn carried_on(&self, dream: &Dream) -> db::Result<bool> {
        let model = &dream.asked.terms.model;
        let waits = match self.database.batch(&dream.id).await? {
            Some(batch) => !self.is_to_be_read(model, batch).await,
            None => model != NONE && self.database.is_spent(&dream.workspace, Day::today()).await?,
        };
        if waits {
            return Ok(true);
        }
        Ok(!matches!(self.carry_out(&dream.id).await?, Carried::Over))
    }

    /// Gives back dreams that the database holds for this worker and that it is not at work on, as after an error.
    pub(super) async fn give_back_dreams(self) {
        while !self.rests() {
            sleep(LOOK).await;
            let owner = &*self.presence.owner;
            let given = async {
                for dream in self.database.dreams_of(owner).await? {
                    if !self.at_work().contains(&dream) {
                        self.database.give_back(&dream, owner).await?;
                    }
                }
                Ok(())
            };
            if let Err(error) = given.await {
                db::report(&error);
            }
        }
    }
}
