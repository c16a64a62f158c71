//! Which servers work with a database, and which of them has a dream. Nobody compares clocks: a server is there as long
//! as it holds a lock, which the operating system or Postgres takes from it the moment it dies.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};
use tokio::time::sleep;

use super::{Database, DatabaseError, Result, file, report};
use crate::ids::Day;

/// Time between two looks whether Postgres still holds the lock. Chosen by us: a server whose connection broke loses its
/// dreams to others, so it should be back soon.
const LOOK: Duration = Duration::from_secs(2);

/// Time after a start of Postgres for which all servers count as there, because all lost their locks and take them again. By
/// its own clock; chosen by us: five times [`LOOK`].
const BACK: &str = "10 seconds";

/// Servers that ended while they had a dream, from which on a server has one such dream at a time. Chosen by us: whatever
/// makes a server end takes the dreams beside it along, and these must not be given up with it; the first time it may be
/// any of them, and the second time they may have met again.
pub const SUSPECT: i64 = 2;

/// Microseconds for which such a dream is left alone at first; it doubles with each further server. Chosen by us: with
/// `DEATHS` it comes to two minutes in all, in which a fleet whose machines are taken away comes to rest.
pub const REST: i64 = 2_000_000;

/// The lock by which a server is there, and the name under which it has dreams.
#[derive(Debug)]
pub struct Presence {
    /// Its name in `dreams.owner`; on Postgres the number of its lock.
    pub owner: Arc<str>,
    /// On SQLite the file that is locked.
    _file: Option<File>,
}

impl Database {
    /// Enters as one more server. On SQLite there is one at a time; on Postgres any number.
    ///
    /// # Errors
    /// [`DatabaseError::Occupied`] when another server has the SQLite file.
    pub async fn enter(&self) -> Result<Presence> {
        // Half of all numbers are negative, and a name needs no sign.
        let number = i64::try_from(getrandom::u64()? >> 1).unwrap_or_default();
        let owner = number.to_string().into();
        if self.is_sqlite {
            return Ok(Presence { owner, _file: self.locked_file()? });
        }
        let connection = self.pool.acquire().await?.detach();
        let connection = holding(connection, number).await?;
        tokio::spawn(self.clone().keep_holding(connection, number));
        Ok(Presence { owner, _file: None })
    }

    /// The lock of a SQLite file; none for a database in memory.
    fn locked_file(&self) -> Result<Option<File>> {
        let Some(file) = file(&self.url)? else { return Ok(None) };
        let mut name = file.as_os_str().to_owned();
        name.push("-server");
        let lock = File::options().create(true).truncate(false).write(true).open(&name);
        let lock = lock.map_err(|error| DatabaseError::File(name.clone().into(), error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(std::fs::TryLockError::WouldBlock) => Err(DatabaseError::Occupied(file)),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(DatabaseError::File(name.into(), error))
            }
        }
    }

    /// Takes the lock again whenever its connection breaks.
    async fn keep_holding(self, connection: AnyConnection, number: i64) {
        let mut held = Some(connection);
        loop {
            sleep(LOOK).await;
            if let Some(connection) = &mut held
                && connection.ping().await.is_ok()
            {
                continue;
            }
            let again = async {
                let connection = self.pool.acquire().await?.detach();
                holding(connection, number).await
            };
            held = match again.await {
                Ok(connection) => Some(connection),
                Err(error) => {
                    report(&error);
                    None
                }
            };
        }
    }

