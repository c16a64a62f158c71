//! What the engine keeps of a store beside its memories: a salt, its ledger, and the chain of its revisions.

use std::collections::BTreeMap;

use dreaming_wasmtime::{Contents, LedgerRow, Memory, NewRevision, memory_path};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::versions::Actor;
use super::{Database, Result, memories};
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
    /// What it was made of.
    pub mark: Mark,
}

/// Of what a store was made when it was read: it can be read so again, whatever became of it since.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The number of the newest revision; 0 without one.
    revision: i64,
    /// The version of each memory, by path, and when the memory was changed last, in microseconds since 1970.
    memories: Vec<(String, i64)>,
}

impl Loaded {
    /// The texts of the memories, by the engine's paths.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let text = |memory: &Memory| (memory.path.clone(), memory.text.clone());
        self.contents.memories.iter().map(text).collect()
    }

    /// Adds a memory, or leaves it out.
    fn add(&mut self, path: String, text: String, updated_at: i64) {
        let bare = path.trim_start_matches('/');
        match memory_path::refused(bare) {
            Some(why) => self.left_out.push((path, why)),
            None => self.contents.memories.push(Memory {
                path: bare.to_owned(),
                text,
                observed_at: Some(updated_at / 1_000),
            }),
        }
    }
}

/// What revisions were made of beside the store. An erasure may have emptied it since.
#[derive(Clone, Copy, Debug)]
pub enum Basis<'a> {
    /// The plan of this dream, of which so many changes wait for a person afterwards.
    Plan(&'a str, u64),
    /// This earlier revision.
    Revision(&'a str),
}

/// Why a revision was not stored.
#[derive(Debug)]
pub enum Refused {
    /// The store has another newest revision, or this memory was changed since it was read.
    Moved(String),
    /// This memory is in the way of one that the revision writes.
    Taken(String),
}

/// Reads a store, in a transaction that sees it as it was when it began, or in which nobody else changes it.
pub(super) async fn load(work: &mut AnyConnection, store: &str) -> Result<Loaded> {
    let (salt, head) = known(work, store).await?;
    let mut loaded = Loaded { head, ..Loaded::default() };
    loaded.contents.salt = salt;
    for memory in memories::all(work, store).await? {
        loaded.add(memory.path, memory.content, memory.updated_at);
        loaded.mark.memories.push((memory.version, memory.updated_at));
    }
    loaded.mark.revision = last(work, store).await?;
    let rows = "SELECT key, value FROM ledger WHERE store = $1 ORDER BY key";
    for row in sqlx::query(rows).bind(store).fetch_all(&mut *work).await? {
        let row = LedgerRow { key: row.try_get("key")?, value: row.try_get("value")? };
        loaded.contents.ledger.push(row);
    }
    let records = "SELECT record FROM revisions WHERE store = $1 ORDER BY number";
    for row in sqlx::query(records).bind(store).fetch_all(&mut *work).await? {
        loaded.contents.revisions.push(row.try_get("record")?);
    }
    loaded.contents.head = loaded.contents.revisions.last().cloned();
    Ok(loaded)
}

/// The salt of a store, which is drawn when it is first asked for, and the id of its newest revision.
async fn known(work: &mut AnyConnection, store: &str) -> Result<(String, Option<String>)> {
    let select = "SELECT salt, head FROM engine_stores WHERE store = $1";
    if let Some(row) = sqlx::query(select).bind(store).fetch_optional(&mut *work).await? {
        return Ok((row.try_get("salt")?, row.try_get("head")?));
    }
    let salt = ids::secret()?;
    let insert = "INSERT INTO engine_stores (store, salt) VALUES ($1, $2)";
    sqlx::query(insert).bind(store).bind(&salt).execute(&mut *work).await?;
    Ok((salt, None))
}

/// The id of the newest revision of a store.
pub(super) async fn head(work: &mut AnyConnection, store: &str) -> Result<Option<String>> {
    Ok(known(work, store).await?.1)
}

/// Copies memories, ledger and revisions of the store `from` into the new store `to`.
pub(super) async fn copy(work: &mut AnyConnection, from: &str, to: &str, by: &Actor) -> Result<()> {
    let (salt, head) = known(work, from).await?;
    let last = last(work, from).await?;
    let insert = "INSERT INTO engine_stores (store, salt, head, first) VALUES ($1, $2, $3, $4)";
    let query = sqlx::query(insert).bind(to).bind(salt).bind(head).bind(last + 1);
    query.execute(&mut *work).await?;
    for copy in [
        "INSERT INTO ledger (store, key, value) SELECT $1, key, value FROM ledger WHERE store = $2",
        "INSERT INTO revisions (store, number, id, record) \
         SELECT $1, number, id, record FROM revisions WHERE store = $2",
    ] {
        sqlx::query(copy).bind(to).bind(from).execute(&mut *work).await?;
    }
    for memory in memories::all(work, from).await? {
        memories::copy(work, to, memory, by).await?;
    }
    // What later revisions do not write is as it was copied.
    for copied in [
        "INSERT INTO revision_memories (store, number, path, version) \
         SELECT store, $2, path, version FROM memories WHERE store = $1",
        "INSERT INTO revision_rows (store, number, key, value) \
         SELECT store, $2, key, value FROM ledger WHERE store = $1",
    ] {
        sqlx::query(copied).bind(to).bind(last).execute(&mut *work).await?;
    }
    Ok(())
}

/// The number of the newest revision; 0 without one.
pub(super) async fn last(work: &mut AnyConnection, store: &str) -> Result<i64> {
    let select = "SELECT COALESCE(MAX(number), 0) AS last FROM revisions WHERE store = $1";
    Ok(sqlx::query(select).bind(store).fetch_one(&mut *work).await?.try_get("last")?)
}

/// What revisions were made of, if it is not there any more.
async fn gone(work: &mut AnyConnection, store: &str, basis: Basis<'_>) -> Result<Option<String>> {
    Ok(match basis {
        Basis::Plan(dream, _) => {
            let select = "SELECT id FROM dreams WHERE id = $1 AND LENGTH(plan) > 0";
            let row = sqlx::query(select).bind(dream).fetch_optional(&mut *work).await?;
            row.is_none().then(|| "the plan".into())
        }
        Basis::Revision(id) => {
            at(work, store, id).await?.is_err().then(|| format!("the revision `{id}`"))
        }
    })
}

/// Stores a revision. `seen` has the texts of the memories as the engine read them; it is brought up to the revision.
/// When it is refused, the transaction must be ended.
pub(super) async fn commit(
    work: &mut AnyConnection,
    store: &str,
    revision: &NewRevision,
    seen: &mut BTreeMap<String, String>,
    by: &Actor,
) -> Result<std::result::Result<(), Refused>> {
    let (_, head) = known(work, store).await?;
    if head != revision.base {
        return Ok(Err(Refused::Moved("the newest revision".into())));
    }
    let number = last(work, store).await? + 1;
    // What goes makes room first: a memory may come where another one's folder was.
    let (written, deleted): (Vec<_>, Vec<_>) =
        revision.memories.iter().partition(|write| write.text.is_some());
    for write in deleted.into_iter().chain(written) {
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
        let insert = "INSERT INTO revision_memories (store, number, path, version) \
                      VALUES ($1, $2, $3, (SELECT version FROM memories WHERE store = $1 AND path = $3))";
        let query = sqlx::query(insert).bind(store).bind(number).bind(path);
        query.execute(&mut *work).await?;
    }
    for row in &revision.ledger {
        let change = match row.value {
            Some(_) => {
                "INSERT INTO ledger (store, key, value) VALUES ($1, $2, $3) \
                 ON CONFLICT (store, key) DO UPDATE SET value = excluded.value"
            }
            None => "DELETE FROM ledger WHERE store = $1 AND key = $2",
        };
        let query = sqlx::query(change).bind(store).bind(&row.key);
        let query = match &row.value {
            Some(value) => query.bind(value.clone()),
            None => query,
        };
        query.execute(&mut *work).await?;
        let insert =
            "INSERT INTO revision_rows (store, number, key, value) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(insert).bind(store).bind(number).bind(&row.key);
        query.bind(row.value.clone()).execute(&mut *work).await?;
    }
    let insert = "INSERT INTO revisions (store, number, id, record) VALUES ($1, $2, $3, $4)";
    let query = sqlx::query(insert).bind(store).bind(number).bind(&revision.revision);
    query.bind(revision.record.clone()).execute(&mut *work).await?;
    let update = "UPDATE engine_stores SET head = $1 WHERE store = $2";
    sqlx::query(update).bind(&revision.revision).bind(store).execute(&mut *work).await?;
    Ok(Ok(()))
}

/// A revision of a store.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number, from 1.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Its record.
    pub record: Vec<u8>,
}

