//! Erases a session or an entry from the state: older rows, older texts, and plans that quote it. A
//! mark replaces each. The revision records stay, because they hold digests only.
//!
//! Rows in force are not touched: the engine's revision has already taken the words out of them.

use std::collections::BTreeSet;

use dreaming_export::{MARKS, digests};
use dreaming_wasmtime::quotes::{Sought, says};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::lives::{lives, taken_out, words};
use super::revisions::clamp;
use super::{State, answers, history, progress, proposed};
use crate::document::{self, Revision};
use crate::error::Result;
use crate::sessions::Session;

/// Key of the meta table: set while erased words may still be in free pages of the file.
const SWEEP: &str = "sweep";

/// What to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// A session, by id.
    Session(String),
    /// An entry, by id.
    Entry(String),
    /// Words that a person gave, which are no entry.
    Words(String),
}

/// The kind of a note about words that a person gave. A note is kept and exported, so it cannot say them.
pub const WORDS: &str = "words";
/// Stands as the id in such a note.
pub const GIVEN: &str = "given";

/// What was erased, and by which revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The first revision without it.
    pub number: u64,
    /// `session`, `entry`, [`WORDS`] or [`super::mend::LOST`].
    pub kind: String,
    /// Its id, [`GIVEN`], or the path of the memory.
    pub id: String,
}

impl Erased {
    /// The digest of the note.
    pub fn seal(&self) -> String {
        digests::of_note(self.number, &self.kind, &self.id)
    }
}

/// How much was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Older texts of memories.
    pub texts: u64,
    /// Older ledger rows.
    pub rows: u64,
    /// Plans with their reports and answers.
    pub plans: u64,
    /// Statements that agents proposed and that were not all decided.
    pub held: u64,
}

impl Gone {
    fn add(&mut self, more: Self) {
        self.texts += more.texts;
        self.rows += more.rows;
        self.plans += more.plans;
        self.held += more.held;
    }
}

/// Erases `what` from older rows, texts and plans. The newest revision `number` is without it
/// already, and `changed` are the ledger rows that it changed for that. What was learned from a session and only
/// older revisions have goes with it: its rows quote the session, and without them nobody could name it any more.
/// Runs inside the transaction that stores the revision.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn forget(db: &Connection, number: u64, what: &Erasure, changed: &[String]) -> Result<Gone> {
    let (kind, id) = match what {
        Erasure::Session(id) => ("session", id),
        Erasure::Entry(id) => ("entry", id),
        Erasure::Words(_) => (WORDS, &GIVEN.to_owned()),
    };
    let mut gone = Gone::default();
    if let Erasure::Session(id) = what {
        for entry in taken_out(db, id)? {
            note(db, &Erased { number, kind: "entry".into(), id: entry.clone() })?;
            gone.add(forget_one(db, &Erasure::Entry(entry), &[])?);
        }
    }
    gone.add(forget_one(db, what, changed)?);
    db.execute("DELETE FROM sources WHERE ?1 = 'session' AND session = ?2", [kind, id])?;
    // The checkpoint belongs to the store before the erasure, so it is useless, and it may quote
    // the erased words.
    progress::clear(db)?;
    // Nobody knows which session an answer is about, so all are deleted and paid for again when
    // needed.
    answers::forget(db)?;
    // They may be the words.
    gone.held += proposed::forget(db)? as u64;
    // Why a run failed may quote what a model said of it.
    db.execute("DELETE FROM meta WHERE key = 'last-failure'", [])?;
    let erased = Erased { number, kind: kind.into(), id: id.clone() };
    note(db, &erased)?;
    db.execute("INSERT OR REPLACE INTO meta VALUES (?1, '')", [SWEEP])?;
    seal(db)?;
    Ok(gone)
}

