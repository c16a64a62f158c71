//! Makes the revision of a store without a session or an entry.

use dreaming_wasmtime::quotes::Sought;
use dreaming_wasmtime::{By, Engine, Erasure, NewRevision};

use super::keep::{Denied, observed};
use crate::db::engine::Loaded;

/// The revisions of an erasure.
#[derive(Debug)]
pub struct Made {
    /// What people changed before.
    pub observed: Option<NewRevision>,
    /// The one without it; none when the store has nothing of it now.
    pub erased: Option<NewRevision>,
}

/// The revisions that take a session or an entry out of a store.
///
/// # Errors
/// [`Denied`].
pub fn erase(engine: &Engine, loaded: &Loaded, what: &Erasure, by: &By) -> Result<Made, Denied> {
    let mut job = engine.job()?;
    let (contents, observed) = observed(&mut job, loaded)?;
    let sought = match what {
        Erasure::Session(id) => Sought::Session(id),
        Erasure::Entry(id) => Sought::Entry(id, &[]),
    };
    let mut erased = None;
    if contents.ledger.iter().any(|row| sought.is_in_row(&row.key, &row.value, false)) {
        let snapshot = job.snapshot(&contents)?;
        erased = Some(job.erase(&snapshot, what, by)?);
    }
    Ok(Made { observed, erased })
}