impl Database {
    /// At most `limit` revisions of a store before the one with the number `before`, the newest first.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn revisions(&self, store: &str, before: i64, limit: i64) -> Result<Vec<Revision>> {
        let select = "SELECT number, id, record FROM revisions WHERE store = $1 AND number < $2 \
                      ORDER BY number DESC LIMIT $3";
        let rows = sqlx::query(select).bind(store).bind(before).bind(limit);
        let revision = |row: &AnyRow| {
            let (number, id, record) =
                (row.try_get("number")?, row.try_get("id")?, row.try_get("record")?);
            Ok(Revision { number, id, record })
        };
        rows.fetch_all(&self.pool).await?.iter().map(revision).collect()
    }

    /// A store as it is now; `None` when the workspace has none with this id.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn loaded(&self, workspace: &str, store: &str) -> Result<Option<Loaded>> {
        if self.store(workspace, store).await?.is_none() {
            return Ok(None);
        }
        let mut work = self.begin_reading().await?;
        let select = "SELECT store FROM engine_stores WHERE store = $1";
        if sqlx::query(select).bind(store).fetch_optional(&mut *work).await?.is_none() {
            // Nothing of the engine is there: its salt is drawn, which is a change.
            drop(work);
            let mut change = self.begin().await?;
            if self.locked(&mut change, workspace, store).await?.is_none() {
                return Ok(None);
            }
            known(&mut change, store).await?;
            change.commit().await?;
            work = self.begin_reading().await?;
        }
        Ok(Some(load(&mut work, store).await?))
    }

    /// A store as it was at a revision; `Err` says why it cannot be told.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn loaded_at(
        &self,
        store: &str,
        revision: &str,
    ) -> Result<std::result::Result<Contents, String>> {
        let mut work = self.begin_reading().await?;
        at(&mut work, store, revision).await
    }

    /// Stores revisions that were made over `loaded` and `basis`, all of them or none.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn commit_revisions(
        &self,
        workspace: &str,
        store: &str,
        mut seen: BTreeMap<String, String>,
        (revisions, basis): (&[NewRevision], Basis<'_>),
        by: &Actor,
    ) -> Result<std::result::Result<(), Refused>> {
        let mut work = self.begin().await?;
        let Some(locked) = self.locked(&mut work, workspace, store).await? else {
            return Ok(Err(Refused::Moved("the store".into())));
        };
        if locked.archived_at.is_some() {
            return Ok(Err(Refused::Moved("the store, which is archived now,".into())));
        }
        if let Some(gone) = gone(&mut work, store, basis).await? {
            return Ok(Err(Refused::Moved(gone)));
        }
        for revision in revisions {
            if let Err(refused) = commit(&mut work, store, revision, &mut seen, by).await? {
                return Ok(Err(refused));
            }
        }
        if let Basis::Plan(dream, undecided) = basis {
            let update = "UPDATE dreams SET undecided = $1 WHERE id = $2";
            let query = sqlx::query(update).bind(i64::try_from(undecided).ok()).bind(dream);
            query.execute(&mut *work).await?;
        }
        work.commit().await?;
        Ok(Ok(()))
    }
}

