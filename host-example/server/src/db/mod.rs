//! The database: SQLite in a file, or Postgres. One text of each statement serves both.

pub mod answers;
pub mod batches;
pub mod budgets;
pub mod definitions;
pub mod dreams;
pub mod engine;
pub mod erase;
pub mod handover;
pub mod keys;
pub mod memories;
mod newest;
pub mod objects;
pub mod parts;
pub mod pauses;
pub mod presence;
pub mod schedules;
pub mod sessions;
mod set_back;
pub mod standing;
pub mod stores;
mod sweep;
pub mod threads;
mod transfer;
pub mod versions;
pub mod webhooks;
mod writes;

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, SqlSafeStr as _, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use crate::objects::{Objects, ObjectsError};

/// The changes of the tables, in order, for SQLite and for Postgres; most are the same text for both. One that was
/// released is never edited.
const MIGRATIONS: [(&str, [&str; 2]); 25] = [
    (
        "memories",
        [
            include_str!("../../migrations/sqlite/0001_memories.sql"),
            include_str!("../../migrations/postgres/0001_memories.sql"),
        ],
    ),
    (
        "sessions",
        [
            include_str!("../../migrations/sqlite/0002_sessions.sql"),
            include_str!("../../migrations/postgres/0002_sessions.sql"),
        ],
    ),
    (
        "dreams",
        [
            include_str!("../../migrations/sqlite/0003_dreams.sql"),
            include_str!("../../migrations/postgres/0003_dreams.sql"),
        ],
    ),
    ("keys", [include_str!("../../migrations/0004_keys.sql"); 2]),
    ("schedules", [include_str!("../../migrations/0005_schedules.sql"); 2]),
    ("webhooks", [include_str!("../../migrations/0006_webhooks.sql"); 2]),
    ("batches", [include_str!("../../migrations/0007_batches.sql"); 2]),
    ("definitions", [include_str!("../../migrations/0008_definitions.sql"); 2]),
    ("budgets", [include_str!("../../migrations/0009_budgets.sql"); 2]),
    ("proposals", [include_str!("../../migrations/0010_proposals.sql"); 2]),
    ("servers", [include_str!("../../migrations/0011_servers.sql"); 2]),
    (
        "threads",
        [
            include_str!("../../migrations/sqlite/0012_threads.sql"),
            include_str!("../../migrations/postgres/0012_threads.sql"),
        ],
    ),
    ("objects", [include_str!("../../migrations/0013_objects.sql"); 2]),
    ("erasures", [include_str!("../../migrations/0014_erasures.sql"); 2]),
    ("turns", [include_str!("../../migrations/0015_turns.sql"); 2]),
    ("pauses", [include_str!("../../migrations/0016_pauses.sql"); 2]),
    ("replays", [include_str!("../../migrations/0017_replays.sql"); 2]),
    ("workspace budgets", [include_str!("../../migrations/0018_workspace_budgets.sql"); 2]),
    ("rests", [include_str!("../../migrations/0019_rests.sql"); 2]),
    (
        "collation",
        [
            include_str!("../../migrations/sqlite/0020_collation.sql"),
            include_str!("../../migrations/postgres/0020_collation.sql"),
        ],
    ),
    (
        "useless answers",
        [
            include_str!("../../migrations/sqlite/0021_useless.sql"),
            include_str!("../../migrations/postgres/0021_useless.sql"),
        ],
    ),
    (
        "orphaned words",
        [
            include_str!("../../migrations/sqlite/0022_orphaned.sql"),
            include_str!("../../migrations/postgres/0022_orphaned.sql"),
        ],
    ),
    ("undecided", [include_str!("../../migrations/0023_undecided.sql"); 2]),
    ("instructions", [include_str!("../../migrations/0024_instructions.sql"); 2]),
    (
        "key names",
        [
            include_str!("../../migrations/sqlite/0025_key_names.sql"),
            include_str!("../../migrations/postgres/0025_key_names.sql"),
        ],
    ),
];

