//! Answers of models, written down as they come: a process that is killed has paid for none in vain.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dreaming_wasmtime::Answer;
use rusqlite::{Connection, OpenFlags, params, params_from_iter};

use super::State;
use crate::document;
use crate::error::Result;
use crate::folder::digest;
use crate::model::answer::{from_json, to_json};

/// Answers that are kept, the newest. Chosen by us: ten dreams of as many calls as a dream makes unless
/// somebody says otherwise.
const KEPT: i64 = 2_000;

/// Keeps the answers of one model. Used by several threads, beside the [`State`] that it came from.
#[derive(Debug)]
pub struct Recorder {
    db: Mutex<Connection>,
    model: String,
    /// Whether answers that were there before are given.
    finds: bool,
}

impl Recorder {
    /// The answer to a call, if it was recorded. What cannot be read is not there: then it is paid for.
    pub fn find(&self, call: &str) -> Option<Answer> {
        if !self.finds {
            return None;
        }
        let query = "SELECT answer FROM answers WHERE call = ?1 AND model = ?2";
        let db = self.db();
        let found = db.query_row(query, [call, &self.model], |row| row.get::<_, String>(0));
        let answer = document::parse(found.ok()?.as_bytes(), "answer").ok()?;
        from_json(&answer)
    }

    /// Keeps an answer. Where that is not possible, only the ability to go on without asking is lost.
    pub fn keep(&self, call: &str, answer: &Answer) {
        let insert = "INSERT OR REPLACE INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
        let answer = to_json(answer).to_string();
        let db = self.db();
        let _ = db.execute(insert, params![call, self.model, answer]);
        let old = "DELETE FROM answers WHERE sequence <= (SELECT max(sequence) FROM answers) - ?1";
        let _ = db.execute(old, [KEPT]);
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A recorder for the answers of `model`, with a connection of its own. That of a dry run knows what is
    /// recorded, and what it keeps is forgotten. `finds` says whether what was recorded before is given.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn recorder(&self, model: &str, finds: bool) -> Result<Recorder> {
        let file = self.db.path().filter(|path| !path.is_empty() && !self.is_copy);
        let db = match file {
            Some(file) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let db = Connection::open_with_flags(Path::new(file), flags)?;
                db.busy_timeout(Duration::from_secs(10))?;
                db.pragma_update(None, "synchronous", "FULL")?;
                db.pragma_update(None, "secure_delete", true)?;
                db
            }
            None => {
                let copy = Self::empty()?.db;
                let insert = "INSERT INTO answers (call, model, answer) VALUES (?1, ?2, ?3)";
                for (call, answer) in self.recorded(model)? {
                    copy.execute(insert, params![call, name(model), answer])?;
                }
                copy
            }
        };
        Ok(Recorder { db: Mutex::new(db), model: name(model), finds })
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

    /// The answers of `model` that are recorded, by call.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn recorded(&self, model: &str) -> Result<BTreeMap<String, String>> {
        let mut query = self.db.prepare("SELECT call, answer FROM answers WHERE model = ?1")?;
        let rows = query.query_map([name(model)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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

/// What tells one model from another, without its words: an address or a command may hold what is secret.
fn name(model: &str) -> String {
    digest(model.as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::fixture;

    #[test]
    fn an_answer_is_found_again_for_its_call_and_model_only() {
        let (_dir, _folder, state) = fixture();
        let recorder = state.recorder("exec:one", true).unwrap();
        assert_eq!(recorder.find("m1"), None);
        recorder.keep("m1", &Answer::Refused);
        recorder.keep("m1", &Answer::Text("yes".into()));
        assert_eq!(recorder.find("m1"), Some(Answer::Text("yes".into())));
        assert_eq!(recorder.find("m2"), None);
        let other = state.recorder("exec:two", true).unwrap();
        assert_eq!(other.find("m1"), None);
        let anew = state.recorder("exec:one", false).unwrap();
        assert_eq!(anew.find("m1"), None);
        assert!(state.recorded("exec:one").unwrap().keys().eq(["m1"]));
    }

    #[test]
    fn the_oldest_answers_go() {
        let (_dir, _folder, state) = fixture();
        let recorder = state.recorder("m", true).unwrap();
        state.db.execute_batch("BEGIN").unwrap();
        for n in 1..=KEPT {
            let insert = "INSERT INTO answers (call, model, answer) VALUES (?1, ?2, '\"refused\"')";
            state.db.execute(insert, params![format!("m{n}"), name("m")]).unwrap();
        }
        state.db.execute_batch("COMMIT").unwrap();
        recorder.keep("new", &Answer::Refused);
        let calls = state.recorded("m").unwrap();
        assert_eq!(calls.len() as i64, KEPT);
        assert!(calls.contains_key("new") && !calls.contains_key("m1") && calls.contains_key("m2"));
    }
}
