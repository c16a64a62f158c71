//! Statements that agents proposed, until somebody has decided about all of them.

use rusqlite::{Connection, params};

use super::State;
use crate::error::Result;

impl State {
    /// Holds a statement: an object as in an export, as one line of JSON. One that is held already stays once.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn hold(&self, line: &str) -> Result<()> {
        Ok(hold(&self.db, line)?)
    }

    /// The statements that are held, the oldest first.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn held(&self) -> Result<Vec<String>> {
        let mut query = self.db.prepare("SELECT entry FROM proposed ORDER BY sequence")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Forgets the statements that are held.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn let_go(&self) -> Result<()> {
        Ok(forget(&self.db).map(drop)?)
    }
}

/// As [`State::hold`], inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn hold(db: &Connection, line: &str) -> rusqlite::Result<()> {
    let insert = "INSERT OR IGNORE INTO proposed (entry) VALUES (?1)";
    db.execute(insert, params![line]).map(drop)
}

/// Forgets all that is held, and says how much it was.
///
/// # Errors
/// What SQLite says.
pub fn forget(db: &Connection) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM proposed", [])
}
