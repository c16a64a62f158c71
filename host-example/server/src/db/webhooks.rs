//! Who is told that a dream ended, and what is still to be told.

use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::dreams::Dream;
use super::stores::more;
use super::{Database, Result};
use crate::ids::{self, Of, written};

/// An address that is told what happened.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// `wh_…`.
    pub id: String,
    /// The address.
    pub url: String,
    /// What its messages are signed with.
    pub secret: String,
    /// The events that it wants; empty: all.
    pub events: Vec<String>,
    /// When it was made, in microseconds since 1970, as the next ones.
    pub created_at: i64,
    /// Since when nothing arrived.
    pub failing_since: Option<i64>,
    /// Why the last try failed.
    pub reason: Option<String>,
    /// Since when nothing is sent.
    pub disabled_at: Option<i64>,
}

impl Webhook {
    fn of(row: &AnyRow) -> Result<Self> {
        let events: String = row.try_get("events")?;
        Ok(Self {
            id: row.try_get("id")?,
            url: row.try_get("url")?,
            secret: row.try_get("secret")?,
            events: serde_json::from_str(&events).unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            failing_since: row.try_get("failing_since")?,
            reason: row.try_get("reason")?,
            disabled_at: row.try_get("disabled_at")?,
        })
    }
}

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The id of the message, the same at every try.
    pub id: String,
    /// The webhook.
    pub webhook: String,
    /// Where to.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
    /// What is sent.
    pub body: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next.
    pub next_at: i64,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It arrived.
    Arrived,
    /// The address wants no more messages.
    Gone,
    /// It did not arrive, and why; whether it is not tried again.
    Failed(String, bool),
}

impl Database {
    /// Makes a webhook.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn new_webhook(
        &self,
        workspace: &str,
        url: &str,
        secret: &str,
        events: Vec<String>,
    ) -> Result<Webhook> {
        let now = ids::now();
        let webhook = Webhook {
            id: ids::new(Of::Webhook, now)?,
            url: url.into(),
            secret: secret.into(),
            events,
            created_at: now,
            failing_since: None,
            reason: None,
            disabled_at: None,
        };
        let insert = "INSERT INTO webhooks (id, workspace, url, secret, events, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        let query = sqlx::query(insert).bind(&webhook.id).bind(workspace).bind(url).bind(secret);
        let query = query.bind(json!(webhook.events).to_string()).bind(now);
        query.execute(&self.pool).await?;
        Ok(webhook)
    }

    /// The webhooks of a workspace, the newest first, and one more than asked for if there is one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn webhooks(
        &self,
        workspace: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Webhook>> {
        let select = "SELECT * FROM webhooks WHERE workspace = $1 AND ($2 = '' OR id < $2) \
                      ORDER BY id DESC LIMIT $3";
        let query = sqlx::query(select).bind(workspace).bind(after).bind(more(limit));
        query.fetch_all(&self.pool).await?.iter().map(Webhook::of).collect()
    }

    /// Ends a webhook, with what it was still to be told. Whether the workspace had it.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn delete_webhook(&self, workspace: &str, id: &str) -> Result<bool> {
        let delete = "DELETE FROM webhooks WHERE id = $1 AND workspace = $2";
        let done = sqlx::query(delete).bind(id).bind(workspace).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// The messages whose time has come, the longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn deliveries_due(&self, now: i64, limit: i64) -> Result<Vec<Delivery>> {
        let select = "SELECT d.id, d.webhook, d.body, d.tries, d.next_at, w.url, w.secret FROM deliveries d \
                      JOIN webhooks w ON w.id = d.webhook WHERE d.next_at <= $1 AND w.disabled_at IS NULL \
                      ORDER BY d.next_at, d.id LIMIT $2";
        let rows = sqlx::query(select).bind(now).bind(limit).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            Ok(Delivery {
                id: row.try_get("id")?,
                webhook: row.try_get("webhook")?,
                url: row.try_get("url")?,
                secret: row.try_get("secret")?,
                body: row.try_get("body")?,
                tries: row.try_get("tries")?,
                next_at: row.try_get("next_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes a try of a message before it is sent: of several who want to, one does, and who is killed meanwhile leaves it
    /// for `next_at`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn take_try(&self, delivery: &Delivery, next_at: i64) -> Result<bool> {
        let update =
            "UPDATE deliveries SET tries = tries + 1, next_at = $1 WHERE id = $2 AND next_at = $3";
        let query = sqlx::query(update).bind(next_at).bind(&delivery.id).bind(delivery.next_at);
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Writes down what became of a try.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn tried(&self, delivery: &Delivery, sent: &Sent, now: i64) -> Result<()> {
        let mut work = self.begin().await?;
        let (is_over, update) = match sent {
            Sent::Arrived => {
                (true, "UPDATE webhooks SET failing_since = NULL, reason = NULL WHERE id = $1")
            }
            Sent::Gone => (true, "UPDATE webhooks SET disabled_at = $2, reason = $3 WHERE id = $1"),
            Sent::Failed(_, is_last) => (
                *is_last,
                "UPDATE webhooks SET failing_since = COALESCE(failing_since, $2), reason = $3 WHERE id = $1",
            ),
        };
        let why = match sent {
            Sent::Failed(why, _) => Some(why.as_str()),
            Sent::Gone => Some("the address said that it wants no more messages (410)"),
            Sent::Arrived => None,
        };
        let mut query = sqlx::query(update).bind(&delivery.webhook);
        if let Some(why) = why {
            query = query.bind(now).bind(why);
        }
        query.execute(&mut *work).await?;
        if is_over {
            let delete = "DELETE FROM deliveries WHERE id = $1";
            sqlx::query(delete).bind(&delivery.id).execute(&mut *work).await?;
        }
        work.commit().await?;
        Ok(())
    }
}

/// Notes, in the change that ends a dream, what the webhooks of its workspace are to be told.
pub(super) async fn tell(
    work: &mut AnyConnection,
    dream: &Dream,
    status: &str,
    now: i64,
) -> Result<()> {
    let select = "SELECT * FROM webhooks WHERE workspace = $1 AND disabled_at IS NULL ORDER BY id";
    let rows = sqlx::query(select).bind(&dream.workspace).fetch_all(&mut *work).await?;
    let kind = format!("dream.{status}");
    for row in &rows {
        let webhook = Webhook::of(row)?;
        if !webhook.events.is_empty() && !webhook.events.contains(&kind) {
            continue;
        }
        let id = ids::new(Of::Notice, now)?;
        let body = json!({
            "type": "event", "id": id, "created_at": written(now),
            "data": {
                "type": kind, "id": dream.id, "organization_id": "", "workspace_id": dream.workspace,
                "x_memory_store_id": dream.output.as_ref().unwrap_or(&dream.asked.store),
            },
        });
        let insert =
            "INSERT INTO deliveries (id, webhook, body, tries, next_at) VALUES ($1, $2, $3, 0, $4)";
        let query = sqlx::query(insert).bind(&id).bind(&webhook.id).bind(body.to_string());
        query.bind(ids::clock()).execute(&mut *work).await?;
    }
    Ok(())
}
