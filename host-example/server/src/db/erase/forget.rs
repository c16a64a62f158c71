//! What goes: texts, rows, documents, traces and answers.

use std::collections::BTreeSet;

use dreaming_wasmtime::quotes::{Sought, says};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Row as _};

use super::Case;
use super::history::{History, Life};
use crate::db::versions::{self, Actor};
use crate::db::{Result, sessions};

/// What stands in place of what was erased.
pub(super) const ERASED: &str = "[erased]";

/// How much went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gone {
    /// Versions of memories that were redacted.
    pub versions: u64,
    /// Older rows of the ledger.
    pub rows: u64,
    /// Plans with their reports.
    pub plans: u64,
    /// What agents proposed, with the plans of it.
    pub proposals: u64,
    /// Events of traces.
    pub events: u64,
    /// Calls of models, with their answers.
    pub answers: u64,
}

/// Empties all that is kept of it beside the head, which has nothing of it any more.
pub(super) async fn all(work: &mut AnyConnection, case: &Case<'_>, by: &Actor) -> Result<Gone> {
    let mut gone = Gone::default();
    let history = History::of(work, case.store).await?;
    texts(work, case, &history, by, &mut gone).await?;
    rows(work, case, &history, &mut gone).await?;
    dreams(work, case, &mut gone).await?;
    // Nobody knows which session an answer is about, so all go that dreams over the store or into it may find; they are
    // paid for again when they are needed. A history that came from another workspace names sessions of that one.
    let session = case.session.cloned().unwrap_or_default();
    for delete in [
        "DELETE FROM model_answers WHERE store = $1 OR store IN (SELECT store FROM dreams WHERE output = $1) \
         OR store IN (SELECT d.store FROM dreams d JOIN dream_sessions s ON s.dream = d.id WHERE s.session = $2 AND d.workspace = $3)",
        "DELETE FROM useless_answers WHERE store = $1 OR store IN (SELECT store FROM dreams WHERE output = $1) \
         OR store IN (SELECT d.store FROM dreams d JOIN dream_sessions s ON s.dream = d.id WHERE s.session = $2 AND d.workspace = $3)",
    ] {
        let query = sqlx::query(delete).bind(case.store).bind(&session).bind(case.workspace);
        let done = query.execute(&mut *work).await?;
        gone.answers += done.rows_affected();
    }
    // Nor may their digests tell whether somebody guessed one.
    let delete = "DELETE FROM dream_calls WHERE dream IN (SELECT id FROM dreams WHERE store = $1 \
                  OR store IN (SELECT store FROM dreams WHERE output = $1) \
                  OR store IN (SELECT d.store FROM dreams d JOIN dream_sessions s ON s.dream = d.id \
                               WHERE s.session = $2 AND d.workspace = $3))";
    let query = sqlx::query(delete).bind(case.store).bind(session).bind(case.workspace);
    query.execute(work).await?;
    Ok(gone)
}

/// Redacts versions that held an entry while it was there, and those that say its words anywhere, in a heading or in code,
/// say. Never what a memory holds now.
async fn texts(
    work: &mut AnyConnection,
    case: &Case<'_>,
    history: &History,
    by: &Actor,
    gone: &mut Gone,
) -> Result<()> {
    let mut held = BTreeSet::new();
    for sought in &case.sought {
        let Sought::Entry(entry, _) = sought else { continue };
        for life in history.lives(entry) {
            held.extend(during(work, case.store, &life).await?);
        }
    }
    if !case.words.is_empty() {
        let select =
            "SELECT id, content FROM memory_versions WHERE store = $1 AND content IS NOT NULL";
        // One at a time: all together may be more than fits.
        let mut all = sqlx::query(select).bind(case.store).fetch(&mut *work);
        while let Some(row) = all.try_next().await? {
            let content: Vec<u8> = row.try_get("content")?;
            if says(&String::from_utf8_lossy(&content), &case.words) {
                held.insert(row.try_get("id")?);
            }
        }
    }
    let heads = "SELECT version FROM memories WHERE store = $1";
    for row in sqlx::query(heads).bind(case.store).fetch_all(&mut *work).await? {
        held.remove(&row.try_get::<String, _>("version")?);
    }
    for id in held {
        gone.versions += u64::from(versions::redact(work, case.store, &id, by).await?);
    }
    Ok(())
}

