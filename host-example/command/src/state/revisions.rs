//! The chain of revisions, and the memories and ledger at each.

use std::collections::BTreeMap;

use dreaming_wasmtime::{LedgerRow, Memory, NewRevision};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::State;
use crate::document;
use crate::error::{Error, Result};

/// A revision as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// 1 for the first one.
    pub number: u64,
    /// Digest of the record.
    pub id: String,
    /// The revision record, as the engine wrote it.
    pub record: Vec<u8>,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { number: row.get::<_, i64>(0)? as u64, id: row.get(1)?, record: row.get(2)? })
}

/// Digits of a name that may be the beginning of an id, at least: fewer are a number. Chosen by us: more than there
/// will be revisions, and ids begin so by chance once in four million.
const DIGITS: usize = 8;

impl State {
    /// The newest revision.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn head(&self) -> Result<Option<Stored>> {
        let query = "SELECT number, id, record FROM revisions ORDER BY number DESC LIMIT 1";
        Ok(self.db.query_row(query, [], stored).optional()?)
    }

    /// All revisions with a number over `after` and up to `last`, by number.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn revisions(&self, after: u64, last: u64) -> Result<Vec<Stored>> {
        let query = "SELECT number, id, record FROM revisions
                     WHERE number > ?1 AND number <= ?2 ORDER BY number";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map(params![clamp(after), clamp(last)], stored)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The revision that `name` means: its number, its id, or the beginning of its id.
    ///
    /// # Errors
    /// [`Error::UnknownRevision`], [`Error::Ambiguous`], [`Error::State`].
    pub fn revision(&self, name: &str) -> Result<Stored> {
        let all = self.revisions(0, u64::MAX)?;
        // A number comes before an id that begins with the same digits, because people type
        // numbers.
        if let Some(found) = all.iter().find(|r| r.number.to_string() == name || r.id == name) {
            return Ok(found.clone());
        }
        // A number that no revision has is not the beginning of an id.
        let is_number = name.len() < DIGITS && name.chars().all(|c| c.is_ascii_digit());
        let mut found = all.into_iter().filter(|r| !is_number && r.id.starts_with(name));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Error::Ambiguous(name.into())),
            (None, _) => Err(Error::UnknownRevision(name.into())),
        }
    }

    /// The memories at revision `number`, by path. Revision 0 has none.
    ///
    /// # Errors
    /// [`Error::Erased`] when a text of that revision was erased, [`Error::State`].
    pub fn memories_at(&self, number: u64) -> Result<BTreeMap<String, Memory>> {
        let versions = self.versions_at(number)?.into_iter().map(|(path, version)| match version {
            Version::Kept(memory) => Ok((path, memory)),
            Version::Erased => Err(Error::Erased(format!("revision {number}, memory {path}"))),
        });
        versions.collect()
    }

    /// The memories at revision `number`, by path, for display: [`ERASED_TEXT`] replaces erased
    /// texts.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn readable_at(&self, number: u64) -> Result<BTreeMap<String, Memory>> {
        let versions = self.versions_at(number)?.into_iter().map(|(path, version)| {
            let text = ERASED_TEXT.into();
            let memory = match version {
                Version::Kept(memory) => memory,
                Version::Erased => Memory { path: path.clone(), text, observed_at: None },
            };
            (path, memory)
        });
        Ok(versions.collect())
    }

    /// What is kept of the memories at revision `number`, by path.
    ///
    /// # Errors
    /// [`Error::State`].
    fn versions_at(&self, number: u64) -> Result<BTreeMap<String, Version>> {
        // With `max`, SQLite takes the other columns from the row with the maximum.
        let query = "SELECT path, text, observed_at, erased, max(number) FROM memory_versions
                     WHERE number <= ?1 GROUP BY path";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map([clamp(number)], |row| {
            let path: String = row.get(0)?;
            let text: Option<String> = row.get(1)?;
            let observed_at = row.get(2)?;
            let kept = text.map(|text| Memory { path: path.clone(), text, observed_at });
            Ok((path, kept, row.get::<_, bool>(3)?))
        })?;
        let mut versions = BTreeMap::new();
        for row in rows {
            let (path, kept, erased) = row?;
            let version = kept.map(Version::Kept).or(erased.then_some(Version::Erased));
            versions.extend(version.map(|version| (path, version)));
        }
        Ok(versions)
    }

    /// The ledger rows at revision `number`, by key.
    ///
    /// # Errors
    /// [`Error::Erased`] when a row of that revision was erased, [`Error::State`].
    pub fn ledger_at(&self, number: u64) -> Result<Vec<LedgerRow>> {
        let query = "SELECT key, value, erased, max(number) FROM ledger_versions
                     WHERE number <= ?1 GROUP BY key ORDER BY key";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map([clamp(number)], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<Vec<u8>>>(1)?, row.get(2)?))
        })?;
        let mut ledger = Vec::new();
        for row in rows {
            let (key, value, erased) = row?;
            if erased {
                return Err(Error::Erased(format!("revision {number}, {key}")));
            }
            ledger.extend(value.map(|value| LedgerRow { key, value }));
        }
        Ok(ledger)
    }
}

