//! The tables of the database, and their migrations.

use rusqlite::Connection;

use super::plans;
use crate::error::{Error, Result};

/// Step `n` migrates version `n` to `n + 1`. Released steps never change.
const MIGRATIONS: &[&str] = &[
    "
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
",
    "
-- What a person wanted gone, and the revision from which on it is not there.
CREATE TABLE erasures (
  sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES revisions,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'entry')), id TEXT NOT NULL,
  -- Digest of the other columns.
  seal TEXT NOT NULL
) STRICT;

-- 1: there was something, and it was erased. The column that held it is NULL, or empty in `plans`.
ALTER TABLE memory_versions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0
  CHECK (erased = 0 OR erased = 1 AND text IS NULL);
ALTER TABLE ledger_versions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0
  CHECK (erased = 0 OR erased = 1 AND value IS NULL);
ALTER TABLE plans ADD COLUMN erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1));

-- Digest of plan, report, request and answers: no record names the last three.
ALTER TABLE plans ADD COLUMN seal TEXT NOT NULL DEFAULT '';

-- Digests of the ledgers that lost rows to an erasure, over the rows that are left: the root that
-- the record names can no longer be computed.
CREATE TABLE seals (number INTEGER PRIMARY KEY REFERENCES revisions, ledger TEXT NOT NULL) STRICT;
",
    "
-- Answers of models, by call and by what tells one model from another, so that none is paid for twice.
CREATE TABLE answers (
  sequence INTEGER PRIMARY KEY, call TEXT NOT NULL, model TEXT NOT NULL, answer TEXT NOT NULL,
  UNIQUE (call, model)
) STRICT;
",
    "
-- What is not there any more also names memories whose text was lost; `id` is their path then.
CREATE TABLE gone (
  sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES revisions,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'entry', 'lost')), id TEXT NOT NULL,
  -- Digest of the other columns.
  seal TEXT NOT NULL
) STRICT;
INSERT INTO gone SELECT sequence, number, kind, id, seal FROM erasures;
DROP TABLE erasures;
ALTER TABLE gone RENAME TO erasures;
",
    "
-- Calls that were made and have no answer that anybody can use, by call and model as above.
CREATE TABLE asked (
  sequence INTEGER PRIMARY KEY, call TEXT NOT NULL, model TEXT NOT NULL,
  -- Tries that may have been paid for and of which nothing came back, and what they took at most.
  open INTEGER NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0,
  -- Answers that came and that nobody can use, how long they might be, and why not the last one.
  unusable INTEGER NOT NULL DEFAULT 0, max_tokens INTEGER NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT '',
  UNIQUE (call, model)
) STRICT;
",
    "
-- Batches of calls that a service works on, or that may be at one: by the model as above, with what finds them there.
CREATE TABLE batches (
  sequence INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, model TEXT NOT NULL, batch TEXT NOT NULL
) STRICT;
",
    "
-- Statements that agents proposed and that are not all decided, each as a line of an export.
CREATE TABLE proposed (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE) STRICT;
",
    "
-- The hosted store that the memories mirror; of each memory, what was last equal here and there; and sessions that
-- were fetched from there, with the time of their last change as the service wrote it.
CREATE TABLE mirror (
  id INTEGER PRIMARY KEY CHECK (id = 1), url TEXT NOT NULL, store TEXT NOT NULL
) STRICT;
CREATE TABLE mirrored (
  path TEXT PRIMARY KEY, memory TEXT NOT NULL, sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fetched (session TEXT PRIMARY KEY, changed TEXT NOT NULL) STRICT, WITHOUT ROWID;
",
    "
-- What is not there any more may also be words that a person gave; `id` is always the same then.
CREATE TABLE gone (
  sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES revisions,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'entry', 'lost', 'words')), id TEXT NOT NULL,
  -- Digest of the other columns.
  seal TEXT NOT NULL
) STRICT;
INSERT INTO gone SELECT sequence, number, kind, id, seal FROM erasures;
DROP TABLE erasures;
ALTER TABLE gone RENAME TO erasures;
",
];

