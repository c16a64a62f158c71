//! Carries out dreams, several at a time, off the threads that answer requests. A dream lives in the database: a server
//! takes one that nobody has, also one that another left when it died, and goes on with it from its last checkpoint and
//! with the answers that were paid for.

mod account;
mod batches;
pub mod erase;
pub mod estimate;
pub mod history;
pub mod keep;
mod model;
pub mod replay;
mod restate;
mod shared;
mod store;
mod stretch;
mod trace;
pub mod transfer;
mod waiting;
mod watched;
mod work;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use dreaming_wasmtime::{Engine, Error, Limits};
use serde_json::{Map, Value};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use self::keep::Denied;
pub use self::model::Models;
pub use self::restate::Ingress;
pub use self::stretch::Stretch;
use self::work::Stopped;
use crate::db::dreams::{Dream, Failure, Finished, Taken};
use crate::db::engine::Refused;
use crate::db::presence::Presence;
use crate::db::{self, Database};
use crate::ids::Day;

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// Time between two looks for dreams that nobody has. Chosen by us: dreams that this server was asked for are looked for at
/// once, and those of others wait about as long as it takes to connect.
const POLL: Duration = Duration::from_secs(1);

/// First wait before a dream is taken up again whose database failed; it doubles, up to the next one. Chosen by us: a
/// database that is started anew takes seconds, one that is gone is asked once a minute.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Longest time for which a server that ends waits for its dreams to stop, and between two looks whether they did. Chosen
/// by us: a dream stops when it reads or asks next; who stops a server waits some ten seconds in all.
const REST: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(20);

/// Longest time for which a server that ends tries to let go of its dreams. Chosen by us: with [`REST`] less than it waits
/// for requests.
const LEAVE: Duration = Duration::from_secs(2);

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
    /// This server among those that work with the database.
    presence: Arc<Presence>,
    /// The dreams that it has.
    has: Arc<Mutex<BTreeSet<String>>>,
    /// The dreams of which it has told that they wait for a budget.
    told: Arc<Mutex<BTreeSet<String>>>,
    /// Tells that there is a dream that nobody has.
    asked: Arc<Notify>,
    /// Whether it takes dreams no more, and what tells those that run.
    rests: Arc<AtomicBool>,
    ends: Arc<Notify>,
    /// Held while it takes a dream.
    taking: Arc<tokio::sync::Mutex<()>>,
    /// Dreams that run now.
    running: Arc<AtomicUsize>,
}

/// What became of a stretch of work on a dream.
#[derive(Debug)]
enum Carried {
    /// The dream is over, or somebody else has it.
    Over,
    /// It goes on once its batch has ended.
    InBatch(Box<Dream>),
    /// Its workspace has used its budget of the day. This server still has it, and is to let go of it.
    Spent,
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
    /// Begins to take dreams that nobody has. At most `parallel` of them run at a time.
    ///
    /// # Errors
    /// [`db::DatabaseError`], also when another server works with the same SQLite file.
    pub async fn start(
        database: Database,
        engine: Engine,
        models: Models,
        parallel: usize,
    ) -> db::Result<Self> {
        let runner = Self::new(database, engine, models, parallel).await?;
        tokio::spawn(runner.clone().take_dreams());
        Ok(runner)
    }

    /// Takes no dreams, and hands those that nobody has over to Restate.
    ///
    /// # Errors
    /// [`db::DatabaseError`], also on SQLite.
    pub async fn handing_over(
        database: Database,
        engine: Engine,
        models: Models,
        ingress: Ingress,
    ) -> db::Result<Self> {
        database.shared()?;
        let runner = Self::new(database, engine, models, 1).await?;
        tokio::spawn(runner.clone().hand_over_dreams(ingress));
        Ok(runner)
    }

