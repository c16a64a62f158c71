//! Which hosted store the memories mirror, and what was last seen of each on both sides.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension as _, params};

use super::State;
use crate::error::Result;

/// A hosted store that the memories mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The address of the service.
    pub url: String,
    /// The id of the store there.
    pub store: String,
    /// The memories that were equal here and there when they were last compared, by path here.
    pub seen: BTreeMap<String, Seen>,
}

/// A memory that was equal here and there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id there.
    pub memory: String,
    /// The SHA-256 digest of its text.
    pub sha256: String,
}

impl State {
    /// The store that the memories mirror, if they do.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn mirror(&self) -> Result<Option<Mirror>> {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = self.db.query_row("SELECT url, store FROM mirror", [], row).optional()?;
        let Some((url, store)) = found else { return Ok(None) };
        let mut query = self.db.prepare("SELECT path, memory, sha256 FROM mirrored")?;
        let rows = query.query_map([], |row| {
            Ok((row.get(0)?, Seen { memory: row.get(1)?, sha256: row.get(2)? }))
        })?;
        let seen = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Some(Mirror { url, store, seen }))
    }

    /// Keeps which store the memories mirror, in place of what is kept.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], [`crate::error::Error::Full`].
    pub fn keep_mirror(&self, mirror: &Mirror) -> Result<()> {
        let change = self.db.unchecked_transaction()?;
        change.execute_batch("DELETE FROM mirror; DELETE FROM mirrored;")?;
        let insert = "INSERT INTO mirror VALUES (1, ?1, ?2)";
        change.execute(insert, params![mirror.url, mirror.store])?;
        let mut insert = change.prepare("INSERT INTO mirrored VALUES (?1, ?2, ?3)")?;
        for (path, seen) in &mirror.seen {
            insert.execute(params![path, seen.memory, seen.sha256])?;
        }
        drop(insert);
        Ok(change.commit()?)
    }

    /// Keeps that a memory is equal here and there now; `None` if it is on neither side.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], [`crate::error::Error::Full`].
    pub fn keep_seen(&self, path: &str, seen: Option<&Seen>) -> Result<()> {
        match seen {
            Some(seen) => self.db.execute(
                "INSERT OR REPLACE INTO mirrored VALUES (?1, ?2, ?3)",
                params![path, seen.memory, seen.sha256],
            )?,
            None => self.db.execute("DELETE FROM mirrored WHERE path = ?1", [path])?,
        };
        Ok(())
    }

    /// The paths of all memories that any revision has had.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn paths_of_all_time(&self) -> Result<BTreeSet<String>> {
        let mut query = self.db.prepare("SELECT DISTINCT path FROM memory_versions")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The sessions that were fetched, each with the time of its last change there, as the service
    /// wrote it.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn fetched(&self) -> Result<BTreeMap<String, String>> {
        let mut query = self.db.prepare("SELECT session, changed FROM fetched")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps that a session was fetched.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], [`crate::error::Error::Full`].
    pub fn keep_fetched(&self, session: &str, changed: &str) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO fetched VALUES (?1, ?2)";
        Ok(self.db.execute(insert, params![session, changed]).map(drop)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;

    #[test]
    fn what_was_kept_is_there_and_goes_when_the_state_leaves_its_place() {
        let (_dir, _folder, state) = fixture();
        assert_eq!(state.mirror().unwrap(), None);
        let seen = |sha256: &str| Seen { memory: "mem_1".into(), sha256: sha256.into() };
        let mut mirror = Mirror {
            url: "http://127.0.0.1:1".into(),
            store: "memstore_1".into(),
            seen: [("a.md".to_owned(), seen("1")), ("b.md".to_owned(), seen("2"))].into(),
        };
        state.keep_mirror(&mirror).unwrap();
        assert_eq!(state.mirror().unwrap().as_ref(), Some(&mirror));
        state.keep_seen("a.md", Some(&seen("3"))).unwrap();
        state.keep_seen("b.md", None).unwrap();
        mirror.seen = [("a.md".to_owned(), seen("3"))].into();
        assert_eq!(state.mirror().unwrap(), Some(mirror));
        state.keep_fetched("sesn_1", "1").unwrap();
        state.keep_fetched("sesn_1", "2").unwrap();
        assert_eq!(state.fetched().unwrap()["sesn_1"], "2");
        // A stranger's state must not say where the key is sent.
        state.leave_behind().unwrap();
        assert_eq!(state.mirror().unwrap(), None);
        assert!(state.fetched().unwrap().is_empty());
    }
}
