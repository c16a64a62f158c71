//! Versions of memories: one for each change, kept when the memory is gone.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::stores::more;
use super::{Database, Result};
use crate::ids::{self, Of};

/// Who did something: its type and id as the API names them.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `api_actor`, `session_actor`, `user_actor` or `service_account_actor`.
    pub kind: String,
    /// The id of the key, the session, the person or the account.
    pub id: String,
}

/// A version of a memory.
#[derive(Clone, Debug)]
pub struct Version {
    /// `memver_…`.
    pub id: String,
    /// The id of the memory.
    pub memory: String,
    /// `created`, `modified` or `deleted`.
    pub operation: String,
    /// The path; none after redaction.
    pub path: Option<String>,
    /// The content; none of a deletion and after redaction.
    pub content: Option<String>,
    /// The SHA-256 of the content.
    pub sha256: Option<String>,
    /// Its bytes.
    pub bytes: Option<i64>,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// Who made it.
    pub actor: Actor,
    /// When it was redacted, and who did it.
    pub redacted: Option<(i64, Actor)>,
}

impl Version {
    fn of(row: &AnyRow) -> Result<Self> {
        let content: Option<Vec<u8>> = row.try_get("content")?;
        let redacted: Option<i64> = row.try_get("redacted_at")?;
        let redacted = match redacted {
            Some(time) => Some((
                time,
                Actor { kind: row.try_get("redactor")?, id: row.try_get("redactor_id")? },
            )),
            None => None,
        };
        Ok(Self {
            id: row.try_get("id")?,
            memory: row.try_get("memory")?,
            operation: row.try_get("operation")?,
            path: row.try_get("path")?,
            content: content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            sha256: row.try_get("sha256")?,
            bytes: row.try_get("bytes")?,
            created_at: row.try_get("created_at")?,
            actor: Actor { kind: row.try_get("actor")?, id: row.try_get("actor_id")? },
            redacted,
        })
    }
}

/// What became of a memory: what a new version holds.
#[derive(Debug)]
pub struct Happened<'a> {
    /// The store.
    pub store: &'a str,
    /// The memory.
    pub memory: &'a str,
    /// `created`, `modified` or `deleted`.
    pub operation: &'a str,
    /// The path that it has or had.
    pub path: &'a str,
    /// Content, its SHA-256 and its bytes; none of a deletion.
    pub content: Option<(&'a str, &'a str, i64)>,
    /// Who did it.
    pub actor: &'a Actor,
}

/// Which versions are listed. Empty texts choose nothing.
#[derive(Debug, Default)]
pub struct Listed {
    /// The store.
    pub store: String,
    /// Of this memory alone.
    pub memory: String,
    /// Of this operation alone.
    pub operation: String,
    /// Of this actor alone.
    pub actor: (String, String),
    /// Made from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Those made before the one with this id.
    pub after: String,
    /// How many.
    pub limit: usize,
}

/// Why a version was not redacted.
#[derive(Debug)]
pub enum Redacted {
    /// It was, now or before.
    Done(Box<Version>),
    /// It is what the memory holds now.
    Head,
    /// The store has no such version.
    Missing,
}

/// Adds a version, made at `time`. Returns its id.
pub(super) async fn add(
    work: &mut AnyConnection,
    happened: &Happened<'_>,
    time: i64,
) -> Result<String> {
    let id = ids::new(Of::Version, time)?;
    let insert = "INSERT INTO memory_versions (id, store, memory, operation, path, content, sha256, bytes, \
                  created_at, actor, actor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let query = sqlx::query(insert).bind(&id).bind(happened.store).bind(happened.memory);
    let query = query.bind(happened.operation).bind(happened.path);
    let query = query.bind(happened.content.map(|(text, ..)| text.as_bytes().to_vec()));
    let query = query.bind(happened.content.map(|(_, sha256, _)| sha256.to_owned()));
    let query = query.bind(happened.content.map(|(.., bytes)| bytes)).bind(time);
    query.bind(&happened.actor.kind).bind(&happened.actor.id).execute(&mut *work).await?;
    Ok(id)
}

/// Takes content, digest, size and path out of a version that no memory holds; whether something was there to take.
pub(super) async fn redact(
    work: &mut AnyConnection,
    store: &str,
    id: &str,
    by: &Actor,
) -> Result<bool> {
    let update = "UPDATE memory_versions SET path = NULL, content = NULL, sha256 = NULL, bytes = NULL, \
                  redacted_at = $1, redactor = $2, redactor_id = $3 \
                  WHERE id = $4 AND store = $5 AND redacted_at IS NULL";
    let query = sqlx::query(update).bind(ids::now()).bind(&by.kind).bind(&by.id);
    let done = query.bind(id).bind(store).execute(&mut *work).await?;
    Ok(done.rows_affected() > 0)
}

impl Database {
    /// A version of a store.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn version(&self, store: &str, id: &str) -> Result<Option<Version>> {
        let select = "SELECT * FROM memory_versions WHERE id = $1 AND store = $2";
        let row = sqlx::query(select).bind(id).bind(store).fetch_optional(&self.pool).await?;
        row.as_ref().map(Version::of).transpose()
    }

    /// The versions of a store, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn versions(&self, listed: &Listed) -> Result<Vec<Version>> {
        let select = "SELECT * FROM memory_versions WHERE store = $1 AND ($2 = '' OR memory = $2) \
                      AND ($3 = '' OR operation = $3) AND ($4 = '' OR (actor = $4 AND actor_id = $5)) \
                      AND created_at BETWEEN $6 AND $7 AND ($8 = '' OR id < $8) ORDER BY id DESC LIMIT $9";
        let query =
            sqlx::query(select).bind(&listed.store).bind(&listed.memory).bind(&listed.operation);
        let query = query.bind(&listed.actor.0).bind(&listed.actor.1);
        let query = query.bind(listed.between.0).bind(listed.between.1).bind(&listed.after);
        let rows = query.bind(more(listed.limit)).fetch_all(&self.pool).await?;
        rows.iter().map(Version::of).collect()
    }

    /// Takes content, digest, size and path out of a version, unless the memory holds it now.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn redact(
        &self,
        workspace: &str,
        store: &str,
        id: &str,
        by: &Actor,
    ) -> Result<Redacted> {
        let mut work = self.begin().await?;
        if self.locked(&mut work, workspace, store).await?.is_none() {
            return Ok(Redacted::Missing);
        }
        let head = "SELECT id FROM memories WHERE store = $1 AND version = $2";
        if sqlx::query(head).bind(store).bind(id).fetch_optional(&mut *work).await?.is_some() {
            return Ok(Redacted::Head);
        }
        redact(&mut work, store, id, by).await?;
        work.commit().await?;
        let version = self.version(store, id).await?;
        Ok(version.map_or(Redacted::Missing, |version| Redacted::Done(Box::new(version))))
    }
}
