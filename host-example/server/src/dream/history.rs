//! What changed between two states of a store, whether its history is as it was recorded, and what it knows of sessions. Runs on threads of its own.

use dreaming_wasmtime::{Contents, Difference, Engine, Setting};

use super::keep::Denied;
use crate::db::engine::Revision;

/// A store at a revision.
#[derive(Debug)]
pub struct State {
    /// The number of the revision.
    pub number: i64,
    /// The store, or why it cannot be told.
    pub contents: Result<Contents, String>,
}

/// A revision that is not as it was recorded.
#[derive(Debug)]
pub struct Damage {
    /// Its number.
    pub revision: i64,
    /// What does not fit.
    pub why: String,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Revisions whose records were checked.
    pub revisions: usize,
    /// Revisions whose memories and ledger were checked, too.
    pub states: usize,
    /// What is damaged.
    pub damage: Vec<Damage>,
    /// Revisions whose memories cannot be told any more, and why.
    pub unread: Vec<(i64, String)>,
}

/// The memories that differ, by path.
///
/// # Errors
/// [`Denied`].
pub fn differ(
    engine: &Engine,
    before: &Contents,
    after: &Contents,
) -> Result<Vec<Difference>, Denied> {
    let mut job = engine.job()?;
    let (before, after) = (job.snapshot(before)?, job.snapshot(after)?);
    Ok(job.diff(&before, &after)?)
}

/// What the sessions of a store say, as the document `dreaming.stats/1`.
///
/// # Errors
/// [`Denied::Wrong`] for settings that cannot be used.
pub fn stats(
    engine: &Engine,
    contents: &Contents,
    settings: &[Setting],
    now: i64,
) -> Result<Vec<u8>, Denied> {
    let mut job = engine.job()?;
    let snapshot = job.snapshot(contents)?;
    Ok(job.stats(&snapshot, settings, now)?)
}

/// Checks each record against the one before it, in the order in which they were made, and the store at some of them.
///
/// # Errors
/// [`Denied`].
pub fn verify(
    engine: &Engine,
    revisions: &[Revision],
    states: Vec<State>,
) -> Result<Verified, Denied> {
    let mut verified = Verified { revisions: revisions.len(), ..Verified::default() };
    let mut damaged = |revision: i64, why: String| verified.damage.push(Damage { revision, why });
    let mut job = engine.job()?;
    let mut parent = None;
    for revision in revisions {
        match job.verify(&revision.record, parent) {
            Ok(id) if id == revision.id => {}
            Ok(_) => damaged(revision.number, "its record is another".into()),
            Err(error) => damaged(revision.number, error.to_string()),
        }
        parent = Some(&revision.record);
    }
    let mut checked = 0;
    for State { number, contents } in states {
        let contents = match contents {
            Ok(contents) => contents,
            Err(why) => {
                verified.unread.push((number, why));
                continue;
            }
        };
        checked += 1;
        // A job of its own for each, so that there is one store in memory at a time.
        let mut job = engine.job()?;
        let seen = job.snapshot(&contents).and_then(|store| job.observe(&store, 0));
        match seen {
            Ok(None) => {}
            Ok(Some(_)) => damaged(number, "its memories are not those that it records".into()),
            Err(error) => damaged(number, error.to_string()),
        }
    }
    verified.states = checked;
    Ok(verified)
}
