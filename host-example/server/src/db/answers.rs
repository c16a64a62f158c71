//! Answers of models, so that none is paid for twice, whatever becomes of the dream that asked.

use std::collections::BTreeMap;

use dreaming_models::answer::{from_json, to_json};
use dreaming_wasmtime::Answer;
use sqlx::Row as _;

use super::{Database, Result, digest};
use crate::ids;

/// How many of the newest answers of a store are kept. Chosen by us, as for the command: ten dreams with the default
/// number of calls.
const KEPT: i64 = 2_000;

/// How many of the newest answers that nobody could use are kept of a store. Chosen by us: a tenth of the others, for one that
/// says nothing may be long.
const KEPT_USELESS: i64 = 200;

/// Whose answers: a store, and a model by its name and address.
#[derive(Clone, Debug)]
pub struct Whose {
    /// The store that the dream reads.
    pub store: String,
    /// The model.
    pub model: String,
}

impl Database {
    /// The answer to a call, if it is kept.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn answer(&self, whose: &Whose, call: &str) -> Result<Option<Answer>> {
        let select =
            "SELECT answer FROM model_answers WHERE store = $1 AND model = $2 AND call = $3";
        let query = sqlx::query(select).bind(&whose.store).bind(&whose.model).bind(call);
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let answer: Option<Vec<u8>> = row.try_get("answer")?;
        let value = answer.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(value.as_ref().and_then(from_json))
    }

    /// All answers that are kept, by call.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn answers(&self, whose: &Whose) -> Result<BTreeMap<String, Answer>> {
        let select = "SELECT call, answer FROM model_answers \
                      WHERE store = $1 AND model = $2 AND answer IS NOT NULL";
        let query = sqlx::query(select).bind(&whose.store).bind(&whose.model);
        let mut answers = BTreeMap::new();
        for row in query.fetch_all(&self.pool).await? {
            let value = serde_json::from_slice(&row.try_get::<Vec<u8>, _>("answer")?).ok();
            if let Some(answer) = value.as_ref().and_then(from_json) {
                answers.insert(row.try_get("call")?, answer);
            }
        }
        Ok(answers)
    }

    /// Notes that a running dream makes a call now; whether it still runs. What is erased is not brought back by a dream
    /// that was called off before and has not heard of it yet.
    ///
    /// # Errors
    /// [`super::DatabaseError`]; then the call must not be made, and neither when the dream is over.
    pub async fn asks(&self, whose: &Whose, dream: &str, call: &str) -> Result<bool> {
        // On Postgres whoever ends the dream waits until the note is there to be erased.
        let insert = match self.is_sqlite {
            true => {
                "INSERT INTO model_answers (store, model, call, asked_at) \
                 SELECT $1, $2, $3, $4 FROM dreams WHERE id = $5 AND status = 'running' \
                 ON CONFLICT (store, model, call) DO UPDATE SET asked_at = excluded.asked_at"
            }
            false => {
                "INSERT INTO model_answers (store, model, call, asked_at) \
                 SELECT $1, $2, $3, $4 FROM dreams WHERE id = $5 AND status = 'running' FOR SHARE \
                 ON CONFLICT (store, model, call) DO UPDATE SET asked_at = excluded.asked_at"
            }
        };
        let query = sqlx::query(insert).bind(&whose.store).bind(&whose.model).bind(call);
        let query = query.bind(ids::now()).bind(dream);
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Keeps the answer to a call of a dream that runs, or that was running when it asked. Not if the note of the call was
    /// erased since: then the answer may quote what was.
    ///
    /// # Errors
    /// [`super::DatabaseError`]; then it is paid for again.
    pub async fn keep_answer(
        &self,
        whose: &Whose,
        dream: &str,
        call: &str,
        answer: &Answer,
    ) -> Result<()> {
        let answer = to_json(answer).to_string().into_bytes();
        let update =
            "UPDATE model_answers SET answer = $4 WHERE store = $1 AND model = $2 AND call = $3";
        let query = sqlx::query(update).bind(&whose.store).bind(&whose.model).bind(call);
        let noted = query.bind(answer.clone()).execute(&self.pool).await?.rows_affected() > 0;
        // A call of a batch has no note.
        if !noted && self.asks(whose, dream, call).await? {
            let query = sqlx::query(update).bind(&whose.store).bind(&whose.model).bind(call);
            query.bind(answer).execute(&self.pool).await?;
        }
        let old = "DELETE FROM model_answers WHERE store = $1 AND asked_at <= \
                   (SELECT asked_at FROM model_answers WHERE store = $1 ORDER BY asked_at DESC LIMIT 1 OFFSET $2)";
        sqlx::query(old).bind(&whose.store).bind(KEPT).execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets the note of a call whose answer is not kept, so that the call is made again.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn forget(&self, whose: &Whose, call: &str) -> Result<()> {
        let delete = "DELETE FROM model_answers WHERE store = $1 AND model = $2 AND call = $3";
        let query = sqlx::query(delete).bind(&whose.store).bind(&whose.model).bind(call);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// The calls of a running dream that its model refused.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn refusals(&self, dream: &str) -> Result<Vec<String>> {
        let refused = digest(&to_json(&Answer::Refused).to_string());
        let select = "SELECT call FROM dream_calls WHERE dream = $1 AND answer = $2";
        let query = sqlx::query(select).bind(dream).bind(refused);
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get("call")?)).collect()
    }

    /// Puts away the answers of these calls that nobody could use, as the dream heard them, so that the calls are made again and
    /// the dream can still be carried out again.
    ///
    /// # Errors
    /// [`super::DatabaseError`]; some may be put away then.
    pub async fn put_away(&self, whose: &Whose, dream: &str, calls: &[String]) -> Result<()> {
        for call in calls {
            self.put_one_away(whose, dream, call).await?;
        }
        // A dream that failed or was called off has no calls any more.
        let unheard = "DELETE FROM useless_answers WHERE store = $1 AND NOT EXISTS (SELECT 1 FROM dream_calls c \
                       JOIN dreams d ON d.id = c.dream WHERE d.store = useless_answers.store \
                       AND c.call = useless_answers.call AND c.answer = useless_answers.digest)";
        sqlx::query(unheard).bind(&whose.store).execute(&self.pool).await?;
        let old = "DELETE FROM useless_answers WHERE store = $1 AND heard_at <= \
                   (SELECT heard_at FROM useless_answers WHERE store = $1 ORDER BY heard_at DESC LIMIT 1 OFFSET $2)";
        sqlx::query(old).bind(&whose.store).bind(KEPT_USELESS).execute(&self.pool).await?;
        Ok(())
    }

    async fn put_one_away(&self, whose: &Whose, dream: &str, call: &str) -> Result<()> {
        let mut work = self.begin().await?;
        if !self.is_sqlite {
            // Whoever erases of a store holds its row first, and then waits for those who have it too.
            let hold = "SELECT id FROM memory_stores WHERE id = $1 FOR KEY SHARE";
            sqlx::query(hold).bind(&whose.store).fetch_optional(&mut *work).await?;
        }
        let select = "SELECT a.answer, c.answer AS heard FROM model_answers a \
                      LEFT JOIN dream_calls c ON c.dream = $4 AND c.call = a.call \
                      WHERE a.store = $1 AND a.model = $2 AND a.call = $3";
        let query = sqlx::query(select).bind(&whose.store).bind(&whose.model).bind(call);
        let Some(row) = query.bind(dream).fetch_optional(&mut *work).await? else { return Ok(()) };
        let answer: Vec<u8> = row.try_get::<Option<_>, _>("answer")?.unwrap_or_default();
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (heard, digest): (Option<String>, _) = (row.try_get("heard")?, digest(&text));
        if heard.as_ref().is_some_and(|heard| *heard != digest) {
            // Another dream heard a better one meanwhile.
            return Ok(());
        }
        // Not what somebody erased or answered since.
        let delete = "DELETE FROM model_answers WHERE store = $1 AND model = $2 AND call = $3 AND answer = $4";
        let query = sqlx::query(delete).bind(&whose.store).bind(&whose.model).bind(call);
        let gone = query.bind(answer).execute(&mut *work).await?.rows_affected();
        if gone > 0 && heard.is_some() {
            let insert = "INSERT INTO useless_answers (store, call, digest, answer, heard_at) VALUES ($1, $2, $3, $4, $5) \
                          ON CONFLICT (store, call, digest) DO UPDATE SET heard_at = excluded.heard_at";
            let query = sqlx::query(insert).bind(&whose.store).bind(call).bind(digest);
            query.bind(text).bind(ids::now()).execute(&mut *work).await?;
        }
        work.commit().await
    }
}
