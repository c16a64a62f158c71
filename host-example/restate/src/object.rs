//! The virtual object that Restate calls. Its key is a memory store, and Restate runs one call of a key at a time.

use std::time::Duration;

use dreaming_server::{Runner, Stretch};
use restate_sdk::prelude::*;

/// First time between two looks at a batch; it doubles, up to the next one. Chosen by us: small batches end within seconds.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest time between two looks. Chosen by us: batches take up to a day, and each look adds two lines to the journal, which
/// is read again at each.
const LONGEST: Duration = Duration::from_secs(300);

/// What a stretch is called in a journal when a batch is at work, or the budget of the day is used.
const WAITS: &str = "waits";

/// A memory store.
pub struct MemoryStore {
    /// Carries dreams out.
    pub runner: Runner,
}

// Chosen by us:
// - the result of a call is forgotten after a minute, because a dream that is over is handed over no more, and one whose
//   call somebody ended by hand can be handed over again;
// - a stretch may last a day: no dream does, and one of a worker that is gone ends with its connection;
// - retries go on, ten seconds apart at most: a pause would wait for a person.
#[restate_sdk::object(
    idempotency_retention = "1m",
    abort_timeout = "1 day",
    invocation_retry_policy(
        initial_interval = "200ms",
        factor = 2.0,
        max_interval = "10s",
        max_attempts = 1000000000,
        on_max_attempts = "pause",
    )
)]
/// Memory stores, over each of which one dream runs at a time.
impl MemoryStore {
    /// Carries out a dream, given by its id. Journal and answer hold ids and states only.
    #[handler]
    async fn dream(&self, ctx: ObjectContext<'_>, id: String) -> HandlerResult<String> {
        let mut wait = SHORTEST;
        loop {
            let (runner, store, dream) = (self.runner.clone(), ctx.key().to_owned(), id.clone());
            let stretch = ctx.run(move || async move { stretch(&runner, &store, &dream).await });
            let came = stretch.name("stretch").await?;
            if came != WAITS {
                return Ok(came);
            }
            ctx.sleep(wait).await?;
            wait = (wait * 2).min(LONGEST);
        }
    }
}

/// One stretch of work: what became of it.
async fn stretch(runner: &Runner, store: &str, dream: &str) -> HandlerResult<String> {
    match runner.stretch(store, dream).await {
        Ok(Stretch::Over(status)) => Ok(status.to_owned()),
        Ok(Stretch::Waits) => Ok(WAITS.to_owned()),
        Ok(Stretch::Stopped) => Err("the worker ends: another one goes on".into()),
        Ok(Stretch::Missing) => {
            Err(TerminalError::new_with_code(404, "there is no such dream over this store").into())
        }
        Err(error) => {
            tracing::error!("dream {dream}: {error}; Restate tries again");
            // What a database says may quote what it holds, and the journal is to hold none of it.
            Err("the database failed: the worker's log says why".into())
        }
    }
}
