//! The sessions that a dream reads.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::db::{Database, Result, parts};

/// A session that a dream reads, as far as it went when the dream began.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The id of the session.
    pub id: String,
    /// Its agent.
    pub agent: String,
    /// The person who worked in it, if its metadata say so.
    pub principal: Option<String>,
    /// Its files with their bytes, when it has them in place of events.
    pub parts: Vec<(String, u64)>,
    /// The number of its last event.
    pub last: i64,
    /// Bytes of its events, with a line break behind each.
    pub bytes: u64,
}

impl Database {
    /// Sessions as far as they are now, in the order of their ids.
    ///
    /// # Errors
    /// [`crate::DatabaseError`].
    pub async fn transcripts(&self, sessions: &[String]) -> Result<Vec<Transcript>> {
        let select = "SELECT s.id AS session, s.agent_id, s.metadata, \
                      (SELECT COALESCE(MAX(number), 0) FROM session_events e WHERE e.session = s.id) AS last, \
                      (SELECT CAST(COALESCE(SUM(LENGTH(body) + 1), 0) AS BIGINT) FROM session_events e \
                       WHERE e.session = s.id) AS bytes FROM sessions s WHERE s.id = $1";
        let mut work = self.begin_reading().await?;
        let mut transcripts = Vec::with_capacity(sessions.len());
        for id in sessions {
            if let Some(row) = sqlx::query(select).bind(id).fetch_optional(&mut *work).await? {
                transcripts.push(of(&mut work, &row).await?);
            }
        }
        Ok(transcripts)
    }
}

/// What a dream reads.
pub(super) async fn of_dream(work: &mut AnyConnection, dream: &str) -> Result<Vec<Transcript>> {
    let select = "SELECT d.session, d.last, d.bytes, s.agent_id, s.metadata \
                  FROM dream_sessions d JOIN sessions s ON s.id = d.session WHERE d.dream = $1 ORDER BY d.session";
    let rows = sqlx::query(select).bind(dream).fetch_all(&mut *work).await?;
    let mut transcripts = Vec::with_capacity(rows.len());
    for row in &rows {
        transcripts.push(of(work, row).await?);
    }
    Ok(transcripts)
}

async fn of(work: &mut AnyConnection, row: &AnyRow) -> Result<Transcript> {
    let id: String = row.try_get("session")?;
    let metadata: String = row.try_get("metadata")?;
    let metadata: BTreeMap<String, String> = serde_json::from_str(&metadata).unwrap_or_default();
    let bytes: i64 = row.try_get("bytes")?;
    Ok(Transcript {
        parts: parts::list(work, &id).await?,
        id,
        agent: row.try_get("agent_id")?,
        principal: metadata.get("x_principal").cloned(),
        last: row.try_get("last")?,
        bytes: bytes.unsigned_abs(),
    })
}
