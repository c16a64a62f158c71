//! Records answers of models as they come, so that a killed process has not paid for them in vain.

pub mod asked;
pub mod batches;
mod room;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dreaming_models::answer::{from_json, not_asked_for, to_json};
use dreaming_models::batch::Batch;
use dreaming_models::desk::{Found, Record, Unkept};
use dreaming_wasmtime::{Answer, ModelCall};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params, params_from_iter};

use self::asked::{Call, Lost};
use self::room::Room;
use super::{State, copy};
use crate::document;
use crate::error::{Error, Result};
use crate::folder::digest;
use crate::interrupt;

/// How many of the newest answers are kept. Chosen by us: ten dreams with the default number of
/// calls.
pub const KEPT: u64 = 2_000;

/// After so many unusable answers to a call the model is not asked it again, because each answer is
/// paid for. The engine has the same limit, but does not count dreams in which nothing was usable.
/// Chosen by us: asked once more, a model may give a usable answer; after three failures it will
/// not.
const UNUSABLE: u64 = 3;

/// Records the answers of one model. Several threads use it, beside the [`State`] that made it.
#[derive(Debug)]
pub struct Recorder {
    kept: Mutex<Kept>,
    model: String,
    /// Whether earlier recorded answers are used.
    finds: bool,
    /// Calls of earlier runs that never came back.
    lost: Lost,
}

#[derive(Debug)]
struct Kept {
    db: Connection,
    /// Disk space held for answers of running calls; `None` for a database in memory.
    room: Option<Room>,
}

impl Record for Recorder {
    /// A record that cannot be read counts as missing: then the call is paid for again.
    fn find(&self, call: &ModelCall) -> Option<Found> {
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
        (times >= UNUSABLE)
            .then(|| Found::GivenUp(format!("{why}; asked again only with --ask-again")))
    }

    /// Also holds disk space for the answer.
    fn begin(&self, call: &ModelCall, tokens: u64) -> std::result::Result<(), Unkept> {
        Ok(self.begun(call, tokens)?)
    }

    fn keep(
        &self,
        call: &ModelCall,
        tokens: u64,
        answer: &Answer,
    ) -> std::result::Result<(), Unkept> {
        let text = to_json(answer).to_string();
        self.end(call, |db| {
            let insert = "INSERT OR REPLACE INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
            db.execute(insert, params![call.id, self.model, text])?;
            asked::end(db, self.call(call), tokens)?;
            asked::sweep(db)
        })?;
        let old = "DELETE FROM answers WHERE sequence <= (SELECT max(sequence) FROM answers) - ?1";
        // If this fails, too many answers are kept, which does no harm.
        let _ = self.kept().db.execute(old, [KEPT as i64]);
        interrupt::kept();
        Ok(())
    }

    fn count_unusable(
        &self,
        call: &ModelCall,
        tokens: u64,
        why: &str,
    ) -> std::result::Result<(), Unkept> {
        self.end(call, |db| {
            asked::end(db, self.call(call), tokens)?;
            asked::count_unusable(db, self.call(call), why)
        })?;
        let old = "DELETE FROM asked WHERE sequence <= (SELECT max(sequence) FROM asked) - ?1";
        let _ = self.kept().db.execute(old, [KEPT as i64]);
        Ok(())
    }

    fn turned_away(&self, call: &ModelCall, tokens: u64) -> std::result::Result<(), Unkept> {
        Ok(self.end(call, |db| asked::end(db, self.call(call), tokens))?)
    }

    /// The record of the try stays until [`Self::tell`].
    fn no_answer(&self, call: &ModelCall) {
        if let Some(room) = &mut self.kept().room {
            room.give_back(room::of_call(call.max_tokens));
        }
    }

    /// None in a dry run, which would take its answers and forget them.
    fn batch(&self) -> std::result::Result<Option<Batch>, Unkept> {
        let kept = self.kept();
        Ok(if kept.room.is_none() { None } else { batches::newest(&kept.db, &self.model)? })
    }

    fn keep_batch(&self, batch: &Batch) -> std::result::Result<(), Unkept> {
        let kept = batches::keep(&self.kept().db, &self.model, batch);
        Ok(kept.map_err(Error::from)?)
    }

    fn end_batch(&self, tag: &str) -> std::result::Result<(), Unkept> {
        Ok(batches::end(&self.kept().db, tag).map_err(Error::from)?)
    }
}

impl Recorder {
    /// Called at the end of a dream with the calls whose answers the engine could not use. Their
    /// recorded answers are counted as unusable and forgotten, so that the calls are made again.
    /// All other answers were usable.
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

    /// Calls of earlier runs that never came back.
    pub fn lost(&self) -> Lost {
        self.lost
    }

    /// Forgets the tries that never came back, also those of this run, because a person is told of
    /// them now.
    pub fn tell(&self) {
        // If this fails, the person is told of them again.
        let _ = asked::forget_lost(&self.kept().db);
    }

    /// Records that a call is being made, and holds disk space for its answer.
    fn begun(&self, call: &ModelCall, tokens: u64) -> Result<()> {
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

    /// Writes the outcome of a call. If that fails, frees the disk space held for the call and
    /// tries once more.
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

/// Why a recorded answer is unusable.
fn why_not(kept: &str) -> String {
    let answer = document::parse(kept.as_bytes(), "answer").ok();
    match answer.and_then(|answer| from_json(&answer)) {
        Some(Answer::Text(text)) => not_asked_for(&text),
        _ => "it cannot be read".into(),
    }
}

/// Writes in one transaction.
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
    /// A recorder for the answers of `model`, with its own database connection. In a dry run it
    /// works on a copy, and what it records is forgotten. `finds`: whether earlier recorded answers
    /// are used.
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

    /// The batch of calls of `model` that is at work, if there is one.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
    pub fn batch(&self, model: &str) -> Result<Option<Batch>> {
        batches::newest(&self.db, &name(model))
    }

    /// All recorded answers, the oldest first: call, model and answer as they are stored.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn answers(&self) -> Result<Vec<[String; 3]>> {
        let mut query =
            self.db.prepare("SELECT call, model, answer FROM answers ORDER BY sequence")?;
        let rows = query.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The calls of `model` that need not be made. Each has the longest allowed answer, in tokens,
    /// for which that holds.
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

    /// The recorded answers of `model`, by call. One that cannot be read is left out.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn answers_of(&self, model: &str) -> Result<BTreeMap<String, Answer>> {
        let mut query = self.db.prepare("SELECT call, answer FROM answers WHERE model = ?1")?;
        let rows = query.query_map([name(model)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut answers = BTreeMap::new();
        for row in rows {
            let (call, text): (String, String) = row?;
            let answer = document::parse(text.as_bytes(), "answer").ok();
            answers.extend(answer.and_then(|json| from_json(&json)).map(|answer| (call, answer)));
        }
        Ok(answers)
    }
}

/// Inserts the result of [`State::answers`], inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, answers: &[[String; 3]]) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
    let mut insert = db.prepare(insert)?;
    answers.iter().try_for_each(|answer| insert.execute(params_from_iter(answer)).map(drop))
}

/// Forgets all answers, all calls without one and all batches, inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn forget(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM answers; DELETE FROM asked; DELETE FROM batches;")
}

/// A short digest that tells models apart. Not the name itself, because an address or a command may
/// hold secrets.
fn name(model: &str) -> String {
    digest(model.as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests;
