//! Lists of dreams.

use sqlx::Row as _;

use super::Dream;
use crate::db::stores::more;
use crate::db::{Database, Result};

/// Which dreams are listed.
#[derive(Debug)]
pub struct Listed {
    /// Of which workspace.
    pub workspace: String,
    /// Of these statuses alone; empty: of all.
    pub statuses: Vec<String>,
    /// Made from and to this time, in microseconds since 1970.
    pub between: (i64, i64),
    /// Only those with changes that wait for a person.
    pub undecided: bool,
    /// Whether archived ones are listed too.
    pub archived: bool,
    /// Those made before the one with this id; empty: from the newest.
    pub after: String,
    /// How many.
    pub limit: usize,
}

impl Database {
    /// The dreams of a workspace, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn dreams(&self, listed: &Listed) -> Result<Vec<Dream>> {
        let statuses = match listed.statuses.is_empty() {
            true => String::new(),
            false => format!(",{},", listed.statuses.join(",")),
        };
        let select = "SELECT * FROM dreams WHERE workspace = $1 AND created_at BETWEEN $2 AND $3 \
                      AND ($4 = 1 OR archived_at IS NULL) AND ($5 = '' OR $5 LIKE '%,' || status || ',%') \
                      AND ($6 = '' OR id < $6) AND ($7 = 0 OR undecided > 0) ORDER BY id DESC LIMIT $8";
        let query = sqlx::query(select).bind(&listed.workspace);
        let query = query.bind(listed.between.0).bind(listed.between.1);
        let query = query.bind(i32::from(listed.archived)).bind(statuses).bind(&listed.after);
        let query = query.bind(i32::from(listed.undecided)).bind(more(listed.limit));
        let rows = query.fetch_all(&self.pool).await?;
        let mut dreams = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            dreams.push(Dream::of(row, self.inputs(&id).await?)?);
        }
        Ok(dreams)
    }

    /// The newest dreams over a store or into it.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn dreams_over(
        &self,
        workspace: &str,
        store: &str,
        limit: i64,
    ) -> Result<Vec<Dream>> {
        let select = "SELECT * FROM dreams WHERE workspace = $1 AND (store = $2 OR output = $2) \
                      ORDER BY id DESC LIMIT $3";
        let query = sqlx::query(select).bind(workspace).bind(store).bind(limit);
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Dream::of(row, Vec::new())).collect()
    }
}
