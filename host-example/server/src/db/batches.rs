//! Batches of calls that a service works on, by the dream that made them.

use dreaming_models::batch::Batch;
use sqlx::Row as _;

use super::{Database, Result};

/// A batch that nobody waits for.
#[derive(Debug)]
pub struct Orphan {
    /// The dream that made it.
    pub dream: String,
    /// The model of that dream.
    pub model: String,
    /// The batch.
    pub batch: Batch,
}

impl Database {
    /// The batch of a dream, if it has one.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn batch(&self, dream: &str) -> Result<Option<Batch>> {
        let select = "SELECT batch FROM dream_batches WHERE dream = $1";
        let row = sqlx::query(select).bind(dream).fetch_optional(&self.pool).await?;
        let text: Option<String> = row.map(|row| row.try_get("batch")).transpose()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps the batch of a dream in place of the one before.
    ///
    /// # Errors
    /// [`super::DatabaseError`]; then the batch must not be sent.
    pub async fn keep_batch(&self, dream: &str, batch: &Batch) -> Result<()> {
        let insert = "INSERT INTO dream_batches (dream, batch) VALUES ($1, $2) \
                      ON CONFLICT (dream) DO UPDATE SET batch = excluded.batch";
        let text = serde_json::to_string(batch).unwrap_or_default();
        sqlx::query(insert).bind(dream).bind(text).execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets the batch of a dream.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn end_batch(&self, dream: &str) -> Result<()> {
        let delete = "DELETE FROM dream_batches WHERE dream = $1";
        sqlx::query(delete).bind(dream).execute(&self.pool).await?;
        Ok(())
    }

    /// The batches of dreams that are over.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn orphans(&self) -> Result<Vec<Orphan>> {
        let select = "SELECT b.dream, d.model, b.batch FROM dream_batches b JOIN dreams d ON d.id = b.dream \
                      WHERE d.status NOT IN ('pending', 'running')";
        let rows = sqlx::query(select).fetch_all(&self.pool).await?;
        let mut orphans = Vec::with_capacity(rows.len());
        for row in &rows {
            let text: String = row.try_get("batch")?;
            if let Ok(batch) = serde_json::from_str(&text) {
                let (dream, model) = (row.try_get("dream")?, row.try_get("model")?);
                orphans.push(Orphan { dream, model, batch });
            }
        }
        Ok(orphans)
    }
}
