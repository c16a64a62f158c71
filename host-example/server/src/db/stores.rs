//! Memory stores.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::{Database, Result, sweep};
use crate::ids::{self, Of};

/// A memory store.
#[derive(Clone, Debug)]
pub struct Store {
    /// `memstore_…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// A person's own notes of it.
    pub metadata: BTreeMap<String, String>,
    /// When it was made, in microseconds since 1970, as the next ones.
    pub created_at: i64,
    /// When one of the fields above was changed, or it was archived.
    pub updated_at: i64,
    /// When it was archived.
    pub archived_at: Option<i64>,
}

impl Store {
    fn of(row: &AnyRow) -> Result<Self> {
        let metadata: String = row.try_get("metadata")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            metadata: serde_json::from_str(&metadata).unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            archived_at: row.try_get("archived_at")?,
        })
    }

    fn metadata(&self) -> String {
        serde_json::to_string(&self.metadata).unwrap_or_default()
    }
}

/// Which stores are listed.
#[derive(Debug)]
pub struct Listed {
    /// Of which workspace.
    pub workspace: String,
    /// Made from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Whether archived ones are listed too.
    pub archived: bool,
    /// Those made before the one with this id.
    pub after: Option<String>,
    /// How many.
    pub limit: usize,
}

impl Database {
    /// Makes a store.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_store(
        &self,
        workspace: &str,
        name: String,
        description: String,
        metadata: BTreeMap<String, String>,
    ) -> Result<Store> {
        let now = ids::now();
        let store = Store {
            id: ids::new(Of::Store, now)?,
            name,
            description,
            metadata,
            created_at: now,
            updated_at: now,
            archived_at: None,
        };
        let mut work = self.begin().await?;
        insert(&mut work, workspace, &store).await?;
        work.commit().await?;
        Ok(store)
    }

    /// The store with an id, if the workspace has it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn store(&self, workspace: &str, id: &str) -> Result<Option<Store>> {
        // `BETWEEN`, so that the index that begins with the workspace is taken: of the one of ids alone SQLite would
        // read the row of somebody else's store, which takes longer than an id that nobody has.
        let select = "SELECT * FROM memory_stores WHERE workspace = $2 AND id BETWEEN $1 AND $1";
        let row = sqlx::query(select).bind(id).bind(workspace).fetch_optional(&self.pool).await?;
        row.as_ref().map(Store::of).transpose()
    }

    /// The stores of a workspace, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn stores(&self, listed: &Listed) -> Result<Vec<Store>> {
        let select = "SELECT * FROM memory_stores WHERE workspace = $1 AND created_at BETWEEN $2 AND $3 \
                      AND ($4 = 1 OR archived_at IS NULL) AND ($5 = '' OR id < $5) ORDER BY id DESC LIMIT $6";
        let (first, last) = listed.between;
        let query = sqlx::query(select).bind(&listed.workspace).bind(first).bind(last);
        let query =
            query.bind(i32::from(listed.archived)).bind(listed.after.clone().unwrap_or_default());
        let rows = query.bind(more(listed.limit)).fetch_all(&self.pool).await?;
        rows.iter().map(Store::of).collect()
    }

    /// Changes a store by `change`, which says whether anything is to be kept. `None` when the workspace has no such
    /// store.
    ///
    /// # Errors
    /// [`super::DatabaseError`], and those of `change`.
    pub async fn change_store<E: From<super::DatabaseError>>(
        &self,
        workspace: &str,
        id: &str,
        change: impl FnOnce(&mut Store) -> std::result::Result<bool, E> + Send,
    ) -> std::result::Result<Option<Store>, E> {
        let mut work = self.begin().await?;
        let Some(mut store) = self.locked(&mut work, workspace, id).await? else { return Ok(None) };
        if change(&mut store)? {
            store.updated_at = ids::now();
            let update = "UPDATE memory_stores SET name = $1, description = $2, metadata = $3, updated_at = $4, \
                          archived_at = $5 WHERE id = $6";
            let query = sqlx::query(update)
                .bind(&store.name)
                .bind(&store.description)
                .bind(store.metadata());
            let query = query.bind(store.updated_at).bind(store.archived_at).bind(id);
            query.execute(&mut *work).await.map_err(super::DatabaseError::from)?;
            work.commit().await?;
        }
        Ok(Some(store))
    }

    /// Deletes a store with its memories and their versions, and what dreams say of it; whether the workspace had it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn delete_store(&self, workspace: &str, id: &str) -> Result<bool> {
        let mut work = self.begin().await?;
        // Held first, as by whoever ends a dream into it.
        if self.locked(&mut work, workspace, id).await?.is_none() {
            return Ok(false);
        }
        let delete = "DELETE FROM memory_stores WHERE id = $1";
        sqlx::query(delete).bind(id).execute(&mut *work).await?;
        self.without_store(&mut work, id).await?;
        if self.is_sqlite {
            sweep::note(&mut work).await?;
        }
        work.commit().await?;
        Ok(true)
    }

    /// A store that nobody else changes, and whose memories nobody else changes, until `work` ends.
    pub(super) async fn locked(
        &self,
        work: &mut AnyConnection,
        workspace: &str,
        id: &str,
    ) -> Result<Option<Store>> {
        // On SQLite nobody else writes at all meanwhile.
        let select = match self.is_sqlite {
            true => "SELECT * FROM memory_stores WHERE id = $1 AND workspace = $2",
            false => "SELECT * FROM memory_stores WHERE id = $1 AND workspace = $2 FOR UPDATE",
        };
        let row = sqlx::query(select).bind(id).bind(workspace).fetch_optional(&mut *work).await?;
        row.as_ref().map(Store::of).transpose()
    }
}

/// Adds a store.
pub(super) async fn insert(work: &mut AnyConnection, workspace: &str, store: &Store) -> Result<()> {
    let insert = "INSERT INTO memory_stores (id, workspace, name, description, metadata, created_at, updated_at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $6)";
    let query = sqlx::query(insert).bind(&store.id).bind(workspace).bind(&store.name);
    let query = query.bind(&store.description).bind(store.metadata()).bind(store.created_at);
    query.execute(&mut *work).await?;
    Ok(())
}

/// One more than a limit: it says whether there is a next page.
pub fn more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}
