//! Dreams: what was asked for, how far they are, and what became of them.

use std::collections::BTreeMap;

use dreaming_models::tally::Usage;
use dreaming_wasmtime::NewRevision;
use serde_json::{Map, Value, json};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row as _, Transaction};

use super::engine::{self, Loaded, Refused};
use super::sessions::{self, NewEvent, Session};
use super::stores::{self, Store, more};
use super::versions::Actor;
use super::{Database, Result};
use crate::ids::{self, Of};

/// Characters of the name of a store, at most; see `api::stores`.
const MAX_NAME: usize = 255;

/// The agent and the environment of the sessions that are traces of dreams.
const AGENT: &str = "dreaming";

/// How far a dream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for its turn.
    Pending,
    /// It reads, asks or writes.
    Running,
    /// It has done what it was asked for.
    Completed,
    /// It could not.
    Failed,
    /// Somebody called it off.
    Canceled,
}

impl Status {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    fn of(name: &str) -> Self {
        let all = [Self::Pending, Self::Running, Self::Completed, Self::Canceled];
        all.into_iter().find(|status| status.name() == name).unwrap_or(Self::Failed)
    }

    /// Whether nothing more happens to the dream.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// Why a dream failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type of the error, as the API names it.
    pub kind: String,
    /// Why, for people.
    pub why: String,
}

impl Failure {
    /// A failure of this type.
    pub fn new(kind: &str, why: impl Into<String>) -> Self {
        Self { kind: kind.into(), why: why.into() }
    }
}

/// What a dream is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The store that it reads.
    pub store: String,
    /// Whether it writes into that store; else into a new one.
    pub is_update: bool,
    /// The sessions that it reads, sorted.
    pub sessions: Vec<String>,
    /// The model by its name.
    pub model: String,
    /// What the model is told beside the transcripts.
    pub instructions: Option<String>,
    /// Settings of the engine that differ from the defaults.
    pub policy: Map<String, Value>,
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
    /// Why it failed.
    pub error: Option<Failure>,
    /// What its model took.
    pub usage: Usage,
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
        let error: Option<(String, String)> =
            error.and_then(|error| serde_json::from_str(&error).ok());
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
                model: text("model")?,
                instructions: row.try_get("instructions")?,
                policy: serde_json::from_str(&text("policy")?).unwrap_or_default(),
            },
            output: row.try_get("output")?,
            session: row.try_get("session")?,
            error: error.map(|(kind, why)| Failure { kind, why }),
            usage: Usage { input, cache_write, cache_read, output },
            created_at: row.try_get("created_at")?,
            ended_at: row.try_get("ended_at")?,
            archived_at: row.try_get("archived_at")?,
        })
    }

    /// Its trace as the one who changes memories.
    fn actor(&self) -> Actor {
        Actor { kind: "session_actor".into(), id: self.session.clone().unwrap_or_default() }
    }
}

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

/// Which dreams are listed.
#[derive(Debug)]
pub struct Listed {
    /// Of which workspace.
    pub workspace: String,
    /// Of these statuses alone; empty: of all.
    pub statuses: Vec<String>,
    /// Made from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Whether archived ones are listed too.
    pub archived: bool,
    /// Those made before the one with this id; empty: from the newest.
    pub after: String,
    /// How many.
    pub limit: usize,
}

/// A session that a dream reads, as far as it went when the dream began.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The id of the session.
    pub id: String,
    /// Its agent.
    pub agent: String,
    /// The person who worked in it, if its metadata say so.
    pub principal: Option<String>,
    /// The number of its last event.
    pub last: i64,
    /// Bytes of its events, with a line break behind each.
    pub bytes: u64,
}

/// A dream that is to be carried out.
#[derive(Debug)]
pub struct Run {
    /// The dream.
    pub dream: Dream,
    /// The store that it works on.
    pub loaded: Loaded,
    /// What it reads.
    pub transcripts: Vec<Transcript>,
    /// How far an earlier process came.
    pub checkpoint: Option<Vec<u8>>,
}

/// What became of a dream that was to be taken up.
#[derive(Debug)]
pub enum Taken {
    /// It is to be carried out.
    Run(Box<Run>),
    /// It is over already, or has failed now because an input is gone.
    Over,
}

/// What a dream has to store.
#[derive(Debug, Default)]
pub struct Results {
    /// The revisions that it made, in order.
    pub revisions: Vec<NewRevision>,
    /// The texts of the memories as it read them.
    pub seen: BTreeMap<String, String>,
    /// Its plan.
    pub plan: Vec<u8>,
    /// Its report.
    pub report: Vec<u8>,
    /// What its model took.
    pub usage: Usage,
    /// What its trace tells.
    pub events: Vec<NewEvent>,
}

