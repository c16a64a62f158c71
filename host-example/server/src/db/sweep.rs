//! Takes what was erased out of the bytes of a SQLite file. SQLite leaves what it deletes in free pages, moves copies
//! of rows about, and keeps older pages in its log; so the file is rewritten, and the log emptied.

use std::sync::Arc;

use sqlx::{AnyConnection, Row as _};

use super::{BUSY, Database, DatabaseError, Result, report, wait};

/// The number that a user of SQLite may keep in the head of the file: set while erased words may be in the file.
const DUE: i64 = 1;

/// Milliseconds for which the log waits for those who read. Whoever writes waits behind it. Chosen by us: a request reads
/// for less, and a copy of the whole database is not worth to wait for.
const PATIENCE: u32 = 5_000;

/// Notes, with the change that erases, that the file is to be rewritten. A process that is killed before it does so
/// leaves that to the next one.
pub(super) async fn note(work: &mut AnyConnection) -> Result<()> {
    let note = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {DUE}"));
    sqlx::query(note).execute(work).await?;
    Ok(())
}

impl Database {
    /// Rewrites the file if something was erased since it was rewritten last; whether nothing erased is in it now. `None`
    /// on Postgres, whose files are its own. Whoever writes waits meanwhile; whoever reads does not.
    pub async fn sweep(&self) -> Option<bool> {
        if !self.is_sqlite {
            return None;
        }
        // It goes on when nobody waits for it any more.
        let database = self.clone();
        let swept = tokio::spawn(async move { database.rewrite().await }).await;
        Some(match swept {
            Ok(Ok(is_done)) => is_done,
            Ok(Err(error)) => {
                report(&error);
                false
            }
            Err(_) => false,
        })
    }

    async fn rewrite(&self) -> Result<bool> {
        let _turn = Arc::clone(&self.turn).lock_owned().await;
        let mut connection = self.pool.acquire().await?;
        wait(&mut connection, PATIENCE).await?;
        let rewritten = rewrite(&mut connection).await;
        wait(&mut connection, BUSY).await?;
        rewritten
    }
}

async fn rewrite(connection: &mut AnyConnection) -> Result<bool> {
    if number(connection, "PRAGMA user_version").await? != DUE {
        return Ok(true);
    }
    sqlx::query("VACUUM").execute(&mut *connection).await?;
    // The first number says whether somebody who reads kept the log from being emptied.
    if number(connection, "PRAGMA wal_checkpoint(TRUNCATE)").await? != 0 {
        return Ok(false);
    }
    sqlx::query("PRAGMA user_version = 0").execute(connection).await?;
    Ok(true)
}

/// The first number that a statement answers.
async fn number(connection: &mut AnyConnection, statement: &'static str) -> Result<i64> {
    let row = sqlx::query(statement).fetch_one(connection).await?;
    row.try_get(0).map_err(DatabaseError::from)
}
