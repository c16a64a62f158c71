//! A dream while it is carried out: taken up by a process, watched, and ended with its results or without.

use std::collections::BTreeMap;

use dreaming_models::tally::Usage;
use dreaming_wasmtime::NewRevision;
use serde_json::{Map, json};
use sqlx::{AnyConnection, Row as _};

use super::lost::lost;
use super::transcripts::{self, Transcript};
use super::{Dream, Failure, Status, end, event};
use crate::db::budgets;
use crate::db::engine::{self, Loaded, Mark, Refused};
use crate::db::sessions::{self, NewEvent, Session};
use crate::db::stores::{self, Store};
use crate::db::{Database, Result};
use crate::ids::{self, Day, Of};

/// Characters of the name of a store, at most; see `api::stores`.
const MAX_NAME: usize = 255;

/// Servers that may end while they have a dream that comes no further. Chosen by us, with the times for which it is left
/// alone between: one killed each second for two minutes is no reason to give a dream up, and one that takes each server
/// along must end.
pub const DEATHS: i64 = 8;

/// The agent and the environment of the sessions that are traces of dreams.
const AGENT: &str = "dreaming";

/// A dream that is to be carried out.
#[derive(Debug)]
pub struct Run {
    /// The dream.
    pub dream: Dream,
    /// The store that it works on.
    pub loaded: Loaded,
    /// What it reads.
    pub transcripts: Vec<Transcript>,
    /// How far it came before.
    pub checkpoint: Option<Vec<u8>>,
}

/// What became of a dream that was to be taken up.
#[derive(Debug)]
pub enum Taken {
    /// It is to be carried out.
    Run(Box<Run>),
    /// It is over already, has failed now because an input is gone, or another server has it.
    Over,
}

/// What a dream has to store.
#[derive(Debug, Default)]
pub struct Results {
    /// How many changes of its plan wait for a person.
    pub undecided: u64,
    /// The revisions that it made, in order.
    pub revisions: Vec<NewRevision>,
    /// The texts of the memories as it read them.
    pub seen: BTreeMap<String, String>,
    /// What of the store it read.
    pub read: Mark,
    /// Its plan.
    pub plan: Vec<u8>,
    /// Its report.
    pub report: Vec<u8>,
    /// What its trace tells.
    pub events: Vec<NewEvent>,
}

/// What became of the results of a dream.
#[derive(Debug)]
pub enum Finished {
    /// They are stored, and the dream is completed.
    Done,
    /// The dream was over already, or another server has it; nothing was stored.
    Over,
    /// Nothing was stored.
    Refused(Refused),
}