/// What became of the results of a dream.
#[derive(Debug)]
pub enum Finished {
    /// They are stored, and the dream is completed.
    Done,
    /// The dream was over already, or another process has it; nothing was stored.
    Over,
    /// Nothing was stored.
    Refused(Refused),
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
    /// Makes a dream, which waits for its turn.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_dream(&self, workspace: &str, asked: Asked) -> Result<Created> {
        let mut work = self.begin().await?;
        match self.locked(&mut work, workspace, &asked.store).await? {
            None => return Ok(Created::NoStore),
            Some(store) if store.archived_at.is_some() => return Ok(Created::Archived),
            Some(_) => {}
        }
        if asked.is_update {
            let held = "SELECT id FROM dreams WHERE store = $1 AND behavior = 'update_existing' \
                        AND status IN ('pending', 'running')";
            let query = sqlx::query(held).bind(&asked.store);
            if let Some(row) = query.fetch_optional(&mut *work).await? {
                return Ok(Created::Held(row.try_get("id")?));
            }
        }
        for id in &asked.sessions {
            let select = "SELECT dream FROM sessions WHERE id = $1 AND workspace = $2";
            let query = sqlx::query(select).bind(id).bind(workspace);
            let Some(row) = query.fetch_optional(&mut *work).await? else {
                return Ok(Created::NoSession(id.clone()));
            };
            if row.try_get::<Option<String>, _>("dream")?.is_some() {
                return Ok(Created::Trace(id.clone()));
            }
        }
        let now = ids::now();
        let id = ids::new(Of::Dream, now)?;
        let insert = "INSERT INTO dreams (id, workspace, status, owner, store, behavior, model, instructions, \
                      policy, usage, created_at) VALUES ($1, $2, 'pending', '', $3, $4, $5, $6, $7, $8, $9)";
        let query = sqlx::query(insert).bind(&id).bind(workspace).bind(&asked.store);
        let behavior = if asked.is_update { UPDATE } else { CREATE };
        let query = query.bind(behavior).bind(&asked.model).bind(asked.instructions.clone());
        let policy = Value::Object(asked.policy.clone()).to_string();
        let query = query.bind(policy).bind(written(Usage::default())).bind(now);
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
            error: None,
            usage: Usage::default(),
            created_at: now,
            ended_at: None,
            archived_at: None,
        };
        Ok(Created::Done(Box::new(dream)))
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

    /// The dreams of a workspace, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn dreams(&self, listed: &Listed) -> Result<Vec<Dream>> {
        let statuses = match listed.statuses.is_empty() {
            true => String::new(),
            false => format!(",{},", listed.statuses.join(",")),
        };
        let select = "SELECT * FROM dreams WHERE workspace = $1 AND created_at BETWEEN $2 AND $3 \
                      AND ($4 = 1 OR archived_at IS NULL) AND ($5 = '' OR $5 LIKE '%,' || status || ',%') \
                      AND ($6 = '' OR id < $6) ORDER BY id DESC LIMIT $7";
        let query = sqlx::query(select).bind(&listed.workspace);
        let query = query.bind(listed.between.0).bind(listed.between.1);
        let query = query.bind(i32::from(listed.archived)).bind(statuses).bind(&listed.after);
        let rows = query.bind(more(listed.limit)).fetch_all(&self.pool).await?;
        let mut dreams = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            dreams.push(Dream::of(row, self.inputs(&id).await?)?);
        }
        Ok(dreams)
    }

    /// The ids of all dreams that are not over, the oldest first.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn open_dreams(&self) -> Result<Vec<String>> {
        let select = "SELECT id FROM dreams WHERE status IN ('pending', 'running') ORDER BY id";
        let rows = sqlx::query(select).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    /// Takes up a dream for the process `owner`: one that waited begins, with a trace and, if it writes into a new
    /// store, with a copy of its input; one that another process left goes on.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn take_up(&self, id: &str, owner: &str) -> Result<Taken> {
        let mut work = self.begin().await?;
        let Some(mut dream) = self.locked_dream(&mut work, id).await? else {
            return Ok(Taken::Over);
        };
        if dream.status.is_over() {
            return Ok(Taken::Over);
        }
        if let Some(failure) = lost(&mut work, &dream).await? {
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
            return Ok(Taken::Over);
        }
        let input = self.locked(&mut work, &dream.workspace, &dream.asked.store).await?;
        if let (Status::Pending, Some(input)) = (dream.status, input) {
            start(&mut work, &mut dream, &input).await?;
        }
        let update = "UPDATE dreams SET status = 'running', owner = $1, output = $2, session = $3 WHERE id = $4";
        let query = sqlx::query(update).bind(owner).bind(dream.output.clone());
        query.bind(dream.session.clone()).bind(id).execute(&mut *work).await?;
        dream.status = Status::Running;
        let output = dream.output.clone().unwrap_or_default();
        self.locked(&mut work, &dream.workspace, &output).await?;
        let loaded = engine::load(&mut work, &output).await?;
        let transcripts = transcripts(&mut work, id).await?;
        let select = "SELECT checkpoint FROM dreams WHERE id = $1";
        let row = sqlx::query(select).bind(id).fetch_one(&mut *work).await?;
        let checkpoint = row.try_get("checkpoint")?;
        work.commit().await?;
        Ok(Taken::Run(Box::new(Run { dream, loaded, transcripts, checkpoint })))
    }

    /// Writes down what the model of a running dream took so far; whether the dream still runs in the process `owner`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn keep_usage(&self, id: &str, owner: &str, usage: Usage) -> Result<bool> {
        let update =
            "UPDATE dreams SET usage = $1 WHERE id = $2 AND owner = $3 AND status = 'running'";
        let query = sqlx::query(update).bind(written(usage)).bind(id).bind(owner);
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Whether a dream goes on in the process `owner`. It does not when it is over, when another process has it, or
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

    /// Keeps how far a running dream is; whether it still runs in the process `owner`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn keep_checkpoint(
        &self,
        id: &str,
        owner: &str,
        checkpoint: Vec<u8>,
    ) -> Result<bool> {
        let update =
            "UPDATE dreams SET checkpoint = $1 WHERE id = $2 AND owner = $3 AND status = 'running'";
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
        if let Some(failure) = lost(&mut work, &dream).await? {
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
            return Ok(Finished::Over);
        }
        let output = dream.output.clone().unwrap_or_default();
        if self.locked(&mut work, &dream.workspace, &output).await?.is_none() {
            let failure = Failure::new("internal_error", "the store that it writes was deleted");
            end(&mut work, &dream, Status::Failed, Some(&failure), Vec::new()).await?;
            work.commit().await?;
            return Ok(Finished::Over);
        }
        let mut seen = results.seen;
        let actor = dream.actor();
        for revision in &results.revisions {
            let stored = engine::commit(&mut work, &output, revision, &mut seen, &actor).await?;
            if let Err(refused) = stored {
                return Ok(Finished::Refused(refused));
            }
        }
        let update = "UPDATE dreams SET plan = $1, report = $2, usage = $3 WHERE id = $4";
        let query = sqlx::query(update).bind(results.plan).bind(results.report);
        query.bind(written(results.usage)).bind(id).execute(&mut *work).await?;
        end(&mut work, &dream, Status::Completed, None, results.events).await?;
        work.commit().await?;
        Ok(Finished::Done)
    }

    /// Ends a dream of the process `owner` that cannot go on.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn fail(&self, id: &str, owner: &str, failure: &Failure, usage: Usage) -> Result<()> {
        let mut work = self.begin().await?;
        let Some(dream) = self.running(&mut work, id, owner).await? else { return Ok(()) };
        let update = "UPDATE dreams SET usage = $1 WHERE id = $2";
        sqlx::query(update).bind(written(usage)).bind(id).execute(&mut *work).await?;
        end(&mut work, &dream, Status::Failed, Some(failure), Vec::new()).await?;
        Ok(work.commit().await?)
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
    async fn locked_dream(
        &self,
        work: &mut Transaction<'static, Any>,
        id: &str,
    ) -> Result<Option<Dream>> {
        // On SQLite nobody else writes at all meanwhile.
        let select = match self.is_sqlite {
            true => "SELECT * FROM dreams WHERE id = $1",
            false => "SELECT * FROM dreams WHERE id = $1 FOR UPDATE",
        };
        let Some(row) = sqlx::query(select).bind(id).fetch_optional(&mut **work).await? else {
            return Ok(None);
        };
        let select = "SELECT session FROM dream_sessions WHERE dream = $1 ORDER BY session";
        let rows = sqlx::query(select).bind(id).fetch_all(&mut **work).await?;
        let sessions: Result<_> = rows.iter().map(|row| Ok(row.try_get("session")?)).collect();
        Ok(Some(Dream::of(&row, sessions?)?))
    }

    /// As [`Self::locked_dream`], if it runs in the process `owner`.
    async fn running(
        &self,
        work: &mut Transaction<'static, Any>,
        id: &str,
        owner: &str,
    ) -> Result<Option<Dream>> {
        let dream = self.locked_dream(work, id).await?;
        let mine = "SELECT id FROM dreams WHERE id = $1 AND owner = $2 AND status = 'running'";
        let query = sqlx::query(mine).bind(id).bind(owner);
        let is_mine = query.fetch_optional(&mut **work).await?.is_some();
        Ok(dream.filter(|_| is_mine))
    }
}

