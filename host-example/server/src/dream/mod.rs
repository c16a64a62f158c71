//! Carries out dreams, several at a time, off the threads that answer requests. A dream lives in the database: whoever
//! starts the server again goes on with it from its last checkpoint, and with the answers that were paid for.

mod batches;
pub mod erase;
pub mod keep;
mod model;
mod store;
mod trace;
mod work;

use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use dreaming_models::tally::Usage;
use dreaming_wasmtime::{Engine, Error, Limits};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::keep::Denied;
pub use self::model::Models;
use self::work::{Shared, Stopped};
use crate::db::dreams::{Dream, Failure, Finished, Results, Run, Taken};
use crate::db::engine::Refused;
use crate::db::{self, Database};
use crate::ids;

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// Time between two looks whether a running dream is to go on. Chosen by us: a person who cancels does not wait for it,
/// and four queries a second are nothing to a database.
const LOOK: Duration = Duration::from_millis(500);

/// First wait before a dream is taken up again whose database failed; it doubles, up to the next one. Chosen by us: a
/// database that is started anew takes seconds, one that is gone is asked once a minute.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// How often a dream begins anew because somebody wrote into its store meanwhile. Chosen by us: its answers are kept, so
/// it takes seconds each time; who writes more often than that should write less while it runs.
const ANEW: usize = 3;

/// Carries out the dreams of a database. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Runner {
    database: Database,
    engine: Engine,
    models: Arc<Models>,
    slots: Arc<Semaphore>,
    /// Turns of work with the engine beside dreams.
    turns: Arc<Semaphore>,
    /// This process, as the dreams that it has name it.
    owner: Arc<str>,
}

/// A turn to work with the engine.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held, not read")] Option<OwnedSemaphorePermit>);

/// Compiles the engine, or loads its code from the folder `cache`, which is made when it is missing.
///
/// # Errors
/// [`Error::Load`] when the folder cannot be used.
pub fn engine(cache: Option<&Path>) -> Result<Engine, Error> {
    match cache {
        Some(cache) => Engine::cached(COMPONENT, Limits::default(), cache),
        None => Engine::new(COMPONENT, Limits::default()),
    }
}

