//! Copies the state into memory for a dry run, which may change the copy.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::{as_it_is, is_settled};
use crate::error::Result;

/// Copies the database in `file`, or makes an empty one if there is none. Takes no lock and makes
/// no file, unless another process writes at that moment.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn copy(file: &Path) -> Result<Connection> {
    if !file.exists() {
        return Ok(Connection::open_in_memory()?);
    }
    match undisturbed(file, || of(&open(file)?)) {
        Some(copied) => copied,
        // Pages may be of two states, so SQLite reads once more, with its own locks.
        None => of(&Connection::open_with_flags(file, TO_READ)?),
    }
}

/// Copies an open database.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn of(source: &Connection) -> Result<Connection> {
    let mut copy = Connection::open_in_memory()?;
    Backup::new(source, &mut copy)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    Ok(copy)
}

/// Opens the database in `file` for reading. Takes no lock and makes no file, unless another
/// process writes at that moment.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn open(file: &Path) -> Result<Connection> {
    if is_settled(file) {
        let flags = TO_READ | OpenFlags::SQLITE_OPEN_URI;
        return Ok(Connection::open_with_flags(as_it_is(file), flags)?);
    }
    // A process is writing or was killed: SQLite reads the log too.
    Ok(Connection::open_with_flags(file, TO_READ)?)
}

const TO_READ: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// What `read` returns, or `None` if the database file changed in the meantime.
fn undisturbed<T>(file: &Path, read: impl FnOnce() -> T) -> Option<T> {
    let stamp = || fs::metadata(file).and_then(|data| Ok((data.modified()?, data.len()))).ok();
    let before = stamp();
    let found = read();
    (before.is_some() && stamp() == before).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::fixture;
    use crate::state::{Access, FILE, State, place};

    #[test]
    fn a_copy_during_which_the_file_changed_is_not_used() {
        let (_dir, folder, state) = fixture();
        let dir = place(&folder, None).unwrap();
        let file = dir.join(FILE);
        // The last process that closes the database writes its log into the file.
        drop(state);
        let rows = |db: &Connection| {
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        };
        let before = undisturbed(&file, || rows(&open(&file).unwrap()).unwrap()).unwrap();
        assert!(before > 0);
        let found = undisturbed(&file, || {
            let other = State::open(&dir, &folder, Access::Write).unwrap();
            other.db.execute_batch("CREATE TABLE another (one)").unwrap();
        });
        assert_eq!(found, None);
        assert_eq!(rows(&copy(&file).unwrap()).unwrap(), before + 1);
    }
}
