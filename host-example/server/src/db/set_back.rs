//! What waits for a time that a clock which was ahead has set.

use sqlx::AssertSqlSafe;

use super::{Database, Result};
use crate::ids;

/// Microseconds for which anything waits, at most, but the next time of a schedule: the longest of the waits before a
/// message is sent again.
const LONGEST: i64 = 86_400_000_000;

impl Database {
    /// Lets everything be due at `now`, in microseconds since 1970, that is to wait longer than anything waits: the clock
    /// was ahead when it was written down. Returns how many there were.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn end_waits(&self, now: i64) -> Result<u64> {
        // Of a server that is behind the database nobody's waits are ahead.
        let now = now.max(self.clock().await?);
        let latest = now.saturating_add(LONGEST).saturating_add(ids::AHEAD);
        let mut ended = 0;
        for (table, until) in [
            ("deliveries", "next_at"),
            ("objects_to_delete", "next_at"),
            ("model_pauses", "until"),
            ("dreams", "rests_until"),
        ] {
            let update = format!("UPDATE {table} SET {until} = $1 WHERE {until} > $2");
            let query = sqlx::query(AssertSqlSafe(update)).bind(now).bind(latest);
            ended += query.execute(&self.pool).await?.rows_affected();
        }
        Ok(ended)
    }
}