fn forget_one(db: &Connection, what: &Erasure, changed: &[String]) -> Result<Gone> {
    let words = match what {
        Erasure::Session(_) => Vec::new(),
        Erasure::Entry(id) => words(db, id)?,
        Erasure::Words(given) => vec![given.clone()],
    };
    let (texts, sought) = match what {
        Erasure::Session(id) => (0, Sought::Session(id)),
        Erasure::Entry(id) => {
            let texts = forget_texts(db, id)? + forget_texts_saying(db, &words)?;
            (texts, Sought::Entry(id, &words))
        }
        Erasure::Words(_) => (forget_texts_saying(db, &words)?, Sought::Words(&words)),
    };
    let plans = forget_plans(db, &sought)?;
    let rows = forget_rows(db, &sought, changed)?;
    Ok(Gone { texts, rows, plans, held: 0 })
}

/// Erases the texts that held the entry while it was there.
fn forget_texts(db: &Connection, entry: &str) -> Result<u64> {
    let mut erase = db.prepare(
        "UPDATE memory_versions AS v SET text = NULL, erased = 1
         WHERE path = ?1 AND text IS NOT NULL AND number < ?3
           AND number >= coalesce((SELECT max(number) FROM memory_versions
                                   WHERE path = ?1 AND number <= ?2), ?2)
           AND number < (SELECT max(number) FROM memory_versions WHERE path = v.path)",
    )?;
    let mut texts = 0;
    for life in lives(db, entry)?.into_iter().filter(|life| life.row.retired.is_none()) {
        texts += erase.execute(params![life.row.path, life.from, life.until])? as u64;
    }
    Ok(texts)
}

/// Erases older texts that say the words anywhere, even outside entries: in a heading, front matter
/// or code.
fn forget_texts_saying(db: &Connection, words: &[String]) -> Result<u64> {
    let mut query = db.prepare(
        "SELECT path, number, text FROM memory_versions AS v
         WHERE text IS NOT NULL
           AND number < (SELECT max(number) FROM memory_versions WHERE path = v.path)",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(String, i64, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut erase = db.prepare(
        "UPDATE memory_versions SET text = NULL, erased = 1 WHERE path = ?1 AND number = ?2",
    )?;
    let mut texts = 0;
    for (path, number, _) in rows.into_iter().filter(|(_, _, text)| says(text, words)) {
        texts += erase.execute(params![path, number])? as u64;
    }
    Ok(texts)
}

/// Erases older values of rows: those that quote what is erased, and those of rows in `changed`.
fn forget_rows(db: &Connection, sought: &Sought<'_>, changed: &[String]) -> Result<u64> {
    let mut query = db.prepare(
        "SELECT key, number, value, (SELECT value IS NULL FROM ledger_versions WHERE key = v.key
                                     ORDER BY number DESC LIMIT 1)
         FROM ledger_versions AS v
         WHERE value IS NOT NULL AND key NOT LIKE 'memory/%'
           AND number < (SELECT max(number) FROM ledger_versions WHERE key = v.key)",
    )?;
    let rows =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut rows_erased = 0;
    let mut erase = db.prepare(
        "UPDATE ledger_versions SET value = NULL, erased = 1 WHERE key = ?1 AND number = ?2",
    )?;
    for row in rows {
        let (key, number, value, is_gone): (String, i64, Vec<u8>, bool) = row?;
        if sought.is_in_row(&key, &value, is_gone) || changed.contains(&key) {
            rows_erased += erase.execute(params![key, number])? as u64;
        }
    }
    Ok(rows_erased)
}

fn forget_plans(db: &Connection, sought: &Sought<'_>) -> Result<u64> {
    let mut erase = db.prepare(
        "UPDATE plans SET plan = x'', report = x'', request = '', answers = '', seal = '', erased = 1,
           status = CASE status WHEN 'waiting' THEN 'discarded' ELSE status END
         WHERE id = ?1",
    )?;
    let mut plans = 0;
    for row in history::plans(db)?.into_iter().filter(|row| !row.erased) {
        if row.documents.iter().any(|document| sought.is_in(document)) {
            plans += erase.execute([row.id])? as u64;
        }
    }
    Ok(plans)
}

/// Adds a note about something erased or lost.
///
/// # Errors
/// What SQLite says.
pub(super) fn note(db: &Connection, erased: &Erased) -> rusqlite::Result<()> {
    let insert = "INSERT INTO erasures (number, kind, id, seal) VALUES (?1, ?2, ?3, ?4)";
    let Erased { number, kind, id } = erased;
    db.execute(insert, params![clamp(*number), kind, id, erased.seal()]).map(drop)
}

