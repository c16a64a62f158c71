//! The tables, and how older ones become the newest ones.

use rusqlite::Connection;

use crate::error::{Error, Result};

/// Each step turns version `n` into `n + 1`. Steps that were released never change.
const MIGRATIONS: &[&str] = &["
-- Facts about the store: salt, memory folder, session paths of the last run.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The chain. `record` is what the engine wrote; `id` is its digest.
CREATE TABLE revisions (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record BLOB NOT NULL
) STRICT;

-- What each revision changed. The state at revision n is, for each key, the row with the greatest
-- number up to n; NULL means that it is gone.
CREATE TABLE memory_versions (
  path TEXT NOT NULL, number INTEGER NOT NULL REFERENCES revisions, text TEXT, observed_at INTEGER,
  PRIMARY KEY (path, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_versions (
  key TEXT NOT NULL, number INTEGER NOT NULL REFERENCES revisions, value BLOB,
  PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;

-- Plans with all that a replay needs. At most one waits.
CREATE TABLE plans (
  id INTEGER PRIMARY KEY, status TEXT NOT NULL
    CHECK (status IN ('waiting', 'applied', 'discarded', 'replaced')),
  revision INTEGER REFERENCES revisions,
  plan BLOB NOT NULL, report BLOB NOT NULL, request TEXT NOT NULL, answers TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_plan_waits ON plans (status) WHERE status = 'waiting';

-- Where the parts of sessions were when they were last seen.
CREATE TABLE sources (
  session TEXT NOT NULL, part TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (session, part)
) STRICT, WITHOUT ROWID;

-- A dream under way: one checkpoint, and the answers that were paid for.
CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1), request TEXT NOT NULL, checkpoint BLOB NOT NULL
) STRICT;
CREATE TABLE progress_answers (call TEXT PRIMARY KEY, answer TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Files that are being written. Empty unless a write is under way or was interrupted.
-- `before` is the digest of the bytes that are replaced, NULL for no file; `after` the new text,
-- NULL for no file.
CREATE TABLE journal (
  path TEXT PRIMARY KEY, number INTEGER NOT NULL REFERENCES revisions, before TEXT, after TEXT
) STRICT, WITHOUT ROWID;
"];

/// Whether there are tables.
///
/// # Errors
/// [`Error::State`].
pub fn is_made(db: &Connection) -> Result<bool> {
    Ok(version(db)? > 0)
}

fn version(db: &Connection) -> Result<i64> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// The version of the tables, which this command knows.
///
/// # Errors
/// [`Error::NewerState`], [`Error::State`].
pub fn check(db: &Connection) -> Result<i64> {
    let found = version(db)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known { Err(Error::NewerState { found, known }) } else { Ok(found) }
}

/// Brings the tables up to date.
///
/// # Errors
/// [`Error::NewerState`], [`Error::State`].
pub fn migrate(db: &mut Connection) -> Result<()> {
    let found = check(db)?;
    let done = usize::try_from(found).unwrap_or(0);
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        let change = db.transaction()?;
        change.execute_batch(sql)?;
        change.pragma_update(None, "user_version", step as i64 + 1)?;
        change.commit()?;
    }
    Ok(())
}