impl Database {
    /// Takes up a dream that the server `owner` has: one that waited begins, with a trace and, if it writes into a new
    /// store, with a copy of its input; one that another server left goes on.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn take_up(&self, id: &str, owner: &str) -> Result<Taken> {
        let mut work = self.begin().await?;
        let Some(mut dream) = self.locked_dream(&mut work, id).await? else {
            return Ok(Taken::Over);
        };
        if dream.status.is_over() || !is_of(&mut work, id, owner).await? {
            return Ok(Taken::Over);
        }
        let failure = match lost(&mut work, &dream).await? {
            Some(lost) => Some(lost),
            None => deadly(&mut work, id).await?,
        };
        if let Some(failure) = failure {
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
            return Ok(Taken::Over);
        }
        let input = self.locked(&mut work, &dream.workspace, &dream.asked.store).await?;
        if let (Status::Pending, Some(input)) = (dream.status, input) {
            start(&mut work, &mut dream, &input).await?;
        }
        let update =
            "UPDATE dreams SET status = 'running', output = $1, session = $2 WHERE id = $3";
        let query = sqlx::query(update).bind(dream.output.clone());
        query.bind(dream.session.clone()).bind(id).execute(&mut *work).await?;
        dream.status = Status::Running;
        work.commit().await?;
        let output = dream.output.clone().unwrap_or_default();
        let Some(loaded) = self.loaded(&dream.workspace, &output).await? else {
            let gone = Failure::new("internal_error", "the store that it writes was deleted");
            self.fail(id, owner, &gone).await?;
            return Ok(Taken::Over);
        };
        let mut work = self.begin_reading().await?;
        let transcripts = transcripts::of_dream(&mut work, id).await?;
        let select = "SELECT checkpoint FROM dreams WHERE id = $1";
        let row = sqlx::query(select).bind(id).fetch_one(&mut *work).await?;
        let checkpoint = row.try_get("checkpoint")?;
        Ok(Taken::Run(Box::new(Run { dream, loaded, transcripts, checkpoint })))
    }

    /// Writes down what the model of a dream of the server `owner` took so far, and adds what is new of it to what its
    /// workspace took on the day `day`; whether the dream still runs there. What comes after it was called off was paid for,
    /// too.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn keep_usage(&self, id: &str, owner: &str, usage: Usage, day: Day) -> Result<bool> {
        let mut work = self.begin().await?;
        let Some(dream) = self.locked_dream(&mut work, id).await? else { return Ok(false) };
        if !is_of(&mut work, id, owner).await? {
            return Ok(false);
        }
        // Of two answers that come at once the earlier sum may be told last.
        let usage = dream.usage.most(usage);
        if usage != dream.usage {
            // An answer came, so it came further, whatever ends this server.
            let update = "UPDATE dreams SET usage = $1, deaths = 0 WHERE id = $2";
            sqlx::query(update).bind(written(usage)).bind(id).execute(&mut *work).await?;
            let tokens = usage.total() - dream.usage.total();
            let dollars = [dream.usage, usage].map(|usage| dream.cost_of(usage).unwrap_or(0.0));
            budgets::spend(&mut work, &dream.workspace, day, tokens, dollars).await?;
            work.commit().await?;
        }
        Ok(dream.status == Status::Running)
    }

    /// Whether a dream goes on in the server `owner`. It does not when it is over, when another server has it, or
    /// when an input is gone, for which it fails here.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn goes_on(&self, dream: &Dream, owner: &str) -> Result<bool> {
        let mut reader = self.pool.acquire().await?;
        let mine = "SELECT id FROM dreams WHERE id = $1 AND owner = $2 AND status = 'running'";
        let query = sqlx::query(mine).bind(&dream.id).bind(owner);
        if query.fetch_optional(&mut *reader).await?.is_none() {
            return Ok(false);
        }
        let Some(failure) = lost(&mut reader, dream).await? else { return Ok(true) };
        drop(reader);
        let mut work = self.begin().await?;
        if let Some(dream) = self.running(&mut work, &dream.id, owner).await? {
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
        }
        Ok(false)
    }

    /// Keeps how far a running dream is; whether it still runs in the server `owner`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn keep_checkpoint(
        &self,
        id: &str,
        owner: &str,
        checkpoint: Vec<u8>,
    ) -> Result<bool> {
        // One that is the same is no way further: a dream that was taken up again keeps it first.
        let update = "UPDATE dreams SET deaths = CASE WHEN checkpoint = $1 THEN deaths ELSE 0 END, checkpoint = $1 \
                      WHERE id = $2 AND owner = $3 AND status = 'running'";
        let query = sqlx::query(update).bind(checkpoint).bind(id).bind(owner);
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Stores the results of a dream: all of them, and that it is completed, or nothing.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn finish(&self, id: &str, owner: &str, results: Results) -> Result<Finished> {
        let mut work = self.begin().await?;
        let Some(dream) = self.running(&mut work, id, owner).await? else {
            return Ok(Finished::Over);
        };
        self.hold_stores(&mut work, &dream).await?;
        if let Some(failure) = lost(&mut work, &dream).await? {
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
            return Ok(Finished::Over);
        }
        let output = dream.output.clone().unwrap_or_default();
        let mut seen = results.seen;
        let actor = dream.actor();
        for revision in &results.revisions {
            let stored = engine::commit(&mut work, &output, revision, &mut seen, &actor).await?;
            if let Err(refused) = stored {
                return Ok(Finished::Refused(refused));
            }
        }
        let update =
            "UPDATE dreams SET plan = $1, report = $2, read = $3, undecided = $4 WHERE id = $5";
        let query = sqlx::query(update).bind(results.plan).bind(results.report);
        let query = query.bind(serde_json::to_string(&results.read).ok());
        let query = query.bind(i64::try_from(results.undecided).ok());
        query.bind(id).execute(&mut *work).await?;
        end(&mut work, &dream, Status::Completed, None, results.events).await?;
        work.commit().await?;
        Ok(Finished::Done)
    }

    /// Ends a dream of the server `owner` that cannot go on.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn fail(&self, id: &str, owner: &str, failure: &Failure) -> Result<()> {
        let mut work = self.begin().await?;
        let Some(dream) = self.running(&mut work, id, owner).await? else { return Ok(()) };
        self.hold_stores(&mut work, &dream).await?;
        // When an input is gone, that is why, whatever it was that failed for it.
        let lost = lost(&mut work, &dream).await?;
        let failure = lost.as_ref().unwrap_or(failure);
        end(&mut work, &dream, Status::Failed, Some(failure), Vec::new()).await?;
        work.commit().await
    }

    /// Whoever archives or deletes a store of the dream waits until `work` ends.
    async fn hold_stores(&self, work: &mut AnyConnection, dream: &Dream) -> Result<()> {
        for store in std::iter::once(&dream.asked.store).chain(&dream.output) {
            self.locked(work, &dream.workspace, store).await?;
        }
        Ok(())
    }

    /// As [`Self::locked_dream`], if it runs in the server `owner`.
    async fn running(
        &self,
        work: &mut AnyConnection,
        id: &str,
        owner: &str,
    ) -> Result<Option<Dream>> {
        let dream = self.locked_dream(work, id).await?;
        let is_mine = is_of(work, id, owner).await?;
        Ok(dream.filter(|dream| is_mine && dream.status == Status::Running))
    }
}

