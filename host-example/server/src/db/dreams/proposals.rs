//! What agents propose. A proposal is a dream that read no session and is completed at once: its plan waits for a person.

use dreaming_models::tally::Usage;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{NONE, UPDATE, written};
use crate::db::{Database, Result, engine};
use crate::ids::{self, Of};

/// A statement of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The statement.
    pub statement: String,
    /// The words that it rests on.
    pub quote: String,
    /// Who proposes it.
    pub agent: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// What was made of a proposal.
#[derive(Debug)]
pub struct Proposed {
    /// The plan.
    pub plan: Vec<u8>,
    /// The report.
    pub report: Vec<u8>,
    /// How many changes of the plan wait for a person.
    pub undecided: u64,
}

impl Database {
    /// Keeps a proposal with the plan that was made of it over the store as it was at the revision `head`, and returns the
    /// id of its dream. `None` when the store has another newest revision: it may be one without words that the plan quotes.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn propose(
        &self,
        workspace: &str,
        store: &str,
        proposal: &Proposal,
        (proposed, head): (Proposed, Option<&str>),
    ) -> Result<Option<String>> {
        let now = ids::now();
        let id = ids::new(Of::Dream, now)?;
        let mut work = self.begin().await?;
        let locked = self.locked(&mut work, workspace, store).await?;
        if locked.is_none() || engine::head(&mut work, store).await?.as_deref() != head {
            return Ok(None);
        }
        let insert = "INSERT INTO dreams (id, workspace, status, owner, store, behavior, model, policy, usage, \
                      created_at, ended_at, output, plan, report, undecided) \
                      VALUES ($1, $2, 'completed', '', $3, $4, $5, '{}', $6, $7, $7, $3, $8, $9, $10)";
        let query = sqlx::query(insert).bind(&id).bind(workspace).bind(store).bind(UPDATE);
        let query = query.bind(NONE).bind(written(Usage::default())).bind(now);
        let query = query.bind(proposed.plan).bind(proposed.report);
        query.bind(i64::try_from(proposed.undecided).ok()).execute(&mut *work).await?;
        let insert = "INSERT INTO proposals (dream, body) VALUES ($1, $2)";
        let body = serde_json::to_string(proposal).unwrap_or_default();
        sqlx::query(insert).bind(&id).bind(body).execute(&mut *work).await?;
        work.commit().await?;
        Ok(Some(id))
    }

    /// The proposal of a dream, if it is one.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn proposal(&self, dream: &str) -> Result<Option<Proposal>> {
        let select = "SELECT body FROM proposals WHERE dream = $1";
        let row = sqlx::query(select).bind(dream).fetch_optional(&self.pool).await?;
        let body: Option<String> = row.map(|row| row.try_get("body")).transpose()?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }
}
