//! The rows that an entry has had in the ledger, and all its wordings.

use std::collections::BTreeSet;

use dreaming_wasmtime::quotes::{quotes_session, wordings};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Result;

/// The ledger row of an entry, in the fields that are needed here.
#[derive(Deserialize)]
pub struct EntryRow {
    /// Where the entry is or was.
    pub path: String,
    /// Its words.
    pub text: String,
    /// The person whose words they are; their name may stand behind them.
    pub principal: Option<String>,
    /// What it was retired for, if it was.
    pub retired: Option<Value>,
}

/// All wordings that an entry has had, with the name of its person behind them and without it, as sessions have them.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn words(db: &Connection, entry: &str) -> Result<Vec<String>> {
    let mut words = BTreeSet::new();
    for Life { row: EntryRow { text, principal, .. }, .. } in lives(db, entry)? {
        words.extend(wordings(&text, principal.as_deref()));
    }
    Ok(words.into_iter().collect())
}

/// A version of an entry's row, in force from revision `from` until before revision `until`.
pub struct Life {
    /// The row.
    pub row: EntryRow,
    /// The first revision in which it is in force.
    pub from: i64,
    /// The first revision in which it is not any more.
    pub until: i64,
}

/// All rows of an entry, in order.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn lives(db: &Connection, entry: &str) -> Result<Vec<Life>> {
    let mut query = db.prepare(
        "SELECT number, value, lead(number, 1, 9223372036854775807) OVER (ORDER BY number)
         FROM ledger_versions WHERE key = ?1",
    )?;
    let rows = query.query_map([format!("entry/{entry}")], |row| {
        Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?, row.get(2)?))
    })?;
    let mut lives = Vec::new();
    for row in rows {
        let (from, value, until) = row?;
        let row = value.and_then(|value| serde_json::from_slice(&value).ok());
        lives.extend(row.map(|row| Life { row, from, until }));
    }
    Ok(lives)
}

/// The entries that cite a session and that only older revisions have, by id. Their statements were taken out again, by a
/// revert, say, and stand in the history alone.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn taken_out(db: &Connection, session: &str) -> Result<BTreeSet<String>> {
    let mut query = db.prepare(
        "SELECT substr(key, length('entry/') + 1), value FROM ledger_versions AS v
         WHERE key LIKE 'entry/%' AND value IS NOT NULL
           AND (SELECT value IS NULL FROM ledger_versions WHERE key = v.key ORDER BY number DESC LIMIT 1)",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(String, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
    let cites = |value: &[u8]| {
        serde_json::from_slice(value).is_ok_and(|value: Value| quotes_session(&value, session))
    };
    Ok(rows.into_iter().filter(|(_, value)| cites(value)).map(|(id, _)| id).collect())
}
