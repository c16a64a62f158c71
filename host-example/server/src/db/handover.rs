//! Dreams that an engine for durable execution has in its queue. In `dreams.owner` stands [`RESTATE`] while one waits there,
//! and the name of a worker while that is at work on it.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::dreams::{DEATHS, Dream, Status};
use super::presence::{REST, SUSPECT};
use super::{Database, DatabaseError, Result};
use crate::ids::Day;

/// The name under which Restate has dreams. No server has it, because theirs are numbers.
pub const RESTATE: &str = "restate";

/// Dreams that wait at Restate, at most, beside those that wait there for a batch or a budget; the rest keeps its turns here, because
/// Restate has one queue for all. Chosen by us: it takes a server a second to hand over as many.
const WAITING: i64 = 100;

/// A dream and the store that it is over.
#[derive(Debug)]
pub struct Handed {
    /// The dream.
    pub dream: String,
    /// The store.
    pub store: String,
}

/// What became of the wish to work on a dream.
#[derive(Debug)]
pub enum TakenOver {
    /// The worker has it now.
    Mine(Box<Dream>),
    /// A server or worker that is there is at work on it; or several ended with it, and it is left alone, or this one has
    /// another such dream.
    Busy,
    /// It is over, in this status.
    Over(Status),
    /// There is no such dream over this store.
    Missing,
}

impl Database {
    /// Refuses SQLite, whose file is of one process.
    ///
    /// # Errors
    /// [`DatabaseError::Alone`].
    pub fn shared(&self) -> Result<()> {
        if self.is_sqlite { Err(DatabaseError::Alone) } else { Ok(()) }
    }

    /// The dreams that Restate has room for and nobody has, those whose turn it is first. What asks a model waits while its
    /// workspace has used its budget of the day `day`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn to_hand_over(&self, day: Day) -> Result<Vec<Handed>> {
        let day = day.to_string();
        // A workspace that has to wait keeps no other one out.
        let select = "SELECT COUNT(*) AS waiting FROM dreams WHERE owner = $1 AND status IN ('pending', 'running') \
                      AND NOT EXISTS (SELECT 1 FROM dream_batches WHERE dream = dreams.id) \
                      AND (model = 'x_none' OR workspace NOT IN (SELECT workspace FROM workspaces_spent WHERE day = $2))";
        let row = sqlx::query(select).bind(RESTATE).bind(&day).fetch_one(&self.pool).await?;
        let room = WAITING - row.try_get::<i64, _>("waiting")?;
        let select = "SELECT id, store FROM dreams WHERE owner = '' AND status IN ('pending', 'running') \
                      AND (model = 'x_none' OR workspace NOT IN (SELECT workspace FROM workspaces_spent WHERE day = $1)) \
                      ORDER BY turn, id LIMIT $2";
        let query = sqlx::query(select).bind(day).bind(room.max(0));
        query.fetch_all(&self.pool).await?.iter().map(handed).collect()
    }

    /// The dreams that were handed over and wait.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn waiting_at_restate(&self) -> Result<Vec<Handed>> {
        let select = "SELECT id, store FROM dreams WHERE owner = $1 AND status IN ('pending', 'running') \
                      ORDER BY turn, id";
        let rows = sqlx::query(select).bind(RESTATE).fetch_all(&self.pool).await?;
        rows.iter().map(handed).collect()
    }

    /// Notes that Restate has a dream, unless somebody has it by now.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn handed_over(&self, dream: &str) -> Result<()> {
        let update = "UPDATE dreams SET owner = $1 WHERE id = $2 AND owner = ''";
        sqlx::query(update).bind(RESTATE).bind(dream).execute(&self.pool).await?;
        Ok(())
    }

    /// Gives a dream over `store` to the worker `owner`, unless another one that is there is at work on it.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn take_over(&self, dream: &str, store: &str, owner: &str) -> Result<TakenOver> {
        let mut work = self.begin().await?;
        let found = self.locked_dream(&mut work, dream).await?;
        let Some(found) = found.filter(|found| found.asked.store == store) else {
            return Ok(TakenOver::Missing);
        };
        if found.status.is_over() {
            return Ok(TakenOver::Over(found.status));
        }
        let select = "SELECT owner, deaths, rests_until FROM dreams WHERE id = $1";
        let row = sqlx::query(select).bind(dream).fetch_one(&mut *work).await?;
        let (other, deaths): (String, i64) = (row.try_get("owner")?, row.try_get("deaths")?);
        let is_free = other.is_empty() || other == RESTATE || other == owner;
        if !is_free && self.is_there(&mut work, &other).await? {
            return Ok(TakenOver::Busy);
        }
        let now = self.clock().await?;
        let (deaths, rests_until) = match is_free {
            true => (deaths, row.try_get("rests_until")?),
            false => (deaths + 1, now + (REST << (deaths + 1 - SUSPECT).clamp(0, DEATHS))),
        };
        let is_put_off = deaths >= SUSPECT
            && (rests_until > now || has_suspect(&mut work, owner, dream).await?);
        let update = "UPDATE dreams SET owner = $1, deaths = $2, rests_until = $3 WHERE id = $4";
        let query = sqlx::query(update).bind(if is_put_off { RESTATE } else { owner });
        query.bind(deaths).bind(rests_until).bind(dream).execute(&mut *work).await?;
        work.commit().await?;
        if !is_free {
            tracing::warn!("dream {dream}: {deaths} workers ended with it by now");
        }
        if is_put_off {
            return Ok(TakenOver::Busy);
        }
        Ok(TakenOver::Mine(Box::new(found)))
    }

    /// Gives a dream of the worker `owner` back to Restate. Returns its status, if there is such a dream.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn give_back(&self, dream: &str, owner: &str) -> Result<Option<Status>> {
        let update = "UPDATE dreams SET owner = $1 WHERE id = $2 AND owner = $3 \
                      AND status IN ('pending', 'running')";
        let query = sqlx::query(update).bind(RESTATE).bind(dream).bind(owner);
        query.execute(&self.pool).await?;
        let select = "SELECT status FROM dreams WHERE id = $1";
        let row = sqlx::query(select).bind(dream).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(Status::of(&row.try_get::<String, _>("status")?))).transpose()
    }
}

/// Whether the worker `owner` has a dream beside `dream` with which several ended.
async fn has_suspect(work: &mut AnyConnection, owner: &str, dream: &str) -> Result<bool> {
    let select = "SELECT id FROM dreams WHERE owner = $1 AND id <> $2 AND deaths >= $3 \
                  AND status IN ('pending', 'running') LIMIT 1";
    let query = sqlx::query(select).bind(owner).bind(dream).bind(SUSPECT);
    Ok(query.fetch_optional(work).await?.is_some())
}

fn handed(row: &AnyRow) -> Result<Handed> {
    Ok(Handed { dream: row.try_get("id")?, store: row.try_get("store")? })
}
