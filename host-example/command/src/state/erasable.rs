//! The sessions and entries that the state knows, in any revision and plan, and so can erase.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::Value;

use super::history;
use crate::document;
use crate::error::Result;

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
