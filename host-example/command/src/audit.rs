//! Checks that the stored data is what the chain of revision records names.
//!
//! The component checks the chain: form, number, parent and id of each revision record. This module
//! computes again the digests that each record names: the ledger's from its rows, and the memories'
//! from their texts or, for an erased text, from its digest in the ledger. The component also
//! checks the newest revision as a whole.

use std::collections::BTreeMap;

use dreaming_export::{MARKS, NO_PLANS, digests};
use dreaming_wasmtime::{EngineError, Error as JobError, Job};
use serde::{Deserialize, Serialize};

use crate::component;
use crate::document::{self, MemoryRecord};
use crate::error::{Error, Result};
use crate::folder::digest;
use crate::snapshot;
use crate::state::State;
use crate::state::erase::WORDS;
use crate::state::history::{self, Point};
use crate::state::mend::LOST;
use crate::state::revisions::Stored;
use crate::state::schema;

/// Stored data that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The revision that cannot be trusted; `None` when the damage belongs to no single revision.
    pub revision: Option<u64>,
    /// The damaged part, such as `ledger` or `memory team.md`.
    pub what: String,
    /// What the check found there.
    pub why: String,
}

/// The result of a check.
#[derive(Debug, Default)]
pub struct Audit {
    /// How many revisions there are.
    pub revisions: u64,
    /// What is damaged, in the order of the checks.
    pub damage: Vec<Damage>,
}

impl Audit {
    fn add(&mut self, revision: Option<u64>, what: impl Into<String>, why: impl Into<String>) {
        self.damage.push(Damage { revision, what: what.into(), why: why.into() });
    }
}

/// The fields of a revision record that are checked.
#[derive(Deserialize)]
struct Named {
    now: i64,
    memories: String,
    ledger: String,
    plan: Option<String>,
}

/// Checks the database file, the chain, the store at each revision, the plans and the erasures.
///
/// # Errors
/// [`Error::Engine`], and [`Error::State`] when the database cannot be read at all.
pub fn audit(state: &State, job: &mut Job) -> Result<Audit> {
    let mut audit = Audit::default();
    match check(state, job, &mut audit) {
        // The database can be read only in part: report this as damage, with what was found before.
        Err(Error::State(error)) => audit.add(None, "database file", error.to_string()),
        other => other?,
    }
    Ok(audit)
}

fn check(state: &State, job: &mut Job, audit: &mut Audit) -> Result<()> {
    check_database(state, audit)?;
    let chain = history::chain(&state.db)?;
    audit.revisions = chain.len() as u64;
    let named = check_chain(&chain, job, audit)?;
    check_points(state, &chain, &named, audit)?;
    check_plans(state, &named, audit)?;
    check_erasures(state, audit)?;
    let head = chain.last().and_then(|head| named.get(&head.number));
    if let (Some(head), true) = (head, audit.damage.is_empty()) {
        let contents = snapshot::at(state, audit.revisions)?;
        let seen = job.snapshot(&contents).and_then(|store| job.observe(&store, head.now));
        if let Err(error) = seen {
            audit.add(Some(audit.revisions), "store", error.to_string());
        }
    }
    Ok(())
}

/// Checks that an erasure was recorded for everything that is marked as erased.
fn check_erasures(state: &State, audit: &mut Audit) -> Result<()> {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for (erased, seal) in history::erasures(&state.db)? {
        if erased.seal() != seal {
            audit.add(Some(erased.number), "note of what was erased", "its digest is another");
        }
        last.insert(erased.kind, erased.number);
    }
    let marks = history::marks(&state.db)?;
    for mark in &marks {
        // Only erasing an entry or words, or losing a text, marks memories. Erasing a session marks just
        // ledger rows and plans that quote it.
        let mut kinds = last.iter().filter(|(kind, _)| match mark.is_memory() {
            true => [LOST, "entry", WORDS].contains(&kind.as_str()),
            false => *kind != LOST,
        });
        let why = if mark.newest {
            "it is marked as erased, and what is in force never is"
        } else if kinds.all(|(_, number)| *number < mark.number) {
            "it is marked as erased, and nothing was erased since"
        } else {
            continue;
        };
        audit.add((mark.number > 0).then_some(mark.number), &*mark.what, why);
    }
    if state.meta(MARKS)?.unwrap_or_else(|| history::seal_of(&[])) != history::seal_of(&marks) {
        audit.add(None, "marks of what was erased", "they are not those that erasures have left");
    }
    Ok(())
}

