//! The progress of an unfinished dream, from which a run resumes without paying for model calls
//! again.

use rusqlite::{Connection, OptionalExtension, params};

use super::State;
use crate::error::Result;

/// The stored progress of an unfinished dream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The request of the dream, as this command wrote it.
    pub request: String,
    /// The engine's checkpoint.
    pub checkpoint: Vec<u8>,
}

impl State {
    /// The newest progress.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn progress(&self) -> Result<Option<Progress>> {
        let query = "SELECT request, checkpoint FROM progress";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Progress { request: row.get(0)?, checkpoint: row.get(1)? })
        };
        Ok(self.db.query_row(query, [], read).optional()?)
    }

    /// Replaces the progress and adds `answers`: pairs of call and answer, as JSON.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn keep(&mut self, progress: &Progress, answers: &[(String, String)]) -> Result<()> {
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO progress VALUES (1, ?1, ?2) ON CONFLICT (id)
             DO UPDATE SET request = excluded.request, checkpoint = excluded.checkpoint",
            params![progress.request, progress.checkpoint],
        )?;
        for (call, answer) in answers {
            let insert = "INSERT OR REPLACE INTO progress_answers VALUES (?1, ?2)";
            change.execute(insert, params![call, answer])?;
        }
        Ok(change.commit()?)
    }

    /// Forgets the progress of a failed dream, so that it is not resumed.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn clear_progress(&self) -> Result<()> {
        Ok(clear(&self.db)?)
    }

    /// The answers that were kept: pairs of call and answer, as JSON.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn kept_answers(&self) -> Result<Vec<(String, String)>> {
        let mut query = self.db.prepare("SELECT call, answer FROM progress_answers")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Forgets the progress, inside a transaction that ends the dream.
///
/// # Errors
/// What SQLite says.
pub fn clear(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM progress; DELETE FROM progress_answers;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::fixture;

    #[test]
    fn the_newest_checkpoint_and_all_answers_are_kept_until_cleared() {
        let (_dir, _folder, mut state) = fixture();
        assert_eq!(state.progress().unwrap(), None);
        let pair = |n: &str| (format!("m{n}"), format!("\"{n}\""));
        for round in 1..=3u8 {
            let progress = Progress { request: "{}".into(), checkpoint: vec![round] };
            state.keep(&progress, &[pair(&round.to_string()), pair("x")]).unwrap();
        }
        assert_eq!(state.progress().unwrap().unwrap().checkpoint, [3]);
        assert_eq!(state.kept_answers().unwrap(), [pair("1"), pair("2"), pair("3"), pair("x")]);
        clear(&state.db).unwrap();
        assert!(state.progress().unwrap().is_none() && state.kept_answers().unwrap().is_empty());
    }
}