/// Usage as it is kept.
fn written(usage: Usage) -> String {
    json!([usage.input, usage.cache_write, usage.cache_read, usage.output]).to_string()
}

/// Begins a dream: its trace, the store that it writes, and how far it reads its sessions.
async fn start(
    work: &mut Transaction<'static, Any>,
    dream: &mut Dream,
    input: &Store,
) -> Result<()> {
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
    sqlx::query(mark).bind(&dream.id).execute(&mut **work).await?;
    Ok(())
}

/// What a dream reads.
async fn transcripts(work: &mut Transaction<'static, Any>, dream: &str) -> Result<Vec<Transcript>> {
    let select = "SELECT d.session, d.last, d.bytes, s.agent_id, s.metadata \
                  FROM dream_sessions d JOIN sessions s ON s.id = d.session WHERE d.dream = $1 ORDER BY d.session";
    let rows = sqlx::query(select).bind(dream).fetch_all(&mut **work).await?;
    let transcript = |row: &AnyRow| {
        let metadata: String = row.try_get("metadata")?;
        let metadata: BTreeMap<String, String> =
            serde_json::from_str(&metadata).unwrap_or_default();
        let bytes: i64 = row.try_get("bytes")?;
        Ok(Transcript {
            id: row.try_get("session")?,
            agent: row.try_get("agent_id")?,
            principal: metadata.get("x_principal").cloned(),
            last: row.try_get("last")?,
            bytes: bytes.unsigned_abs(),
        })
    };
    rows.iter().map(transcript).collect()
}

