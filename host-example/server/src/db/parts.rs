//! Transcripts as an agent wrote them: the files of a session, which have it in place of events. They lie in the database,
//! or outside of it, where the server says so.

use axum::body::Bytes;
use sqlx::AnyConnection;
use sqlx::Row as _;

use super::objects::{self, Outside};
use super::{Database, Result, report};
use crate::ids;
use crate::objects::ObjectsError;

/// Bytes of a piece. Chosen by us: what a run reads at once.
const PIECE: usize = dreaming_wasmtime::MAX_PAGE;

/// What became of a part that was to be stored.
#[derive(Debug)]
pub enum Put {
    /// It is stored.
    Done,
    /// The workspace has no such session, or it is archived.
    Missing,
    /// The session has events.
    Events,
    /// This dream reads the session.
    Read(String),
}

/// What a part of a session is to be.
enum New<'a> {
    /// These bytes, in the database.
    Here(&'a [u8]),
    /// An object that was written.
    Outside(Outside),
}

impl Database {
    /// Stores a part of a session, or replaces it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn put_part(
        &self,
        workspace: &str,
        session: &str,
        name: &str,
        bytes: &Bytes,
    ) -> Result<Put> {
        let Some(to) = &self.objects else {
            return self.put(workspace, session, name, New::Here(bytes)).await;
        };
        let key = self.begin_object(to, workspace, session).await?;
        // Of one that failed bytes may still be on their way: it is deleted when these have come or never will.
        to.put(&key, bytes.clone()).await?;
        let store = to.name().to_owned();
        let outside = Outside { bytes: bytes.len() as u64, store, key: key.clone() };
        let put = self.put(workspace, session, name, New::Outside(outside)).await;
        if !matches!(put, Ok(Put::Done))
            && let Err(error) = self.give_up_object(to, &key).await
        {
            // It is deleted later.
            report(&error);
        }
        put
    }

    async fn put(&self, workspace: &str, session: &str, name: &str, new: New<'_>) -> Result<Put> {
        let mut work = self.begin().await?;
        // The row is changed first, so that two that write to one session wait for each other.
        let update = "UPDATE sessions SET updated_at = $1 WHERE id = $2 AND workspace = $3 AND archived_at IS NULL";
        let query = sqlx::query(update).bind(ids::now()).bind(session).bind(workspace);
        if query.execute(&mut *work).await?.rows_affected() == 0 {
            return Ok(Put::Missing);
        }
        let events = "SELECT number FROM session_events WHERE session = $1 LIMIT 1";
        if sqlx::query(events).bind(session).fetch_optional(&mut *work).await?.is_some() {
            return Ok(Put::Events);
        }
        let reads = "SELECT d.id FROM dreams d JOIN dream_sessions s ON s.dream = d.id \
                     WHERE s.session = $1 AND d.status IN ('pending', 'running') LIMIT 1";
        if let Some(row) = sqlx::query(reads).bind(session).fetch_optional(&mut *work).await? {
            return Ok(Put::Read(row.try_get("id")?));
        }
        let delete = "DELETE FROM session_parts WHERE session = $1 AND name = $2";
        sqlx::query(delete).bind(session).bind(name).execute(&mut *work).await?;
        objects::let_go(&mut work, session, Some(name)).await?;
        match new {
            New::Here(bytes) => insert(&mut work, session, name, bytes).await?,
            New::Outside(outside) => objects::name(&mut work, (session, name), &outside).await?,
        }
        work.commit().await?;
        Ok(Put::Done)
    }

    /// The bytes of a part from an offset of it, at most `limit`, and at most those of a piece.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn part(
        &self,
        session: &str,
        name: &str,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<u8>> {
        if let Some(outside) = self.outside(session, name).await? {
            let Some(at) = self.objects.as_ref().filter(|at| at.name() == outside.store) else {
                return Err(ObjectsError::Elsewhere(outside.store).into());
            };
            let end = offset.saturating_add(limit.min(PIECE) as u64).min(outside.bytes);
            return match offset < end {
                true => Ok(at.read(&outside.key, offset..end).await?),
                // An object without a byte is a part, too.
                false => Ok(Vec::new()),
            };
        }
        let select =
            "SELECT bytes FROM session_parts WHERE session = $1 AND name = $2 AND piece = $3";
        let piece = i64::try_from(offset / PIECE as u64).unwrap_or(i64::MAX);
        let query = sqlx::query(select).bind(session).bind(name).bind(piece);
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(Vec::new()) };
        let bytes: Vec<u8> = row.try_get("bytes")?;
        let start = usize::try_from(offset % PIECE as u64).unwrap_or(0).min(bytes.len());
        let end = start.saturating_add(limit).min(bytes.len());
        Ok(bytes[start..end].to_vec())
    }

    /// The parts of a session with their bytes, by name.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn parts(&self, session: &str) -> Result<Vec<(String, u64)>> {
        list(&mut *self.pool.acquire().await?, session).await
    }

    /// Whether a session has parts.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn has_parts(&self, session: &str) -> Result<bool> {
        let select = "SELECT name FROM session_parts WHERE session = $1 \
                      UNION ALL SELECT name FROM session_objects WHERE session = $1 LIMIT 1";
        let row = sqlx::query(select).bind(session).fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }
}

/// Stores a part in the database, in pieces.
async fn insert(work: &mut AnyConnection, session: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let pieces = bytes.chunks(PIECE).enumerate();
    // A file without a byte is a part, too.
    let empty = bytes.is_empty().then_some((0, bytes));
    for (piece, bytes) in pieces.chain(empty) {
        let insert =
            "INSERT INTO session_parts (session, name, piece, bytes) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(insert).bind(session).bind(name);
        let query = query.bind(i64::try_from(piece).unwrap_or(i64::MAX)).bind(bytes.to_vec());
        query.execute(&mut *work).await?;
    }
    Ok(())
}

/// The parts of a session with their bytes, by name.
pub(super) async fn list(work: &mut AnyConnection, session: &str) -> Result<Vec<(String, u64)>> {
    let select = "SELECT name, CAST(SUM(LENGTH(bytes)) AS BIGINT) AS bytes FROM session_parts \
                  WHERE session = $1 GROUP BY name \
                  UNION ALL SELECT name, bytes FROM session_objects WHERE session = $1";
    let rows = sqlx::query(select).bind(session).fetch_all(&mut *work).await?;
    let part = |row: &sqlx::any::AnyRow| {
        Ok((row.try_get("name")?, row.try_get::<i64, _>("bytes")?.unsigned_abs()))
    };
    let mut parts = rows.iter().map(part).collect::<Result<Vec<(String, u64)>>>()?;
    // By bytes, whatever order of letters a database has.
    parts.sort();
    Ok(parts)
}
