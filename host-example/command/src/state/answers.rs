//! Answers of models, written down as they come: a process that is killed has paid for none in vain.

pub mod asked;
mod room;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dreaming_wasmtime::{Answer, ModelCall};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params, params_from_iter};

use self::asked::{Call, Lost};
use self::room::Room;
use super::{State, copy};
use crate::document;
use crate::error::{Error, Result};
use crate::folder::digest;
use crate::model::answer::{from_json, not_asked_for, to_json};

/// Answers that are kept, the newest. Chosen by us: ten dreams of as many calls as a dream makes unless
/// somebody says otherwise.
pub const KEPT: u64 = 2_000;

/// Answers to a call that nobody can use, after which this model is not asked again, for each is paid for. The engine
/// counts as many, but none of a dream in which nothing was usable. Chosen by us: a model that is asked once more may
/// keep to its limit, and one that did not three times will not.
const UNUSABLE: u64 = 3;

/// Keeps the answers of one model. Used by several threads, beside the [`State`] that it came from.
#[derive(Debug)]
pub struct Recorder {
    kept: Mutex<Kept>,
    model: String,
    /// Whether answers that were there before are given.
    finds: bool,
    /// Calls of earlier runs that nobody knows the end of.
    lost: Lost,
}

#[derive(Debug)]
struct Kept {
    db: Connection,
    /// Space for answers under way; none in memory.
    room: Option<Room>,
}

/// What is recorded of a call that need not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its answer.
    Answer(Answer),
    /// Only answers that nobody can use, and why not the last one.
    GivenUp(String),
}

impl Recorder {
    /// What is recorded of a call. What cannot be read is not there: then it is paid for.
    pub fn find(&self, call: &ModelCall) -> Option<Found> {
        if !self.finds {
            return None;
        }
        let kept = self.kept();
        let query = "SELECT answer FROM answers WHERE call = ?1 AND model = ?2";
        let answer = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        if let Ok(text) = kept.db.query_row(query, [&call.id, &self.model], answer) {
            let answer = document::parse(text.as_bytes(), "answer").ok()?;
            return from_json(&answer).map(Found::Answer);
        }
        let (times, why) = asked::unusable(&kept.db, self.call(call)).ok()??;
        (times >= UNUSABLE).then_some(Found::GivenUp(why))
    }

    /// Writes down that a call is being made, which takes so many tokens at most, and holds room for its answer:
    /// what cannot be recorded must not be asked. One of the functions below ends it.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`], [`crate::error::Error::Io`].
    pub fn begin(&self, call: &ModelCall, tokens: u64) -> Result<()> {
        let mut kept = self.kept();
        let bytes = room::of_call(call.max_tokens);
        if let Some(room) = &mut kept.room {
            room.hold(bytes).map_err(Error::io("hold room for an answer in", room.dir()))?;
        }
        let begun = asked::begin(&kept.db, self.call(call), tokens);
        if begun.is_err()
            && let Some(room) = &mut kept.room
        {
            room.give_back(bytes);
        }
        Ok(begun?)
    }

    /// Keeps the answer to a call that was begun.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`]: it will be paid for again.
    pub fn keep(&self, call: &ModelCall, tokens: u64, answer: &Answer) -> Result<()> {
        let text = to_json(answer).to_string();
        self.end(call, |db| {
            let insert = "INSERT OR REPLACE INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
            db.execute(insert, params![call.id, self.model, text])?;
            asked::end(db, self.call(call), tokens)?;
            asked::sweep(db)
        })?;
        let old = "DELETE FROM answers WHERE sequence <= (SELECT max(sequence) FROM answers) - ?1";
        // More than are wanted harm nobody.
        let _ = self.kept().db.execute(old, [KEPT as i64]);
        Ok(())
    }

    /// Counts an answer that nobody can use, and that is not kept.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`].
    pub fn count_unusable(&self, call: &ModelCall, tokens: u64, why: &str) -> Result<()> {
        self.end(call, |db| {
            asked::end(db, self.call(call), tokens)?;
            asked::count_unusable(db, self.call(call), why)
        })?;
        let old = "DELETE FROM asked WHERE sequence <= (SELECT max(sequence) FROM asked) - ?1";
        let _ = self.kept().db.execute(old, [KEPT as i64]);
        Ok(())
    }

    /// Ends a dream in which nobody could use the answers to these calls: those that were kept are counted and
    /// forgotten, so that they are asked for again. All others were usable.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`].
    pub fn put_away(&self, unusable: &[String]) -> Result<()> {
        let take = "DELETE FROM answers WHERE call = ?1 AND model = ?2 RETURNING answer";
        Ok(change(&mut self.kept().db, |db| {
            for call in unusable {
                let kept = db.query_row(take, [call, &self.model], |row| row.get::<_, String>(0));
                if let Some(kept) = kept.optional()? {
                    asked::count_words(db, call, &self.model, &why_not(&kept))?;
                }
            }
            asked::answered(db, &self.model)
        })?)
    }

