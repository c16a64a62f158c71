//! Dreams that lose what they read or write.

use sqlx::{AnyConnection, Row as _};

use super::{Dream, Failure, Status, close};
use crate::db::{Database, Result};

impl Database {
    /// Fails the open dreams that read a session which was deleted in this transaction. At once, because an answer about
    /// it that is under way would be kept until they look whether they go on. What they heard is left to the deletion,
    /// which takes answers before the notes of them, as every other: on Postgres two would wait for each other otherwise.
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
            close(work, &dream, Status::Failed, failure.as_ref(), Vec::new()).await?;
        }
        Ok(())
    }
}

/// Why a dream cannot go on: a store or one of its sessions is gone.
pub(super) async fn lost(work: &mut AnyConnection, dream: &Dream) -> Result<Option<Failure>> {
    if let Some(what) = became(work, &dream.asked.store).await? {
        let why = format!("the memory store `{}` was {what}", dream.asked.store);
        return Ok(Some(Failure::new("input_memory_store_unavailable", why)));
    }
    if let Some(output) = &dream.output
        && let Some(what) = became(work, output).await?
    {
        let why = format!("the store that it writes, `{output}`, was {what}");
        return Ok(Some(Failure::new("internal_error", why)));
    }
    let gone = "SELECT d.session FROM dream_sessions d LEFT JOIN sessions s ON s.id = d.session \
                WHERE d.dream = $1 AND s.id IS NULL LIMIT 1";
    let row = sqlx::query(gone).bind(&dream.id).fetch_optional(&mut *work).await?;
    let Some(row) = row else { return Ok(None) };
    let session: String = row.try_get("session")?;
    let why = format!("the session `{session}` was deleted");
    Ok(Some(Failure::new("input_session_unavailable", why)))
}

/// What became of a store that takes no change any more.
async fn became(work: &mut AnyConnection, store: &str) -> Result<Option<&'static str>> {
    let select = "SELECT archived_at FROM memory_stores WHERE id = $1";
    let row = sqlx::query(select).bind(store).fetch_optional(work).await?;
    let Some(row) = row else { return Ok(Some("deleted")) };
    Ok(row.try_get::<Option<i64>, _>("archived_at")?.map(|_| "archived"))
}