/// A store as it was at a revision; `Err` says why it cannot be told.
async fn at(
    work: &mut AnyConnection,
    store: &str,
    revision: &str,
) -> Result<std::result::Result<Contents, String>> {
    let select = "SELECT number, record FROM revisions WHERE store = $1 AND id = $2";
    let query = sqlx::query(select).bind(store).bind(revision);
    let Some(row) = query.fetch_optional(&mut *work).await? else {
        return Ok(Err(format!("the store has no revision `{revision}`")));
    };
    let number: i64 = row.try_get("number")?;
    let select = "SELECT salt, first FROM engine_stores WHERE store = $1";
    let known = sqlx::query(select).bind(store).fetch_one(&mut *work).await?;
    if number < known.try_get("first")? {
        return Ok(Err(format!(
            "revision {number} is older than this store, which was copied later"
        )));
    }
    let head = Some(row.try_get("record")?);
    let ledger = match rows_at(work, store, number).await? {
        Ok(rows) => rows,
        Err(why) => return Ok(Err(why)),
    };
    let mut contents =
        Contents { salt: known.try_get("salt")?, head, ledger, ..Contents::default() };
    let memories = "SELECT m.path, m.version, v.content, v.created_at FROM revision_memories m \
                    LEFT JOIN memory_versions v ON v.id = m.version \
                    WHERE m.store = $1 AND m.number = (SELECT MAX(number) FROM revision_memories n \
                      WHERE n.store = m.store AND n.path = m.path AND n.number <= $2) ORDER BY m.path";
    for row in sqlx::query(memories).bind(store).bind(number).fetch_all(&mut *work).await? {
        let (path, version): (String, Option<String>) =
            (row.try_get("path")?, row.try_get("version")?);
        let path = path.trim_start_matches('/').to_owned();
        if version.is_none() || memory_path::refused(&path).is_some() {
            continue;
        }
        let content: Option<Vec<u8>> = row.try_get("content")?;
        let Some(content) = content else {
            return Ok(Err(format!(
                "the version of `/{path}` at revision {number} was redacted or erased"
            )));
        };
        let text = String::from_utf8_lossy(&content).into_owned();
        let observed_at = Some(row.try_get::<i64, _>("created_at")? / 1_000);
        contents.memories.push(Memory { path, text, observed_at });
    }
    Ok(Ok(contents))
}