    /// The dream whose turn it is of those that nobody has, which the server `owner` has from now on. What asks a model
    /// waits while its workspace has used its budget of the day `day`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn claim(&self, owner: &str, day: Day) -> Result<Option<String>> {
        // Several servers look at once; on SQLite there is one.
        let lock = if self.is_sqlite { "" } else { "FOR UPDATE SKIP LOCKED" };
        let claim = format!(
            "UPDATE dreams SET owner = $1 WHERE id = (SELECT id FROM dreams WHERE owner = '' \
             AND status IN ('pending', 'running') AND (model = 'x_none' OR workspace NOT IN \
             (SELECT workspace FROM workspaces_spent WHERE day = $2)) \
             AND (deaths < {SUSPECT} OR (rests_until <= $3 AND NOT EXISTS (SELECT 1 FROM dreams WHERE owner = $1 \
             AND deaths >= {SUSPECT} AND status IN ('pending', 'running')))) \
             ORDER BY turn, id LIMIT 1 {lock}) RETURNING id"
        );
        // Most looks find none, and need no turn to write.
        let select = "SELECT id FROM dreams WHERE owner = '' AND status IN ('pending', 'running') \
                      AND (model = 'x_none' OR workspace NOT IN \
                      (SELECT workspace FROM workspaces_spent WHERE day = $1)) LIMIT 1";
        let day = day.to_string();
        if sqlx::query(select).bind(&day).fetch_optional(&self.pool).await?.is_none() {
            return Ok(None);
        }
        let now = self.clock().await?;
        let mut work = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(claim)).bind(owner).bind(day).bind(now);
        let row = query.fetch_optional(&mut *work).await?;
        let id = row.map(|row| row.try_get("id")).transpose()?;
        work.commit().await?;
        Ok(id)
    }

    /// Lets go of the dreams that servers have which are not there any more. Returns how many such dreams there were.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn free_the_dreams_of_gone_servers(&self, owner: &str) -> Result<u64> {
        let select = "SELECT DISTINCT owner FROM dreams WHERE owner NOT IN ('', $1) \
                      AND status IN ('pending', 'running')";
        let rows = sqlx::query(select).bind(owner).fetch_all(&self.pool).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let (mut freed, now) = (0, self.clock().await?);
        for row in &rows {
            let other: String = row.try_get("owner")?;
            let mut work = self.begin().await?;
            if self.is_there(&mut work, &other).await? {
                continue;
            }
            // It doubles from `SUSPECT` servers on; before that it does not count.
            let update = "UPDATE dreams SET owner = '', deaths = deaths + 1, \
                          rests_until = $2 + ($3 << CAST(CASE WHEN deaths < $4 THEN 0 ELSE deaths + 1 - $4 END AS INTEGER)) \
                          WHERE owner = $1 AND status IN ('pending', 'running')";
            let query = sqlx::query(update).bind(other).bind(now).bind(REST).bind(SUSPECT);
            let left = query.execute(&mut *work).await?.rows_affected();
            work.commit().await?;
            freed += left;
            tracing::warn!(
                "a server or worker is gone and left {left} dreams, which go on elsewhere; those with which {SUSPECT} or more ended \
                 wait for a while first"
            );
        }
        Ok(freed)
    }

    /// Lets go of the dreams of the server `owner`, which ends as it should.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn leave(&self, owner: &str) -> Result<()> {
        let update =
            "UPDATE dreams SET owner = '' WHERE owner = $1 AND status IN ('pending', 'running')";
        sqlx::query(update).bind(owner).execute(&self.pool).await?;
        Ok(())
    }

    /// Lets go of one dream of the server `owner`, which goes on with it later, or another one does.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn let_go(&self, dream: &str, owner: &str) -> Result<()> {
        let update = "UPDATE dreams SET owner = '' WHERE id = $1 AND owner = $2 \
                      AND status IN ('pending', 'running')";
        sqlx::query(update).bind(dream).bind(owner).execute(&self.pool).await?;
        Ok(())
    }

    /// Whether another server is there. If not, it cannot come back under that name before `work` ends.
    pub(super) async fn is_there(&self, work: &mut AnyConnection, other: &str) -> Result<bool> {
        // Who has the lock of a SQLite file is alone; and earlier versions of the server had other names.
        let (false, Ok(number)) = (self.is_sqlite, other.parse::<i64>()) else { return Ok(false) };
        let lock = "SELECT pg_try_advisory_xact_lock($1) \
                    AND now() > pg_postmaster_start_time() + CAST($2 AS interval) AS is_gone";
        let row = sqlx::query(lock).bind(number).bind(BACK).fetch_one(work).await?;
        Ok(!row.try_get::<bool, _>("is_gone")?)
    }

    /// The dreams that are not over and that the server `owner` has.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn dreams_of(&self, owner: &str) -> Result<Vec<String>> {
        let select = "SELECT id FROM dreams WHERE owner = $1 AND status IN ('pending', 'running') ORDER BY id";
        let rows = sqlx::query(select).bind(owner).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }
}

/// Holds the lock of a server for as long as the connection lives.
async fn holding(mut connection: AnyConnection, number: i64) -> Result<AnyConnection> {
    let lock = "SELECT pg_advisory_lock($1)";
    sqlx::query(lock).bind(number).execute(&mut connection).await?;
    Ok(connection)
}
