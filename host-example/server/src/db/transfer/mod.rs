//! A store with its whole history, into the database and out of it.

mod load;
mod store;

use sqlx::{AnyConnection, Row as _};

use super::{Database, Result};
use crate::transfer::Note;

/// Notes what was erased from a store, or lost.
pub(super) async fn note(work: &mut AnyConnection, store: &str, note: &Note) -> Result<()> {
    let insert = "INSERT INTO erasures (store, sequence, number, kind, id) VALUES ($1, \
                  (SELECT COALESCE(MAX(sequence), 0) + 1 FROM erasures WHERE store = $1), $2, $3, $4)";
    let query = sqlx::query(insert).bind(store).bind(note.number).bind(&note.kind);
    query.bind(&note.id).execute(work).await?;
    Ok(())
}

/// What was erased from a store, or lost, the oldest first.
async fn notes(work: &mut AnyConnection, store: &str) -> Result<Vec<Note>> {
    let select = "SELECT number, kind, id FROM erasures WHERE store = $1 ORDER BY sequence";
    let rows = sqlx::query(select).bind(store).fetch_all(work).await?;
    let note = |row: &sqlx::any::AnyRow| {
        let (number, kind, id) = (row.try_get("number")?, row.try_get("kind")?, row.try_get("id")?);
        Ok(Note { number, kind, id })
    };
    rows.iter().map(note).collect()
}
