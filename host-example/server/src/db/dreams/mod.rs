//! Dreams: what was asked for, how far they are, and what became of them.

mod failure;
mod list;
mod lost;
mod proposals;
mod replay;
mod run;
mod status;
mod terms;
mod transcripts;

use dreaming_models::batch;
use dreaming_models::prices::Price;
use dreaming_models::tally::Usage;
use serde_json::{Map, Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

pub use self::failure::Failure;
pub use self::list::Listed;
pub use self::proposals::{Proposal, Proposed};
pub use self::replay::{Heard, Then};
use self::run::written;
pub use self::run::{DEATHS, Finished, Results, Run, Taken};
pub use self::status::Status;
pub use self::terms::{Budget, Terms};
pub use self::transcripts::Transcript;
use super::erase::without_instructions;
use super::handover::RESTATE;
use super::sessions::{self, NewEvent};
use super::stores::Store;
use super::versions::Actor;
use super::{Database, Result, webhooks};
use crate::ids::{self, Of};

/// What a dream is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The store that it reads.
    pub store: String,
    /// Whether it writes into that store; else into a new one.
    pub is_update: bool,
    /// The sessions that it reads, sorted.
    pub sessions: Vec<String>,
    /// Its terms.
    pub terms: Terms,
}

/// A dream.
#[derive(Clone, Debug)]
pub struct Dream {
    /// `drm_…`.
    pub id: String,
    /// Its workspace.
    pub workspace: String,
    /// How far it is.
    pub status: Status,
    /// What it is asked for.
    pub asked: Asked,
    /// The store that it writes, once it is known.
    pub output: Option<String>,
    /// The session that is its trace.
    pub session: Option<String>,
    /// How many changes of its plan waited for a person when it was completed or last decided about; `None` where nobody
    /// counted them, as before it is completed.
    pub undecided: Option<u64>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// What its model took.
    pub usage: Usage,
    /// What tokens of its model cost when it was made, if that was known.
    pub price: Option<Price>,
    /// Whether a server or worker has it; Restate has it in its queue only.
    pub is_at_work: bool,
    /// When it was made, in microseconds since 1970, as the next ones.
    pub created_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// When it was archived.
    pub archived_at: Option<i64>,
}

impl Dream {
    fn of(row: &AnyRow, sessions: Vec<String>) -> Result<Self> {
        let text = |name: &str| row.try_get::<String, _>(name);
        let error: Option<String> = row.try_get("error")?;
        let price: Option<String> = row.try_get("price")?;
        let [input, cache_write, cache_read, output] =
            serde_json::from_str(&text("usage")?).unwrap_or_default();
        Ok(Self {
            id: text("id")?,
            workspace: text("workspace")?,
            status: Status::of(&text("status")?),
            asked: Asked {
                store: text("store")?,
                is_update: text("behavior")? == UPDATE,
                sessions,
                terms: Terms::of(row)?,
            },
            output: row.try_get("output")?,
            session: row.try_get("session")?,
            undecided: row
                .try_get::<Option<i64>, _>("undecided")?
                .and_then(|changes| u64::try_from(changes).ok()),
            error: error.as_deref().and_then(Failure::read),
            usage: Usage { input, cache_write, cache_read, output },
            price: price.and_then(|price| serde_json::from_str(&price).ok()),
            is_at_work: !["", RESTATE].contains(&&*text("owner")?),
            created_at: row.try_get("created_at")?,
            ended_at: row.try_get("ended_at")?,
            archived_at: row.try_get("archived_at")?,
        })
    }

    /// What its model took, in dollars, if that is known.
    pub fn cost(&self) -> Option<f64> {
        self.cost_of(self.usage)
    }

    /// What its model takes for these tokens, in dollars, if that is known.
    fn cost_of(&self, usage: Usage) -> Option<f64> {
        let share = if self.asked.terms.in_batches { batch::SHARE } else { 1.0 };
        Some(self.price?.of(usage) * share)
    }

