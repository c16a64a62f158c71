//! Models that asked to be left alone for a while, so that all servers leave them alone.

use std::time::Duration;

use sqlx::Row as _;

use super::{Database, Result};
use crate::ids;

/// Longest pause. Chosen by us: a service that asks for more is asked again after an hour, so that a wrong number of its
/// shuts nobody out for ever.
const LONGEST: Duration = Duration::from_secs(3_600);

impl Database {
    /// Notes that a model, by its name and address, asked to be left alone for so long.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn pause_model(&self, model: &str, wait: Duration) -> Result<()> {
        let insert = "INSERT INTO model_pauses (model, until) VALUES ($1, $2) ON CONFLICT (model) \
                      DO UPDATE SET until = excluded.until WHERE excluded.until > model_pauses.until";
        let wait = i64::try_from(wait.min(LONGEST).as_micros()).unwrap_or(i64::MAX);
        let until = self.clock().await?.saturating_add(wait);
        sqlx::query(insert).bind(model).bind(until).execute(&self.pool).await?;
        Ok(())
    }

    /// For how long a model is to be left alone still.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn pause_of(&self, model: &str) -> Result<Option<Duration>> {
        let select = "SELECT until FROM model_pauses WHERE model = $1";
        let query = sqlx::query(select).bind(model);
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let left = row.try_get::<i64, _>("until")?.saturating_sub(self.clock().await?);
        Ok(u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros))
    }

    /// The time by the one clock that all servers of the database have, in microseconds since 1970.
    pub(super) async fn clock(&self) -> Result<i64> {
        // Only one server has a SQLite file.
        if self.is_sqlite {
            return Ok(ids::clock());
        }
        let select =
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";
        Ok(sqlx::query(select).fetch_one(&self.pool).await?.try_get("now")?)
    }
}
