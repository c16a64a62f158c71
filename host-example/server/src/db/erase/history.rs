//! All values that the rows of a ledger have had.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::Erasure;
use dreaming_wasmtime::quotes::{Sought, quotes_session, wordings};
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use crate::db::Result;

/// The values that a row has had, each with the number of the revision that wrote it: none where the row was taken away,
/// no bytes where an erasure emptied it.
type Values = Vec<(i64, Option<Vec<u8>>)>;

/// The values of each row, by its key.
#[derive(Debug, Default)]
pub(super) struct History(BTreeMap<String, Values>);

/// An older value of a row.
pub(super) struct Older<'h> {
    pub key: &'h str,
    pub number: i64,
    pub value: &'h [u8],
    /// Whether the row is in force no more.
    pub is_gone: bool,
}

/// A time for which an entry stood in a memory.
pub(super) struct Life {
    /// The path of the memory, in the form of the API.
    pub path: String,
    /// The first revision in which it did.
    pub from: i64,
    /// The first one in which it did not.
    pub until: i64,
}

impl History {
    /// Of a store. Rows of memories are left out, for they hold digests alone.
    pub(super) async fn of(work: &mut AnyConnection, store: &str) -> Result<Self> {
        let select = "SELECT key, number, value FROM revision_rows WHERE store = $1 AND key NOT LIKE 'memory/%' \
                      ORDER BY number";
        let mut history = Self::default();
        for row in sqlx::query(select).bind(store).fetch_all(work).await? {
            let (number, value) = (row.try_get("number")?, row.try_get("value")?);
            history.0.entry(row.try_get("key")?).or_default().push((number, value));
        }
        Ok(history)
    }

    /// The values that rows had before their newest one, without those that are emptied.
    pub(super) fn older(&self) -> impl Iterator<Item = Older<'_>> {
        self.0.iter().flat_map(|(key, values)| {
            let (last, older) = values.split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
            let is_gone = last.is_some_and(|(_, value)| value.is_none());
            older.iter().filter_map(move |(number, value)| {
                let value = value.as_deref().filter(|value| !value.is_empty())?;
                Some(Older { key, number: *number, value, is_gone })
            })
        })
    }

    /// All values that are known, with their keys.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().flat_map(|(key, values)| {
            let values = values.iter().filter_map(|(_, value)| value.as_deref());
            values.filter(|value| !value.is_empty()).map(|value| (&**key, value))
        })
    }

    /// Whether a row is that of a session or an entry, or quotes the session.
    pub(super) fn knows(&self, what: &Erasure) -> bool {
        let (key, sought) = match what {
            Erasure::Session(id) => (format!("session/{id}"), Sought::Session(id)),
            Erasure::Entry(id) => (format!("entry/{id}"), Sought::Entry(id, &[])),
        };
        self.known().any(|(of, value)| of == key || sought.is_in_row(of, value, false))
    }

    /// The rows that an entry has had.
    fn rows(&self, entry: &str) -> impl Iterator<Item = (i64, i64, Value)> {
        let values = self.0.get(&format!("entry/{entry}")).map_or(&[][..], Vec::as_slice);
        let next = values.iter().skip(1).map(|(number, _)| *number).chain([i64::MAX]);
        values.iter().zip(next).filter_map(|((from, value), until)| {
            Some((*from, until, serde_json::from_slice(value.as_deref()?).ok()?))
        })
    }

    /// All wordings that an entry has had.
    pub(super) fn words(&self, entry: &str) -> BTreeSet<String> {
        let of = |(_, _, row): (i64, i64, Value)| {
            let text = row["text"].as_str().unwrap_or_default();
            wordings(text, row["principal"].as_str()).collect::<Vec<_>>()
        };
        self.rows(entry).flat_map(of).collect()
    }

    /// The times for which an entry stood in memories.
    pub(super) fn lives(&self, entry: &str) -> Vec<Life> {
        let stood = self.rows(entry).filter(|(_, _, row)| row["retired"].is_null());
        stood
            .filter_map(|(from, until, row)| {
                Some(Life { path: format!("/{}", row["path"].as_str()?), from, until })
            })
            .collect()
    }

    /// The sessions that showed what an entry says.
    pub(super) fn shown_by(&self, entry: &str) -> BTreeSet<String> {
        let mut sessions = BTreeSet::new();
        for (_, _, row) in self.rows(entry) {
            let evidence = row["evidence"].as_array().into_iter().flatten();
            sessions
                .extend(evidence.filter_map(|piece| Some(piece["session"].as_str()?.to_owned())));
        }
        sessions
    }

    /// The entries that cite a session and that only older revisions have. Their statements were taken out again, by a
    /// revert, say, and stand in the history alone: without their rows nobody could name them any more.
    pub(super) fn taken_out(&self, session: &str) -> BTreeSet<String> {
        let cites = |value: &[u8]| {
            serde_json::from_slice(value).is_ok_and(|value: Value| quotes_session(&value, session))
        };
        let cited = self.older().filter(|older| older.is_gone && cites(older.value));
        cited.filter_map(|older| Some(older.key.strip_prefix("entry/")?.to_owned())).collect()
    }
}
