//! A copy of the state in memory, for a dry run: it may be changed and is forgotten.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::error::Result;

/// Copies the database in `file`; an empty one when there is none. Takes no lock and makes no file.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn copy(file: &Path) -> Result<Connection> {
    let mut copy = Connection::open_in_memory()?;
    if file.exists() {
        let source = open(file)?;
        Backup::new(&source, &mut copy)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    }
    Ok(copy)
}

fn open(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let log = file.with_extension("db-wal");
    if log.metadata().is_ok_and(|meta| meta.len() > 0) {
        // A process writes, or was killed: SQLite knows how to read beside it.
        return Ok(Connection::open_with_flags(file, flags)?);
    }
    // Nobody is writing. Read like that, SQLite makes no files of its own beside the database.
    let path = file.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let address = format!("file:{path}?immutable=1");
    Ok(Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)?)
}
