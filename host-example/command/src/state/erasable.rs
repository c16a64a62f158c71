//! The sessions and entries that the state knows, in any revision and plan, and so can erase.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::Value;

use super::history;
use crate::document;
use crate::error::{Error, Result};

/// Letters of a name that may stand within an id, at least. Chosen by us: the first group of a UUID, which the names of
/// Codex's files have at their end.
const WITHIN: usize = 8;

/// The one of `known` that a person means: the whole id, its beginning, or a longer part of it.
///
/// # Errors
/// [`Error::Ambiguous`].
pub fn meant(known: &BTreeSet<String>, name: &str) -> Result<Option<String>> {
    if known.contains(name) {
        return Ok(Some(name.into()));
    }
    let fits: [&dyn Fn(&&String) -> bool; 2] =
        [&|id| !name.is_empty() && id.starts_with(name), &|id| {
            name.len() >= WITHIN && id.contains(name)
        }];
    for fits in fits {
        let mut found = known.iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(one), None) => return Ok(Some(one.clone())),
            (Some(_), Some(_)) => return Err(Error::Ambiguous(name.into())),
            (None, _) => {}
        }
    }
    Ok(None)
}

/// The ids of all sessions or entries with a ledger row. `kind` is `session` or `entry`.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn known(db: &Connection, kind: &str) -> Result<BTreeSet<String>> {
    let query = "SELECT DISTINCT substr(key, length(?1) + 2) FROM ledger_versions
                 WHERE substr(key, 1, length(?1) + 1) = ?1 || '/' AND value IS NOT NULL";
    let mut query = db.prepare(query)?;
    let ids = query.query_map([kind], |row| row.get(0))?;
    let mut known: BTreeSet<String> = ids.collect::<rusqlite::Result<_>>()?;
    if kind == "session" {
        for row in history::plans(db)?.into_iter().filter(|row| !row.erased) {
            let plan: Value = document::parse(&row.documents[0], "plan")?;
            let sessions = plan.get("sessions").and_then(Value::as_array).into_iter().flatten();
            let ids = sessions.filter_map(|session| session.get("session")?.as_str());
            known.extend(ids.map(str::to_owned));
        }
        known.extend(cited(db)?);
    }
    Ok(known)
}

/// The sessions that entries cite, in any revision: the row of a session may be erased, because it said the words of an
/// entry, while others still quote it.
fn cited(db: &Connection) -> Result<BTreeSet<String>> {
    let query = "SELECT value FROM ledger_versions WHERE key LIKE 'entry/%' AND value IS NOT NULL";
    let mut query = db.prepare(query)?;
    let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let mut sessions = BTreeSet::new();
    for row in rows {
        let entry: Value = serde_json::from_slice(&row?).unwrap_or_default();
        let evidence = entry.get("evidence").and_then(Value::as_array).into_iter().flatten();
        let cited = evidence.filter_map(|piece| piece.get("session")?.as_str());
        sessions.extend(cited.map(str::to_owned));
    }
    Ok(sessions)
}