    /// Whether it waits as long as its workspace has used its budget of the day: it asks a model, and nobody is at work on
    /// it.
    pub fn waits_for_budget(&self) -> bool {
        !self.status.is_over() && !self.is_at_work && self.asked.terms.model != NONE
    }

    /// Its trace as the one who changes memories.
    fn actor(&self) -> Actor {
        Actor { kind: "session_actor".into(), id: self.session.clone().unwrap_or_default() }
    }
}

/// The model of a dream that asks none.
pub(super) const NONE: &str = "x_none";
/// How a dream that writes into its input is marked; else [`CREATE`].
const UPDATE: &str = "update_existing";
/// How a dream that writes into a new store is marked.
const CREATE: &str = "create_new";

/// What became of the wish for a dream.
#[derive(Debug)]
pub enum Created {
    /// The dream.
    Done(Box<Dream>),
    /// The workspace has no such store.
    NoStore,
    /// The store is archived.
    Archived,
    /// The workspace has no such session.
    NoSession(String),
    /// That session is the trace of a dream.
    Trace(String),
    /// This dream writes into the store.
    Held(String),
}

/// Why a dream was not changed.
#[derive(Debug)]
pub enum Unchanged {
    /// The workspace has no such dream.
    Missing,
    /// It is in this status.
    Is(Status),
}

