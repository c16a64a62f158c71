//! What an erasure leaves: revisions that are closed by it, words that only people may remove, and what others hold.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::memory_path;
use dreaming_wasmtime::quotes::{Sought, holds, lines_saying, says};
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use super::Case;
use super::history::History;
use crate::db::{Result, memories};

/// What is left.
#[derive(Debug, Default)]
pub struct Left {
    /// Lines of memories that hold the words, by path; 1 is the first one.
    pub lines: Vec<(String, usize)>,
    /// Rows of the ledger that say so too, or that were learned from the session and stay.
    pub rows: Vec<Row>,
    /// Numbers of revisions whose notes say so. Their digests hold the chain together.
    pub notes: Vec<i64>,
    /// Dreams whose instructions say so.
    pub instructions: Vec<String>,
    /// Sessions whose transcripts are here and show it.
    pub sessions: Vec<String>,
    /// Objects with its transcripts that are still to be deleted.
    pub objects: i64,
    /// Batches that may hold the words at a service.
    pub batches: Vec<AtService>,
    /// Other stores of the workspace that know it.
    pub stores: Vec<String>,
}

/// A row of the ledger.
#[derive(Debug)]
pub struct Row {
    /// `entry`, `session` or another kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The statement, of an entry.
    pub text: Option<String>,
}

/// A batch that a service may keep.
#[derive(Debug)]
pub struct AtService {
    /// The dream that made it.
    pub dream: String,
    /// The model of that dream.
    pub model: String,
}

/// The revisions of a store that nothing goes back to, by number: a version of a memory in them is redacted, or a row of
/// their ledger emptied.
pub(super) async fn closed(work: &mut AnyConnection, store: &str) -> Result<BTreeMap<i64, String>> {
    // How many more are missing from a revision on.
    let mut missing = BTreeMap::<i64, i64>::new();
    for select in [
        "SELECT m.path, m.number, (SELECT MIN(n.number) FROM revision_memories n WHERE n.store = m.store \
         AND n.path = m.path AND n.number > m.number) AS until FROM revision_memories m \
         JOIN memory_versions v ON v.id = m.version WHERE m.store = $1 AND v.content IS NULL",
        "SELECT r.key AS path, r.number, (SELECT MIN(n.number) FROM revision_rows n WHERE n.store = r.store \
         AND n.key = r.key AND n.number > r.number) AS until FROM revision_rows r \
         WHERE r.store = $1 AND LENGTH(r.value) = 0",
    ] {
        for row in sqlx::query(select).bind(store).fetch_all(&mut *work).await? {
            let path: String = row.try_get("path")?;
            // Paths that the engine does not take are not gone back to. Keys of rows have no `/` before them.
            if path.strip_prefix('/').is_some_and(|path| memory_path::refused(path).is_some()) {
                continue;
            }
            *missing.entry(row.try_get("number")?).or_default() += 1;
            if let Some(until) = row.try_get("until")? {
                *missing.entry(until).or_default() -= 1;
            }
        }
    }
    let select = "SELECT number, id FROM revisions WHERE store = $1 AND number >= \
                  (SELECT first FROM engine_stores WHERE store = $1) ORDER BY number";
    let mut closed = BTreeMap::new();
    for row in sqlx::query(select).bind(store).fetch_all(&mut *work).await? {
        let number: i64 = row.try_get("number")?;
        if missing.range(..=number).map(|(_, more)| more).sum::<i64>() > 0 {
            closed.insert(number, row.try_get("id")?);
        }
    }
    Ok(closed)
}

/// What is left after all went that goes. Its sessions are not looked for here.
pub(super) async fn left(work: &mut AnyConnection, case: &Case<'_>) -> Result<Left> {
    let mut left = Left::default();
    for memory in memories::all(work, case.store).await? {
        let lines = lines_saying(&memory.content, &case.words).into_iter();
        left.lines.extend(lines.map(|line| (memory.path.clone(), line)));
    }
    let select =
        "SELECT key, value FROM ledger WHERE store = $1 AND key NOT LIKE 'memory/%' ORDER BY key";
    for row in sqlx::query(select).bind(case.store).fetch_all(&mut *work).await? {
        let (key, value): (String, Vec<u8>) = (row.try_get("key")?, row.try_get("value")?);
        let value: Value = serde_json::from_slice(&value).unwrap_or_default();
        let Some((kind, id)) = key.split_once('/') else { continue };
        let stays = kind == "entry" && case.session.is_some() && case.changed.contains(&&*key);
        if stays || holds(&value, &|text| says(text, &case.words)) {
            let text = value["text"].as_str().map(str::to_owned);
            left.rows.push(Row { kind: kind.into(), id: id.into(), text });
        }
    }
    let select = "SELECT number, record FROM revisions WHERE store = $1 ORDER BY number";
    for row in sqlx::query(select).bind(case.store).fetch_all(&mut *work).await? {
        let record: Vec<u8> = row.try_get("record")?;
        let record: Value = serde_json::from_slice(&record).unwrap_or_default();
        if says(record["note"].as_str().unwrap_or_default(), &case.words) {
            left.notes.push(row.try_get("number")?);
        }
    }
    let select = "SELECT id, instructions FROM dreams WHERE (store = $1 OR output = $1) \
                  AND instructions IS NOT NULL ORDER BY id";
    for row in sqlx::query(select).bind(case.store).fetch_all(&mut *work).await? {
        if says(&row.try_get::<String, _>("instructions")?, &case.words) {
            left.instructions.push(row.try_get("id")?);
        }
    }
    left.batches = batches(work, case).await?;
    left.stores = stores(work, case).await?;
    Ok(left)
}

