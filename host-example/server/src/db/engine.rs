//! What the engine keeps of a store beside its memories: a salt, its ledger, and the chain of its revisions.

use std::collections::BTreeMap;

use dreaming_wasmtime::{Contents, LedgerRow, Memory, NewRevision, memory_path};
use sqlx::{Any, Row as _, Transaction};

use super::versions::Actor;
use super::{Result, memories};
use crate::ids;

/// A store as the engine takes it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Salt, memories, ledger and revisions.
    pub contents: Contents,
    /// The id of the newest revision.
    pub head: Option<String>,
    /// The paths of memories that the engine does not take, and why; they stay as they are.
    pub left_out: Vec<(String, &'static str)>,
}

impl Loaded {
    /// The texts of the memories, by the engine's paths.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let text = |memory: &Memory| (memory.path.clone(), memory.text.clone());
        self.contents.memories.iter().map(text).collect()
    }
}

/// Why a revision was not stored.
#[derive(Debug)]
pub enum Refused {
    /// The store has another newest revision, or this memory was changed since it was read.
    Moved(String),
    /// This memory is in the way of one that the revision writes.
    Taken(String),
}

/// Reads a store. Nobody else may change it meanwhile.
pub(super) async fn load(work: &mut Transaction<'static, Any>, store: &str) -> Result<Loaded> {
    let (salt, head) = known(work, store).await?;
    let mut loaded = Loaded { head, ..Loaded::default() };
    loaded.contents.salt = salt;
    for memory in memories::all(work, store).await? {
        let path = memory.path.trim_start_matches('/');
        match memory_path::refused(path) {
            Some(why) => loaded.left_out.push((memory.path, why)),
            None => loaded.contents.memories.push(Memory {
                path: path.to_owned(),
                text: memory.content,
                observed_at: Some(memory.updated_at / 1_000),
            }),
        }
    }
    let rows = "SELECT key, value FROM ledger WHERE store = $1 ORDER BY key";
    for row in sqlx::query(rows).bind(store).fetch_all(&mut **work).await? {
        let row = LedgerRow { key: row.try_get("key")?, value: row.try_get("value")? };
        loaded.contents.ledger.push(row);
    }
    let records = "SELECT record FROM revisions WHERE store = $1 ORDER BY number";
    for row in sqlx::query(records).bind(store).fetch_all(&mut **work).await? {
        loaded.contents.revisions.push(row.try_get("record")?);
    }
    loaded.contents.head = loaded.contents.revisions.last().cloned();
    Ok(loaded)
}

/// The salt of a store, which is drawn when it is first asked for, and the id of its newest revision.
async fn known(
    work: &mut Transaction<'static, Any>,
    store: &str,
) -> Result<(String, Option<String>)> {
    let select = "SELECT salt, head FROM engine_stores WHERE store = $1";
    if let Some(row) = sqlx::query(select).bind(store).fetch_optional(&mut **work).await? {
        return Ok((row.try_get("salt")?, row.try_get("head")?));
    }
    let salt = ids::secret()?;
    let insert = "INSERT INTO engine_stores (store, salt) VALUES ($1, $2)";
    sqlx::query(insert).bind(store).bind(&salt).execute(&mut **work).await?;
    Ok((salt, None))
}

/// Copies memories, ledger and revisions of the store `from` into the new store `to`.
pub(super) async fn copy(
    work: &mut Transaction<'static, Any>,
    from: &str,
    to: &str,
    by: &Actor,
) -> Result<()> {
    let (salt, head) = known(work, from).await?;
    let insert = "INSERT INTO engine_stores (store, salt, head) VALUES ($1, $2, $3)";
    sqlx::query(insert).bind(to).bind(salt).bind(head).execute(&mut **work).await?;
    for copy in [
        "INSERT INTO ledger (store, key, value) SELECT $1, key, value FROM ledger WHERE store = $2",
        "INSERT INTO revisions (store, number, id, record) \
         SELECT $1, number, id, record FROM revisions WHERE store = $2",
    ] {
        sqlx::query(copy).bind(to).bind(from).execute(&mut **work).await?;
    }
    for memory in memories::all(work, from).await? {
        memories::copy(work, to, memory, by).await?;
    }
    Ok(())
}

/// Stores a revision. `seen` has the texts of the memories as the engine read them; it is brought up to the revision.
/// When it is refused, the transaction must be ended.
pub(super) async fn commit(
    work: &mut Transaction<'static, Any>,
    store: &str,
    revision: &NewRevision,
    seen: &mut BTreeMap<String, String>,
    by: &Actor,
) -> Result<std::result::Result<(), Refused>> {
    let (_, head) = known(work, store).await?;
    if head != revision.base {
        return Ok(Err(Refused::Moved("the newest revision".into())));
    }
    for write in &revision.memories {
        let path = format!("/{}", write.path);
        let now = memories::content(work, store, &path).await?;
        if now.as_ref() != seen.get(&write.path) {
            return Ok(Err(Refused::Moved(path)));
        }
        if let Some(taken) = memories::put(work, store, (&path, write.text.as_deref()), by).await? {
            return Ok(Err(Refused::Taken(taken)));
        }
        match &write.text {
            Some(text) => seen.insert(write.path.clone(), text.clone()),
            None => seen.remove(&write.path),
        };
    }
    for row in &revision.ledger {
        let (key, value) = (&row.key, row.value.clone());
        match value {
            Some(value) => {
                let upsert = "INSERT INTO ledger (store, key, value) VALUES ($1, $2, $3) \
                              ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
                let query = sqlx::query(upsert).bind(store).bind(key).bind(value);
                query.execute(&mut **work).await?;
            }
            None => {
                let delete = "DELETE FROM ledger WHERE store = $1 AND key = $2";
                sqlx::query(delete).bind(store).bind(key).execute(&mut **work).await?;
            }
        }
    }
    let insert = "INSERT INTO revisions (store, number, id, record) \
                  SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3 FROM revisions WHERE store = $1";
    let query = sqlx::query(insert).bind(store).bind(&revision.revision);
    query.bind(revision.record.clone()).execute(&mut **work).await?;
    let update = "UPDATE engine_stores SET head = $1 WHERE store = $2";
    sqlx::query(update).bind(&revision.revision).bind(store).execute(&mut **work).await?;
    Ok(Ok(()))
}
