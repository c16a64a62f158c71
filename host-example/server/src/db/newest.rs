//! What is made goes on behind the newest thing in the database. A clock that was ahead and is put right would put it
//! before what is there: schedules would leave sessions out, and lists and erasures take versions in the wrong order.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Database, Result};
use crate::ids;

impl Database {
    pub(super) async fn go_on_after_newest(&self) -> Result<()> {
        let newest = "SELECT MAX(id) AS id FROM memory_stores UNION ALL SELECT MAX(id) FROM memories \
                      UNION ALL SELECT MAX(id) FROM memory_versions UNION ALL SELECT MAX(id) FROM sessions \
                      UNION ALL SELECT MAX(id) FROM dreams UNION ALL SELECT MAX(id) FROM definitions WHERE kind = 'agent' \
                      UNION ALL SELECT MAX(id) FROM definitions WHERE kind = 'environment' \
                      UNION ALL SELECT MAX(id) FROM webhooks UNION ALL SELECT MAX(id) FROM api_keys";
        let rows = sqlx::query(newest).fetch_all(&self.pool).await?;
        let time = |row: &AnyRow| ids::time(&row.try_get::<String, _>("id").ok()?);
        let Some(newest) = rows.iter().filter_map(time).max() else { return Ok(()) };
        let clock = ids::clock();
        if newest > clock.saturating_add(ids::AHEAD) {
            tracing::warn!(
                "the clock of this machine says {}, and the newest thing in the database is of {}: set the clock if it \
                 is wrong; until then all that is made has times right after that one",
                ids::written(clock),
                ids::written(newest)
            );
        }
        ids::go_on_after(newest);
        Ok(())
    }
}
