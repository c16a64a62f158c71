//! Copies the state into memory for a dry run, which may change the copy.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::{as_it_is, is_settled};
use crate::error::Result;

/// Copies the database in `file`, or makes an empty one if there is none. Takes no lock and makes
/// no file.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn copy(file: &Path) -> Result<Connection> {
    if file.exists() { of(&open(file)?) } else { Ok(Connection::open_in_memory()?) }
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

/// Opens the database in `file` for reading. Takes no lock and makes no file.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn open(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if is_settled(file) {
        return Ok(Connection::open_with_flags(
            as_it_is(file),
            flags | OpenFlags::SQLITE_OPEN_URI,
        )?);
    }
    // A process is writing or was killed: SQLite reads the log too.
    Ok(Connection::open_with_flags(file, flags)?)
}
