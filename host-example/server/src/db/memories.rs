//! Memories. Each change of one is a transaction that also adds its version.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::versions::{Actor, Happened, add};
use super::{Database, Result, digest};
use crate::ids::{self, Of};
use crate::path;

/// A memory.
#[derive(Clone, Debug)]
pub struct Memory {
    /// `mem_…`.
    pub id: String,
    /// Its path, which no other memory of the store has.
    pub path: String,
    /// Its content.
    pub content: String,
    /// The SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// The bytes of the content.
    pub bytes: i64,
    /// The id of the version that holds it.
    pub version: String,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl Memory {
    fn of(row: &AnyRow) -> Result<Self> {
        let content: Vec<u8> = row.try_get("content")?;
        Ok(Self {
            id: row.try_get("id")?,
            path: row.try_get("path")?,
            content: String::from_utf8_lossy(&content).into_owned(),
            sha256: row.try_get("sha256")?,
            bytes: row.try_get("bytes")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// What became of a change that was asked for.
#[derive(Debug)]
pub enum Changed {
    /// The memory as it is now; unchanged when nothing was to be changed.
    Done(Box<Memory>),
    /// The workspace has no such store.
    NoStore,
    /// The store has no such memory.
    NoMemory,
    /// The store is archived and takes no change.
    Archived,
    /// A memory is in the way: its id and path.
    Taken(String, String),
    /// The memory has another content than the caller expects.
    Differs,
}

/// What is to change in a memory.
#[derive(Debug, Default)]
pub struct Edit {
    /// The new content.
    pub content: Option<String>,
    /// The new path.
    pub path: Option<String>,
    /// The SHA-256 that its content must have.
    pub expected: Option<String>,
}

impl Database {
    /// Makes a memory.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_memory(
        &self,
        workspace: &str,
        store: &str,
        (path, content): (&str, &str),
        by: &Actor,
    ) -> Result<Changed> {
        let mut work = self.begin().await?;
        match self.locked(&mut work, workspace, store).await? {
            None => return Ok(Changed::NoStore),
            Some(store) if store.archived_at.is_some() => return Ok(Changed::Archived),
            Some(_) => {}
        }
        if let Some((id, path)) = in_the_way(&mut work, store, path, "").await? {
            return Ok(Changed::Taken(id, path));
        }
        let now = ids::now();
        let id = ids::new(Of::Memory, now)?;
        let memory = written(id, path, content, now, now);
        let memory = keep(&mut work, store, memory, "created", by, now).await?;
        work.commit().await?;
        Ok(Changed::Done(Box::new(memory)))
    }

    /// Changes a memory. When it already is as asked for, nothing is written, whatever content was expected.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn change_memory(
        &self,
        workspace: &str,
        (store, id): (&str, &str),
        edit: &Edit,
        by: &Actor,
    ) -> Result<Changed> {
        let mut work = self.begin().await?;
        let Some(locked) = self.locked(&mut work, workspace, store).await? else {
            return Ok(Changed::NoStore);
        };
        let Some(memory) = one(&mut work, store, id).await? else { return Ok(Changed::NoMemory) };
        if locked.archived_at.is_some() {
            return Ok(Changed::Archived);
        }
        let path = edit.path.as_deref().unwrap_or(&memory.path);
        let content = edit.content.as_deref().unwrap_or(&memory.content);
        if path == memory.path && content == memory.content {
            return Ok(Changed::Done(Box::new(memory)));
        }
        if edit.expected.as_ref().is_some_and(|expected| *expected != memory.sha256) {
            return Ok(Changed::Differs);
        }
        if let Some((id, path)) = in_the_way(&mut work, store, path, id).await? {
            return Ok(Changed::Taken(id, path));
        }
        let now = ids::now();
        let memory = written(id.into(), path, content, memory.created_at, now);
        let memory = keep(&mut work, store, memory, "modified", by, now).await?;
        work.commit().await?;
        Ok(Changed::Done(Box::new(memory)))
    }

    /// Deletes a memory; its versions stay.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn delete_memory(
        &self,
        workspace: &str,
        (store, id): (&str, &str),
        expected: Option<&str>,
        by: &Actor,
    ) -> Result<Changed> {
        let mut work = self.begin().await?;
        if self.locked(&mut work, workspace, store).await?.is_none() {
            return Ok(Changed::NoStore);
        }
        let Some(memory) = one(&mut work, store, id).await? else { return Ok(Changed::NoMemory) };
        if expected.is_some_and(|expected| expected != memory.sha256) {
            return Ok(Changed::Differs);
        }
        delete(&mut work, store, &memory, by).await?;
        work.commit().await?;
        Ok(Changed::Done(Box::new(memory)))
    }

    /// A memory of a store.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn memory(&self, store: &str, id: &str) -> Result<Option<Memory>> {
        let select = "SELECT * FROM memories WHERE id = $1 AND store = $2";
        let row = sqlx::query(select).bind(id).bind(store).fetch_optional(&self.pool).await?;
        row.as_ref().map(Memory::of).transpose()
    }

    /// The memory of a store at a path.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn memory_at(&self, store: &str, path: &str) -> Result<Option<Memory>> {
        let mut reader = self.pool.acquire().await?;
        at(&mut reader, store, path).await
    }