/// The versions in which an entry may have stood meanwhile: those at its path, and those of its memory, which may have
/// had other paths between two revisions.
async fn during(work: &mut AnyConnection, store: &str, life: &Life) -> Result<Vec<String>> {
    let first = "SELECT v.id, v.memory FROM revision_memories m LEFT JOIN memory_versions v ON v.id = m.version \
                 WHERE m.store = $1 AND m.path = $2 AND m.number <= $3 ORDER BY m.number DESC LIMIT 1";
    let query = sqlx::query(first).bind(store).bind(&life.path).bind(life.from);
    let Some(row) = query.fetch_optional(&mut *work).await? else { return Ok(Vec::new()) };
    let (Some(first), Some(memory)): (Option<String>, Option<String>) =
        (row.try_get("id")?, row.try_get("memory")?)
    else {
        return Ok(Vec::new());
    };
    let at_path = (
        "SELECT version FROM revision_memories WHERE store = $1 AND path = $2 AND number >= $3 \
         AND version IS NOT NULL ORDER BY number LIMIT 1",
        "SELECT id FROM memory_versions WHERE store = $1 AND path = $2 AND id >= $3 AND ($4 = '' OR id < $4) \
         AND content IS NOT NULL",
        &life.path,
    );
    let of_memory = (
        "SELECT m.version FROM revision_memories m JOIN memory_versions v ON v.id = m.version \
         WHERE m.store = $1 AND v.memory = $2 AND m.number >= $3 ORDER BY m.number LIMIT 1",
        "SELECT id FROM memory_versions WHERE store = $1 AND memory = $2 AND id >= $3 AND ($4 = '' OR id < $4) \
         AND content IS NOT NULL",
        &memory,
    );
    let mut held = Vec::new();
    for (next, between, of) in [at_path, of_memory] {
        let query = sqlx::query(next).bind(store).bind(of).bind(life.until);
        let row = query.fetch_optional(&mut *work).await?;
        let next: Option<String> = row.map(|row| row.try_get("version")).transpose()?;
        let query = sqlx::query(between).bind(store).bind(of).bind(&first);
        for row in query.bind(next.unwrap_or_default()).fetch_all(&mut *work).await? {
            held.push(row.try_get("id")?);
        }
    }
    Ok(held)
}

/// Empties older values of rows: those that quote it, and those of rows that the revision changes for it.
async fn rows(
    work: &mut AnyConnection,
    case: &Case<'_>,
    history: &History,
    gone: &mut Gone,
) -> Result<()> {
    for older in history.older() {
        let quotes = |sought: &Sought<'_>| sought.is_in_row(older.key, older.value, older.is_gone);
        if case.changed.contains(&older.key) || case.sought.iter().any(quotes) {
            let update =
                "UPDATE revision_rows SET value = $1 WHERE store = $2 AND key = $3 AND number = $4";
            let query = sqlx::query(update).bind(Vec::<u8>::new()).bind(case.store);
            query.bind(older.key).bind(older.number).execute(&mut *work).await?;
            gone.rows += 1;
        }
    }
    Ok(())
}

/// Empties plans, reports, reasons and traces of dreams over the store or into it.
async fn dreams(work: &mut AnyConnection, case: &Case<'_>, gone: &mut Gone) -> Result<()> {
    let select = "SELECT id FROM dreams WHERE store = $1 OR output = $1 ORDER BY id";
    let found = sqlx::query(select).bind(case.store).fetch_all(&mut *work).await?;
    for row in found {
        let id: String = row.try_get("id")?;
        let select = "SELECT d.plan, d.report, d.error, d.session, p.body, s.session AS input FROM dreams d \
                      LEFT JOIN proposals p ON p.dream = d.id \
                      LEFT JOIN dream_sessions s ON s.dream = d.id AND s.session = $2 WHERE d.id = $1";
        let session = case.session.cloned().unwrap_or_default();
        let row = sqlx::query(select).bind(&id).bind(session).fetch_one(&mut *work).await?;
        let text = |name: &str| row.try_get::<Option<String>, _>(name);
        let mut documents: Vec<Vec<u8>> = Vec::new();
        for name in ["plan", "report"] {
            documents.extend(row.try_get::<Option<Vec<u8>>, _>(name)?);
        }
        documents.retain(|document| !document.is_empty());
        let quotes = |text: &[u8]| case.sought.iter().any(|sought| sought.is_in(text));
        let proposal = text("body")?;
        // What an agent proposes does not say from which session it has its words.
        let is_proposed =
            proposal.is_some_and(|body| case.session.is_some() || quotes(body.as_bytes()));
        let is_quoted = documents.iter().any(|document| quotes(document));
        if !documents.is_empty() && (is_quoted || is_proposed) {
            let update = "UPDATE dreams SET plan = $1, report = $1, undecided = NULL, checkpoint = NULL WHERE id = $2";
            sqlx::query(update).bind(Vec::<u8>::new()).bind(&id).execute(&mut *work).await?;
            let delete = "DELETE FROM proposals WHERE dream = $1";
            let done = sqlx::query(delete).bind(&id).execute(&mut *work).await?;
            gone.proposals += done.rows_affected();
            gone.plans += 1 - done.rows_affected();
        }
        // Its trace and the reason of its failure say what it learned, in words that no quote marks as the session's.
        let is_all = case.session.is_some() && (is_quoted || text("input")?.is_some());
        let error = text("error")?.filter(|error| is_all || quotes(error.as_bytes()));
        if let Some(error) = error {
            let (of, _): (String, String) = serde_json::from_str(&error).unwrap_or_default();
            let update = "UPDATE dreams SET error = $1 WHERE id = $2";
            let query = sqlx::query(update).bind(json!([of, ERASED]).to_string()).bind(&id);
            query.execute(&mut *work).await?;
        }
        if let Some(trace) = text("session")? {
            let says = |event: &[u8]| is_all || quotes(event);
            gone.events += sessions::empty(work, &trace, says, emptied).await?;
        }
    }
    Ok(())
}

/// An event of a trace without its words.
fn emptied(event: &mut Value) {
    match event["type"].as_str() {
        Some("session.error") => event["error"]["message"] = ERASED.into(),
        _ => event["content"] = json!([{ "type": "text", "text": ERASED }]),
    }
}
