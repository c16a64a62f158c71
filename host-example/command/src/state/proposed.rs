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
        let insert = "INSERT OR IGNORE INTO proposed (entry) VALUES (?1)";
        self.db.execute(insert, params![line])?;
        Ok(())
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

/// Forgets all that is held, and says how much it was.
///
/// # Errors
/// What SQLite says.
pub fn forget(db: &Connection) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM proposed", [])
}
