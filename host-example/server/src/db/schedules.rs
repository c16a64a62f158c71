//! When dreams over a store begin by themselves, and which sessions the next one reads.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::dreams::{NONE, Terms};
use super::{Database, Result};
use crate::ids;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// When, as `minute hour day month weekday zone`.
    pub cron: String,
    /// Sessions that must be new, at least.
    pub least: i64,
    /// Microseconds for which nothing was added to a session that is read.
    pub idle: i64,
    /// The terms of its dreams.
    pub terms: Terms,
}

/// When dreams over a store begin by themselves.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The store.
    pub store: String,
    /// Its workspace.
    pub workspace: String,
    /// What was asked for.
    pub wanted: Wanted,
    /// When the next dream may begin, in microseconds since 1970, as the next ones.
    pub next_at: i64,
    /// Sessions that were changed up to this time were read.
    pub read_until: i64,
    /// The last dream that began so.
    pub dream: Option<String>,
    /// Sessions that were changed up to this time are read once that dream is completed.
    pub dream_until: i64,
    /// Why none began last time.
    pub reason: Option<String>,
}

impl Schedule {
    fn of(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            store: row.try_get("store")?,
            workspace: row.try_get("workspace")?,
            wanted: Wanted {
                cron: row.try_get("cron")?,
                least: row.try_get("least")?,
                idle: row.try_get("idle")?,
                terms: Terms::of(row)?,
            },
            next_at: row.try_get("next_at")?,
            read_until: row.try_get("read_until")?,
            dream: row.try_get("dream")?,
            dream_until: row.try_get("dream_until")?,
            reason: row.try_get("reason")?,
        })
    }
}

impl Database {
    /// Schedules dreams over a store, or changes when they begin. What was read stays read.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn schedule(
        &self,
        workspace: &str,
        store: &str,
        wanted: &Wanted,
        next_at: i64,
    ) -> Result<()> {
        let put = "INSERT INTO schedules (store, workspace, cron, least, idle, model, instructions, policy, next_at, \
                   batched, budget, read_until, dream_until) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0) \
                   ON CONFLICT (store) DO UPDATE SET cron = excluded.cron, least = excluded.least, \
                   idle = excluded.idle, model = excluded.model, instructions = excluded.instructions, \
                   policy = excluded.policy, batched = excluded.batched, budget = excluded.budget, next_at = excluded.next_at, reason = NULL";
        let query = sqlx::query(put).bind(store).bind(workspace).bind(&wanted.cron);
        let terms = &wanted.terms;
        let query = query.bind(wanted.least).bind(wanted.idle).bind(&terms.model);
        let query = query.bind(terms.instructions.clone()).bind(terms.policy()).bind(next_at);
        let query = query.bind(i64::from(terms.in_batches)).bind(terms.budget());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// The schedule of a store, if it has one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn scheduled(&self, workspace: &str, store: &str) -> Result<Option<Schedule>> {
        let select = "SELECT * FROM schedules WHERE store = $1 AND workspace = $2";
        let query = sqlx::query(select).bind(store).bind(workspace);
        let row = query.fetch_optional(&self.pool).await?;
        row.as_ref().map(Schedule::of).transpose()
    }

    /// Ends the schedule of a store. Whether it had one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn unschedule(&self, workspace: &str, store: &str) -> Result<bool> {
        let delete = "DELETE FROM schedules WHERE store = $1 AND workspace = $2";
        let done = sqlx::query(delete).bind(store).bind(workspace).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// All schedules.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn schedules(&self) -> Result<Vec<Schedule>> {
        let rows = sqlx::query("SELECT * FROM schedules").fetch_all(&self.pool).await?;
        rows.iter().map(Schedule::of).collect()
    }

    /// The schedules whose time has come, the longest waiting first.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn due(&self, now: i64) -> Result<Vec<Schedule>> {
        let select = "SELECT * FROM schedules WHERE next_at <= $1 ORDER BY next_at";
        let rows = sqlx::query(select).bind(now).fetch_all(&self.pool).await?;
        rows.iter().map(Schedule::of).collect()
    }

    /// Takes the turn of a schedule that is due: of several who try, one does.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn take_turn(&self, schedule: &Schedule, next_at: i64) -> Result<bool> {
        let update = "UPDATE schedules SET next_at = $1 WHERE store = $2 AND next_at = $3";
        let query = sqlx::query(update).bind(next_at).bind(&schedule.store);
        let done = query.bind(schedule.next_at).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes down what became of a turn.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn note_turn(&self, schedule: &Schedule) -> Result<()> {
        let update = "UPDATE schedules SET read_until = $1, dream = $2, dream_until = $3, reason = $4 WHERE store = $5";
        let query = sqlx::query(update).bind(schedule.read_until).bind(schedule.dream.clone());
        let query = query.bind(schedule.dream_until).bind(schedule.reason.clone());
        query.bind(&schedule.store).execute(&self.pool).await?;
        Ok(())
    }

    /// The sessions with a store attached that were changed since the schedule read them and are idle at `now`, each with
    /// the time of the change, the longest unchanged first; at most `limit`. Of one that was changed in the future nobody
    /// can tell whether it is idle: the clock was put back since, and all that is made has such times until it catches up.
    /// Traces of dreams are none of them.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn changed_sessions(
        &self,
        schedule: &Schedule,
        now: i64,
        limit: i64,
    ) -> Result<Vec<(String, i64)>> {
        let select = "SELECT id, updated_at FROM sessions WHERE workspace = $1 AND dream IS NULL \
                      AND REPLACE(resources, $2, '') <> resources AND updated_at > $3 \
                      AND (updated_at <= $4 OR updated_at > $5) ORDER BY updated_at, id LIMIT $6";
        let query = sqlx::query(select).bind(&schedule.workspace);
        let query = query.bind(format!("\"{}\"", schedule.store)).bind(schedule.read_until);
        let query = query.bind(now.saturating_sub(schedule.wanted.idle));
        let query = query.bind(now.saturating_add(ids::AHEAD)).bind(limit);
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("updated_at")?))).collect()
    }

    /// The sessions that the store of a schedule has read and that wait for an answer of a model, the longest unchanged
    /// first; none for a schedule without a model. Sessions that are gone are none of them.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn waiting_sessions(&self, schedule: &Schedule) -> Result<Vec<String>> {
        if schedule.wanted.terms.model == NONE {
            return Ok(Vec::new());
        }
        let select = "SELECT s.id, l.value FROM ledger l JOIN sessions s ON l.key = 'session/' || s.id \
                      WHERE l.store = $1 AND s.workspace = $2 AND s.dream IS NULL ORDER BY s.updated_at, s.id";
        let query = sqlx::query(select).bind(&schedule.store).bind(&schedule.workspace);
        let mut waiting = Vec::new();
        for row in query.fetch_all(&self.pool).await? {
            let value: Vec<u8> = row.try_get("value")?;
            let record: Value = serde_json::from_slice(&value).unwrap_or_default();
            if record["unanswered"].is_object() && record["withdrawn"] != true {
                waiting.push(row.try_get("id")?);
            }
        }
        Ok(waiting)
    }
}
