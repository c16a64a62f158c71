//! Waits for batches of calls: a dream whose batch is at work holds no thread, no memory and no turn.

use std::time::Duration;

use dreaming_models::batch::{Batch, Sought, Standing};
use dreaming_models::{Trouble, Try};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::model::Service;
use super::{Runner, SHORTEST};
use crate::db::batches::Orphan;
use crate::db::{self, dreams::Dream};

/// Longest time between two looks at a batch; the first comes after [`SHORTEST`], and it doubles. Chosen by us, as for
/// the command.
const LOOK: Duration = Duration::from_secs(60);

/// Longest time between two looks whether the dream goes on. Chosen by us: a person who cancels does not pay for long.
const STEP: Duration = Duration::from_secs(5);

impl Runner {
    /// Waits until the batch of a dream has ended, or the dream does not go on; then its batch is called off.
    ///
    /// # Errors
    /// [`db::DatabaseError`].
    pub(super) async fn until_batch_ends(&self, dream: &Dream) -> db::Result<()> {
        let mut wait = SHORTEST;
        loop {
            let next = Instant::now() + wait;
            wait = (wait * 2).min(LOOK);
            while Instant::now() < next {
                sleep(STEP.min(next - Instant::now())).await;
                if !self.database.goes_on(dream, &self.presence.owner).await? {
                    return self.call_off_orphans().await;
                }
            }
            let Some(batch) = self.database.batch(&dream.id).await? else { return Ok(()) };
            if self.is_to_be_read(&dream.asked.terms.model, batch).await {
                return Ok(());
            }
        }
    }

    /// Whether a batch has ended, or something else is to be done about it.
    pub(super) async fn is_to_be_read(&self, model: &str, batch: Batch) -> bool {
        let (Ok(Some(service)), Some(id)) = (self.models.service(model), batch.id) else {
            return true;
        };
        let looked = spawn_blocking(move || {
            let tried = service.service.batches().map(|batches| batches.look(&id));
            !matches!(
                tried,
                Some(Ok(Standing::Working(_)))
                    | Some(Err(Try {
                        came: Err(Trouble::Now(..) | Trouble::Late(_) | Trouble::Gone(_)),
                        ..
                    }))
            )
        });
        looked.await.unwrap_or(true)
    }

    /// Calls off the batches of dreams that are over, so that nobody pays for answers that nobody reads. One that cannot
    /// be called off now ends by itself within a day, and is named in the log.
    ///
    /// # Errors
    /// [`db::DatabaseError`].
    pub(super) async fn call_off_orphans(&self) -> db::Result<()> {
        for Orphan { dream, model, batch } in self.database.orphans().await? {
            let service = self.models.service(&model).ok().flatten();
            let called = spawn_blocking(move || called_off(service.as_ref(), &batch)).await;
            if let Ok(Err(why)) = called {
                tracing::warn!("dream {dream}: its batch could not be canceled: {why}");
            }
            self.database.end_batch(&dream).await?;
        }
        Ok(())
    }
}

/// Cancels a batch; one of which nobody heard whether it arrived is looked for first.
fn called_off(service: Option<&Service>, batch: &Batch) -> Result<(), String> {
    let batches = service.and_then(|service| service.service.batches());
    let batches = batches.ok_or("its model cannot be asked any more")?;
    let why = |tried: Try| tried.came.err().map_or_else(String::new, |it| it.why().to_owned());
    let id = match &batch.id {
        Some(id) => id.clone(),
        None => match batches.find(&batch.tag, batch.calls.len(), batch.after.as_deref()) {
            Ok(Sought::Here(id)) => id,
            Ok(Sought::Nowhere) => return Ok(()),
            Ok(Sought::Maybe) => return Err("it has no id yet".into()),
            Err(tried) => return Err(why(tried)),
        },
    };
    batches.cancel(&id).map_err(|tried| format!("{id}: {}", why(tried)))
}
