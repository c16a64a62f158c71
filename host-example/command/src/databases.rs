//! Sessions that agents keep in SQLite databases.
//!
//! The path `DATABASE/SESSION` stands for a session of a database: no file can lie there. [`stream`]
//! gives its records, one a line. What is read of a database says [`table`]; another agent is another
//! entry there.

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::record_lines;

mod open;
mod table;

use table::{Database, TABLE};

/// A session of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    /// The session that started this one as a sub-agent.
    pub parent: Option<String>,
    /// The number of bytes that [`stream`] gives, or why it cannot be read.
    pub bytes: std::result::Result<u64, String>,
}

/// Whether the name of a file is that of a database in [`table`].
pub fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    TABLE.iter().any(|database| database.name == name)
}

/// Whether a path stands for a session of a database.
pub fn is_session(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_file)
}

/// The sessions of a database, by id. Ids that are no plain names are left out.
///
/// # Errors
/// What SQLite and the operating system say, when the list cannot be read.
pub fn list(path: &Path) -> io::Result<Vec<Listed>> {
    let (db, kind) = open(path)?;
    let rows = {
        let db = db.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = db.prepare(kind.sessions).map_err(unread)?;
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
        let rows = query.query_map([], row).map_err(unread)?;
        rows.collect::<rusqlite::Result<Vec<_>>>().map_err(unread)?
    };
    let mut listed = Vec::new();
    for (id, parent) in rows.into_iter().filter(|(id, _)| is_plain(id)) {
        let mut records = records(Arc::clone(&db), kind, &id);
        let bytes = records.as_mut().map_err(|error| error.to_string()).and_then(|records| {
            io::copy(records, &mut io::sink()).map_err(|error| error.to_string())
        });
        listed.push(Listed { id, parent, bytes });
    }
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(listed)
}

/// The records of a session, one a line.
///
/// # Errors
/// What SQLite and the operating system say; `NotFound` when the database has no such session.
pub fn stream(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let (file, id) = parts(path)?;
    let (db, kind) = open(file)?;
    records(db, kind, id)
}

/// When a session was written last.
///
/// # Errors
/// As [`stream`].
pub fn written(path: &Path) -> io::Result<SystemTime> {
    let (file, id) = parts(path)?;
    let (db, kind) = open(file)?;
    let db = db.lock().unwrap_or_else(PoisonError::into_inner);
    let millis = db.query_row(kind.written, [id], |row| row.get::<_, i64>(0)).optional();
    let millis = millis.map_err(unread)?.ok_or_else(no_session)?;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

/// The records of a session as bytes. No lock is held between two of them, so the agent can write
/// meanwhile.
fn records(
    db: Arc<Mutex<Connection>>,
    kind: &'static Database,
    id: &str,
) -> io::Result<Box<dyn Read + Send>> {
    let (head, keys) = {
        let db = db.lock().unwrap_or_else(PoisonError::into_inner);
        let head = line(&db, kind.head, &Value::Text(id.into()))?.ok_or_else(no_session)?;
        let mut query = db.prepare(kind.keys).map_err(unread)?;
        let keys = query.query_map([id], |row| row.get::<_, Value>(0)).map_err(unread)?;
        (head, keys.collect::<rusqlite::Result<Vec<_>>>().map_err(unread)?)
    };
    Ok(record_lines::lines(head, keys, move |key| {
        let db = db.lock().unwrap_or_else(PoisonError::into_inner);
        // A record that the agent deleted meanwhile is none.
        Ok(line(&db, kind.record, &key)?.unwrap_or_default())
    }))
}

/// The line that a query gives for a key.
fn line(db: &Connection, query: &str, key: &Value) -> io::Result<Option<Vec<u8>>> {
    let text = |row: &Row<'_>| {
        Ok(match row.get_ref(0)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        })
    };
    let mut query = db.prepare(query).map_err(unread)?;
    let line = query.query_row([key], text).optional().map_err(unread)?;
    // A record that is no JSON costs its line and no other.
    Ok(line.map(|line| [&record_lines::flat(line)[..], b"\n"].concat()))
}

/// Opens a database with the entry of [`table`] that fits it.
fn open(path: &Path) -> io::Result<(Arc<Mutex<Connection>>, &'static Database)> {
    let shared = open::shared(path)?;
    let db = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // The first query that reads the file tells a damaged or locked one from one of another form.
    db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).map_err(unread)?;
    let fits = |kind: &&Database| kind.queries().iter().all(|query| db.prepare(query).is_ok());
    let kind = TABLE.iter().find(fits);
    drop(db);
    let unknown = "a database without sessions in a form that this version knows";
    Ok((shared, kind.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, unknown))?))
}

/// The file and the id of a session's path.
fn parts(path: &Path) -> io::Result<(&Path, &str)> {
    let id = path.file_name().and_then(|name| name.to_str());
    path.parent().zip(id).ok_or_else(no_session)
}

/// Whether an id can be the last part of a path.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id != "." && id != ".." && !id.contains(['/', '\\', '\0'])
}

fn no_session() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the database has no such session")
}

fn unread(error: rusqlite::Error) -> io::Error {
    io::Error::other(format!("the database cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