impl State {
    /// The values that a ledger row has had, each with the revision that wrote it.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn row_history(&self, key: &str) -> Result<Vec<(u64, Value)>> {
        let query =
            "SELECT number, value, erased FROM ledger_versions WHERE key = ?1 ORDER BY number";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map([key], |row| {
            let value = match (row.get::<_, Option<Vec<u8>>>(1)?, row.get(2)?) {
                (Some(value), _) => Value::Kept(value),
                (None, true) => Value::Erased,
                (None, false) => Value::Gone,
            };
            Ok((row.get::<_, i64>(0)? as u64, value))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// The value of a ledger row from a revision on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The row has this value.
    Kept(Vec<u8>),
    /// The row was removed.
    Gone,
    /// The value was erased.
    Erased,
}

/// Shown in place of an erased text.
pub const ERASED_TEXT: &str = "[erased]\n";

/// What is kept of a memory at a revision.
enum Version {
    Kept(Memory),
    Erased,
}

/// Inserts a revision and its changes, inside a transaction. Returns its number.
///
/// # Errors
/// [`Error::Conflict`] when its base is not the head, [`Error::Damaged`], [`Error::State`].
pub fn insert(db: &Connection, revision: &NewRevision) -> Result<u64> {
    let head: Option<(i64, String)> = db
        .query_row("SELECT number, id FROM revisions ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if head.as_ref().map(|(_, id)| id) != revision.base.as_ref() {
        return Err(Error::Conflict("the store has a newer revision".into()));
    }
    let record: document::Revision = document::parse(&revision.record, "revision record")?;
    let number = clamp(record.number);
    if number != head.map_or(1, |(number, _)| number + 1) {
        return Err(Error::Damaged(format!("revision record: number {number} is out of order")));
    }
    let insert = "INSERT INTO revisions VALUES (?1, ?2, ?3)";
    db.execute(insert, params![number, revision.revision, revision.record])?;
    let insert =
        "INSERT INTO memory_versions (path, number, text, observed_at) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = db.prepare(insert)?;
    for write in &revision.memories {
        insert.execute(params![write.path, number, write.text, write.observed_at])?;
    }
    let mut insert =
        db.prepare("INSERT INTO ledger_versions (key, number, value) VALUES (?1, ?2, ?3)")?;
    for write in &revision.ledger {
        insert.execute(params![write.key, number, write.value])?;
    }
    Ok(record.number)
}

/// Converts to SQLite's integers, which end at 2^63 − 1; no revision number gets there.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use dreaming_wasmtime::{MemoryWrite, RowWrite};

    use super::*;
    use crate::state::tests::fixture;

    /// A revision in the form that the engine makes; `writes` are path and text.
    pub fn revision(number: u64, writes: &[(&str, Option<&str>)]) -> NewRevision {
        let record = serde_json::json!({
            "format": "dreaming.revision/1", "number": number, "kind": "dream", "now": 0, "verdicts": [], "restores": null,
            "reviewer": "", "note": "",
        });
        let ledger = |(path, text): &(&str, Option<&str>)| RowWrite {
            key: format!("entry/{path}"),
            value: text.map(|text| text.as_bytes().to_vec()),
        };
        let memory = |(path, text): &(&str, Option<&str>)| MemoryWrite {
            path: (*path).into(),
            text: text.map(Into::into),
            observed_at: Some(number as i64),
        };
        NewRevision {
            base: (number > 1).then(|| format!("id{}", number - 1)),
            revision: format!("id{number}"),
            record: record.to_string().into_bytes(),
            memories: writes.iter().map(memory).collect(),
            ledger: writes.iter().map(ledger).collect(),
        }
    }

    fn texts(state: &State, number: u64) -> Vec<(String, String, Option<i64>)> {
        let memories = state.memories_at(number).unwrap().into_values();
        memories.map(|m| (m.path, m.text, m.observed_at)).collect()
    }

    #[test]
    fn every_revision_can_be_rebuilt_from_the_deltas() {
        let (_dir, _folder, state) = fixture();
        insert(&state.db, &revision(1, &[("a", Some("1")), ("b", Some("1"))])).unwrap();
        insert(&state.db, &revision(2, &[("a", None), ("c", Some("2"))])).unwrap();
        insert(&state.db, &revision(3, &[("a", Some("3"))])).unwrap();
        let row = |path: &str, text: &str, n| (path.to_owned(), text.to_owned(), Some(n));
        assert_eq!(texts(&state, 0), []);
        assert_eq!(texts(&state, 1), [row("a", "1", 1), row("b", "1", 1)]);
        assert_eq!(texts(&state, 2), [row("b", "1", 1), row("c", "2", 2)]);
        assert_eq!(texts(&state, 3), [row("a", "3", 3), row("b", "1", 1), row("c", "2", 2)]);
        let keys = |number| -> Vec<String> {
            state.ledger_at(number).unwrap().into_iter().map(|row| row.key).collect()
        };
        assert_eq!(keys(2), ["entry/b", "entry/c"]);
        assert_eq!(keys(3), ["entry/a", "entry/b", "entry/c"]);
        assert_eq!(state.revision("2").unwrap().id, "id2");
        assert!(matches!(state.revision("id"), Err(Error::Ambiguous(_))));
        assert!(matches!(state.revision("9"), Err(Error::UnknownRevision(_))));
    }

    #[test]
    fn a_revision_that_does_not_follow_the_head_is_refused() {
        let (_dir, _folder, state) = fixture();
        insert(&state.db, &revision(1, &[])).unwrap();
        assert!(matches!(insert(&state.db, &revision(1, &[])), Err(Error::Conflict(_))));
        assert!(matches!(insert(&state.db, &revision(3, &[])), Err(Error::Conflict(_))));
        let mut gap = revision(5, &[]);
        gap.base = Some("id1".into());
        assert!(matches!(insert(&state.db, &gap), Err(Error::Damaged(_))));
        assert_eq!(state.head().unwrap().unwrap().number, 1);
    }
}
