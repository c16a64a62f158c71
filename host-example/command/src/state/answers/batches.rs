//! The table of batches that are at work.

use dreaming_models::batch::Batch;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use crate::document;
use crate::error::{Error, Result};

/// The newest batch of a model, by the digest of its name.
///
/// # Errors
/// [`Error::State`], [`Error::Damaged`].
pub fn newest(db: &Connection, model: &str) -> Result<Option<Batch>> {
    let query = "SELECT batch FROM batches WHERE model = ?1 ORDER BY sequence DESC LIMIT 1";
    let text: Option<String> = db.query_row(query, [model], |row| row.get(0)).optional()?;
    text.map(|text| document::parse(text.as_bytes(), "batch")).transpose()
}

/// Keeps a batch in place of the one with its tag.
///
/// # Errors
/// What SQLite says.
pub fn keep(db: &Connection, model: &str, batch: &Batch) -> rusqlite::Result<()> {
    let text = serde_json::to_string(batch).unwrap_or_default();
    let insert = "INSERT INTO batches (tag, model, batch) VALUES (?1, ?2, ?3)
                  ON CONFLICT (tag) DO UPDATE SET batch = excluded.batch";
    db.execute(insert, params![batch.tag, model, text]).map(drop)
}

/// All batches as they are stored, the oldest first: tag, model and batch.
///
/// # Errors
/// What SQLite says.
pub fn rows(db: &Connection) -> rusqlite::Result<Vec<[String; 3]>> {
    let mut query = db.prepare("SELECT tag, model, batch FROM batches ORDER BY sequence")?;
    let rows = query.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    rows.collect()
}

/// Inserts the result of [`rows`], inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, batches: &[[String; 3]]) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO batches (tag, model, batch) VALUES (?1, ?2, ?3)";
    let mut insert = db.prepare(insert)?;
    batches.iter().try_for_each(|batch| insert.execute(params_from_iter(batch)).map(drop))
}

/// Forgets a batch.
///
/// # Errors
/// What SQLite says.
pub fn end(db: &Connection, tag: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM batches WHERE tag = ?1", [tag]).map(drop)
}

/// All batches, the oldest first.
///
/// # Errors
/// [`Error::State`], [`Error::Damaged`].
pub fn all(db: &Connection) -> Result<Vec<Batch>> {
    let mut query = db.prepare("SELECT batch FROM batches ORDER BY sequence")?;
    let rows = query.query_map([], |row| row.get::<_, String>(0))?;
    let texts = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(Error::from)?;
    texts.iter().map(|text| document::parse(text.as_bytes(), "batch")).collect()
}
