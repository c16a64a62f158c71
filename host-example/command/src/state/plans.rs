//! Stores plans with everything that a replay needs.

use std::collections::BTreeSet;

use dreaming_export::digests;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::revisions::clamp;
use super::{State, progress};
use crate::adopt::Entry;
use crate::error::{Error, Result};
use crate::output::next::command;
use crate::sessions::{Session, Source};

/// What a dream was asked to do, and its input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Settings that differ from the defaults.
    pub policy: Map<String, Value>,
    /// Free text for the model.
    pub instructions: String,
    /// The time of the dream in milliseconds since 1970.
    pub now: i64,
    /// The sessions of the plan with their files.
    pub sessions: Vec<Session>,
    /// Paths of the folder to which no dream may write, in addition to those of the policy; see
    /// [`crate::folder::Contents::taken`]. The plan's policy includes them.
    #[serde(default)]
    pub taken: Vec<String>,
    /// Sessions with a part that could not be read, with the reason that the engine got.
    pub missed: Map<String, Value>,
    /// Entries of another store's export that this plan proposes; such a plan reads no session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopted: Vec<Entry>,
    /// Row number of the stored plan from which this one was made after people edited the memories.
    /// The sessions were read for that plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebased: Option<i64>,
}

/// A plan as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPlan {
    /// Number of the row; 0 before it is stored.
    pub id: i64,
    /// `waiting`, `applied`, `discarded` or `replaced`.
    pub status: String,
    /// The revision that was made from it.
    pub revision: Option<u64>,
    /// The plan, as the engine wrote it.
    pub plan: Vec<u8>,
    /// The report, as the engine wrote it.
    pub report: Vec<u8>,
    /// What it was made from.
    pub request: Request,
    /// The model's answers by call, as JSON.
    pub answers: Map<String, Value>,
}

const COLUMNS: &str = "id, status, revision, plan, report, request, answers, seal";

/// A plan, its request and answers as they are stored, and its seal.
fn stored(row: &Row<'_>) -> rusqlite::Result<(StoredPlan, String, String, String)> {
    let plan = StoredPlan {
        id: row.get(0)?,
        status: row.get(1)?,
        revision: row.get::<_, Option<i64>>(2)?.map(|number| number as u64),
        plan: row.get(3)?,
        report: row.get(4)?,
        request: Request::default(),
        answers: Map::new(),
    };
    Ok((plan, row.get(5)?, row.get(6)?, row.get(7)?))
}

impl State {
    /// The plan that waits.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Damaged`].
    pub fn waiting_plan(&self) -> Result<Option<StoredPlan>> {
        self.plan_where("status = 'waiting'", 0)
    }

