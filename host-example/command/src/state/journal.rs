//! The list of files that are being written, stored with the revision, so that the next command can
//! finish an interrupted write.

use rusqlite::{Connection, params};

use super::State;
use super::revisions::clamp;
use crate::error::{Error, Result};
use crate::output::text;
use crate::write::check_path;

/// A file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWrite {
    /// Path of the memory.
    pub path: String,
    /// Digest of the bytes that will be replaced; `None` = there is no file.
    pub before: Option<String>,
    /// The new text; `None` = the file is removed.
    pub after: Option<String>,
}

impl State {
    /// The revision whose files are not all written, and those files by path. Empty unless a
    /// write is under way.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn unfinished(&self) -> Result<Option<(u64, Vec<FileWrite>)>> {
        let query = "SELECT path, before, after, number FROM journal ORDER BY path";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map([], |row| {
            let write = FileWrite { path: row.get(0)?, before: row.get(1)?, after: row.get(2)? };
            Ok((write, row.get::<_, i64>(3)? as u64))
        })?;
        let rows: Vec<(FileWrite, u64)> = rows.collect::<rusqlite::Result<_>>()?;
        let number = rows.first().map(|(_, number)| *number);
        Ok(number.map(|number| (number, rows.into_iter().map(|(write, _)| write).collect())))
    }

    /// As [`Self::unfinished`], but checked: every file must be a memory with its text at that
    /// revision. Any other journal was not written by this command.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::NoMemory`], [`Error::State`].
    pub fn to_finish(&self) -> Result<Option<(u64, Vec<FileWrite>)>> {
        let Some((number, writes)) = self.unfinished()? else { return Ok(None) };
        let texts = self.memories_at(number)?;
        for write in &writes {
            check_path(&write.path)?;
            let recorded = texts.get(&write.path).map(|memory| &memory.text);
            if write.after.as_ref() != recorded {
                let path = text::one_line(&write.path);
                return Err(Error::Damaged(format!(
                    "list of files to write: revision {number} has another text of `{path}`; nothing was \
                     written: bring back a copy of the state, or move it away"
                )));
            }
        }
        Ok(Some((number, writes)))
    }

    /// Clears the journal after all files are written.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn finish(&self) -> Result<()> {
        self.db.execute("DELETE FROM journal", [])?;
        Ok(())
    }
}

/// Lists the files that will be written, inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, number: u64, writes: &[FileWrite]) -> rusqlite::Result<()> {
    let mut insert = db.prepare("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)")?;
    for write in writes {
        insert.execute(params![write.path, clamp(number), write.before, write.after])?;
    }
    Ok(())
}