/// Batches of dreams over the store that nobody read to their end: only what was read is deleted at the service.
async fn batches(work: &mut AnyConnection, case: &Case<'_>) -> Result<Vec<AtService>> {
    let select = "SELECT d.id, d.model FROM dreams d LEFT JOIN dream_batches b ON b.dream = d.id \
                  WHERE (d.store = $1 OR d.output = $1) AND d.batched = 1 \
                  AND (b.dream IS NOT NULL OR d.status <> 'completed') AND ($2 = '' OR EXISTS \
                  (SELECT s.dream FROM dream_sessions s WHERE s.dream = d.id AND s.session = $2)) ORDER BY d.id";
    let session = case.session.cloned().unwrap_or_default();
    let rows = sqlx::query(select).bind(case.store).bind(session).fetch_all(work).await?;
    rows.iter()
        .map(|row| Ok(AtService { dream: row.try_get("id")?, model: row.try_get("model")? }))
        .collect()
}

/// The sessions among these of which a transcript is here.
pub(super) async fn transcripts(
    work: &mut AnyConnection,
    workspace: &str,
    sessions: &BTreeSet<String>,
) -> Result<Vec<String>> {
    let mut here = Vec::new();
    for session in sessions {
        let select = "SELECT id FROM sessions WHERE id = $1 AND workspace = $2";
        let query = sqlx::query(select).bind(session).bind(workspace);
        if query.fetch_optional(&mut *work).await?.is_some() {
            here.push(session.clone());
        }
    }
    Ok(here)
}

/// The other stores of the workspace that know it, copies that dreams made among them.
async fn stores(work: &mut AnyConnection, case: &Case<'_>) -> Result<Vec<String>> {
    let mut known = BTreeSet::new();
    for sought in &case.sought {
        let key = match sought {
            Sought::Session(id) => format!("session/{id}"),
            Sought::Entry(id, _) => format!("entry/{id}"),
            Sought::Words(_) => continue,
        };
        let select = "SELECT m.id FROM memory_stores m WHERE m.workspace = $1 AND m.id <> $2 AND \
                      (EXISTS (SELECT l.key FROM ledger l WHERE l.store = m.id AND l.key = $3) \
                       OR EXISTS (SELECT r.key FROM revision_rows r WHERE r.store = m.id AND r.key = $3 \
                                  AND LENGTH(r.value) > 0) \
                       OR EXISTS (SELECT s.session FROM dream_sessions s JOIN dreams d ON d.id = s.dream \
                                  WHERE s.session = $4 AND (d.store = m.id OR d.output = m.id)))";
        let query = sqlx::query(select).bind(case.workspace).bind(case.store).bind(key);
        let session = match sought {
            Sought::Session(id) => *id,
            Sought::Entry(..) | Sought::Words(_) => "",
        };
        for row in query.bind(session).fetch_all(&mut *work).await? {
            let store: String = row.try_get("id")?;
            if session.is_empty() || tells(work, &store, session).await? {
                known.insert(store);
            }
        }
    }
    Ok(known.into_iter().collect())
}

/// Whether a store, or a plan of a dream over it, holds something of a session.
async fn tells(work: &mut AnyConnection, store: &str, session: &str) -> Result<bool> {
    let history = History::of(work, store).await?;
    let sought = Sought::Session(session);
    if history.known().any(|(key, value)| sought.is_in_row(key, value, false)) {
        return Ok(true);
    }
    let select = "SELECT plan FROM dreams WHERE (store = $1 OR output = $1) AND LENGTH(plan) > 0";
    for row in sqlx::query(select).bind(store).fetch_all(&mut *work).await? {
        if sought.is_in(&row.try_get::<Vec<u8>, _>("plan")?) {
            return Ok(true);
        }
    }
    Ok(false)
}