    /// Whether a plan waits, whatever it holds.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn has_waiting_plan(&self) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM plans WHERE status = 'waiting')";
        Ok(self.db.query_row(query, [], |row| row.get(0))?)
    }

    /// The plan from which a revision was made. `None` also if it was erased, see
    /// [`State::is_plan_erased`].
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Damaged`].
    pub fn plan_of(&self, revision: u64) -> Result<Option<StoredPlan>> {
        self.plan_where("revision = ?1", clamp(revision))
    }

    /// The revisions whose dreams were asked to write everything anew.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn asked_anew(&self) -> Result<BTreeSet<u64>> {
        let query = r#"SELECT revision FROM plans
            WHERE revision IS NOT NULL AND instr(request, '"distil.anew":true') > 0"#;
        let mut query = self.db.prepare(query)?;
        let numbers = query.query_map([], |row| row.get::<_, i64>(0))?;
        Ok(numbers.map(|number| Ok(number? as u64)).collect::<rusqlite::Result<_>>()?)
    }

    /// Whether the plan of a revision was erased.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn is_plan_erased(&self, revision: u64) -> Result<bool> {
        let query = "SELECT 1 FROM plans WHERE erased AND revision = ?1";
        Ok(self.db.query_row(query, [clamp(revision)], |_| Ok(())).optional()?.is_some())
    }

    /// The newest plan that waits or was applied.
    ///
    /// # Errors
    /// [`Error::Erased`], [`Error::State`], [`Error::Damaged`].
    pub fn newest_plan(&self) -> Result<Option<StoredPlan>> {
        let newest = "SELECT erased, revision FROM plans WHERE status IN ('waiting', 'applied')
                      ORDER BY id DESC LIMIT 1";
        let newest = self.db.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?)));
        match newest.optional()? {
            Some((true, revision)) => {
                let revision: Option<i64> = revision;
                let number = revision.map_or(0, |number| number as u64);
                Err(Error::Erased(format!("the plan of revision {number}")))
            }
            _ => self.plan_where("status IN ('waiting', 'applied')", 0),
        }
    }

    /// The newest plan that was not erased, whatever became of it.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Damaged`].
    pub fn last_plan(&self) -> Result<Option<StoredPlan>> {
        self.plan_where("TRUE", 0)
    }

    /// The plans from which `plan` was rebased, newest first; the last one is the dream's own.
    ///
    /// # Errors
    /// [`Error::Erased`] when one of them was, [`Error::State`], [`Error::Damaged`].
    pub fn earlier_forms(&self, plan: &StoredPlan) -> Result<Vec<StoredPlan>> {
        let mut forms = Vec::new();
        let mut next = plan.request.rebased;
        while let Some(id) = next {
            let query = "SELECT 1 FROM plans WHERE erased AND id = ?1";
            if self.db.query_row(query, [id], |_| Ok(())).optional()?.is_some() {
                return Err(Error::Erased(format!("the plan {id}, of which this one was made,")));
            }
            let gone = || Error::Damaged(format!("plan: {id}, of which it was made, is gone"));
            let form = self.plan_where("id = ?1", id)?.ok_or_else(gone)?;
            next = form.request.rebased;
            forms.push(form);
        }
        Ok(forms)
    }

    fn plan_where(&self, condition: &str, parameter: impl ToSql) -> Result<Option<StoredPlan>> {
        let query = format!(
            "SELECT {COLUMNS} FROM plans WHERE {condition} AND ?1 = ?1 AND NOT erased
             ORDER BY id DESC LIMIT 1"
        );
        let found = self.db.query_row(&query, [parameter], stored).optional()?;
        let Some((mut plan, request, answers, sealed)) = found else { return Ok(None) };
        if sealed != seal(&plan.plan, &plan.report, &request, &answers) {
            let id = plan.id;
            return Err(Error::Damaged(format!(
                "plan {id}: it is not what was stored; nothing of it was used: {} makes a new one",
                command("run --replace")
            )));
        }
        let damaged = |error: serde_json::Error| Error::Damaged(format!("plan: {error}"));
        plan.request = serde_json::from_str(&request).map_err(damaged)?;
        plan.answers = serde_json::from_str(&answers).map_err(damaged)?;
        Ok(Some(plan))
    }

    /// The newest plan that names `change`.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Damaged`].
    pub fn plan_with(&self, change: &str) -> Result<Option<StoredPlan>> {
        self.plan_where("instr(plan, CAST(?1 AS BLOB)) > 0", format!("\"id\":\"{change}"))
    }

    /// Stores a plan without a revision. It replaces a waiting plan, and the dream's progress is
    /// cleared.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn store_plan(&mut self, plan: &StoredPlan, status: &str) -> Result<()> {
        let change = self.db.transaction()?;
        insert(&change, plan, status, None)?;
        Ok(change.commit()?)
    }

    /// Discards the waiting plan, if there is one: nothing counts as decided, and its sessions stay
    /// unread. Returns whether there was one.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn drop_plan(&self) -> Result<bool> {
        let query = "UPDATE plans SET status = 'discarded' WHERE status = 'waiting'";
        Ok(self.db.execute(query, [])? > 0)
    }

    /// Stores the paths of session parts.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn note_sources(&mut self, sessions: &[Session]) -> Result<()> {
        let change = self.db.transaction()?;
        {
            let mut insert =
                change.prepare("INSERT OR REPLACE INTO sources VALUES (?1, ?2, ?3)")?;
            for session in sessions {
                for part in &session.parts {
                    insert.execute(params![session.id, part.name, part.path.to_string_lossy()])?;
                }
            }
        }
        Ok(change.commit()?)
    }

    /// Where a part of a session was when it was last seen.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn source(&self, session: &str, part: &str) -> Result<Option<Source>> {
        let query = "SELECT path FROM sources WHERE session = ?1 AND part = ?2";
        let path = self.db.query_row(query, [session, part], |row| row.get::<_, String>(0));
        Ok(path.optional()?.map(|path| Source::of(path.into(), session, part)))
    }
}

