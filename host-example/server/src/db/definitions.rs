//! Agents and environments as clients describe them: they are kept and shown, and nothing runs by them.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::stores::{Listed, more};
use super::{Database, DatabaseError, Result};
use crate::ids::{self, Of};

/// What is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An agent.
    Agent,
    /// Where agents run.
    Environment,
}

impl Kind {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Environment => "environment",
        }
    }
}

/// An agent or an environment.
#[derive(Clone, Debug)]
pub struct Definition {
    /// `agent_…` or `env_…`.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Grows by one with each change.
    pub version: i64,
    /// Its fields.
    pub body: Map<String, Value>,
    /// When it was made, in microseconds since 1970, as the next ones.
    pub created_at: i64,
    /// When it was changed or archived.
    pub updated_at: i64,
    /// When it was archived.
    pub archived_at: Option<i64>,
}

impl Definition {
    fn of(kind: Kind, row: &AnyRow) -> Result<Self> {
        let body: String = row.try_get("body")?;
        Ok(Self {
            id: row.try_get("id")?,
            kind,
            version: row.try_get("version")?,
            body: serde_json::from_str(&body).unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            archived_at: row.try_get("archived_at")?,
        })
    }
}

impl Database {
    /// Keeps a new definition.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn new_definition(
        &self,
        workspace: &str,
        kind: Kind,
        body: Map<String, Value>,
    ) -> Result<Definition> {
        let now = ids::now();
        let of = match kind {
            Kind::Agent => Of::Agent,
            Kind::Environment => Of::Environment,
        };
        let id = ids::new(of, now)?;
        let insert = "INSERT INTO definitions (id, workspace, kind, version, body, created_at, updated_at) \
                      VALUES ($1, $2, $3, 1, $4, $5, $5)";
        let query = sqlx::query(insert).bind(&id).bind(workspace).bind(kind.name());
        let query = query.bind(Value::Object(body.clone()).to_string()).bind(now);
        query.execute(&self.pool).await?;
        let (version, archived_at) = (1, None);
        Ok(Definition { id, kind, version, body, created_at: now, updated_at: now, archived_at })
    }

    /// The definition with an id, if the workspace has it.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn definition(
        &self,
        workspace: &str,
        kind: Kind,
        id: &str,
    ) -> Result<Option<Definition>> {
        let mut reader = self.pool.acquire().await?;
        find(&mut reader, SELECT, workspace, kind, id).await
    }

    /// The definitions of a workspace, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn definitions(&self, kind: Kind, listed: &Listed) -> Result<Vec<Definition>> {
        let select = "SELECT * FROM definitions WHERE workspace = $1 AND kind = $2 AND created_at BETWEEN $3 AND $4 \
                      AND ($5 = 1 OR archived_at IS NULL) AND ($6 = '' OR id < $6) ORDER BY id DESC LIMIT $7";
        let (first, last) = listed.between;
        let query = sqlx::query(select).bind(&listed.workspace).bind(kind.name());
        let query = query.bind(first).bind(last).bind(i32::from(listed.archived));
        let query = query.bind(listed.after.clone().unwrap_or_default());
        let rows = query.bind(more(listed.limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Definition::of(kind, row)).collect()
    }

    /// Changes a definition by `change`, which says whether anything is to be kept. `None` when the workspace has no such
    /// definition.
    ///
    /// # Errors
    /// [`DatabaseError`], and those of `change`.
    pub async fn change_definition<E: From<DatabaseError>>(
        &self,
        workspace: &str,
        kind: Kind,
        id: &str,
        change: impl FnOnce(&mut Definition) -> std::result::Result<bool, E> + Send,
    ) -> std::result::Result<Option<Definition>, E> {
        let mut work = self.begin().await?;
        // On SQLite nobody else writes at all meanwhile.
        let select = if self.is_sqlite { SELECT } else { SELECT_FOR_UPDATE };
        let found = find(&mut work, select, workspace, kind, id).await?;
        let Some(mut definition) = found else { return Ok(None) };
        if change(&mut definition)? {
            definition.updated_at = ids::now();
            let update = "UPDATE definitions SET version = $1, body = $2, updated_at = $3, archived_at = $4 WHERE id = $5";
            let query = sqlx::query(update).bind(definition.version);
            let query = query.bind(Value::Object(definition.body.clone()).to_string());
            let query = query.bind(definition.updated_at).bind(definition.archived_at).bind(id);
            query.execute(&mut *work).await.map_err(DatabaseError::from)?;
            work.commit().await?;
        }
        Ok(Some(definition))
    }

    /// Deletes a definition; whether the workspace had it.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn delete_definition(&self, workspace: &str, kind: Kind, id: &str) -> Result<bool> {
        let delete = "DELETE FROM definitions WHERE id = $1 AND workspace = $2 AND kind = $3";
        let query = sqlx::query(delete).bind(id).bind(workspace).bind(kind.name());
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }
}

const SELECT: &str = "SELECT * FROM definitions WHERE id = $1 AND workspace = $2 AND kind = $3";
const SELECT_FOR_UPDATE: &str =
    "SELECT * FROM definitions WHERE id = $1 AND workspace = $2 AND kind = $3 FOR UPDATE";

async fn find(
    reader: &mut AnyConnection,
    select: &'static str,
    workspace: &str,
    kind: Kind,
    id: &str,
) -> Result<Option<Definition>> {
    let query = sqlx::query(select).bind(id).bind(workspace).bind(kind.name());
    let row = query.fetch_optional(&mut *reader).await?;
    row.as_ref().map(|row| Definition::of(kind, row)).transpose()
}