/// Runs the checks of SQLite itself.
fn check_database(state: &State, audit: &mut Audit) -> Result<()> {
    let mut query = state.db.prepare("PRAGMA integrity_check")?;
    for fault in query.query_map([], |row| row.get::<_, String>(0))? {
        let fault = fault?;
        if fault != "ok" {
            audit.add(None, "database file", fault);
        }
    }
    match schema::check(&state.db) {
        Err(Error::Damaged(what)) => audit.add(None, "database file", what),
        other => other?,
    }
    let mut query = state.db.prepare("PRAGMA foreign_key_check")?;
    for table in query.query_map([], |row| row.get::<_, String>(0))? {
        audit.add(None, table?, "it has a row of a revision that is not there");
    }
    Ok(())
}

fn check_chain(chain: &[Stored], job: &mut Job, audit: &mut Audit) -> Result<BTreeMap<u64, Named>> {
    let mut named = BTreeMap::new();
    let mut parent: Option<&Stored> = None;
    for stored in chain {
        let number = Some(stored.number);
        match job.verify(&stored.record, parent.map(|parent| &parent.record)) {
            Ok(id) if id == stored.id => {}
            Ok(_) => audit.add(number, "revision record", "its digest is not its id"),
            Err(JobError::Engine(EngineError::InvalidDocument(why))) => {
                audit.add(number, "revision record", why.why);
            }
            Err(error) => return Err(component::refused(error)),
        }
        match document::parse::<Named>(&stored.record, "revision record") {
            Ok(found) => drop(named.insert(stored.number, found)),
            Err(error) => audit.add(number, "revision record", error.to_string()),
        }
        parent = Some(stored);
    }
    Ok(named)
}

fn check_points(
    state: &State,
    chain: &[Stored],
    named: &BTreeMap<u64, Named>,
    audit: &mut Audit,
) -> Result<()> {
    let (salt, seals) = (state.salt()?, history::seals(&state.db)?);
    history::walk(&state.db, chain, |stored, point| {
        let Some(named) = named.get(&stored.number) else { return Ok(()) };
        let number = Some(stored.number);
        check_memories(stored.number, point, named, &salt, audit);
        let expected =
            if point.lost_rows() { seals.get(&stored.number) } else { Some(&named.ledger) };
        if expected != Some(&digests::of_ledger(&point.ledger)) {
            audit.add(number, "ledger", "its rows do not have the digest that was recorded");
        }
        Ok(())
    })
}

fn check_memories(number: u64, point: &Point, named: &Named, salt: &str, audit: &mut Audit) {
    let mut leaves = BTreeMap::new();
    let mut broken = false;
    for (path, memory) in &point.memories {
        let row = point.ledger.get(&format!("memory/{path}")).and_then(Option::as_deref);
        let row = row.and_then(|row| document::parse::<MemoryRecord>(row, "memory record").ok());
        let row = row.filter(|row| !row.digest.is_empty());
        let digest = memory.text.as_ref().map(|text| digests::of_memory(salt, text));
        let why = match &row {
            None => Some("the ledger has no digest of it"),
            Some(row) if digest.as_ref().is_some_and(|digest| *digest != row.digest) => {
                Some("its text does not have the digest that was recorded")
            }
            Some(row) if row.observed_at != memory.observed_at => {
                Some("its time is not the one that was recorded")
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            audit.add(Some(number), format!("memory {path}"), why);
            broken = true;
        }
        let leaf = digest.or(row.map(|row| row.digest)).unwrap_or_default();
        leaves.insert(path.clone(), leaf);
    }
    if !broken && digests::of_memories(&leaves) != named.memories {
        let why = "they do not have the digest that the record names";
        audit.add(Some(number), "memories", why);
    }
}

fn check_plans(state: &State, named: &BTreeMap<u64, Named>, audit: &mut Audit) -> Result<()> {
    let mut planned = BTreeMap::new();
    for row in history::plans(&state.db)? {
        let number = row.revision.and_then(|number| u64::try_from(number).ok());
        let what = format!("plan {}", row.id);
        let [plan, report, request, answers] = &row.documents;
        let seal = digests::of_parts([&**plan, report, request, answers]);
        if !row.erased && seal != row.seal {
            let why = "plan, report, request and answers are not those that were stored";
            audit.add(number, &*what, why);
        } else if (row.status == "applied") != number.is_some() {
            audit.add(number, &*what, "its state does not fit its revision");
        } else if let Some(number) = number {
            let digest = (!row.erased).then(|| digest(plan));
            let expected = named.get(&number).and_then(|named| named.plan.as_ref());
            if digest.is_some() && digest.as_ref() != expected || planned.contains_key(&number) {
                audit.add(Some(number), &*what, "it is not the plan that the record names");
            }
        }
        planned.extend(number.map(|number| (number, ())));
    }
    // A server keeps no plans, and says so in what it exports.
    let without = state.meta(NO_PLANS)?.and_then(|number| number.parse().ok()).unwrap_or(0);
    for (number, named) in named {
        if named.plan.is_some() && *number > without && !planned.contains_key(number) {
            audit.add(Some(*number), "plan", "the plan that the record names is not there");
        }
    }
    Ok(())
}