/// Usage as it is kept.
pub(super) fn written(usage: Usage) -> String {
    json!([usage.input, usage.cache_write, usage.cache_read, usage.output]).to_string()
}

/// Whether the server `owner` has a dream.
async fn is_of(work: &mut AnyConnection, id: &str, owner: &str) -> Result<bool> {
    let mine = "SELECT id FROM dreams WHERE id = $1 AND owner = $2";
    Ok(sqlx::query(mine).bind(id).bind(owner).fetch_optional(&mut *work).await?.is_some())
}

/// Begins a dream: its trace, the store that it writes, and how far it reads its sessions.
async fn start(work: &mut AnyConnection, dream: &mut Dream, input: &Store) -> Result<()> {
    let now = ids::now();
    let trace = Session {
        id: ids::new(Of::Session, now)?,
        agent: sessions::agent(AGENT, 1),
        environment: AGENT.into(),
        title: Some(format!("Dream {}", dream.id)),
        metadata: [("x_dream_id".to_owned(), dream.id.clone())].into(),
        created_at: now,
        updated_at: now,
        dream: Some(dream.id.clone()),
        ..Session::default()
    };
    sessions::insert(work, &dream.workspace, AGENT, &trace).await?;
    sessions::append(work, &trace.id, vec![event("session.status_running", Map::new())]).await?;
    dream.session = Some(trace.id);
    dream.output = match dream.asked.is_update {
        true => Some(input.id.clone()),
        false => {
            let suffix = format!(" (dream {})", dream.id);
            let room = MAX_NAME - suffix.chars().count();
            let name: String = input.name.chars().take(room).collect();
            let metadata = BTreeMap::from([
                ("x_dream_id".to_owned(), dream.id.clone()),
                ("x_source_memory_store_id".to_owned(), input.id.clone()),
            ]);
            let output = Store {
                id: ids::new(Of::Store, now)?,
                name: format!("{name}{suffix}"),
                description: input.description.clone(),
                metadata,
                created_at: now,
                updated_at: now,
                archived_at: None,
            };
            stores::insert(work, &dream.workspace, &output).await?;
            engine::copy(work, &input.id, &output.id, &dream.actor()).await?;
            Some(output.id)
        }
    };
    let mark = "UPDATE dream_sessions SET \
                last = (SELECT COALESCE(MAX(number), 0) FROM session_events e WHERE e.session = dream_sessions.session), \
                bytes = (SELECT COALESCE(SUM(LENGTH(body) + 1), 0) FROM session_events e \
                         WHERE e.session = dream_sessions.session) \
                WHERE dream = $1";
    sqlx::query(mark).bind(&dream.id).execute(&mut *work).await?;
    Ok(())
}

/// Why a dream is not taken up any more: one server after the other ended while it had it.
async fn deadly(work: &mut AnyConnection, id: &str) -> Result<Option<Failure>> {
    let select = "SELECT deaths FROM dreams WHERE id = $1";
    let deaths: i64 = sqlx::query(select).bind(id).fetch_one(work).await?.try_get("deaths")?;
    let why = format!(
        "{deaths} servers ended while they carried it out, and it came no further; see why they ended \
         (memory?), then dream again: the answers are kept"
    );
    Ok((deaths >= DEATHS).then(|| Failure::new("internal_error", why)))
}