/// Connections that are open at once. Chosen by us: SQLite writes with one of them at a time, and Postgres allows a
/// hundred without being told to.
const CONNECTIONS: u32 = 8;

/// Milliseconds for which a change waits for another one on SQLite. Chosen by us: to copy a store of a hundred thousand
/// memories takes less.
const BUSY: u32 = 60_000;

/// Longest time for which a server that ends waits for its connections. Chosen by us: who stops a server waits some ten
/// seconds in all.
const CLOSE: Duration = Duration::from_secs(1);

/// What the database says when it fails.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It cannot be reached, or a statement failed.
    #[error("{0}")]
    Sql(#[from] sqlx::Error),
    /// Its tables cannot be made as this version needs them.
    #[error("the tables of the database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// It is neither of those that the server knows.
    #[error("`{0}` is no database that this server knows: `sqlite:FILE` or `postgres://…`")]
    Unknown(String),
    /// Only SQLite is copied by this server.
    #[error("a copy of Postgres is made with `pg_dump`")]
    NoBackup,
    /// There is no such file of SQLite.
    #[error("there is no database at {}: name another with --database; `serve` and `new-key` make one", .0.display())]
    Missing(PathBuf),
    /// Another server works with a SQLite file.
    #[error("another server works with {}: stop it first, or keep the data in Postgres, which several share", .0.display())]
    Occupied(PathBuf),
    /// Workers are other processes, and a SQLite file has one.
    #[error(
        "dreams on Restate need Postgres: a SQLite file is of one process, and workers are others"
    )]
    Alone,
    /// A file of a SQLite database, or its lock, cannot be used.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// A key for a store that its workspace does not have.
    #[error("there is no memory store `{0}` in the workspace `{1}`")]
    NoStore(String, String),
    /// The machine has no random numbers.
    #[error("this machine has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// A transcript outside of the database.
    #[error("{0}")]
    Objects(#[from] ObjectsError),
}

/// The result of what asks the database.
pub type Result<T> = std::result::Result<T, DatabaseError>;

/// An open database. A clone shares its connections.
#[derive(Clone)]
pub struct Database {
    /// Where it is, with its password.
    url: Arc<str>,
    pool: AnyPool,
    is_sqlite: bool,
    /// Whose turn it is to write on SQLite.
    turn: Arc<Mutex<()>>,
    /// When it was last tried whether it takes writes, and whether it did.
    looked: Arc<Mutex<Option<(Instant, bool)>>>,
    /// Where transcripts go; none: into the database.
    objects: Option<Objects>,
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Database")
            .field("is_sqlite", &self.is_sqlite)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// As [`Self::open`], and makes no file of SQLite: an empty one would tell nobody that the name was wrong.
    ///
    /// # Errors
    /// [`DatabaseError::Missing`] when there is none.
    pub async fn open_known(url: &str) -> Result<Self> {
        if let Some(file) = file(url)?
            && !file.exists()
        {
            return Err(DatabaseError::Missing(file));
        }
        Self::open(url).await
    }

