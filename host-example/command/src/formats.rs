//! Finds sessions that this engine does not understand.
//!
//! The engine leaves a session pending if it understands too little of it, because a later version
//! may know its format. Reading all such sessions in each dream would take long. So the dream does
//! not get sessions whose beginning no importer knows. The state remembers these, and those that a
//! dream could not understand, with their lengths and the engine's digest. The command lists them
//! with the format that they resemble.

use std::collections::BTreeMap;

use dreaming_wasmtime::{Job, MAX_PAGE};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::component;
use crate::document::{self, Plan};
use crate::error::Result;
use crate::output::text;
use crate::sessions::{Found, NotUnderstood, Part, Session};
use crate::snapshot;
use crate::state::State;
use crate::transcript::Reader;

/// Key of the state's meta table for [`Known`].
const META: &str = "unknown-formats";

/// Bytes from which the format of a transcript is detected; see `transcripts.detect` of the
/// interface.
const HEAD: u64 = 64 << 10;

/// For each session, by id, the lengths of its parts in bytes, by name.
type Lengths = BTreeMap<String, BTreeMap<String, u64>>;

/// Why a session is not understood, by its id.
type Reasons = BTreeMap<String, Why>;

/// Why a session is not understood.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Why {
    /// See [`NotUnderstood::looks_like`].
    looks_like: Option<String>,
    /// The engine's reason after it had read the whole session.
    understood: Option<String>,
}

impl Why {
    /// The reason as a sentence.
    fn reason(&self) -> String {
        match (&self.looks_like, &self.understood) {
            (_, Some(understood)) => format!("{understood}; a later version may read it"),
            (Some(name), None) => {
                format!("it looks like {name}, which this version does not read; a later one may")
            }
            (None, None) => {
                "no importer of this version knows its form; a later one may read it".into()
            }
        }
    }
}

/// The sessions that an engine did not understand.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// The digest of the engine's component.
    engine: String,
    /// The sessions.
    sessions: Lengths,
    /// Why each is not understood; states of earlier versions lack it.
    #[serde(default)]
    why: Reasons,
}

fn lengths(session: &Session) -> BTreeMap<String, u64> {
    session.parts.iter().map(|part| (part.name.clone(), part.bytes)).collect()
}

/// What the state remembers of this engine; nothing if another engine wrote it.
fn known(state: &State) -> Result<Known> {
    let known: Option<Known> = state
        .meta(META)?
        .map(|text| document::parse(text.as_bytes(), "list of unknown formats"))
        .transpose()?;
    Ok(known.filter(|known| known.engine == component::id()).unwrap_or_default())
}

/// Moves sessions that this engine is known not to understand to `found.unknown`.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn leave_known(state: &State, found: &mut Found) -> Result<()> {
    let known = known(state)?;
    if !known.sessions.is_empty() {
        leave(found, |session| {
            let is_known = known.sessions.get(&session.id) == Some(&lengths(session));
            is_known.then(|| known.why.get(&session.id).cloned().unwrap_or_default())
        });
    }
    Ok(())
}

/// Moves unread sessions whose beginning no importer knows to `found.unknown`.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Engine`].
pub fn leave_unknown(state: &State, job: &mut Job, found: &mut Found) -> Result<()> {
    let head = state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&state.ledger_at(head)?)?;
    let mut reader = Reader::default();
    let mut unknown = Reasons::new();
    for session in found.sessions.iter().filter(|s| snapshot::is_unread(s, &cursor)) {
        if let Some(why) = unknown_form(job, &mut reader, session)? {
            unknown.insert(session.id.clone(), why);
        }
    }
    set_aside(state, found, unknown)
}

/// Moves sessions that a dream read and did not understand, as its plan says, to `found.unknown`.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn leave_not_understood(state: &State, plan: &Plan, found: &mut Found) -> Result<()> {
    let why = |result: &document::SessionResult| {
        let looks_like = result.outcome.not_understood.as_ref()?.looks_like.clone();
        let looks_like = Some(looks_like).filter(|name| !name.is_empty());
        let why = Why { looks_like, understood: result.outcome.reason.clone() };
        Some((result.session.clone(), why))
    };
    set_aside(state, found, plan.sessions.iter().filter_map(why).collect())
}

