//! What the models of a workspace may take in a day and what they took, over all servers of the database. It is one row
//! for each day, so that deleted stores and dreams take nothing away.

use sqlx::{AnyConnection, Row as _};

use super::{Database, Result};
use crate::ids::Day;

/// Parts of a dollar that are counted. Whole numbers, because sums of fractions drift.
const PARTS: f64 = 1e6;

/// The most that the models of a workspace take in a day; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DayBudget {
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Dollars.
    pub dollars: Option<f64>,
}

/// What the models of a workspace took in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spending {
    /// Tokens, read and written.
    pub tokens: u64,
    /// Dollars, of models with a price.
    pub dollars: f64,
}

impl Database {
    /// The budget of a workspace.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn budget(&self, workspace: &str) -> Result<DayBudget> {
        let select = "SELECT tokens, microdollars FROM workspace_budgets WHERE workspace = $1";
        let row = sqlx::query(select).bind(workspace).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(DayBudget::default()) };
        let tokens: Option<i64> = row.try_get("tokens")?;
        let microdollars: Option<i64> = row.try_get("microdollars")?;
        Ok(DayBudget {
            tokens: tokens.map(i64::unsigned_abs),
            dollars: microdollars.map(|parts| parts as f64 / PARTS),
        })
    }

    /// Gives a workspace a budget in place of the one that it had. Whether there is such a workspace: one is there by its
    /// keys.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn set_budget(&self, workspace: &str, budget: DayBudget) -> Result<bool> {
        if !self.is_workspace(workspace).await? {
            return Ok(false);
        }
        let insert = "INSERT INTO workspace_budgets (workspace, tokens, microdollars) VALUES ($1, $2, $3) \
                      ON CONFLICT (workspace) DO UPDATE SET tokens = excluded.tokens, microdollars = excluded.microdollars";
        let tokens = budget.tokens.map(whole);
        // A limit of less than is counted would be none at all.
        let microdollars = budget.dollars.map(|dollars| parts(dollars).max(1));
        let query = sqlx::query(insert).bind(workspace).bind(tokens).bind(microdollars);
        query.execute(&self.pool).await?;
        Ok(true)
    }

    /// Whether there is such a workspace, which is one with a key.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn is_workspace(&self, workspace: &str) -> Result<bool> {
        let select = "SELECT id FROM api_keys WHERE workspace = $1 LIMIT 1";
        let row = sqlx::query(select).bind(workspace).fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }

    /// What the models of a workspace took on a day.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn spending(&self, workspace: &str, day: Day) -> Result<Spending> {
        let select = "SELECT tokens, microdollars FROM workspace_spending \
                      WHERE workspace = $1 AND day = $2";
        let query = sqlx::query(select).bind(workspace).bind(day.to_string());
        let row = query.fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(Spending::default()) };
        let tokens: i64 = row.try_get("tokens")?;
        let microdollars: i64 = row.try_get("microdollars")?;
        Ok(Spending { tokens: tokens.unsigned_abs(), dollars: microdollars as f64 / PARTS })
    }

    /// Whether a workspace has used its budget of a day.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn is_spent(&self, workspace: &str, day: Day) -> Result<bool> {
        let select = "SELECT day FROM workspaces_spent WHERE workspace = $1 AND day = $2";
        let query = sqlx::query(select).bind(workspace).bind(day.to_string());
        Ok(query.fetch_optional(&self.pool).await?.is_some())
    }
}

impl Database {
    /// The dreams that nobody has because their workspace has used its budget of a day, each with its workspace.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn waiting_for_budget(&self, day: Day) -> Result<Vec<(String, String)>> {
        let select = "SELECT id, workspace FROM dreams WHERE owner = '' AND status IN ('pending', 'running') \
                      AND model <> 'x_none' AND workspace IN \
                      (SELECT workspace FROM workspaces_spent WHERE day = $1) ORDER BY turn, id";
        let rows = sqlx::query(select).bind(day.to_string()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("workspace")?))).collect()
    }
}

/// Adds what models took to what their workspace took on a day.
pub(super) async fn spend(
    work: &mut AnyConnection,
    workspace: &str,
    day: Day,
    tokens: u64,
    [before, after]: [f64; 2],
) -> Result<()> {
    // On Postgres this locks the row, so that nothing is lost of what several servers add.
    let insert = "INSERT INTO workspace_spending (workspace, day, tokens, microdollars) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (workspace, day) DO UPDATE SET tokens = workspace_spending.tokens + excluded.tokens, \
                  microdollars = workspace_spending.microdollars + excluded.microdollars";
    let query = sqlx::query(insert).bind(workspace).bind(day.to_string()).bind(whole(tokens));
    // Of the sums of a dream, so that what is rounded off in one step comes with the next.
    query.bind((parts(after) - parts(before)).max(0)).execute(work).await?;
    Ok(())
}

/// Dollars in parts that are counted.
fn parts(dollars: f64) -> i64 {
    // A number that is too large becomes the largest one.
    (dollars * PARTS).round() as i64
}

fn whole(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
