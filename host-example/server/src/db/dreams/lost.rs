//! Dreams that lose what they read.

use sqlx::{AnyConnection, Row as _};

use super::{Dream, Failure, Status, end};
use crate::db::{Database, Result};

impl Database {
    /// Fails the open dreams that read a session which was deleted in this transaction. At once, because an answer about it
    /// that is under way would be kept until they look whether they go on.
    pub(in crate::db) async fn fail_readers(
        &self,
        work: &mut AnyConnection,
        session: &str,
    ) -> Result<()> {
        let select = "SELECT d.id FROM dreams d JOIN dream_sessions s ON s.dream = d.id \
                      WHERE s.session = $1 AND d.status IN ('pending', 'running') ORDER BY d.id";
        for row in sqlx::query(select).bind(session).fetch_all(&mut *work).await? {
            let dream = self.locked_dream(work, &row.try_get::<String, _>("id")?).await?;
            let Some(dream) = dream.filter(|dream| !dream.status.is_over()) else { continue };
            let failure = lost(work, &dream).await?;
            end(work, &dream, Status::Failed, failure.as_ref(), Vec::new()).await?;
        }
        Ok(())
    }
}

/// Why a dream cannot go on: its store or one of its sessions is gone.
pub(super) async fn lost(work: &mut AnyConnection, dream: &Dream) -> Result<Option<Failure>> {
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