    /// At most `limit` memories of a store whose path is after `after` and before `end` (empty: without end), by the
    /// bytes of their paths.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn memories(
        &self,
        store: &str,
        after: &str,
        end: &str,
        limit: i64,
    ) -> Result<Vec<Memory>> {
        let select = "SELECT * FROM memories WHERE store = $1 AND path > $2 AND ($3 = '' OR path < $3) \
                      ORDER BY path LIMIT $4";
        let query = sqlx::query(select).bind(store).bind(after).bind(end).bind(limit);
        query.fetch_all(&self.pool).await?.iter().map(Memory::of).collect()
    }
}

/// Writes the memory at `path` with its new version, or deletes it when there is no content; nothing when it already is
/// so. Returns the path of a memory that is in the way, if there is one; then nothing is written.
pub(super) async fn put(
    work: &mut AnyConnection,
    store: &str,
    (path, content): (&str, Option<&str>),
    by: &Actor,
) -> Result<Option<String>> {
    let before = at(work, store, path).await?;
    if before.as_ref().map(|memory| &*memory.content) == content {
        return Ok(None);
    }
    let now = ids::now();
    match (content, before) {
        (Some(content), before) => {
            let (id, operation, created_at) = match before {
                Some(before) => (before.id, "modified", before.created_at),
                None => {
                    if let Some((_, path)) = in_the_way(work, store, path, "").await? {
                        return Ok(Some(path));
                    }
                    (ids::new(Of::Memory, now)?, "created", now)
                }
            };
            let memory = written(id, path, content, created_at, now);
            keep(work, store, memory, operation, by, now).await?;
        }
        (None, Some(before)) => delete(work, store, &before, by).await?,
        (None, None) => {}
    }
    Ok(None)
}

/// Writes a copy of a memory, which keeps its times.
pub(super) async fn copy(
    work: &mut AnyConnection,
    store: &str,
    memory: Memory,
    by: &Actor,
) -> Result<()> {
    let now = ids::now();
    let memory = Memory { id: ids::new(Of::Memory, now)?, ..memory };
    keep(work, store, memory, "created", by, now).await.map(|_| ())
}

/// All memories of a store, by the bytes of their paths.
pub(super) async fn all(work: &mut AnyConnection, store: &str) -> Result<Vec<Memory>> {
    let select = "SELECT * FROM memories WHERE store = $1 ORDER BY path";
    let rows = sqlx::query(select).bind(store).fetch_all(&mut *work).await?;
    rows.iter().map(Memory::of).collect()
}

/// The memory at a path.
async fn at(work: &mut AnyConnection, store: &str, path: &str) -> Result<Option<Memory>> {
    let select = "SELECT * FROM memories WHERE store = $1 AND path = $2";
    let row = sqlx::query(select).bind(store).bind(path).fetch_optional(&mut *work).await?;
    row.as_ref().map(Memory::of).transpose()
}