/// Stores the digest of the marks, and those of ledgers that lost rows.
pub(super) fn seal(db: &Connection) -> Result<()> {
    let marks = history::seal_of(&history::marks(db)?);
    db.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [MARKS, &marks])?;
    let chain = history::chain(db)?;
    let mut insert = db.prepare("INSERT OR REPLACE INTO seals VALUES (?1, ?2)")?;
    history::walk(db, &chain, |stored, point| {
        if point.lost_rows() {
            let digest = digests::of_ledger(&point.ledger);
            insert.execute(params![clamp(stored.number), digest])?;
        }
        Ok(())
    })
}

impl State {
    /// What was erased, oldest first.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn erasures(&self) -> Result<Vec<Erased>> {
        Ok(history::erasures(&self.db)?.into_iter().map(|(erased, _)| erased).collect())
    }

    /// The sessions that said words of entries which were erased, by id, without those that were erased themselves. A
    /// dream that reads one of them again reads the words again.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn said_erased(&self) -> Result<Vec<String>> {
        let query =
            "SELECT DISTINCT substr(key, length('session/') + 1) AS id, v.number FROM ledger_versions v
                     JOIN erasures e ON e.number = v.number AND e.kind = 'entry'
                     WHERE key LIKE 'session/%' ORDER BY id";
        let mut query = self.db.prepare(query)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut ids = BTreeSet::new();
        for row in rows {
            let (id, number): (String, i64) = row?;
            // What only older revisions had is erased without a revision of its own: the rows of the newest one, which
            // stands for it, are of other things.
            if self.is_erasure(number as u64)? {
                ids.insert(id);
            }
        }
        let mut ids: Vec<String> = ids.into_iter().collect();
        let erased = self.erasures()?;
        ids.retain(|id| !erased.iter().any(|e| e.kind == "session" && e.id == *id));
        Ok(ids)
    }

    /// Whether a revision is that of an erasure.
    fn is_erasure(&self, number: u64) -> Result<bool> {
        let stored = self.revisions(number.saturating_sub(1), number)?;
        let records =
            stored.iter().map(|stored| document::parse(&stored.record, "revision record"));
        let records: Vec<Revision> = records.collect::<Result<_>>()?;
        Ok(records.iter().any(|record| record.kind == "erase"))
    }

    /// Removes erased sessions from `sessions`. They are never read again, even if they grow or an
    /// earlier revision is restored.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn leave_erased(&self, sessions: &mut Vec<Session>) -> Result<()> {
        let erased = self.erasures()?;
        let is = |id: &str| erased.iter().any(|erased| erased.kind == "session" && erased.id == id);
        sessions.retain(|session| !is(&session.id));
        Ok(())
    }

    /// Whether erased words may still be in free pages of the database file or in its log.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn needs_sweep(&self) -> Result<bool> {
        Ok(self.meta(SWEEP)?.is_some())
    }

    /// If something was erased since the last sweep, rewrites the database file and empties its
    /// log. Returns whether all erased words are gone. A concurrent reader or a full disk puts this
    /// off until the next command.
    ///
    /// # Errors
    /// [`crate::error::Error::State`].
    pub fn sweep_erased(&self) -> Result<bool> {
        if !self.needs_sweep()? {
            return Ok(true);
        }
        let swept = self.db.execute_batch("VACUUM").and_then(|()| {
            let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.db.query_row(truncate, [], |row| row.get::<_, bool>(0)).optional()
        });
        // The first column of the result says whether another process blocked the checkpoint.
        if !matches!(swept, Ok(Some(false))) {
            return Ok(false);
        }
        self.db.execute("DELETE FROM meta WHERE key = ?1", [SWEEP])?;
        Ok(true)
    }

    /// Does `work` in a transaction and rolls it back.
    ///
    /// # Errors
    /// Those of `work`, and [`crate::error::Error::State`].
    pub fn rehearse<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.db.execute_batch("BEGIN")?;
        let result = work(self);
        let back = self.db.execute_batch("ROLLBACK");
        // Report the error of `work` first: it may have ended the transaction, so that the rollback
        // fails too.
        let value = result?;
        back?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::state::revisions::{insert, tests::revision};
    use crate::state::tests::fixture;
    use crate::state::{Access, place};

    const WORDS: &str = "the vault code is 8812";

    /// A state with two revisions of a memory that held the words as entry `x`.
    fn erased() -> (tempfile::TempDir, crate::folder::Folder, State) {
        let (dir, folder, mut state) = fixture();
        let entry = serde_json::json!({"path": "a.md", "text": WORDS, "retired": null}).to_string();
        let mut first = revision(1, &[("x", Some(&entry))]);
        first.memories[0].path = "a.md".into();
        first.memories[0].text = Some(format!("- {WORDS}\n"));
        insert(&state.db, &first).unwrap();
        let mut second = revision(2, &[("x", None)]);
        second.memories[0].path = "a.md".into();
        second.memories[0].text = Some("- other\n".into());
        insert(&state.db, &second).unwrap();
        let change = state.db.transaction().unwrap();
        let gone = forget(&change, 2, &Erasure::Entry("x".into()), &[]).unwrap();
        assert_eq!(gone, Gone { texts: 1, rows: 1, plans: 0, held: 0 });
        change.commit().unwrap();
        (dir, folder, state)
    }

    fn is_in_a_file(folder: &crate::folder::Folder) -> bool {
        let files = fs::read_dir(place(folder, None).unwrap()).unwrap();
        let mut bytes = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        bytes.any(|bytes| String::from_utf8_lossy(&bytes).contains("8812"))
    }

    #[test]
    fn words_that_a_killed_process_left_in_the_file_go_at_the_next_start() {
        let (_dir, folder, state) = erased();
        assert!(is_in_a_file(&folder) && state.needs_sweep().unwrap());
        drop(state);
        let state = State::open(&place(&folder, None).unwrap(), &folder, Access::Write).unwrap();
        assert!(!is_in_a_file(&folder) && !state.needs_sweep().unwrap());
        assert_eq!(state.memories_at(2).unwrap()["a.md"].text, "- other\n");
        assert!(matches!(state.memories_at(1), Err(crate::error::Error::Erased(_))));
        assert!(matches!(state.ledger_at(1), Err(crate::error::Error::Erased(_))));
    }

    #[test]
    fn what_was_written_from_sessions_and_is_no_longer_in_force_goes_with_a_session() {
        let (_dir, _folder, mut state) = fixture();
        let row = serde_json::json!({"key": "x", "text": WORDS, "findings": ["f"]}).to_string();
        let mut first = revision(1, &[("x", Some(&row)), ("y", Some(&row))]);
        let mut second = revision(2, &[("x", None), ("y", Some("{}"))]);
        for write in first.ledger.iter_mut().chain(&mut second.ledger) {
            write.key = write.key.replace("entry/", "distilled/");
        }
        insert(&state.db, &first).unwrap();
        insert(&state.db, &second).unwrap();
        let change = state.db.transaction().unwrap();
        let gone = forget(&change, 2, &Erasure::Session("s".into()), &[]).unwrap();
        assert_eq!(gone, Gone { texts: 0, rows: 1, plans: 0, held: 0 });
    }

    #[test]
    fn a_rehearsal_that_fails_says_why_also_when_its_transaction_is_over() {
        let (_dir, _folder, state) = erased();
        let failed: Result<()> = state.rehearse(|state| {
            state.db.execute_batch("ROLLBACK")?;
            Err(crate::error::Error::NoPlan)
        });
        assert!(matches!(failed, Err(crate::error::Error::NoPlan)), "{failed:?}");
    }

    #[test]
    fn a_reader_puts_the_sweep_off_and_it_is_not_forgotten() {
        let (_dir, folder, state) = erased();
        state.db.busy_timeout(Duration::ZERO).unwrap();
        let reader = Connection::open(place(&folder, None).unwrap().join("state.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
        assert!(!state.sweep_erased().unwrap());
        assert!(state.needs_sweep().unwrap());
        reader.execute_batch("COMMIT").unwrap();
        assert!(state.sweep_erased().unwrap() && !is_in_a_file(&folder));
    }
}