impl Database {
    /// Makes a dream, which waits for its turn. `price` is that of its model.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_dream(
        &self,
        workspace: &str,
        asked: Asked,
        price: Option<Price>,
    ) -> Result<Created> {
        let mut work = self.begin().await?;
        let store = self.locked(&mut work, workspace, &asked.store).await?;
        if let Some(refused) = refused(&mut work, workspace, store, &asked).await? {
            return Ok(refused);
        }
        let now = ids::now();
        let id = ids::new(Of::Dream, now)?;
        let turn = next_turn(&mut work, workspace).await?;
        let insert = "INSERT INTO dreams (id, workspace, status, owner, store, behavior, model, instructions, \
                      policy, usage, created_at, batched, budget, price, turn) \
                      VALUES ($1, $2, 'pending', '', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let query = sqlx::query(insert).bind(&id).bind(workspace).bind(&asked.store);
        let behavior = if asked.is_update { UPDATE } else { CREATE };
        let terms = &asked.terms;
        let query = query.bind(behavior).bind(&terms.model).bind(terms.instructions.clone());
        let query = query.bind(terms.policy()).bind(written(Usage::default())).bind(now);
        let query = query.bind(i64::from(terms.in_batches)).bind(terms.budget());
        let query = query.bind(price.and_then(|price| serde_json::to_string(&price).ok()));
        let query = query.bind(turn);
        query.execute(&mut *work).await?;
        for session in &asked.sessions {
            let insert =
                "INSERT INTO dream_sessions (dream, session, last, bytes) VALUES ($1, $2, 0, 0)";
            sqlx::query(insert).bind(&id).bind(session).execute(&mut *work).await?;
        }
        work.commit().await?;
        let dream = Dream {
            id,
            workspace: workspace.into(),
            status: Status::Pending,
            asked,
            output: None,
            session: None,
            undecided: None,
            error: None,
            usage: Usage::default(),
            price,
            is_at_work: false,
            created_at: now,
            ended_at: None,
            archived_at: None,
        };
        Ok(Created::Done(Box::new(dream)))
    }

    /// Why a dream could not be made now, if so.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn refusal(&self, workspace: &str, asked: &Asked) -> Result<Option<Created>> {
        let store = self.store(workspace, &asked.store).await?;
        refused(&mut *self.pool.acquire().await?, workspace, store, asked).await
    }

    /// The dream with an id, if the workspace has it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn dream(&self, workspace: &str, id: &str) -> Result<Option<Dream>> {
        let select = "SELECT * FROM dreams WHERE id = $1 AND workspace = $2";
        let row = sqlx::query(select).bind(id).bind(workspace).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Dream::of(&row, self.inputs(id).await?)?))
    }

    /// The plan and the report of a dream, once it has them.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn documents(
        &self,
        workspace: &str,
        id: &str,
    ) -> Result<Option<(Option<Vec<u8>>, Option<Vec<u8>>)>> {
        let select = "SELECT plan, report FROM dreams WHERE id = $1 AND workspace = $2";
        let row = sqlx::query(select).bind(id).bind(workspace).fetch_optional(&self.pool).await?;
        row.map(|row| Ok((row.try_get("plan")?, row.try_get("report")?))).transpose()
    }

    /// Calls a dream off. One that is canceled already stays as it is.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn cancel(
        &self,
        workspace: &str,
        id: &str,
    ) -> Result<std::result::Result<(), Unchanged>> {
        let mut work = self.begin().await?;
        let dream = self.locked_dream(&mut work, id).await?;
        let Some(dream) = dream.filter(|dream| dream.workspace == workspace) else {
            return Ok(Err(Unchanged::Missing));
        };
        match dream.status {
            Status::Canceled => return Ok(Ok(())),
            status if status.is_over() => return Ok(Err(Unchanged::Is(status))),
            _ => {}
        }
        end(&mut work, &dream, Status::Canceled, None, Vec::new()).await?;
        work.commit().await?;
        Ok(Ok(()))
    }

    /// Archives a dream that is over.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn archive_dream(
        &self,
        workspace: &str,
        id: &str,
    ) -> Result<std::result::Result<(), Unchanged>> {
        let mut work = self.begin().await?;
        let dream = self.locked_dream(&mut work, id).await?;
        let Some(dream) = dream.filter(|dream| dream.workspace == workspace) else {
            return Ok(Err(Unchanged::Missing));
        };
        if !dream.status.is_over() {
            return Ok(Err(Unchanged::Is(dream.status)));
        }
        if dream.archived_at.is_none() {
            let update = "UPDATE dreams SET archived_at = $1 WHERE id = $2";
            sqlx::query(update).bind(ids::now()).bind(id).execute(&mut *work).await?;
            work.commit().await?;
        }
        Ok(Ok(()))
    }

    /// The ids of the sessions that a dream reads, sorted.
    async fn inputs(&self, id: &str) -> Result<Vec<String>> {
        let select = "SELECT session FROM dream_sessions WHERE dream = $1 ORDER BY session";
        let rows = sqlx::query(select).bind(id).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get("session")?)).collect()
    }

    /// A dream that nobody else changes until `work` ends.
    pub(super) async fn locked_dream(
        &self,
        work: &mut AnyConnection,
        id: &str,
    ) -> Result<Option<Dream>> {
        // On SQLite nobody else writes at all meanwhile.
        let select = match self.is_sqlite {
            true => "SELECT * FROM dreams WHERE id = $1",
            false => "SELECT * FROM dreams WHERE id = $1 FOR UPDATE",
        };
        let Some(row) = sqlx::query(select).bind(id).fetch_optional(&mut *work).await? else {
            return Ok(None);
        };
        let select = "SELECT session FROM dream_sessions WHERE dream = $1 ORDER BY session";
        let rows = sqlx::query(select).bind(id).fetch_all(&mut *work).await?;
        let sessions: Result<_> = rows.iter().map(|row| Ok(row.try_get("session")?)).collect();
        Ok(Some(Dream::of(&row, sessions?)?))
    }
}

/// The turn of a new dream: after all of its workspace, and not before those that have begun.
async fn next_turn(work: &mut AnyConnection, workspace: &str) -> Result<i64> {
    let begun = "SELECT COALESCE(MAX(turn), 0) AS turn FROM dreams WHERE session IS NOT NULL";
    let begun: i64 = sqlx::query(begun).fetch_one(&mut *work).await?.try_get("turn")?;
    let own = "SELECT COALESCE(MAX(turn) + 1, 0) AS turn FROM dreams WHERE workspace = $1";
    let own: i64 = sqlx::query(own).bind(workspace).fetch_one(work).await?.try_get("turn")?;
    Ok(begun.max(own))
}

