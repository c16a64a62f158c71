//! Whether the database takes writes: one whose disk is full still answers.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{Database, Result};

/// Time for which the outcome of a look counts, however often somebody asks. Chosen by us: a look writes a page, and
/// balancers ask every few seconds.
const COUNTS: Duration = Duration::from_secs(5);

/// Longest time that a look waits for those who write. Chosen by us: who waits longer waits for somebody who can write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes what is there already into SQLite's file, for nothing but a write shows that there is room.
const SQLITE: &str = "PRAGMA user_version = 0";

/// Changes no row. Postgres refuses it where nothing may be written, as on a standby; that a disk is full it shows only to
/// those who need room.
const POSTGRES: &str = "UPDATE dreams SET owner = owner WHERE id = ''";

impl Database {
    /// Tries a write that changes nothing.
    ///
    /// # Errors
    /// [`super::DatabaseError`] when it is refused.
    pub async fn try_write(&self) -> Result<()> {
        let write = async {
            let _turn = match self.is_sqlite {
                true => Some(self.turn.lock().await),
                false => None,
            };
            sqlx::query(if self.is_sqlite { SQLITE } else { POSTGRES }).execute(&self.pool).await
        };
        match timeout(PATIENCE, write).await {
            Ok(written) => Ok(written.map(|_| ())?),
            Err(_) => Ok(()),
        }
    }

    /// Whether the database takes writes, as of some seconds ago at most. Why not is a line in the log.
    pub async fn takes_writes(&self) -> bool {
        let mut looked = self.looked.lock().await;
        if let Some((when, takes)) = *looked
            && when.elapsed() < COUNTS
        {
            return takes;
        }
        let tried = self.try_write().await;
        if let Err(error) = &tried {
            tracing::error!("the database takes no write: {error}");
        }
        *looked = Some((Instant::now(), tried.is_ok()));
        tried.is_ok()
    }
}
