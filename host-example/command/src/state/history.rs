//! Reads everything that is stored, revision by revision, so that damage can be reported: documents
//! are not parsed here, and invalid UTF-8 is replaced.

use std::collections::BTreeMap;

use dreaming_export::digests;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::erase::Erased;
use super::revisions::Stored;
use crate::error::Result;

/// A memory at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its text; `None` = erased.
    pub text: Option<String>,
    /// When its source says that it was written.
    pub observed_at: Option<i64>,
}

/// The store at one revision.
#[derive(Debug, Default)]
pub struct Point {
    /// The memories, by path.
    pub memories: BTreeMap<String, Text>,
    /// The ledger, by key; `None` = erased.
    pub ledger: BTreeMap<String, Option<Vec<u8>>>,
}

impl Point {
    /// Whether a row of the ledger was erased.
    pub fn lost_rows(&self) -> bool {
        self.ledger.values().any(Option::is_none)
    }
}

/// A stored plan, in the fields that a check needs.
#[derive(Debug)]
pub struct PlanRow {
    /// Number of the row.
    pub id: i64,
    /// Its status, as in [`super::plans::StoredPlan::status`].
    pub status: String,
    /// The revision that was made from it.
    pub revision: Option<i64>,
    /// The documents; empty when it was erased.
    pub documents: [Vec<u8>; 4],
    /// The digest of the documents when they were stored.
    pub seal: String,
    /// Whether it was erased.
    pub erased: bool,
}

/// The chain as it is stored.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn chain(db: &Connection) -> Result<Vec<Stored>> {
    let mut query = db.prepare("SELECT number, id, record FROM revisions ORDER BY number")?;
    let rows = query.query_map([], |row| {
        let number = row.get::<_, i64>(0)? as u64;
        Ok(Stored { number, id: text(row, 1)?.unwrap_or_default(), record: bytes(row, 2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Calls `visit` with the store at each revision of `chain`.
///
/// # Errors
/// [`crate::error::Error::State`], and those of `visit`.
pub fn walk(
    db: &Connection,
    chain: &[Stored],
    mut visit: impl FnMut(&Stored, &Point) -> Result<()>,
) -> Result<()> {
    let mut memories = db
        .prepare("SELECT path, text, erased, observed_at FROM memory_versions WHERE number = ?1")?;
    let mut ledger =
        db.prepare("SELECT key, value, erased FROM ledger_versions WHERE number = ?1")?;
    let mut point = Point::default();
    for stored in chain {
        let number = super::revisions::clamp(stored.number);
        let mut rows = memories.query([number])?;
        while let Some(row) = rows.next()? {
            let path = text(row, 0)?.unwrap_or_default();
            let (found, erased) = (text(row, 1)?, row.get(2)?);
            if found.is_some() || erased {
                let observed_at = row.get(3)?;
                point.memories.insert(path, Text { text: found, observed_at });
            } else {
                point.memories.remove(&path);
            }
        }
        let mut rows = ledger.query([number])?;
        while let Some(row) = rows.next()? {
            let key = text(row, 0)?.unwrap_or_default();
            let gone = row.get_ref(1)? == ValueRef::Null;
            if row.get(2)? {
                point.ledger.insert(key, None);
            } else if gone {
                point.ledger.remove(&key);
            } else {
                point.ledger.insert(key, Some(bytes(row, 1)?));
            }
        }
        visit(stored, &point)?;
    }
    Ok(())
}

/// The stored plans, oldest first.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn plans(db: &Connection) -> Result<Vec<PlanRow>> {
    let mut query = db.prepare(
        "SELECT id, status, revision, plan, report, request, answers, seal, erased
         FROM plans ORDER BY id",
    )?;
    let rows = query.query_map([], |row| {
        Ok(PlanRow {
            id: row.get(0)?,
            status: text(row, 1)?.unwrap_or_default(),
            revision: row.get(2)?,
            documents: [bytes(row, 3)?, bytes(row, 4)?, bytes(row, 5)?, bytes(row, 6)?],
            seal: text(row, 7)?.unwrap_or_default(),
            erased: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was erased, each with its seal.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn erasures(db: &Connection) -> Result<Vec<(Erased, String)>> {
    let mut query = db.prepare("SELECT number, kind, id, seal FROM erasures ORDER BY sequence")?;
    let rows = query.query_map([], |row| {
        let word = |column| Ok::<_, rusqlite::Error>(text(row, column)?.unwrap_or_default());
        let erased = Erased { number: row.get::<_, i64>(0)? as u64, kind: word(1)?, id: word(2)? };
        Ok((erased, word(3)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A row whose content was erased.
#[derive(Debug)]
pub struct Mark {
    /// The revision that wrote the row or was made from the plan; 0 for a plan from which none was
    /// made.
    pub number: u64,
    /// `memory`, `ledger row` or `plan`, and its path, key or number.
    pub what: String,
    /// Whether no later revision wrote the row again. Such a row is in force, so a mark on it is
    /// damage.
    pub newest: bool,
}

impl Mark {
    /// Whether it held the text of a memory.
    pub fn is_memory(&self) -> bool {
        self.what.starts_with("memory ")
    }
}

/// The rows of memories, of the ledger and of plans whose content was erased.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn marks(db: &Connection) -> Result<Vec<Mark>> {
    let mut query = db.prepare(
        "SELECT number, what, name, newest FROM (
           SELECT number, 'memory' AS what, path AS name, erased,
             lead(number) OVER (PARTITION BY path ORDER BY number) IS NULL AS newest
           FROM memory_versions
           UNION ALL
           SELECT number, 'ledger row', key, erased,
             lead(number) OVER (PARTITION BY key ORDER BY number) IS NULL
           FROM ledger_versions
           UNION ALL
           SELECT coalesce(revision, 0), 'plan', CAST(id AS TEXT), erased, 0 FROM plans)
         WHERE erased ORDER BY number, what, name",
    )?;
    let rows = query.query_map([], |row| {
        let word = |column| Ok::<_, rusqlite::Error>(text(row, column)?.unwrap_or_default());
        let what = format!("{} {}", word(1)?, word(2)?);
        Ok(Mark { number: row.get::<_, i64>(0)? as u64, what, newest: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The digest of the marks.
pub fn seal_of(marks: &[Mark]) -> String {
    digests::of_marks(marks.iter().map(|mark| (mark.number, &*mark.what)))
}

/// The digests of the ledgers that lost rows to an erasure, by revision.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn seals(db: &Connection) -> Result<BTreeMap<u64, String>> {
    let mut query = db.prepare("SELECT number, ledger FROM seals")?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, i64>(0)? as u64, text(row, 1)?.unwrap_or_default()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}

/// Reads a text. Invalid UTF-8 is replaced, which changes the digest, so that a check finds it.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => None,
    })
}
