//! The sessions that a run may read: where they are, and which of them are left out.

use std::io::{self, Read as _};
use std::path::PathBuf;

use serde_json::json;

use super::reply;
use crate::cli::{Common, Run};
use crate::commands::select;
use crate::document;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::formats;
use crate::output::{self, next, text};
use crate::project::Project;
use crate::sessions::{self, Found, Session};
use crate::state::State;
use crate::transcript;

/// Where the state keeps the paths of the sessions of the last run.
const SESSIONS: &str = "sessions";

/// Where the state keeps the project of the last run, beside the paths of its sessions.
const PROJECT: &str = "project";

/// Bytes at the beginning of a transcript in which the id of an erased session is looked for. Chosen by us: its first
/// records name it, and one of 28 real ones has 30 KB before it.
const HEAD: u64 = 1 << 20;

/// Letters of an id by which a copy is known, at least. Chosen by us: agents give 32 and more, and a short name may stand
/// in any transcript.
const LETTERS: usize = 16;

/// The sessions that were named, now or in the last run.
pub(super) fn named(state: &State, args: &Run) -> Result<Wanted> {
    wanted(state, &args.sessions, args.project.as_ref())?
        .ok_or_else(|| Error::Usage(select::WHICH_SESSIONS.into()))
}

/// Finds the sessions in the given paths, else in those of the last run, and remembers paths and
/// project.
pub(super) fn find(state: &mut State, args: &Run, quiet: bool) -> Result<Found> {
    let wanted = named(state, args)?;
    let mut found = readable(state, &wanted)?;
    if is_empty(&found) && !quiet {
        output::note(&nothing_there(&wanted));
    }
    let older = args.select.leave_older(&mut found.sessions);
    if !quiet {
        output::warn_skipped("session file", &found.skipped);
        if let Some(left) = reply::left_elsewhere(&found) {
            output::note(&left);
        }
        if older > 0 {
            let older = text::count(older, "session");
            output::note(&format!("{older} not looked at: no file of them was changed since"));
        }
    }
    let absolute: Vec<String> = wanted
        .paths
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    state.set_meta(SESSIONS, &json!(absolute).to_string())?;
    state.set_meta(PROJECT, &json!(wanted.project).to_string())?;
    state.note_sources(&found.sessions)?;
    Ok(found)
}

/// The wanted sessions that a dream may read: neither erased ones nor those that this engine is
/// known not to understand.
///
/// # Errors
/// As [`sessions::find`], and [`Error::State`].
pub fn readable(state: &State, wanted: &Wanted) -> Result<Found> {
    let mut found = sessions::find(&wanted.paths)?;
    if let Some(project) = &wanted.project {
        project.leave_others(&mut found);
    }
    state.leave_erased(&mut found.sessions)?;
    leave_copies(state, &mut found)?;
    formats::leave_known(state, &mut found)?;
    Ok(found)
}

/// Where the sessions are, and in which project they must have run.
#[derive(Debug)]
pub struct Wanted {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// The project; `None` = anywhere.
    project: Option<Project>,
}

/// Whether a run finds its sessions without being told where: an agent, a configuration file or an
/// earlier run says it.
///
/// # Errors
/// [`Error::State`].
pub fn knows_sessions(state: &State, common: &Common) -> Result<bool> {
    let is_set = common.config.held.iter().any(|held| held.name == "sessions");
    Ok(is_set || next::names_agent(common) || state.meta(SESSIONS)?.is_some())
}

/// The paths and project that are named, else those of the last run.
///
/// # Errors
/// [`Error::State`], [`Error::Damaged`].
pub fn wanted(
    state: &State,
    paths: &[PathBuf],
    project: Option<&Project>,
) -> Result<Option<Wanted>> {
    if !paths.is_empty() {
        return Ok(Some(Wanted { paths: paths.to_vec(), project: project.cloned() }));
    }
    let Some(paths) = state.meta(SESSIONS)? else { return Ok(None) };
    let paths = document::parse(paths.as_bytes(), "list of session paths")?;
    let project = state.meta(PROJECT)?;
    let project = project.map(|text| document::parse(text.as_bytes(), "project")).transpose()?;
    Ok(Some(Wanted { paths, project: project.flatten() }))
}

/// Whether there was no session at all, not even one that is left out.
fn is_empty(found: &Found) -> bool {
    found.sessions.is_empty()
        && found.skipped.is_empty()
        && found.unknown.is_empty()
        && found.elsewhere == 0
}

/// A sentence about paths that hold no session.
fn nothing_there(wanted: &Wanted) -> String {
    let paths: Vec<String> =
        wanted.paths.iter().map(|path| text::one_line(&path.to_string_lossy())).collect();
    format!(
        "no session was found in {}: `--sessions PATH` names the folder in which an agent keeps them, and {} shows \
         those of the agents here",
        paths.join(", "),
        next::command("init --dry-run")
    )
}

/// Leaves out files that say that they are an erased session, by whatever name they lie here: its copies hold its words.
fn leave_copies(state: &State, found: &mut Found) -> Result<()> {
    let erased = state.erasures()?.into_iter();
    let ids = erased.filter(|erased| erased.kind == "session" && erased.id.len() >= LETTERS);
    let ids: Vec<String> = ids.map(|erased| erased.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let skipped = &mut found.skipped;
    found.sessions.retain(|session| {
        let Some(id) = copied(session, &ids) else { return true };
        let path = session.parts.first().map(|part| part.path.to_string_lossy().into_owned());
        let reason = format!("it says that it is the session {id}, which was erased");
        skipped.push(Skipped { path: path.unwrap_or_default(), reason });
        false
    });
    Ok(())
}

/// The erased session that a file names as its own. A file that cannot be read stays; reading it reports the error.
fn copied<'i>(session: &Session, ids: &'i [String]) -> Option<&'i String> {
    let main = session.parts.iter().find(|part| part.name == "main")?;
    let mut file = transcript::stream(&main.path).ok()?;
    // A file may hold several sessions; this one's bytes begin here.
    io::copy(&mut file.by_ref().take(main.start), &mut io::sink()).ok()?;
    let mut head = Vec::new();
    file.take(main.bytes.min(HEAD)).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    // In what a tool printed or somebody said quotes are escaped, so these are fields of the records themselves.
    let names = |id: &str| {
        ["sessionId", "session_id", "id"].iter().any(|field| {
            ["", " "].iter().any(|space| head.contains(&format!("\"{field}\":{space}\"{id}\"")))
        })
    };
    ids.iter().find(|id| names(id))
}