/// The ledger of a store as it was at a revision; `Err` says why it cannot be told.
async fn rows_at(
    work: &mut AnyConnection,
    store: &str,
    number: i64,
) -> Result<std::result::Result<Vec<LedgerRow>, String>> {
    let mut ledger = Vec::new();
    let rows = "SELECT r.key, r.value FROM revision_rows r WHERE r.store = $1 AND r.number = \
                (SELECT MAX(number) FROM revision_rows n WHERE n.store = r.store AND n.key = r.key \
                 AND n.number <= $2) ORDER BY r.key";
    for row in sqlx::query(rows).bind(store).bind(number).fetch_all(&mut *work).await? {
        let value: Option<Vec<u8>> = row.try_get("value")?;
        let Some(value) = value else { continue };
        if value.is_empty() {
            return Ok(Err(format!(
                "revision {number} held what was erased, so nothing goes back to it any more"
            )));
        }
        ledger.push(LedgerRow { key: row.try_get("key")?, value });
    }
    Ok(Ok(ledger))
}

/// A store as it was when it was read; `Err` says why it cannot be told.
pub(super) async fn marked(
    work: &mut AnyConnection,
    store: &str,
    mark: &Mark,
) -> Result<std::result::Result<Loaded, String>> {
    let select = "SELECT salt FROM engine_stores WHERE store = $1";
    let Some(known) = sqlx::query(select).bind(store).fetch_optional(&mut *work).await? else {
        return Ok(Err(format!("the memory store `{store}` was deleted")));
    };
    let mut loaded = Loaded { mark: mark.clone(), ..Loaded::default() };
    loaded.contents.salt = known.try_get("salt")?;
    loaded.contents.ledger = match rows_at(work, store, mark.revision).await? {
        Ok(rows) => rows,
        Err(why) => return Ok(Err(why)),
    };
    let records =
        "SELECT id, record FROM revisions WHERE store = $1 AND number <= $2 ORDER BY number";
    let query = sqlx::query(records).bind(store).bind(mark.revision);
    for row in query.fetch_all(&mut *work).await? {
        loaded.head = Some(row.try_get("id")?);
        loaded.contents.revisions.push(row.try_get("record")?);
    }
    loaded.contents.head = loaded.contents.revisions.last().cloned();
    let version = "SELECT path, content FROM memory_versions WHERE id = $1 AND store = $2";
    for (id, updated_at) in &mark.memories {
        let row = sqlx::query(version).bind(id).bind(store).fetch_optional(&mut *work).await?;
        let held = match row {
            Some(row) => (row.try_get("path")?, row.try_get("content")?),
            None => (None, None),
        };
        let (Some(path), Some(content)): (Option<String>, Option<Vec<u8>>) = held else {
            return Ok(Err(format!("the version `{id}` that it read was redacted or erased")));
        };
        loaded.add(path, String::from_utf8_lossy(&content).into_owned(), *updated_at);
    }
    Ok(Ok(loaded))
}
