//! Reads the history of a store.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::memory_path;
use serde::Deserialize;
use sqlx::{AnyConnection, Row as _};

use super::{Database, Result, notes};
use crate::db::engine::Revision;
use crate::transfer::{History, LOST, Memory, Note, OF_MEMORY, Row, Value, WORDS};

/// Bytes of texts and rows in an export, at most. Chosen by us: it is built in memory, several times over; an import takes
/// an eighth of it.
const MAX_BYTES: i64 = 256 << 20;

/// The time in the row of a memory.
#[derive(Deserialize)]
struct Known {
    observed_at: Option<i64>,
}

impl Database {
    /// The history of a store; `Err` says why it cannot be told.
    ///
    /// # Errors
    /// [`super::super::DatabaseError`].
    pub async fn history(&self, store: &str) -> Result<std::result::Result<History, String>> {
        let mut work = self.begin_reading().await?;
        let select = "SELECT salt, first FROM engine_stores WHERE store = $1";
        let Some(row) = sqlx::query(select).bind(store).fetch_optional(&mut *work).await? else {
            return Ok(Err(none()));
        };
        let (salt, first): (String, i64) = (row.try_get("salt")?, row.try_get("first")?);
        let revisions = revisions(&mut work, store).await?;
        if revisions.is_empty() {
            return Ok(Err(none()));
        }
        if first > 1 {
            return Ok(Err(format!(
                "is a copy that a dream made: it has no texts from before revision {first}, and an export holds all. \
                 Export the store that it was copied from; `dreaming pull` fetches the memories of this one"
            )));
        }
        let sizes = "SELECT CAST(COALESCE((SELECT SUM(LENGTH(value)) FROM revision_rows WHERE store = $1), 0) \
                     + COALESCE((SELECT SUM(bytes) FROM memory_versions WHERE store = $1), 0) AS BIGINT) AS bytes";
        let row = sqlx::query(sizes).bind(store).fetch_one(&mut *work).await?;
        if row.try_get::<i64, _>("bytes")? > MAX_BYTES {
            return Ok(Err(format!("has a history of more than {MAX_BYTES} bytes")));
        }
        let ledger = match rows(&mut work, store).await? {
            Ok(ledger) => ledger,
            Err(why) => return Ok(Err(why)),
        };
        let memories = memories(&mut work, store, &ledger).await?;
        let notes = notes(&mut work, store).await?;
        let mut history = History { salt, revisions, memories, ledger, notes };
        note_redacted(&mut history);
        Ok(Ok(history))
    }
}

fn none() -> String {
    "has no revision yet, so there is no history to export: the first dream over it makes one"
        .into()
}

async fn revisions(work: &mut AnyConnection, store: &str) -> Result<Vec<Revision>> {
    let select = "SELECT number, id, record FROM revisions WHERE store = $1 ORDER BY number";
    let mut revisions = Vec::new();
    for row in sqlx::query(select).bind(store).fetch_all(work).await? {
        let (number, id, record) =
            (row.try_get("number")?, row.try_get("id")?, row.try_get("record")?);
        revisions.push(Revision { number, id, record });
    }
    Ok(revisions)
}

/// What revisions wrote of the ledger. What a store that was copied begins with has the number 0, and is no part of it:
/// without a revision, the ledger of what was copied was empty.
async fn rows(
    work: &mut AnyConnection,
    store: &str,
) -> Result<std::result::Result<Vec<Row>, String>> {
    let select = "SELECT key, number, value FROM revision_rows WHERE store = $1 AND number > 0";
    let mut rows = Vec::new();
    for row in sqlx::query(select).bind(store).fetch_all(work).await? {
        let value: Option<Vec<u8>> = row.try_get("value")?;
        let value = match value {
            None => Value::Gone,
            Some(value) if value.is_empty() => Value::Erased,
            Some(value) => match String::from_utf8(value) {
                Ok(value) => Value::Kept(value),
                Err(_) => return Ok(Err("has a row in its ledger that is no text".into())),
            },
        };
        rows.push(Row { key: row.try_get("key")?, number: row.try_get("number")?, value });
    }
    // By their bytes, whatever the order of the database is.
    rows.sort_by(|a, b| (&a.key, a.number).cmp(&(&b.key, b.number)));
    Ok(Ok(rows))
}

/// What revisions wrote of memories, with the times that the ledger has of them. Where the ledger alone got another time of a
/// text, that is written, too.
async fn memories(work: &mut AnyConnection, store: &str, ledger: &[Row]) -> Result<Vec<Memory>> {
    let select = "SELECT m.path, m.number, m.version, v.content FROM revision_memories m \
                  LEFT JOIN memory_versions v ON v.id = m.version WHERE m.store = $1 AND m.number > 0";
    let mut written: BTreeMap<String, BTreeMap<i64, Value>> = BTreeMap::new();
    for row in sqlx::query(select).bind(store).fetch_all(work).await? {
        let (path, version): (String, Option<String>) =
            (row.try_get("path")?, row.try_get("version")?);
        let content: Option<Vec<u8>> = row.try_get("content")?;
        let text = match (version, content) {
            (None, _) => Value::Gone,
            (Some(_), None) => Value::Erased,
            (Some(_), Some(text)) => Value::Kept(String::from_utf8_lossy(&text).into_owned()),
        };
        let path = path.trim_start_matches('/');
        if memory_path::refused(path).is_none() {
            written.entry(path.into()).or_default().insert(row.try_get("number")?, text);
        }
    }
    let mut times: BTreeMap<&str, BTreeMap<i64, Option<i64>>> = BTreeMap::new();
    for row in ledger {
        let Some(path) = row.key.strip_prefix(OF_MEMORY) else { continue };
        let time = match &row.value {
            Value::Kept(value) => {
                serde_json::from_str::<Known>(value).ok().and_then(|k| k.observed_at)
            }
            Value::Gone | Value::Erased => None,
        };
        times.entry(path).or_default().insert(row.number, time);
    }
    let mut memories: Vec<Memory> = Vec::new();
    for (path, texts) in &written {
        let empty = BTreeMap::new();
        let times = times.get(&**path).unwrap_or(&empty);
        let numbers: BTreeSet<i64> = texts.keys().chain(times.keys()).copied().collect();
        let mut last: Option<(Value, Option<i64>)> = None;
        for number in numbers {
            let Some((_, text)) = texts.range(..=number).next_back() else { continue };
            let time = times.range(..=number).next_back().and_then(|(_, time)| *time);
            let observed_at = time.filter(|_| *text != Value::Gone);
            let now = (text.clone(), observed_at);
            if texts.contains_key(&number) || last.as_ref().is_some_and(|last| *last != now) {
                let (path, text) = (path.clone(), text.clone());
                memories.push(Memory { path, number, text, observed_at });
            }
            last = Some(now);
        }
    }
    Ok(memories)
}

/// Notes texts that somebody redacted, for which no erasure stands.
fn note_redacted(history: &mut History) {
    let takes_texts = |note: &&Note| ["entry", WORDS, LOST].contains(&&*note.kind);
    let last = history.notes.iter().filter(takes_texts).map(|note| note.number).max().unwrap_or(0);
    let is_lost = |memory: &&Memory| memory.text == Value::Erased && memory.number > last;
    let lost: BTreeSet<&String> =
        history.memories.iter().filter(is_lost).map(|memory| &memory.path).collect();
    let head = history.revisions.last().map_or(0, |revision| revision.number);
    let note = |path: &&String| Note { number: head, kind: LOST.into(), id: (*path).clone() };
    let lost: Vec<Note> = lost.iter().map(note).collect();
    history.notes.extend(lost);
}
