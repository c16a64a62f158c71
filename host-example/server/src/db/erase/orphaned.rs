//! What dreams say of stores that are gone. An erasure is one from a store, so without one nothing could be erased any
//! more.

use serde_json::json;
use sqlx::{AnyConnection, Row as _};

use super::forget::ERASED;
use crate::db::{Database, Result};

impl Database {
    /// Empties instructions, plans, reports, reasons and traces of dreams over a store that was deleted, or into it. Not of
    /// those with another store that is there: that one is reviewed by them, and erased from. A dream that is not over fails without
    /// having any.
    pub(in crate::db) async fn without_store(
        &self,
        work: &mut AnyConnection,
        store: &str,
    ) -> Result<()> {
        // Whoever deletes the other store of one waits here, and then sees that this one is gone.
        let of_store = "SELECT id FROM dreams WHERE (store = $1 OR output = $1) \
                        AND status NOT IN ('pending', 'running') ORDER BY id FOR UPDATE";
        // On SQLite nobody else writes at all meanwhile.
        if !self.is_sqlite {
            sqlx::query(of_store).bind(store).fetch_all(&mut *work).await?;
        }
        let select = "SELECT id, error FROM dreams d WHERE (d.store = $1 OR d.output = $1) \
                      AND d.status NOT IN ('pending', 'running') \
                      AND NOT EXISTS (SELECT m.id FROM memory_stores m WHERE m.id IN (d.store, d.output))";
        for row in sqlx::query(select).bind(store).fetch_all(&mut *work).await? {
            let id: String = row.try_get("id")?;
            for forget in [
                "DELETE FROM session_events WHERE session = (SELECT session FROM dreams WHERE id = $1) \
                 AND kind IN ('agent.message', 'session.error')",
                "DELETE FROM proposals WHERE dream = $1",
                // Nor may digests tell whether somebody guessed an answer.
                "DELETE FROM dream_calls WHERE dream = $1",
            ] {
                sqlx::query(forget).bind(&id).execute(&mut *work).await?;
            }
            let empty = "UPDATE dreams SET plan = $1, report = $1, undecided = NULL WHERE id = $2 AND plan IS NOT NULL";
            sqlx::query(empty).bind(Vec::<u8>::new()).bind(&id).execute(&mut *work).await?;
            without_instructions(&mut *work, &id).await?;
            if let Some(error) = row.try_get::<Option<String>, _>("error")? {
                let (kind, _): (String, String) = serde_json::from_str(&error).unwrap_or_default();
                let update = "UPDATE dreams SET error = $1 WHERE id = $2";
                let query = sqlx::query(update).bind(json!([kind, ERASED]).to_string()).bind(&id);
                query.execute(&mut *work).await?;
            }
        }
        Ok(())
    }
}

/// Empties the instructions of a dream that is over, if no store of it is there any more.
pub(in crate::db) async fn without_instructions(
    work: &mut AnyConnection,
    dream: &str,
) -> Result<()> {
    let update = "UPDATE dreams SET instructions = $1 WHERE id = $2 AND instructions IS NOT NULL \
                  AND NOT EXISTS (SELECT m.id FROM memory_stores m WHERE m.id IN (dreams.store, dreams.output))";
    sqlx::query(update).bind(ERASED).bind(dream).execute(work).await?;
    Ok(())
}
