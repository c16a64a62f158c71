//! Numbers of what there is, for whoever watches the server.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sqlx::Row as _;

use super::dreams::Failure;
use super::{Database, Result};
use crate::ids;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// How many there are.
#[derive(Debug, Default)]
pub struct Standing {
    /// Dreams by status, those without any among them.
    pub dreams: Vec<(String, i64)>,
    /// Messages of webhooks that wait.
    pub messages: i64,
    /// Webhooks at which nothing arrives.
    pub failing: i64,
    /// Transcripts outside of the database, by the address of the place.
    pub outside: Vec<(String, i64)>,
    /// Objects that are to be deleted and are still there, though a server tried.
    pub undeleted: i64,
}

/// The statuses of dreams.
const STATUSES: [&str; 5] = ["pending", "running", "completed", "failed", "canceled"];

impl Database {
    /// Why dreams of all workspaces failed in the last day, in words of the server alone, and how many for each reason; the
    /// most frequent first.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn failures_of_a_day(&self) -> Result<Vec<(String, usize)>> {
        let select = "SELECT error FROM dreams WHERE status = 'failed' AND ended_at > $1";
        let rows = sqlx::query(select).bind(ids::clock() - DAY).fetch_all(&self.pool).await?;
        let mut counted = BTreeMap::<String, usize>::new();
        for row in &rows {
            let error: Option<String> = row.try_get("error")?;
            if let Some(failure) = error.as_deref().and_then(Failure::read) {
                *counted.entry(failure.for_the_log()).or_default() += 1;
            }
        }
        let mut counted: Vec<_> = counted.into_iter().collect();
        counted.sort_by_key(|(_, count)| Reverse(*count));
        Ok(counted)
    }

    /// Counts what there is, of all workspaces.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn standing(&self) -> Result<Standing> {
        let mut dreams: Vec<(String, i64)> =
            STATUSES.map(|status| (status.to_owned(), 0)).into_iter().collect();
        let select = "SELECT status, COUNT(*) AS number FROM dreams GROUP BY status";
        for row in sqlx::query(select).fetch_all(&self.pool).await? {
            let (status, number): (String, i64) = (row.try_get("status")?, row.try_get("number")?);
            dreams.iter_mut().filter(|of| of.0 == status).for_each(|of| of.1 = number);
        }
        let select =
            "SELECT store, COUNT(*) AS number FROM session_objects GROUP BY store ORDER BY store";
        let rows = sqlx::query(select).fetch_all(&self.pool).await?;
        let of = |row: &sqlx::any::AnyRow| Ok((row.try_get("store")?, row.try_get("number")?));
        let outside = rows.iter().map(of).collect::<Result<_>>()?;
        let count = async |select: &'static str| {
            let row = sqlx::query(select).fetch_one(&self.pool).await?;
            Ok::<i64, super::DatabaseError>(row.try_get("number")?)
        };
        Ok(Standing {
            dreams,
            messages: count("SELECT COUNT(*) AS number FROM deliveries").await?,
            failing: count(
                "SELECT COUNT(*) AS number FROM webhooks WHERE failing_since IS NOT NULL",
            )
            .await?,
            outside,
            undeleted: count("SELECT COUNT(*) AS number FROM objects_to_delete WHERE tries > 1")
                .await?,
        })
    }
}
