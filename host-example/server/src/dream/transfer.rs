//! Has the engine check a history that came from elsewhere.

use dreaming_wasmtime::{Engine, Error};

use super::keep::Denied;
use crate::db::engine::Revision;
use crate::transfer::{self, History, Whole};

/// Characters of a reason, at most. Chosen by us: a reason may name what the file says, which has any length.
const MAX_REASON: usize = 400;

/// The history in a file, once all of it is checked: each record against the one before it, and the store at the newest
/// revision as a whole.
///
/// # Errors
/// [`Denied::Wrong`] with the reason, when the file cannot be used.
pub fn import(engine: &Engine, bytes: &[u8]) -> Result<History, Denied> {
    let (history, checked) = transfer::read(bytes).map_err(wrong)?;
    let mut job = engine.job()?;
    let mut parent = None;
    for Revision { number, id, record } in &history.revisions {
        let found = job.verify(record, parent).map_err(damaged(*number))?;
        if found != *id {
            return Err(Denied::Wrong(format!(
                "revision {number}: the digest of its record is not its id"
            )));
        }
        parent = Some(record);
    }
    let Whole { newest, now, .. } = checked;
    let number = history.revisions.len() as i64;
    let snapshot = job.snapshot(&newest).map_err(damaged(number))?;
    job.observe(&snapshot, now).map_err(damaged(number))?;
    Ok(history)
}

/// The file of a history. It is checked first as an import checks it, so that nobody is given a file that nobody takes.
///
/// # Errors
/// [`Denied::Wrong`] with the reason, when the history cannot be exported.
pub fn export(history: &History) -> Result<Vec<u8>, Denied> {
    let checked = transfer::check(history).map_err(Denied::Wrong)?;
    transfer::write(history, &checked).map_err(|error| Denied::Failed(error.to_string()))
}

fn damaged(number: i64) -> impl Fn(Error) -> Denied {
    move |error| match error {
        Error::Engine(why) => wrong(format!("revision {number}: {why}")),
        other => Denied::Failed(other.to_string()),
    }
}

fn wrong(why: String) -> Denied {
    Denied::Wrong(match why.char_indices().nth(MAX_REASON) {
        Some((end, _)) => format!("{}…", &why[..end]),
        None => why,
    })
}