/// The content of the memory at a path.
pub(super) async fn content(
    work: &mut AnyConnection,
    store: &str,
    path: &str,
) -> Result<Option<String>> {
    Ok(at(work, store, path).await?.map(|memory| memory.content))
}

/// Deletes a memory; its versions stay.
async fn delete(work: &mut AnyConnection, store: &str, memory: &Memory, by: &Actor) -> Result<()> {
    let delete = "DELETE FROM memories WHERE id = $1";
    sqlx::query(delete).bind(&memory.id).execute(&mut *work).await?;
    let (operation, path, content) = ("deleted", &*memory.path, None);
    let happened = Happened { store, memory: &memory.id, operation, path, content, actor: by };
    add(work, &happened, ids::now()).await?;
    Ok(())
}

/// Writes a memory with its new version.
async fn keep(
    work: &mut AnyConnection,
    store: &str,
    mut memory: Memory,
    operation: &str,
    by: &Actor,
    now: i64,
) -> Result<Memory> {
    let content = Some((&*memory.content, &*memory.sha256, memory.bytes));
    let happened =
        Happened { store, memory: &memory.id, operation, path: &memory.path, content, actor: by };
    memory.version = add(work, &happened, now).await?;
    let upsert = "INSERT INTO memories (id, store, path, content, sha256, bytes, version, created_at, updated_at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
                  path = excluded.path, content = excluded.content, sha256 = excluded.sha256, \
                  bytes = excluded.bytes, version = excluded.version, updated_at = excluded.updated_at";
    let query = sqlx::query(upsert).bind(&memory.id).bind(store).bind(&memory.path);
    let query =
        query.bind(memory.content.as_bytes().to_vec()).bind(&memory.sha256).bind(memory.bytes);
    let query = query.bind(&memory.version).bind(memory.created_at).bind(memory.updated_at);
    query.execute(&mut *work).await?;
    Ok(memory)
}

fn written(id: String, path: &str, content: &str, created_at: i64, now: i64) -> Memory {
    Memory {
        id,
        path: path.into(),
        sha256: digest(content),
        bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        content: content.into(),
        version: String::new(),
        created_at,
        updated_at: now,
    }
}

async fn one(work: &mut AnyConnection, store: &str, id: &str) -> Result<Option<Memory>> {
    let select = "SELECT * FROM memories WHERE id = $1 AND store = $2";
    let row = sqlx::query(select).bind(id).bind(store).fetch_optional(&mut *work).await?;
    row.as_ref().map(Memory::of).transpose()
}

/// Another memory than `except` that a memory at `path` cannot stand beside: one with this path, one that would be a
/// folder of it, or one for which it would be a folder.
async fn in_the_way(
    work: &mut AnyConnection,
    store: &str,
    path: &str,
    except: &str,
) -> Result<Option<(String, String)>> {
    let at = "SELECT id, path FROM memories WHERE store = $1 AND path = $2 AND id <> $3";
    for path in path::above(path).chain([path]) {
        let row =
            sqlx::query(at).bind(store).bind(path).bind(except).fetch_optional(&mut *work).await?;
        if let Some(row) = row {
            return Ok(Some((row.try_get("id")?, row.try_get("path")?)));
        }
    }
    let (first, end) = (format!("{path}/"), end_of(path));
    let below = "SELECT id, path FROM memories WHERE store = $1 AND path > $2 AND path < $3 AND id <> $4 \
                 ORDER BY path LIMIT 1";
    let query = sqlx::query(below).bind(store).bind(first).bind(end).bind(except);
    let row = query.fetch_optional(&mut *work).await?;
    row.map(|row| Ok((row.try_get("id")?, row.try_get("path")?))).transpose()
}

/// The first text behind all paths below the folder `folder`, which does not end in `/`.
pub fn end_of(folder: &str) -> String {
    // The byte behind that of `/`.
    format!("{folder}0")
}