/// Inserts a plan inside a transaction: it replaces the waiting one, and the dream's progress is
/// cleared.
///
/// # Errors
/// [`Error::State`], [`Error::Damaged`].
pub fn insert(
    db: &Connection,
    plan: &StoredPlan,
    status: &str,
    revision: Option<u64>,
) -> Result<()> {
    db.execute("UPDATE plans SET status = 'replaced' WHERE status = 'waiting'", [])?;
    let damaged = |error: serde_json::Error| Error::Damaged(format!("plan: {error}"));
    let request = serde_json::to_string(&plan.request).map_err(damaged)?;
    let answers = serde_json::to_string(&plan.answers).map_err(damaged)?;
    let seal = seal(&plan.plan, &plan.report, &request, &answers);
    db.execute(
        "INSERT INTO plans (status, revision, plan, report, request, answers, seal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![status, revision.map(clamp), plan.plan, plan.report, request, answers, seal],
    )?;
    Ok(progress::clear(db)?)
}

/// The digest of a plan with its report, request and answers.
pub fn seal(plan: &[u8], report: &[u8], request: &str, answers: &str) -> String {
    digests::of_parts([plan, report, request.as_bytes(), answers.as_bytes()])
}

/// Adds seals to plans that an older version stored.
///
/// # Errors
/// What SQLite says.
pub fn seal_all(db: &Connection) -> rusqlite::Result<()> {
    let mut query = db.prepare("SELECT id, plan, report, request, answers FROM plans")?;
    let sealed = query.query_map([], |row| {
        let (plan, report): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let (request, answers): (String, String) = (row.get(3)?, row.get(4)?);
        Ok((row.get::<_, i64>(0)?, seal(&plan, &report, &request, &answers)))
    })?;
    for sealed in sealed.collect::<rusqlite::Result<Vec<_>>>()? {
        db.execute("UPDATE plans SET seal = ?2 WHERE id = ?1", sealed)?;
    }
    Ok(())
}

/// Sets the status of a plan, inside a transaction.
///
/// # Errors
/// What SQLite says.
pub fn settle(
    db: &Connection,
    plan: i64,
    status: &str,
    revision: Option<u64>,
) -> rusqlite::Result<()> {
    let query = "UPDATE plans SET status = ?2, revision = ?3 WHERE id = ?1";
    db.execute(query, params![plan, status, revision.map(clamp)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::Part;
    use crate::state::revisions::{self, tests::revision};
    use crate::state::tests::fixture;

    fn plan(bytes: &[u8]) -> StoredPlan {
        StoredPlan {
            id: 0,
            status: String::new(),
            revision: None,
            plan: bytes.to_vec(),
            report: b"{}".to_vec(),
            request: Request { instructions: "focus".into(), ..Request::default() },
            answers: Map::from_iter([("m1".into(), Value::Null)]),
        }
    }

    #[test]
    fn one_plan_waits_and_a_new_one_takes_its_place() {
        let (_dir, _folder, mut state) = fixture();
        state.store_plan(&plan(b"1"), "waiting").unwrap();
        state.store_plan(&plan(b"2"), "waiting").unwrap();
        let waiting = state.waiting_plan().unwrap().unwrap();
        assert_eq!(waiting.plan, b"2");
        assert_eq!(waiting.request, plan(b"2").request);
        assert_eq!(waiting.answers, plan(b"2").answers);
        revisions::insert(&state.db, &revision(1, &[])).unwrap();
        settle(&state.db, waiting.id, "applied", Some(1)).unwrap();
        assert!(state.waiting_plan().unwrap().is_none());
        assert_eq!(state.plan_of(1).unwrap().unwrap().plan, b"2");
        assert_eq!(state.newest_plan().unwrap().unwrap().plan, b"2");
    }

    #[test]
    fn a_part_is_found_where_it_was_seen_last() {
        let (_dir, _folder, mut state) = fixture();
        let part = |path: &str| Part { name: "main".into(), path: path.into(), bytes: 1, start: 0 };
        let session = |path| Session { id: "s".into(), parts: vec![part(path)] };
        state.note_sources(&[session("/old/s.jsonl")]).unwrap();
        state.note_sources(&[session("/new/s.jsonl")]).unwrap();
        assert_eq!(state.source("s", "main").unwrap(), Some("/new/s.jsonl".into()));
        assert_eq!(state.source("s", "other").unwrap(), None);
    }
}