/// Why a dream cannot be made over these inputs, if so.
async fn refused(
    work: &mut AnyConnection,
    workspace: &str,
    store: Option<Store>,
    asked: &Asked,
) -> Result<Option<Created>> {
    match store {
        None => return Ok(Some(Created::NoStore)),
        Some(store) if store.archived_at.is_some() => return Ok(Some(Created::Archived)),
        Some(_) => {}
    }
    if asked.is_update {
        let held = "SELECT id FROM dreams WHERE store = $1 AND behavior = 'update_existing' \
                    AND status IN ('pending', 'running')";
        let query = sqlx::query(held).bind(&asked.store);
        if let Some(row) = query.fetch_optional(&mut *work).await? {
            return Ok(Some(Created::Held(row.try_get("id")?)));
        }
    }
    for id in &asked.sessions {
        let select = "SELECT dream FROM sessions WHERE id = $1 AND workspace = $2";
        let query = sqlx::query(select).bind(id).bind(workspace);
        let Some(row) = query.fetch_optional(&mut *work).await? else {
            return Ok(Some(Created::NoSession(id.clone())));
        };
        if row.try_get::<Option<String>, _>("dream")?.is_some() {
            return Ok(Some(Created::Trace(id.clone())));
        }
    }
    Ok(None)
}

/// Ends a dream: its status, the end of its trace, and no checkpoint any more. One that is not completed leaves nothing of
/// what it heard.
async fn end(
    work: &mut AnyConnection,
    dream: &Dream,
    status: Status,
    failure: Option<&Failure>,
    events: Vec<NewEvent>,
) -> Result<()> {
    if status != Status::Completed {
        replay::forget(work, &dream.id).await?;
    }
    close(work, dream, status, failure, events).await
}

/// As [`end`], for one whose calls whoever ends it forgets with those of others.
async fn close(
    work: &mut AnyConnection,
    dream: &Dream,
    status: Status,
    failure: Option<&Failure>,
    mut events: Vec<NewEvent>,
) -> Result<()> {
    let error = failure.map(|failure| json!([failure.kind, failure.why]).to_string());
    let update =
        "UPDATE dreams SET status = $1, error = $2, ended_at = $3, checkpoint = NULL WHERE id = $4";
    let now = ids::now();
    let query = sqlx::query(update).bind(status.name()).bind(error).bind(now);
    query.bind(&dream.id).execute(&mut *work).await?;
    if let Some(failure) = failure {
        failure.report(&dream.id);
    }
    without_instructions(work, &dream.id).await?;
    webhooks::tell(work, dream, status.name(), now).await?;
    let Some(session) = &dream.session else { return Ok(()) };
    if !sessions::archive(work, session).await? {
        // A server before this one let the trace be deleted.
        return Ok(());
    }
    if let Some(failure) = failure {
        let error = json!({
            "type": "unknown_error", "message": format!("{}: {}", failure.kind, failure.why),
            "retry_status": { "type": "terminal" },
        });
        events.push(event("session.error", Map::from_iter([("error".to_owned(), error)])));
    }
    events.push(match status {
        Status::Completed => {
            let reason = json!({ "type": "end_turn" });
            event("session.status_idle", Map::from_iter([("stop_reason".to_owned(), reason)]))
        }
        _ => event("session.status_terminated", Map::new()),
    });
    sessions::append(work, session, events).await?;
    Ok(())
}

/// An event of a trace.
pub fn event(kind: &str, mut fields: Map<String, Value>) -> NewEvent {
    fields.insert("type".into(), kind.into());
    NewEvent { kind: kind.into(), processed_at: None, fields }
}
