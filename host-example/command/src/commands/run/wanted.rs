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
use crate::kept::{Archive, Joined};
use crate::output::{self, next, text};
use crate::project::Project;
use crate::sessions::{self, Found, Session};
use crate::snapshot;
use crate::state::{State, place};
use crate::transcript;

/// Where the state keeps the paths of the sessions of the last run.
const SESSIONS: &str = "sessions";

/// Where the state keeps the project of the last run, beside the paths of its sessions.
const PROJECT: &str = "project";

/// Bytes at the beginning of a transcript in which the id of an erased session is looked for. Chosen by us: its first
/// records name it, and one of 28 real ones has 30 KB before it.
const HEAD: u64 = 1 << 20;

/// Places of kept sessions that are named. Chosen by us: they fit a line or two.
const PLACES: usize = 3;

/// Letters of a UUID.
const UUID: usize = 36;

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
    let mut archive = state.archive()?;
    archive.leave_damaged();
    let mut found = sifted(state, look(state, &wanted, &archive)?, &wanted)?;
    if is_empty(&found) && !quiet {
        output::note(&nothing_there(&wanted));
    }
    let older = args.select.leave_older(&mut found.sessions);
    if !quiet {
        output::warn_skipped("session file", &found.skipped);
        if let Some(left) = reply::left_elsewhere(&found) {
            output::note(&left);
        }
        if found.kept.elsewhere > 0 {
            output::note(&kept_elsewhere(&found.kept));
        }
        if older > 0 {
            let older = text::count(older, "session");
            output::note(&format!("{older} not looked at: no file of them was changed since"));
        }
    }
    let absolute: Vec<String> = wanted
        .paths
        .iter()
        .filter_map(|path| place::resolve(path).ok())
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
    sifted(state, look(state, wanted, &state.archive()?)?, wanted)
}

/// As [`readable`], without what only the archive holds.
///
/// # Errors
/// Those of [`readable`].
pub fn originals(state: &State, wanted: &Wanted, archive: &Archive) -> Result<Found> {
    let mut found = sessions::find(&there(wanted, archive)?.0)?;
    archive.leave_parts(&mut found.sessions);
    sifted(state, found, wanted)
}

/// Finds the sessions in the wanted places and those of the archive that came from there.
///
/// # Errors
/// As [`sessions::find`], and [`Error::State`].
pub(super) fn look(state: &State, wanted: &Wanted, archive: &Archive) -> Result<Found> {
    let (paths, all) = there(wanted, archive)?;
    let mut found = sessions::find(&paths)?;
    // Reading the ledger takes time in a large store.
    if !archive.sessions.is_empty() || !archive.unusable.is_empty() {
        let head = state.head()?.map_or(0, |head| head.number);
        archive.join(&snapshot::cursor(&state.ledger_at(head)?)?, &all, &mut found);
    }
    Ok(found)
}

/// The wanted paths to look at, and all of them, without links and as they are named: a folder that moved and
/// left a link in its place had that name when its sessions were kept. A path that is gone is not looked at when
/// the archive has sessions that came from there.
fn there(wanted: &Wanted, archive: &Archive) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut there, mut all) = (Vec::new(), Vec::new());
    for path in &wanted.paths {
        let real = place::resolve(path)?;
        let named = std::path::absolute(path).map_err(Error::io("resolve", path))?;
        if path.exists() || !archive.came_from(&real) && !archive.came_from(&named) {
            there.push(path.clone());
        }
        if named != real {
            all.push(named);
        }
        all.push(real);
    }
    Ok((there, all))
}

fn sifted(state: &State, mut found: Found, wanted: &Wanted) -> Result<Found> {
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
    Ok(is_set || common.names_agent() || state.meta(SESSIONS)?.is_some())
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

/// A sentence about unread sessions of the archive that came from places which a run does not look at.
fn kept_elsewhere(kept: &Joined) -> String {
    let places = kept.places.iter().take(PLACES);
    let places: Vec<String> = places.map(|place| next::quoted(&place.to_string_lossy())).collect();
    let more = match kept.places.len().saturating_sub(PLACES) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "{} that `dreaming keep` copied came from other places than those named here, and are not read: `--sessions` takes \
         {}{more}",
        text::count(kept.elsewhere, "session"),
        places.join(", ")
    )
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

/// Leaves out files with records of an erased session, by whatever name they lie here: copies and forks hold its words.
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
        let reason = format!("it holds records of the session {id}, which was erased");
        skipped.push(Skipped { path: path.unwrap_or_default(), reason });
        false
    });
    Ok(())
}

/// Whether a session is a copy of the session `id`, by the records in it.
pub fn is_copy(session: &Session, id: &str) -> bool {
    id.len() >= LETTERS && copied(session, &[id.to_owned()]).is_some()
}

/// The erased session of which a file has records. A file that cannot be read stays; reading it reports the error.
fn copied<'i>(session: &Session, ids: &'i [String]) -> Option<&'i String> {
    let main = session.parts.iter().find(|part| part.name == "main")?;
    let mut file = transcript::stream(&main.path).ok()?;
    // A file may hold several sessions; this one's bytes begin here.
    io::copy(&mut file.by_ref().take(main.start), &mut io::sink()).ok()?;
    let mut head = Vec::new();
    file.take(main.bytes.min(HEAD)).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    // In what a tool printed or somebody said quotes are escaped, so these are fields of the records themselves.
    let has = |id: &str| {
        ["sessionId", "session_id", "id"].iter().any(|field| {
            ["", " "].iter().any(|space| head.contains(&format!("\"{field}\":{space}\"{id}\"")))
        })
    };
    // Codex puts the time before the id in the names of its files.
    let own = |id: &str| id.len().checked_sub(UUID).and_then(|at| id.get(at..)).map(str::to_owned);
    ids.iter().find(|id| has(id) || own(id).is_some_and(|own| has(&own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::Part;

    #[test]
    fn a_copy_is_known_by_the_records_and_not_by_what_was_said_in_them() {
        const ID: &str = "0199b2a7-1c3f-7d21-9e0e-5a6b7c8d9e0f";
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.jsonl");
        let ids = [format!("rollout-2026-02-02T10-00-00-{ID}"), ID.to_owned()];
        for (line, is_copy) in [
            (format!(r#"{{"type":"session_meta","payload":{{"id":"{ID}","cwd":"/shop"}}}}"#), true),
            (format!(r#"{{"type":"user","sessionId": "{ID}"}}"#), true),
            (format!(r#"{{"type":"user","text":"erase \"id\":\"{ID}\" please"}}"#), false),
            (format!(r#"{{"type":"user","parent":"{ID}"}}"#), false),
        ] {
            let before = "{\"an\":\"earlier session of the file\"}\n";
            std::fs::write(&path, format!("{before}{line}\n")).unwrap();
            let start = before.len() as u64;
            let part =
                |start, bytes| Part { name: "main".into(), path: path.clone(), bytes, start };
            let session =
                |start, bytes| Session { id: "other".into(), parts: vec![part(start, bytes)] };
            for id in &ids {
                let of = std::slice::from_ref(id);
                assert_eq!(copied(&session(start, 1_000), of).is_some(), is_copy, "{line}");
                assert_eq!(copied(&session(0, start), of), None, "{line}");
            }
        }
    }
}