impl Runner {
    /// Goes on with the dreams that an earlier process left. At most `parallel` dreams run at a time.
    ///
    /// # Errors
    /// [`db::DatabaseError`].
    pub async fn start(
        database: Database,
        engine: Engine,
        models: Models,
        parallel: usize,
    ) -> db::Result<Self> {
        let runner = Self {
            database,
            engine,
            models: Arc::new(models),
            slots: Arc::new(Semaphore::new(parallel)),
            turns: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))),
            owner: ids::secret()?.into(),
        };
        // What an earlier process erased, and was killed before its words were out of the file.
        runner.database.sweep().await;
        runner.call_off_orphans().await?;
        for dream in runner.database.open_dreams().await? {
            runner.begin(dream);
        }
        Ok(runner)
    }

    /// The models that dreams may ask.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Checks settings of the engine as a dream would be asked for with them.
    ///
    /// # Errors
    /// Why they cannot be used.
    pub async fn check(&self, policy: &Map<String, Value>) -> Result<(), String> {
        let settings = work::settings(policy).ok_or("must have values that settings have")?;
        let check = move |engine: &_| work::check(engine, settings).map_err(Denied::Wrong);
        self.with_engine(self.turn().await, check).await.map_err(|denied| match denied {
            Denied::Wrong(why) | Denied::Failed(why) => why,
            Denied::Moved => "cannot be used".into(),
        })
    }

    /// Waits for a turn to work with the engine. There are as many as processors, because each holds a whole store.
    pub async fn turn(&self) -> Turn {
        // The semaphore is never closed.
        Turn(Arc::clone(&self.turns).acquire_owned().await.ok())
    }

    /// Works with the engine off the threads that answer requests.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn with_engine<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&Engine) -> Result<T, Denied> + Send + 'static,
    ) -> Result<T, Denied> {
        let engine = self.engine.clone();
        // The turn lasts as long as the work, also when nobody waits for it any more.
        let work = move || {
            let done = work(&engine);
            drop(turn);
            done
        };
        let done = spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(Denied::Failed(error.to_string())))
    }

    /// Lets a dream begin as soon as there is room for it.
    pub fn begin(&self, id: String) {
        let runner = self.clone();
        tokio::spawn(async move {
            let mut wait = SHORTEST;
            loop {
                // The semaphore is never closed.
                let Ok(slot) = Arc::clone(&runner.slots).acquire_owned().await else { return };
                let carried = match runner.carry_out(&id).await {
                    Ok(None) => return,
                    Ok(Some(dream)) => {
                        // Others have their turns while a batch is at work.
                        drop(slot);
                        runner.until_batch_ends(&dream).await
                    }
                    Err(error) => Err(error),
                };
                match carried {
                    Ok(()) => wait = SHORTEST,
                    Err(error) => {
                        // The dream stays as it is, and goes on when the database is there again.
                        tracing::error!("dream {id}: {error}; tried again in {wait:?}");
                        sleep(wait).await;
                        wait = (wait * 2).min(LONGEST);
                    }
                }
            }
        });
    }

    /// Carries a dream out. Returns it when it goes on once its batch has ended.
    async fn carry_out(&self, id: &str) -> db::Result<Option<Dream>> {
        let mut spent = Usage::default();
        for _ in 0..ANEW {
            let Taken::Run(run) = self.database.take_up(id, &self.owner).await? else {
                return Ok(None);
            };
            let dream = run.dream.clone();
            let (ended, usage) = self.worked(*run).await;
            spent = usage;
            let results = match ended {
                Ok(results) => results,
                Err(Stopped::Over) => return self.call_off_orphans().await.map(|()| None),
                Err(Stopped::Waits) => return Ok(Some(Dream { usage, ..dream })),
                Err(Stopped::Failed(failure)) => return self.failed(id, &failure, usage).await,
            };
            match self.database.finish(id, &self.owner, results).await? {
                Finished::Done | Finished::Over => return Ok(None),
                Finished::Refused(Refused::Moved(_)) => {}
                Finished::Refused(Refused::Taken(path)) => {
                    let why = format!(
                        "the memory `{path}` is in the way of one that the dream writes: rename it"
                    );
                    let failure = Failure::new("internal_error", why);
                    return self.failed(id, &failure, usage).await;
                }
            }
        }
        let why = format!(
            "memories were changed {ANEW} times while it ran: dream again when nobody writes"
        );
        let failure = Failure::new("internal_error", why);
        self.failed(id, &failure, spent).await
    }

    /// Ends a dream that cannot go on, and its batch.
    async fn failed(&self, id: &str, failure: &Failure, usage: Usage) -> db::Result<Option<Dream>> {
        self.database.fail(id, &self.owner, failure, usage).await?;
        self.call_off_orphans().await?;
        Ok(None)
    }

    /// Carries a dream out on a thread of its own, and stops it when it is not to go on.
    async fn worked(&self, run: Run) -> (Result<Results, Stopped>, Usage) {
        let dream = run.dream.clone();
        let shared = Shared::after(dream.usage);
        let work = work::Work {
            database: self.database.clone(),
            handle: Handle::current(),
            engine: self.engine.clone(),
            owner: Arc::clone(&self.owner),
            shared: shared.clone(),
        };
        let model = self.models.service(&dream.asked.terms.model);
        let mut task = spawn_blocking(move || work.carry_out(run, model));
        let mut told = dream.usage;
        loop {
            tokio::select! {
                ended = &mut task => {
                    let why = |error: tokio::task::JoinError| Stopped::Failed(Failure::new("internal_error", error.to_string()));
                    return (ended.unwrap_or_else(|error| Err(why(error))), shared.usage());
                }
                () = sleep(LOOK) => self.look(&dream, &shared, &mut told).await,
            }
        }
    }

    /// Looks whether a running dream goes on, and writes down what it took.
    async fn look(&self, dream: &Dream, shared: &Shared, told: &mut Usage) {
        let usage = shared.usage();
        let looked = async {
            if usage != *told && !self.database.keep_usage(&dream.id, &self.owner, usage).await? {
                return Ok(false);
            }
            *told = usage;
            self.database.goes_on(dream, &self.owner).await
        };
        match looked.await {
            Ok(true) => {}
            Ok(false) => shared.stop(),
            // It is looked again.
            Err(error) => db::report(&error),
        }
    }
}
