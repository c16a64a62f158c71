//! Which sessions are in a form that an importer knows.
//!
//! A dream would count the others as read, and a later version of the engine that knows their form
//! would never see them. So they are kept from it, and named. Looking at all of them each time would
//! take long; the state remembers which they were, for this engine and these lengths.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::{Job, MAX_PAGE};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::component;
use crate::document;
use crate::error::Result;
use crate::folder::Skipped;
use crate::sessions::{Found, Part, Session};
use crate::snapshot;
use crate::state::State;
use crate::transcript::Reader;

/// Where the state keeps [`Known`].
const META: &str = "unknown-formats";

/// Bytes by which the form of a transcript is told; see `transcripts.detect` of the interface.
const HEAD: u64 = 64 << 10;

/// What is said of such a file.
const WHY: &str = "no importer of this version knows its form; a later one may read it";

/// The sessions that an engine did not know.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// The engine.
    engine: String,
    /// Lengths of the parts of each, by name.
    sessions: BTreeMap<String, BTreeMap<String, u64>>,
}

fn lengths(session: &Session) -> BTreeMap<String, u64> {
    session.parts.iter().map(|part| (part.name.clone(), part.bytes)).collect()
}

/// What the state remembers of this engine.
fn known(state: &State) -> Result<Known> {
    let known: Option<Known> = state
        .meta(META)?
        .map(|text| document::parse(text.as_bytes(), "list of unknown formats"))
        .transpose()?;
    Ok(known.filter(|known| known.engine == component::id()).unwrap_or_default())
}

/// Takes out of `found` what this engine is known not to know.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn leave_known(state: &State, found: &mut Found) -> Result<()> {
    let known = known(state)?;
    if !known.sessions.is_empty() {
        leave(found, |session| known.sessions.get(&session.id) == Some(&lengths(session)));
    }
    Ok(())
}

/// Takes out of `found` what the engine of `job` does not know, of the sessions that no dream has read.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Engine`].
pub fn leave_unknown(state: &State, job: &mut Job, found: &mut Found) -> Result<()> {
    let head = state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&state.ledger_at(head)?)?;
    let mut reader = Reader::default();
    let mut unknown = BTreeMap::new();
    for session in found.sessions.iter().filter(|s| snapshot::is_unread(s, &cursor)) {
        if !is_known(job, &mut reader, session)? {
            unknown.insert(session.id.clone(), lengths(session));
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    leave(found, |session| unknown.contains_key(&session.id));
    if state.is_writable() {
        let mut known = known(state)?;
        known.engine = component::id();
        known.sessions.extend(unknown);
        state.set_meta(META, &json!(known).to_string())?;
    }
    Ok(())
}

/// As [`leave_unknown`] of all sessions, where no state remembers what was read.
///
/// # Errors
/// [`crate::error::Error::Engine`].
pub fn leave_unknown_without_state(job: &mut Job, found: &mut Found) -> Result<()> {
    let mut reader = Reader::default();
    let mut unknown = BTreeSet::new();
    for session in &found.sessions {
        if !is_known(job, &mut reader, session)? {
            unknown.insert(session.id.clone());
        }
    }
    leave(found, |session| unknown.contains(&session.id));
    Ok(())
}

/// Whether the engine of `job` knows the form of a part of `session`.
fn is_known(job: &mut Job, reader: &mut Reader, session: &Session) -> Result<bool> {
    let mut is_known = |part: &Part, limit: u64| -> Result<bool> {
        // What cannot be read is named by the run that misses it.
        let Ok(head) = reader.read(part, 0, limit) else { return Ok(true) };
        Ok(head.is_empty() || job.detect(&head).map_err(component::refused)?.is_some())
    };
    for part in session.parts.iter().filter(|part| is_transcript(part)) {
        let page = MAX_PAGE as u64;
        if is_known(part, HEAD)? || part.bytes > HEAD && is_known(part, page)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a part is a transcript, and neither a spilled result nor what a host says.
fn is_transcript(part: &Part) -> bool {
    part.name == "main" || part.name.starts_with("subagents/")
}

fn leave(found: &mut Found, is_unknown: impl Fn(&Session) -> bool) {
    let unknown = &mut found.unknown;
    found.sessions.retain(|session| {
        let leaves = is_unknown(session);
        let main = session.parts.iter().find(|part| part.name == "main");
        if let Some(main) = main.filter(|_| leaves) {
            unknown.push(Skipped { path: main.path.display().to_string(), reason: WHY.into() });
        }
        !leaves
    });
    unknown.dedup_by(|a, b| a.path == b.path);
}
