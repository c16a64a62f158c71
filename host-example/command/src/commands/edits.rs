//! What people wrote since the newest revision, for commands that make a revision of their own.

use dreaming_wasmtime::{Contents, Job, NewRevision};

use super::Place;
use crate::component;
use crate::error::Result;
use crate::snapshot;
use crate::write;

/// Stores what people changed since the head as a revision of its own, and updates `contents` to
/// that revision. Returns its number; `None` when nobody changed anything.
///
/// The folder is not read again: a text that somebody saved since the first reading is in no
/// revision, and a revision made from it would record its digest without its text.
///
/// # Errors
/// Those of [`write::commit`], and what the engine refuses.
pub fn keep(
    place: &mut Place,
    job: &mut Job,
    contents: &mut Contents,
    now: i64,
) -> Result<Option<u64>> {
    let Some(edits) = observed(job, contents, now)? else { return Ok(None) };
    commit(place, contents, &edits).map(Some)
}

/// The revision for what people changed since the head; `None` when nobody did.
///
/// # Errors
/// What the engine refuses.
pub fn observed(job: &mut Job, contents: &Contents, now: i64) -> Result<Option<NewRevision>> {
    let store = job.snapshot(contents).map_err(component::refused)?;
    job.observe(&store, now).map_err(component::refused)
}

/// Stores a revision that was made from `contents`, and updates `contents` to it; returns its
/// number.
///
/// # Errors
/// Those of [`write::commit`].
pub fn commit(place: &mut Place, contents: &mut Contents, revision: &NewRevision) -> Result<u64> {
    let seen = snapshot::texts(contents);
    let number = write::commit(&mut place.state, &place.folder, &seen, revision, |_, _| Ok(()))?;
    snapshot::advance(contents, revision);
    Ok(number)
}