/// The version of the tables that this command makes.
pub const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The first version with seals of plans.
const SEALED: i64 = 2;

/// The version of the tables in `db`; 0 before there are any.
///
/// # Errors
/// [`Error::NewerState`], [`Error::State`].
pub fn version(db: &Connection) -> Result<i64> {
    match db.query_row("PRAGMA user_version", [], |row| row.get(0))? {
        found if found > KNOWN => Err(Error::NewerState { found, known: KNOWN }),
        found => Ok(found),
    }
}

/// Checks that `db`, which is migrated, has exactly the tables of this command. A foreign trigger
/// or view would act when a table is read or written.
///
/// # Errors
/// [`Error::Damaged`], [`Error::State`].
pub fn check(db: &Connection) -> Result<()> {
    let mut right = Connection::open_in_memory()?;
    migrate(&mut right)?;
    if things(db)? == things(&right)? {
        return Ok(());
    }
    Err(Error::Damaged("database: its tables are not those that this command makes".into()))
}

/// Everything in the schema of a database: type, name and SQL.
fn things(db: &Connection) -> Result<Vec<(String, String, Option<String>)>> {
    let mut query = db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let things = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(things.collect::<rusqlite::Result<_>>()?)
}

/// Migrates the tables to the newest version.
///
/// # Errors
/// [`Error::NewerState`], [`Error::State`].
pub fn migrate(db: &mut Connection) -> Result<()> {
    let found = version(db)?;
    for (step, sql) in (0..).zip(MIGRATIONS).skip_while(|(step, _)| *step < found) {
        let change = db.transaction()?;
        change.execute_batch(sql)?;
        if step + 1 == SEALED {
            plans::seal_all(&change)?;
        }
        change.pragma_update(None, "user_version", step + 1)?;
        change.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::folder::Folder;
    use crate::state::{Access, State, history, place};

    #[test]
    fn a_state_of_the_first_version_opens_with_all_that_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("memory")).unwrap();
        let folder = Folder::open(&dir.path().join("memory")).unwrap();
        let state = place(&folder, None).unwrap();
        fs::create_dir_all(&state).unwrap();
        let old = Connection::open(state.join("state.db")).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO meta VALUES ('salt', 's');
             INSERT INTO revisions VALUES (1, 'id1', x'7b7d'), (2, 'id2', x'7b7d');
             INSERT INTO memory_versions VALUES ('a.md', 1, 'one', 5), ('a.md', 2, NULL, NULL);
             INSERT INTO ledger_versions VALUES ('entry/e', 1, x'7b7d');
             INSERT INTO plans VALUES (1, 'applied', 2, x'7b7d', x'7b7d', '{\"policy\": {},
               \"instructions\": \"\", \"now\": 1, \"sessions\": [], \"missed\": {}}', '{}');",
        )
        .unwrap();
        drop(old);
        // Old versions did not store the identity of the folder.
        let refused = State::open(&state, &folder, Access::Read);
        assert!(matches!(refused, Err(Error::Foreign { can_be_taken: true, .. })));
        State::take_over(&state, &folder, Duration::ZERO).unwrap();
        let state = State::open(&state, &folder, Access::Read).unwrap();
        assert_eq!(version(&state.db).unwrap(), KNOWN);
        assert_eq!(state.memories_at(1).unwrap()["a.md"].text, "one");
        assert!(state.memories_at(2).unwrap().is_empty());
        assert_eq!(state.ledger_at(2).unwrap().len(), 1);
        assert_eq!(state.plan_of(2).unwrap().unwrap().request.now, 1);
        assert!(state.erasures().unwrap().is_empty());
        let plan = &history::plans(&state.db).unwrap()[0];
        let [plan_bytes, report, request, answers] = &plan.documents;
        let parts = [&**plan_bytes, report, request, answers];
        assert_eq!(plan.seal, dreaming_export::digests::of_parts(parts));
        assert!(!plan.erased);
    }
}
