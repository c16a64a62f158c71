//! Makes a store from a history.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::{Database, Result, note};
use crate::db::digest;
use crate::db::stores::{self, Store};
use crate::db::versions::{self, Actor, Happened};
use crate::ids::{self, Of};
use crate::transfer::{History, Memory, Row, Value};

/// Rows of the ledger that one statement inserts. Chosen by us: a file of 32 MiB may have some 300,000.
const AT_ONCE: usize = 100;

impl Database {
    /// Makes a store from a history that was checked: all of it or nothing.
    ///
    /// # Errors
    /// [`super::super::DatabaseError`].
    pub async fn import_store(
        &self,
        workspace: &str,
        name: String,
        history: &History,
        by: &Actor,
    ) -> Result<Store> {
        let now = ids::now();
        let store = Store {
            id: ids::new(Of::Store, now)?,
            name,
            description: String::new(),
            metadata: BTreeMap::new(),
            created_at: now,
            updated_at: now,
            archived_at: None,
        };
        let mut work = self.begin().await?;
        stores::insert(&mut work, workspace, &store).await?;
        let insert = "INSERT INTO engine_stores (store, salt, head) VALUES ($1, $2, $3)";
        let head = history.revisions.last().map(|revision| revision.id.clone());
        let query = sqlx::query(insert).bind(&store.id).bind(&history.salt).bind(head);
        query.execute(&mut *work).await?;
        for revision in &history.revisions {
            let insert =
                "INSERT INTO revisions (store, number, id, record) VALUES ($1, $2, $3, $4)";
            let query = sqlx::query(insert).bind(&store.id).bind(revision.number);
            let query = query.bind(&revision.id).bind(revision.record.clone());
            query.execute(&mut *work).await?;
        }
        memories(&mut work, &store.id, history, by).await?;
        rows(&mut work, &store.id, &history.ledger).await?;
        for one in &history.notes {
            note(&mut work, &store.id, one).await?;
        }
        work.commit().await?;
        Ok(store)
    }
}

/// A memory as it is after some revisions.
struct Now<'h> {
    id: String,
    version: String,
    /// None of one that was erased.
    text: Option<&'h str>,
    created_at: i64,
    updated_at: i64,
}

/// Writes memories and their versions, revision by revision, so that versions are in the order in which texts came.
async fn memories(
    work: &mut AnyConnection,
    store: &str,
    history: &History,
    by: &Actor,
) -> Result<()> {
    let mut in_order: Vec<&Memory> = history.memories.iter().collect();
    in_order.sort_by_key(|memory| memory.number);
    let mut here: BTreeMap<&str, Now<'_>> = BTreeMap::new();
    for memory in in_order {
        write(work, store, &mut here, memory, by).await?;
        let insert =
            "INSERT INTO revision_memories (store, number, path, version) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(insert).bind(store).bind(memory.number);
        let query = query.bind(format!("/{}", memory.path));
        let version = here.get(&*memory.path).map(|now| now.version.clone());
        query.bind(version).execute(&mut *work).await?;
    }
    for (path, now) in here {
        let text = now.text.unwrap_or_default();
        let insert = "INSERT INTO memories (id, store, path, content, sha256, bytes, version, created_at, updated_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let query = sqlx::query(insert).bind(now.id).bind(store).bind(format!("/{path}"));
        let query = query.bind(text.as_bytes().to_vec()).bind(digest(text)).bind(bytes(text));
        let query = query.bind(now.version).bind(now.created_at).bind(now.updated_at);
        query.execute(&mut *work).await?;
    }
    Ok(())
}

/// Writes the version that a revision made of a memory, if it made one.
async fn write<'h>(
    work: &mut AnyConnection,
    store: &str,
    here: &mut BTreeMap<&'h str, Now<'h>>,
    memory: &'h Memory,
    by: &Actor,
) -> Result<()> {
    let before = here.remove(&*memory.path);
    let path = format!("/{}", memory.path);
    let text = match &memory.text {
        Value::Kept(text) => Some(&**text),
        Value::Gone | Value::Erased => None,
    };
    if let Some(before) = before {
        if text.is_some() && before.text == text {
            here.insert(&memory.path, before);
            return Ok(());
        }
        let operation = if memory.text == Value::Gone { "deleted" } else { "modified" };
        let now = add(work, (store, &path), (&before.id, operation), text, by).await?;
        if memory.text != Value::Gone {
            let now = Now { id: before.id, created_at: before.created_at, ..now };
            here.insert(&memory.path, Now { text, ..now });
        }
    } else if memory.text != Value::Gone {
        let id = ids::new(Of::Memory, ids::now())?;
        let now = add(work, (store, &path), (&id, "created"), text, by).await?;
        here.insert(&memory.path, Now { id, text, ..now });
    }
    if memory.text == Value::Erased
        && let Some(now) = here.get(&*memory.path)
    {
        versions::redact(work, store, &now.version, by).await?;
    }
    Ok(())
}

/// Adds a version of a memory. What of the memory the caller knows is left open.
async fn add(
    work: &mut AnyConnection,
    (store, path): (&str, &str),
    (memory, operation): (&str, &str),
    text: Option<&str>,
    by: &Actor,
) -> Result<Now<'static>> {
    let sha256 = text.map(digest);
    let content = text.zip(sha256.as_deref()).map(|(text, sha256)| (text, sha256, bytes(text)));
    let time = ids::now();
    let happened = Happened { store, memory, operation, path, content, actor: by };
    let version = versions::add(work, &happened, time).await?;
    Ok(Now { id: String::new(), version, text: None, created_at: time, updated_at: time })
}

fn bytes(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// Writes what revisions wrote of the ledger, and the ledger that this makes.
async fn rows(work: &mut AnyConnection, store: &str, rows: &[Row]) -> Result<()> {
    for some in rows.chunks(AT_ONCE) {
        let row = |at: usize| format!("($1, ${}, ${}, ${})", at * 3 + 2, at * 3 + 3, at * 3 + 4);
        let values: Vec<String> = (0..some.len()).map(row).collect();
        let insert = format!(
            "INSERT INTO revision_rows (store, number, key, value) VALUES {}",
            values.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(store);
        for row in some {
            let value = match &row.value {
                Value::Kept(value) => Some(value.as_bytes().to_vec()),
                Value::Gone => None,
                Value::Erased => Some(Vec::new()),
            };
            query = query.bind(row.number).bind(&row.key).bind(value);
        }
        query.execute(&mut *work).await?;
    }
    let insert = "INSERT INTO ledger (store, key, value) SELECT r.store, r.key, r.value FROM revision_rows r \
                  WHERE r.store = $1 AND r.value IS NOT NULL AND r.number = \
                  (SELECT MAX(n.number) FROM revision_rows n WHERE n.store = r.store AND n.key = r.key)";
    sqlx::query(insert).bind(store).execute(work).await?;
    Ok(())
}