    /// Writes down that a try was turned away and took nothing.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`].
    pub fn turned_away(&self, call: &ModelCall, tokens: u64) -> Result<()> {
        self.end(call, |db| asked::end(db, self.call(call), tokens))
    }

    /// Ends a try that nobody knows the end of. It stays written down until [`Self::tell`].
    pub fn no_answer(&self, call: &ModelCall) {
        if let Some(room) = &mut self.kept().room {
            room.give_back(room::of_call(call.max_tokens));
        }
    }

    /// Calls of earlier runs that nobody knows the end of.
    pub fn lost(&self) -> Lost {
        self.lost
    }

    /// Forgets the tries that nobody knows the end of, those of this run among them: a person is told of them.
    pub fn tell(&self) {
        // Where that is not possible, they are told again.
        let _ = asked::forget_lost(&self.kept().db);
    }

    /// Writes what came of a call: when there is no space, once more in the room that is held for it.
    fn end<T>(
        &self,
        call: &ModelCall,
        write: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let mut kept = self.kept();
        let bytes = room::of_call(call.max_tokens);
        let mut written = change(&mut kept.db, &write);
        let Kept { db, room } = &mut *kept;
        if let Some(room) = room {
            if written.is_err() {
                room.open_up(bytes);
                written = change(db, &write);
            }
            room.give_back(bytes);
        }
        Ok(written?)
    }

    fn call<'a>(&'a self, call: &'a ModelCall) -> Call<'a> {
        Call { id: &call.id, model: &self.model, max_tokens: call.max_tokens }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why nobody can use an answer as it is kept.
fn why_not(kept: &str) -> String {
    let answer = document::parse(kept.as_bytes(), "answer").ok();
    match answer.and_then(|answer| from_json(&answer)) {
        Some(Answer::Text(text)) => not_asked_for(&text),
        _ => "it cannot be read".into(),
    }
}

/// Writes all of it or nothing.
fn change<T>(
    db: &mut Connection,
    write: impl Fn(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let change = db.transaction()?;
    let written = write(&change)?;
    change.commit()?;
    Ok(written)
}

impl State {
    /// A recorder for the answers of `model`, with a connection of its own. That of a dry run knows what is
    /// recorded, and what it keeps is forgotten. `finds` says whether what was recorded before is given.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn recorder(&self, model: &str, finds: bool) -> Result<Recorder> {
        let lost = asked::lost(&self.db)?;
        let file = self.db.path().filter(|path| !path.is_empty() && !self.is_copy);
        let kept = match file.map(Path::new) {
            Some(file) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let db = Connection::open_with_flags(file, flags)?;
                db.busy_timeout(Duration::from_secs(10))?;
                db.pragma_update(None, "synchronous", "FULL")?;
                db.pragma_update(None, "secure_delete", true)?;
                Kept { db, room: file.parent().map(Room::new) }
            }
            None => Kept { db: copy::of(&self.db)?, room: None },
        };
        Ok(Recorder { kept: Mutex::new(kept), model: name(model), finds, lost })
    }

    /// All answers that are recorded, the oldest first: call, model and answer as they are stored.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn answers(&self) -> Result<Vec<[String; 3]>> {
        let mut query =
            self.db.prepare("SELECT call, model, answer FROM answers ORDER BY sequence")?;
        let rows = query.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The calls of `model` that need not be made, each with the longest answer, in tokens, for which that holds.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn recorded(&self, model: &str) -> Result<BTreeMap<String, u32>> {
        let mut query = self.db.prepare(
            "SELECT call, max_tokens FROM asked WHERE model = ?1 AND unusable >= ?2
             UNION ALL SELECT call, ?3 FROM answers WHERE model = ?1",
        )?;
        let values = params![name(model), UNUSABLE as i64, u32::MAX];
        let rows = query.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut calls = BTreeMap::new();
        for row in rows {
            let (call, max): (String, u32) = row?;
            let known = calls.entry(call).or_insert(max);
            *known = max.max(*known);
        }
        Ok(calls)
    }
}

/// Puts in what [`State::answers`] gave, inside a change.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, answers: &[[String; 3]]) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
    let mut insert = db.prepare(insert)?;
    answers.iter().try_for_each(|answer| insert.execute(params_from_iter(answer)).map(drop))
}

/// Forgets all answers, and what is known of calls without one, inside a change.
///
/// # Errors
/// What SQLite says.
pub fn forget(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM answers; DELETE FROM asked;")
}

/// What tells one model from another, without its words: an address or a command may hold what is secret.
fn name(model: &str) -> String {
    digest(model.as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests;