/// Moves the sessions in `reasons` to `found.unknown`, and remembers them in the state.
fn set_aside(state: &State, found: &mut Found, reasons: Reasons) -> Result<()> {
    let lengths_of = |session: &Session| (session.id.clone(), lengths(session));
    let left = found.sessions.iter().filter(|session| reasons.contains_key(&session.id));
    let left: Lengths = left.map(lengths_of).collect();
    if left.is_empty() {
        return Ok(());
    }
    leave(found, |session| reasons.get(&session.id).cloned());
    if state.is_writable() {
        let mut known = known(state)?;
        known.engine = component::id();
        known.sessions.extend(left);
        known.why.extend(reasons);
        state.set_meta(META, &json!(known).to_string())?;
    }
    Ok(())
}

/// As [`leave_unknown`] for all sessions, without a state.
///
/// # Errors
/// [`crate::error::Error::Engine`].
pub fn leave_unknown_without_state(job: &mut Job, found: &mut Found) -> Result<()> {
    let mut reader = Reader::default();
    let mut unknown = Reasons::new();
    for session in &found.sessions {
        if let Some(why) = unknown_form(job, &mut reader, session)? {
            unknown.insert(session.id.clone(), why);
        }
    }
    leave(found, |session| unknown.get(&session.id).cloned());
    Ok(())
}

/// Why no importer knows the form of a session; `None` when one does.
fn unknown_form(job: &mut Job, reader: &mut Reader, session: &Session) -> Result<Option<Why>> {
    let mut why = Why::default();
    let mut is_known = |part: &Part, limit: u64| -> Result<bool> {
        // A part that cannot be read counts as known; the run that tries to read it reports the
        // error.
        let Ok(head) = reader.read(part, 0, limit) else { return Ok(true) };
        if head.is_empty() || job.detect(&head).map_err(component::refused)?.is_some() {
            return Ok(true);
        }
        if part.name == "main" {
            why.looks_like = job.looks_like(&head).map_err(component::refused)?;
        }
        Ok(false)
    };
    for part in session.parts.iter().filter(|part| is_transcript(part)) {
        let page = MAX_PAGE as u64;
        if is_known(part, HEAD)? || part.bytes > HEAD && is_known(part, page)? {
            return Ok(None);
        }
    }
    Ok(Some(why))
}

/// Whether a part is a transcript, not a spilled tool result or metadata of a host.
fn is_transcript(part: &Part) -> bool {
    part.name == "main" || part.name.starts_with("subagents/")
}

/// Moves sessions for which `why` gives a reason to `found.unknown`.
fn leave(found: &mut Found, why: impl Fn(&Session) -> Option<Why>) {
    let unknown = &mut found.unknown;
    found.sessions.retain(|session| {
        let Some(why) = why(session) else { return true };
        if let Some(main) = session.parts.iter().find(|part| part.name == "main") {
            unknown.push(NotUnderstood {
                session: session.id.clone(),
                path: main.path.display().to_string(),
                reason: why.reason(),
                looks_like: why.looks_like,
            });
        }
        false
    });
}

/// How many sessions are left unread, and what they look like: `12 left unread: 10 look like GitHub
/// Copilot CLI, 2 of no known form`; empty when there are none.
pub fn summary(unknown: &[NotUnderstood]) -> String {
    let mut by_name: BTreeMap<Option<&str>, u64> = BTreeMap::new();
    for left in unknown {
        *by_name.entry(left.looks_like.as_deref()).or_default() += 1;
    }
    let named = |(name, number): (&Option<&str>, &u64)| match name {
        Some(name) => {
            let verb = if *number == 1 { "looks" } else { "look" };
            format!("{number} {verb} like {}", text::one_line(name))
        }
        None => format!("{number} of no known form"),
    };
    let named: Vec<String> = by_name.iter().rev().map(named).collect();
    match unknown.len() {
        0 => String::new(),
        all => format!("{all} left unread: {}", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_unread_is_counted_by_what_it_looks_like() {
        let left = |name: Option<&str>| NotUnderstood {
            session: "s".into(),
            path: "s.jsonl".into(),
            looks_like: name.map(Into::into),
            reason: String::new(),
        };
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&[left(None)]), "1 left unread: 1 of no known form");
        let (codex, copilot) = (Some("codex"), Some("GitHub Copilot CLI"));
        let all = [left(copilot), left(None), left(codex), left(copilot)];
        let said =
            "4 left unread: 1 looks like codex, 2 look like GitHub Copilot CLI, 1 of no known form";
        assert_eq!(summary(&all), said);
    }
}
