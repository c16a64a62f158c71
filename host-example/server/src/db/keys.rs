//! Keys: whose they are and what they open. A key itself is kept nowhere, only its SHA-256.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Database, DatabaseError, Result, digest};
use crate::ids::{self, Of};
use crate::wire::caller::Caller;

/// What a key may do. Each may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Right {
    /// Read.
    Read,
    /// Write memories, register sessions, dream.
    Write,
    /// Decide about changes that a dream left open, take back revisions, redact versions, export, archive and delete stores, say
    /// who is told what happens.
    Decide,
}

impl Right {
    /// Its name in the database and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Decide => "decide",
        }
    }

    /// The right of this name; one that a later version wrote gives the least.
    fn of(name: &str) -> Self {
        let all = [Self::Decide, Self::Write];
        all.into_iter().find(|right| right.name() == name).unwrap_or(Self::Read)
    }
}

/// A key as the database has it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id, which is no secret.
    pub id: String,
    /// What whoever made it calls it; may be empty.
    pub name: String,
    /// The workspace that it opens.
    pub workspace: String,
    /// What it may do.
    pub may: Right,
    /// The only store that it opens, if it is for one.
    pub store: Option<String>,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// Since when it opens nothing.
    pub revoked_at: Option<i64>,
}

impl Key {
    fn read(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            workspace: row.try_get("workspace")?,
            may: Right::of(row.try_get("may")?),
            store: row.try_get("store")?,
            created_at: row.try_get("created_at")?,
            revoked_at: row.try_get("revoked_at")?,
        })
    }
}

impl Database {
    /// Makes a key for a workspace, or for one store of it: its id, and the key, which is kept nowhere.
    ///
    /// # Errors
    /// [`DatabaseError`]; [`DatabaseError::NoStore`] when the workspace has no such store.
    pub async fn new_key(
        &self,
        workspace: &str,
        may: Right,
        store: Option<&str>,
        name: &str,
    ) -> Result<(String, String)> {
        if let Some(store) = store
            && self.store(workspace, store).await?.is_none()
        {
            return Err(DatabaseError::NoStore(store.into(), workspace.into()));
        }
        let now = ids::now();
        let (id, key) = (ids::new(Of::Key, now)?, format!("dk-{}", ids::secret()?));
        let insert = "INSERT INTO api_keys (id, workspace, digest, created_at, may, store, name) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let query = sqlx::query(insert).bind(&id).bind(workspace).bind(digest(&key)).bind(now);
        query.bind(may.name()).bind(store).bind(name).execute(&self.pool).await?;
        Ok((id, key))
    }

    /// All keys, the oldest first, also those that open nothing any more.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn keys(&self) -> Result<Vec<Key>> {
        let rows = sqlx::query("SELECT * FROM api_keys ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(Key::read).collect()
    }

    /// Lets a key open nothing from now on. Whether there was one with this id that opened something.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn revoke_key(&self, id: &str) -> Result<bool> {
        let update = "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        let done = sqlx::query(update).bind(ids::now()).bind(id).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Whose key this is. It is found by its SHA-256 in an index, so the time that it takes tells nothing of other keys
    /// (`tests/requests/key_times.rs`).
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn caller(&self, key: &str) -> Result<Option<Caller>> {
        let select = "SELECT * FROM api_keys WHERE digest = $1 AND revoked_at IS NULL";
        let row = sqlx::query(select).bind(digest(key)).fetch_optional(&self.pool).await?;
        row.map(|row| {
            let Key { id, name, workspace, may, store, .. } = Key::read(&row)?;
            Ok(Caller { workspace, key: id, name, may, store })
        })
        .transpose()
    }

    /// Whether the key with this id opens something still.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn is_open(&self, id: &str) -> Result<bool> {
        let select = "SELECT id FROM api_keys WHERE id = $1 AND revoked_at IS NULL";
        Ok(sqlx::query(select).bind(id).fetch_optional(&self.pool).await?.is_some())
    }
}