/// Why a dream cannot go on: its store or one of its sessions is gone.
async fn lost(work: &mut AnyConnection, dream: &Dream) -> Result<Option<Failure>> {
    let select = "SELECT archived_at FROM memory_stores WHERE id = $1";
    let query = sqlx::query(select).bind(&dream.asked.store);
    let what = match query.fetch_optional(&mut *work).await? {
        None => Some("deleted"),
        Some(row) => row.try_get::<Option<i64>, _>("archived_at")?.map(|_| "archived"),
    };
    if let Some(what) = what {
        let why = format!("the memory store `{}` was {what}", dream.asked.store);
        return Ok(Some(Failure::new("input_memory_store_unavailable", why)));
    }
    let gone = "SELECT d.session FROM dream_sessions d LEFT JOIN sessions s ON s.id = d.session \
                WHERE d.dream = $1 AND s.id IS NULL LIMIT 1";
    let row = sqlx::query(gone).bind(&dream.id).fetch_optional(&mut *work).await?;
    let Some(row) = row else { return Ok(None) };
    let session: String = row.try_get("session")?;
    let why = format!("the session `{session}` was deleted");
    Ok(Some(Failure::new("input_session_unavailable", why)))
}

/// Ends a dream: its status, the end of its trace, and no checkpoint any more.
async fn end(
    work: &mut Transaction<'static, Any>,
    dream: &Dream,
    status: Status,
    failure: Option<&Failure>,
    mut events: Vec<NewEvent>,
) -> Result<()> {
    let error = failure.map(|failure| json!([failure.kind, failure.why]).to_string());
    let update =
        "UPDATE dreams SET status = $1, error = $2, ended_at = $3, checkpoint = NULL WHERE id = $4";
    let query = sqlx::query(update).bind(status.name()).bind(error).bind(ids::now());
    query.bind(&dream.id).execute(&mut **work).await?;
    let Some(session) = &dream.session else { return Ok(()) };
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
    sessions::archive(work, session).await
}

/// An event of a trace.
pub fn event(kind: &str, mut fields: Map<String, Value>) -> NewEvent {
    fields.insert("type".into(), kind.into());
    NewEvent { kind: kind.into(), processed_at: None, fields }
}
