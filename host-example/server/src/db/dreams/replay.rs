//! What a dream read and heard, so that it can be carried out again.

use std::collections::BTreeMap;

use dreaming_models::answer::{from_json, to_json};
use dreaming_models::desk::why_unusable;
use dreaming_wasmtime::Answer;
use sqlx::{AnyConnection, Row as _};

use super::transcripts::{self, Transcript};
use super::{Dream, Status};
use crate::db::engine::{self, Loaded, Mark};
use crate::db::{Database, Result, digest};

/// What a call of a dream heard.
#[derive(Clone, Debug)]
pub enum Heard {
    /// This answer, which is kept, or why none came.
    Kept(Answer),
    /// An answer that is kept no more.
    Gone,
    /// Another answer than the one that is kept.
    Other,
}

/// All that a dream read and heard.
#[derive(Debug)]
pub struct Then {
    /// The store that it works on, as it was when it was read.
    pub loaded: Loaded,
    /// The sessions, as far as they went.
    pub transcripts: Vec<Transcript>,
    /// What its calls heard, by call.
    pub heard: BTreeMap<String, Heard>,
}

impl Database {
    /// Notes what calls of a running dream heard: the digests of their answers, or why none came.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn note_heard(
        &self,
        dream: &str,
        calls: &[String],
        answers: &[Answer],
    ) -> Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        let insert = "INSERT INTO dream_calls (dream, call, answer) VALUES ($1, $2, $3) \
                      ON CONFLICT (dream, call) DO UPDATE SET answer = excluded.answer";
        let mut work = self.begin().await?;
        // A dream that was called off notes nothing: its session may be erased by now. Whoever calls it off now waits until
        // the notes are there to be forgotten.
        let dream_is = self.locked_dream(&mut work, dream).await?;
        if dream_is.is_none_or(|dream| dream.status != Status::Running) {
            return Ok(());
        }
        for (call, answer) in calls.iter().zip(answers) {
            let text = to_json(answer).to_string();
            // What we say ourselves in place of an answer is kept nowhere else.
            let is_ours = match answer {
                Answer::Failed(_) => true,
                Answer::Text(text) => why_unusable(text).is_some(),
                Answer::Refused => false,
            };
            let answer = if is_ours { text } else { digest(&text) };
            sqlx::query(insert).bind(dream).bind(call).bind(answer).execute(&mut *work).await?;
        }
        work.commit().await
    }

    /// All that a dream read and heard; `Err` says why it cannot be told.
    ///
    /// # Errors
    /// [`crate::db::DatabaseError`].
    pub async fn then(&self, dream: &Dream) -> Result<std::result::Result<Then, String>> {
        let mut work = self.begin_reading().await?;
        let select = "SELECT read FROM dreams WHERE id = $1";
        let row = sqlx::query(select).bind(&dream.id).fetch_one(&mut *work).await?;
        let mark: Option<String> = row.try_get("read")?;
        let Some(mark) = mark.and_then(|mark| serde_json::from_str::<Mark>(&mark).ok()) else {
            return Ok(Err(match dream.asked.sessions.is_empty() {
                true => "it is what an agent proposed, and read no session".into(),
                false => {
                    "it was made before migration 0017, and nothing notes what it read: dream again"
                        .into()
                }
            }));
        };
        let transcripts = transcripts::of_dream(&mut work, &dream.id).await?;
        let is_here = |id: &&String| transcripts.iter().any(|transcript| transcript.id == **id);
        if let Some(gone) = dream.asked.sessions.iter().find(|id| !is_here(id)) {
            return Ok(Err(format!("the session `{gone}` was deleted: dream again without it")));
        }
        let output = dream.output.as_deref().unwrap_or_default();
        let loaded = match engine::marked(&mut work, output, &mark).await? {
            Ok(loaded) => loaded,
            Err(why) => return Ok(Err(format!("{why}: dream again"))),
        };
        let heard = heard(&mut work, dream).await?;
        Ok(Ok(Then { loaded, transcripts, heard }))
    }
}

/// What the calls of a dream heard. Its model may be at another address by now, so answers of all models are looked at.
async fn heard(work: &mut AnyConnection, dream: &Dream) -> Result<BTreeMap<String, Heard>> {
    let select = "SELECT c.call, c.answer AS digest, a.answer, u.answer AS useless FROM dream_calls c \
                  LEFT JOIN model_answers a ON a.store = $2 AND a.call = c.call \
                  LEFT JOIN useless_answers u ON u.store = $2 AND u.call = c.call AND u.digest = c.answer \
                  WHERE c.dream = $1";
    let query = sqlx::query(select).bind(&dream.id).bind(&dream.asked.store);
    let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
    for row in query.fetch_all(work).await? {
        let (call, noted): (String, String) = (row.try_get("call")?, row.try_get("digest")?);
        let kept: Option<Vec<u8>> = row.try_get("answer")?;
        let kept = kept.map(|kept| String::from_utf8_lossy(&kept).into_owned());
        // A later dream may have had a better answer to the call.
        let kept = row.try_get::<Option<String>, _>("useless")?.or(kept);
        let read = |text: &str| from_json(&serde_json::from_str(text).ok()?);
        // No digest is JSON of an answer.
        let is = match (read(&noted), kept) {
            (Some(failed), _) => Heard::Kept(failed),
            (None, None) => Heard::Gone,
            (None, Some(kept)) => {
                let same = read(&kept).filter(|_| digest(&kept) == noted);
                same.map_or(Heard::Other, Heard::Kept)
            }
        };
        // Of the answers of several models one is the right one.
        if !matches!(heard.get(&call), Some(Heard::Kept(_))) {
            heard.insert(call, is);
        }
    }
    Ok(heard)
}

/// Forgets the calls of a dream that is over and has no plan.
pub(super) async fn forget(work: &mut AnyConnection, dream: &str) -> Result<()> {
    let delete = "DELETE FROM dream_calls WHERE dream = $1";
    sqlx::query(delete).bind(dream).execute(work).await?;
    Ok(())
}
