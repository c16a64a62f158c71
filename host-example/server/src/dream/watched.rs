//! Carries a dream out while somebody looks whether it goes on, and writes down what it took.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dreaming_models::tally::Usage;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Runner;
use super::shared::Shared;
use super::work::{self, Stopped};
use crate::db;
use crate::db::dreams::{Dream, Failure, Results, Run};
use crate::ids::Day;

/// Time between two looks whether a running dream is to go on. Chosen by us: a person who cancels does not wait for it,
/// and four queries a second are nothing to a database.
const LOOK: Duration = Duration::from_millis(500);

impl Runner {
    /// Carries a dream out on a thread of its own, and stops it when it is not to go on.
    pub(super) async fn worked(&self, run: Run) -> (Result<Results, Stopped>, Usage) {
        let dream = run.dream.clone();
        let shared = Shared::after(dream.usage);
        if self.rests() {
            shared.stop();
        }
        let work = work::Work {
            database: self.database.clone(),
            handle: Handle::current(),
            engine: self.engine.clone(),
            owner: Arc::clone(&self.presence.owner),
            shared: shared.clone(),
        };
        let model = self.models.service(&dream.asked.terms.model);
        let running = Arc::clone(&self.running);
        running.fetch_add(1, Ordering::Relaxed);
        let mut task = spawn_blocking(move || {
            let ended = work.carry_out(run, model);
            running.fetch_sub(1, Ordering::Relaxed);
            ended
        });
        let mut told = dream.usage;
        loop {
            tokio::select! {
                ended = &mut task => {
                    let why = |error: tokio::task::JoinError| Stopped::Failed(Failure::new("internal_error", error.to_string()));
                    return (ended.unwrap_or_else(|error| Err(why(error))), shared.usage());
                }
                () = self.ends.notified() => shared.stop(),
                () = sleep(LOOK) => self.look(&dream, &shared, &mut told).await,
            }
        }
    }

    /// Looks whether a running dream goes on, and writes down what it took.
    async fn look(&self, dream: &Dream, shared: &Shared, told: &mut Usage) {
        if self.rests() {
            shared.stop();
        }
        let usage = shared.usage();
        let looked = async {
            if usage != *told && !self.keep_usage(&dream.id, usage).await? {
                return Ok(false);
            }
            *told = usage;
            self.database.goes_on(dream, &self.presence.owner).await
        };
        match looked.await {
            Ok(true) => {}
            Ok(false) => shared.stop(),
            // It is looked again.
            Err(error) => db::report(&error),
        }
    }

    /// Writes down what the model of a dream took so far; whether the dream still runs here.
    pub(super) async fn keep_usage(&self, id: &str, usage: Usage) -> db::Result<bool> {
        self.database.keep_usage(id, &self.presence.owner, usage, Day::today()).await
    }
}