    /// Opens the database at `url` (`sqlite:FILE`, which is made when it is missing, or `postgres://…`), and makes or
    /// changes its tables as this version needs them.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn open(url: &str) -> Result<Self> {
        install_default_drivers();
        let is_sqlite = url.starts_with("sqlite:");
        if !is_sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(DatabaseError::Unknown(url.into()));
        }
        let is_made = is_sqlite && !url.contains('?');
        let url = if is_made { format!("{url}?mode=rwc") } else { url.to_owned() };
        match file(&url)? {
            // SQLite gives the files beside it the same rights.
            Some(file) => private(&file)?,
            // A pool would try for half a minute, and not say why it cannot connect.
            None if !is_sqlite => AnyConnection::connect(&url).await?.close().await?,
            None => {}
        }
        let options = AnyPoolOptions::new().max_connections(CONNECTIONS);
        // SQLite ends a transaction by itself when the disk is full, and sqlx does not hear of it.
        let options = options.before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_usable) })
        });
        let options = options.after_connect(move |connection, _| {
            Box::pin(async move {
                if is_sqlite {
                    wait(connection, BUSY).await?;
                    // What is deleted is overwritten.
                    sqlx::query("PRAGMA secure_delete = ON").execute(connection).await?;
                }
                Ok(())
            })
        });
        let pool = options.connect(&url).await?;
        if is_sqlite {
            // Readers go on while somebody writes.
            sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await?;
        }
        migrations(is_sqlite).run(&pool).await?;
        let (turn, looked) = (Arc::default(), Arc::default());
        let database = Self { url: url.into(), pool, is_sqlite, turn, looked, objects: None };
        database.go_on_after_newest().await?;
        Ok(database)
    }

    /// The same database, with another place for transcripts; none: the database itself.
    #[must_use]
    pub fn with_transcripts(self, objects: Option<Objects>) -> Self {
        Self { objects, ..self }
    }

    /// Where transcripts go; none: into the database.
    #[must_use]
    pub fn objects(&self) -> Option<&Objects> {
        self.objects.as_ref()
    }

    /// Copies a SQLite database, as it is at one moment, into a new file.
    ///
    /// # Errors
    /// [`DatabaseError`], also for Postgres, which has programs of its own for it.
    pub async fn backup(&self, file: &Path) -> Result<()> {
        if !self.is_sqlite {
            return Err(DatabaseError::NoBackup);
        }
        private(file)?;
        let file = file.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(file).execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the connections, so that a file of SQLite has all that was written, but does not wait for long.
    pub async fn close(&self) {
        // Otherwise the next start reads it from the file beside it.
        drop(timeout(CLOSE, self.pool.close()).await);
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Begins to read what belongs together. Nobody waits for it.
    async fn begin_reading(&self) -> Result<Transaction<'static, Any>> {
        Ok(match self.is_sqlite {
            true => self.pool.begin().await?,
            false => {
                self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
        })
    }

    /// Begins a change. Of several on SQLite one waits for the other, in order and without a connection, so that those who
    /// read do not wait for those who wait to write.
    async fn begin(&self) -> Result<Change> {
        if !self.is_sqlite {
            return Ok(Change { work: self.pool.begin().await?, _turn: None });
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let work = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Change { work, _turn: Some(turn) })
    }
}

/// A change of the database. It is undone unless it is committed.
#[derive(Debug)]
struct Change {
    work: Transaction<'static, Any>,
    /// The turn to write, which ends after the work.
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Change {
    async fn commit(self) -> Result<()> {
        self.work.commit().await?;
        Ok(())
    }
}

impl Deref for Change {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.work
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.work
    }
}

/// Lets a connection to SQLite wait so many milliseconds for another one.
async fn wait(connection: &mut AnyConnection, milliseconds: u32) -> sqlx::Result<()> {
    let wait = sqlx::AssertSqlSafe(format!("PRAGMA busy_timeout = {milliseconds}"));
    sqlx::query(wait).execute(connection).await?;
    Ok(())
}

/// The file of SQLite at `url`; none for Postgres, and for a database in memory.
fn file(url: &str) -> Result<Option<PathBuf>> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let file = SqliteConnectOptions::from_str(url)?.get_filename().to_owned();
    Ok((file.as_os_str() != ":memory:").then_some(file))
}

/// Makes a file that is missing, for its owner only where the system has such files: it will hold memories.
fn private(file: &Path) -> Result<()> {
    let mut new = File::options();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    match new.open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(DatabaseError::File(file.into(), error))
        }
        _ => Ok(()),
    }
}

/// The migrations of a kind of database.
fn migrations(is_sqlite: bool) -> Migrator {
    let migration =
        |(version, (name, [sqlite, postgres])): (i64, (&'static str, [&'static str; 2]))| {
            let sql = if is_sqlite { sqlite } else { postgres };
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
    Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect())
}

/// Tells whoever runs the server that the database failed.
pub fn report(error: &DatabaseError) {
    // Nobody needs to be told that a server which ends has closed it.
    if !matches!(error, DatabaseError::Sql(sqlx::Error::PoolClosed)) {
        tracing::error!("{error}");
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