    /// Takes no dreams: others say on which it works, by [`Self::stretch`], at most `parallel` of them at a time.
    ///
    /// # Errors
    /// [`db::DatabaseError`], also on SQLite.
    pub async fn worker(
        database: Database,
        engine: Engine,
        models: Models,
        parallel: usize,
    ) -> db::Result<Self> {
        database.shared()?;
        let runner = Self::new(database, engine, models, parallel).await?;
        tokio::spawn(runner.clone().give_back_dreams());
        Ok(runner)
    }

    async fn new(
        database: Database,
        engine: Engine,
        models: Models,
        parallel: usize,
    ) -> db::Result<Self> {
        let presence = database.enter().await?;
        let runner = Self {
            database,
            engine,
            models: Arc::new(models),
            slots: Arc::new(Semaphore::new(parallel)),
            turns: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))),
            presence: Arc::new(presence),
            has: Arc::default(),
            told: Arc::default(),
            asked: Arc::default(),
            rests: Arc::default(),
            ends: Arc::default(),
            taking: Arc::default(),
            running: Arc::default(),
        };
        // What an earlier process erased, and was killed before its words were out of the file.
        runner.database.sweep().await;
        runner.call_off_orphans().await?;
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

    /// Takes no dream any more, and stops those that run: they go on from their checkpoints in another server, or in this
    /// one when it is started again.
    pub fn rest(&self) {
        self.rests.store(true, Ordering::Relaxed);
        self.slots.close();
        self.asked.notify_one();
        self.ends.notify_waiters();
    }

    /// Whether it was told to take no dream any more.
    fn rests(&self) -> bool {
        self.rests.load(Ordering::Relaxed)
    }

    /// Waits until it is told to rest and no dream runs any more, but not for ever, and lets go of its dreams. One that does
    /// not stop, because its model does not answer, goes on from its checkpoint as the others do.
    pub async fn rested(&self) {
        let told = self.ends.notified();
        if !self.rests() {
            told.await;
        }
        let end = Instant::now() + REST;
        while self.running.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            sleep(STEP).await;
        }
        let leave = async {
            let _nobody_takes = self.taking.lock().await;
            self.database.leave(&self.presence.owner).await
        };
        // Whether it is told or not, others find them.
        drop(timeout(LEAVE, leave).await);
    }

    /// Looks at once for dreams that nobody has, because there is one.
    pub fn wake(&self) {
        self.asked.notify_one();
    }

    /// Takes one dream after the other that nobody has, as soon as there is room for it.
    async fn take_dreams(self) {
        let mut wait = SHORTEST;
        loop {
            // It is closed when the server rests.
            let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else { return };
            match self.take().await {
                Ok(Some(dream)) => {
                    wait = SHORTEST;
                    tokio::spawn(self.clone().keep_on(dream, slot));
                }
                // The database may be closed by now.
                Ok(None) | Err(_) if self.rests() => return,
                Ok(None) => {
                    wait = SHORTEST;
                    drop(slot);
                    if let Err(error) = self.tell_who_waits().await {
                        db::report(&error);
                    }
                    tokio::select! {
                        () = self.asked.notified() => {}
                        () = sleep(POLL) => {}
                    }
                }
                Err(error) => {
                    drop(slot);
                    tracing::error!("{error}; dreams are looked for again in {wait:?}");
                    sleep(wait).await;
                    wait = (wait * 2).min(LONGEST);
                }
            }
        }
    }

    /// Takes a dream that nobody has, or that the database took for this server without its hearing of it.
    async fn take(&self) -> db::Result<Option<String>> {
        let (database, owner) = (&self.database, &*self.presence.owner);
        let _taking = self.taking.lock().await;
        if self.rests() {
            return Ok(None);
        }
        let mut taken = database.claim(owner, Day::today()).await?;
        if taken.is_none() {
            let unheard = |dream: &String| !self.at_work().contains(dream);
            taken = database.dreams_of(owner).await?.into_iter().find(unheard);
        }
        if taken.is_none() && database.free_the_dreams_of_gone_servers(owner).await? > 0 {
            taken = database.claim(owner, Day::today()).await?;
        }
        // Whoever is at work on one already, which the database gave away meanwhile and back again, goes on.
        Ok(taken.filter(|dream| self.at_work().insert(dream.clone())))
    }

    fn at_work(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.has.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries on with a dream that this server has until it is over, or another server has it.
    async fn keep_on(self, id: String, slot: OwnedSemaphorePermit) {
        let (mut slot, mut wait) = (Some(slot), SHORTEST);
        loop {
            let carried = match self.carry_out(&id).await {
                Ok(Carried::Over) => break,
                Ok(Carried::Spent) => {
                    // Whoever finds it on the next day, or with a larger budget, goes on with it.
                    match self.database.let_go(&id, &self.presence.owner).await {
                        Ok(()) => break,
                        Err(error) => Err(error),
                    }
                }
                Ok(Carried::InBatch(dream)) => {
                    // Others have their turns while a batch is at work.
                    drop(slot.take());
                    self.until_batch_ends(&dream).await
                }
                Err(error) => Err(error),
            };
            match carried {
                Ok(()) => wait = SHORTEST,
                // It was let go of, and the database may be closed by now.
                Err(_) if self.rests() => break,
                Err(error) => {
                    // The dream stays as it is, and goes on when the database is there again.
                    tracing::error!("dream {id}: {error}; tried again in {wait:?}");
                    sleep(wait).await;
                    wait = (wait * 2).min(LONGEST);
                }
            }
            if slot.is_none() {
                let Ok(next) = Arc::clone(&self.slots).acquire_owned().await else { break };
                slot = Some(next);
            }
        }
        self.at_work().remove(&id);
    }

    /// Carries a dream out, as far as that goes now.
    async fn carry_out(&self, id: &str) -> db::Result<Carried> {
        for _ in 0..ANEW {
            let Taken::Run(run) = self.database.take_up(id, &self.presence.owner).await? else {
                return Ok(Carried::Over);
            };
            let dream = run.dream.clone();
            let (ended, usage) = self.worked(*run).await;
            // Before all else, because it was paid for whatever becomes of the dream.
            let runs = self.keep_usage(id, usage).await?;
            let results = match ended {
                Ok(results) => results,
                Err(Stopped::Over) => return self.call_off_orphans().await.map(|()| Carried::Over),
                Err(Stopped::Spent) => {
                    if runs {
                        self.tell_that_it_waits(id, &dream.workspace);
                    }
                    return self.call_off_orphans().await.map(|()| Carried::Spent);
                }
                Err(Stopped::Waits) => {
                    return Ok(Carried::InBatch(Box::new(Dream { usage, ..dream })));
                }
                Err(Stopped::Failed(failure)) => return self.failed(id, &failure).await,
            };
            match self.database.finish(id, &self.presence.owner, results).await? {
                Finished::Done => {
                    tracing::info!("dream {id} is completed");
                    return Ok(Carried::Over);
                }
                Finished::Over => return Ok(Carried::Over),
                Finished::Refused(Refused::Moved(_)) => {}
                Finished::Refused(Refused::Taken(path)) => {
                    let why = format!(
                        "the memory `{path}` is in the way of one that the dream writes: rename it"
                    );
                    let failure = Failure::new("internal_error", why);
                    return self.failed(id, &failure).await;
                }
            }
        }
        let why = format!(
            "memories were changed {ANEW} times while it ran: dream again when nobody writes"
        );
        let failure = Failure::new("internal_error", why);
        self.failed(id, &failure).await
    }

    /// Ends a dream that cannot go on, and its batch.
    async fn failed(&self, id: &str, failure: &Failure) -> db::Result<Carried> {
        self.database.fail(id, &self.presence.owner, failure).await?;
        self.call_off_orphans().await?;
        Ok(Carried::Over)
    }
}
