//! Finds session files, and which files belong to one session.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::cline;
use crate::episodes::{self, Episode};
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::ignored::Ignored;
use crate::kept;
use crate::opencode;
use crate::openhands;
use crate::output::{next, text};
use crate::transcript;

pub use self::parts::OUTCOMES;
use self::parts::{add_outcome, describe};
use self::walk::walk;

/// A session and the files that hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The stem of the main file's name. Sessions that share a file also have `#` and a number,
    /// from 1.
    pub id: String,
    /// Its parts, by name; `main` is the main file.
    pub parts: Vec<Part>,
}

impl Session {
    /// When the newest file of the session was written; `None` when the file system does not say.
    pub fn written(&self) -> Option<SystemTime> {
        self.parts.iter().filter_map(|part| transcript::written(&part.path).ok()).max()
    }
}

/// The `limit` sessions that were written last; at equal times the first ids win.
pub fn newest(mut sessions: Vec<Session>, limit: usize) -> Vec<Session> {
    if sessions.len() > limit {
        sessions.sort_by_cached_key(|session| (Reverse(session.written()), session.id.clone()));
        sessions.truncate(limit);
    }
    sessions
}

/// One file of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `main`, or the path below the folder that has the session's name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes when it was found; decompressed for a `.gz`.
    pub bytes: u64,
    /// Offset of its first byte in the file, when the file holds several sessions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Where a part of a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Where the part lies in the file.
    pub at: Episode,
}

impl<P: Into<PathBuf>> From<P> for Source {
    fn from(path: P) -> Self {
        Self { path: path.into(), at: Episode::default() }
    }
}

impl Source {
    /// Where a part of the session `id` lies in `path`.
    pub fn of(path: PathBuf, id: &str, part: &str) -> Self {
        if kept::is_archived(&path) {
            let at = kept::place_of(&path, part).unwrap_or_default();
            return Self { path, at };
        }
        let number = || id.strip_prefix(stem(&path)?)?.strip_prefix('#')?.parse::<usize>().ok();
        let at = match number() {
            Some(number) if part == "main" => {
                let found = episodes::known(&path);
                number.checked_sub(1).and_then(|at| found.get(at).copied()).unwrap_or_default()
            }
            _ => Episode::default(),
        };
        Self { path, at }
    }
}

/// What was found below some paths.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The sessions, by id.
    pub sessions: Vec<Session>,
    /// Files that were left alone, with the reason.
    pub skipped: Vec<Skipped>,
    /// Sessions that this engine does not understand, see [`crate::formats`].
    pub unknown: Vec<NotUnderstood>,
    /// How many sessions were left out because they ran outside the project or do not say where
    /// they ran.
    pub elsewhere: u64,
    /// How many of those ran in each folder; sessions that do not say where are missing here.
    pub folders: BTreeMap<PathBuf, u64>,
    /// Which of them the archive holds, see [`crate::kept`].
    pub kept: kept::Joined,
}

/// A session that is left unread because it is not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotUnderstood {
    /// The session.
    pub session: String,
    /// Its main file.
    pub path: String,
    /// The program or format that it resembles, if any is known.
    pub looks_like: Option<String>,
    /// Why it is left unread.
    pub reason: String,
}

impl NotUnderstood {
    /// The main file of the session as a skipped file.
    pub fn skipped(&self) -> Skipped {
        Skipped { path: self.path.clone(), reason: self.reason.clone() }
    }
}

/// Finds the sessions in `paths`: files, and folders with everything below them. If two files have
/// the same session id, the first is taken, in the order of `paths` and then of names; the other is
/// listed as skipped.
///
/// # Errors
/// [`Error::Usage`] for a file that is no transcript by its name, [`Error::Io`].
pub fn find(paths: &[PathBuf]) -> Result<Found> {
    let mut files = BTreeMap::new();
    let (mut documents, mut skipped) = (Vec::new(), Vec::new());
    for path in paths {
        let path = path.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoFolder(format!(
                "there is nothing at {}: {} says where the sessions are now",
                text::one_line(&path.to_string_lossy()),
                next::command("run --sessions PATH…")
            )),
            _ => Error::io("open the sessions", path)(error),
        })?;
        if path.is_dir() {
            let ignored = Ignored::of(&path)?;
            walk(&path, &ignored, &mut files, &mut documents, &mut skipped)?;
        } else if path.is_file() && in_databases::is_database(&path) {
            documents.push(path);
        } else if path.is_file() && stem(&path).is_some() {
            take(&path, &mut files, &mut skipped);
        } else {
            let name = path.display();
            let what = "is neither a folder nor a regular .jsonl, .json or .db file";
            return Err(Error::Usage(format!("{name} {what}")));
        }
    }
    // JSON documents come last, so that none of them takes the session id of a `.jsonl` transcript.
    let (databases, documents): (Vec<_>, Vec<_>) =
        documents.into_iter().partition(|path| in_databases::is_database(path));
    for path in documents {
        take_document(&path, &mut files, &mut skipped);
    }
    let mut found = Found { skipped, ..Found::default() };
    let parents = in_databases::take_all(databases, &mut files, &mut found);
    for (id, main) in files {
        match episodes::of(&main) {
            Ok(several) if !several.is_empty() => split(&id, &main, &several, &mut found),
            // `describe` reports a file that cannot be read.
            _ => {
                let session = describe(id, &main, &mut found.skipped);
                found.sessions.extend(session);
            }
        }
    }
    opencode::join_sub_agents(&mut found.sessions, parents);
    found.sessions.sort_by(|a, b| a.id.cmp(&b.id));
    let Found { sessions, skipped, .. } = &mut found;
    sessions.dedup_by(|later, first| {
        let same = later.id == first.id;
        if same {
            skipped.push(twice(&later.parts[0].path, &first.parts[0].path));
        }
        same
    });
    Ok(found)
}

/// Adds the sessions of a file that holds several.
fn split(id: &str, main: &Path, several: &[Episode], found: &mut Found) {
    for (number, Episode { start, bytes, .. }) in (1..).zip(several) {
        let (path, bytes, start) = (main.to_path_buf(), *bytes, *start);
        let part = Part { name: "main".into(), path, bytes, start };
        found.sessions.push(Session { id: format!("{id}#{number}"), parts: vec![part] });
    }
    for end in OUTCOMES {
        let beside = main.with_file_name(format!("{id}.{end}"));
        if beside.exists() {
            let why = "it speaks of one session, and the file beside it holds several";
            found.skipped.push(skip(&beside, why));
        }
    }
}

/// The session id that a file's name gives; `None` when the name is not that of a transcript.
fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let id = name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".json"))?;
    (!id.is_empty() && !OUTCOMES.iter().any(|end| name.ends_with(&format!(".{end}")))).then_some(id)
}

/// Whether the name of a file ends in `.json`, as that of many files that are no transcripts.
fn is_document(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(".json")
}

/// Takes a `.json` file of a folder, if it looks like a transcript.
fn take_document(path: &Path, files: &mut BTreeMap<String, PathBuf>, skipped: &mut Vec<Skipped>) {
    if cline::is_sub_agent(path) {
        return;
    }
    if let Some(why) = cline::left_alone(path) {
        return skipped.push(skip(path, why));
    }
    match episodes::may_be_transcript(path) {
        Ok(true) => take(path, files, skipped),
        Ok(false) => skipped.push(skip(path, "it does not look like a transcript")),
        Err(error) => skipped.push(skip(path, error.to_string())),
    }
}

/// The session of a file by its name, or of a folder that is one. Copilot CLI calls all files alike, and their folders
/// by their sessions: `session-state/ID/events.jsonl`. So does Cline.
fn session_id(path: &Path) -> Option<&str> {
    if openhands::is_session(path) {
        return path.file_name()?.to_str();
    }
    let id = stem(path)?;
    let mut above = path.ancestors().skip(1).map(Path::file_name);
    let (folder, all) = (above.next().flatten(), above.next().flatten());
    let is_copilot = id == "events" && all.is_some_and(|all| all == "session-state");
    if is_copilot { folder?.to_str() } else { Some(cline::session_id(path).unwrap_or(id)) }
}

/// Takes a file whose name gives a session id, unless another file has the same id.
fn take(path: &Path, files: &mut BTreeMap<String, PathBuf>, skipped: &mut Vec<Skipped>) {
    let Some(id) = session_id(path) else { return };
    match files.entry(id.into()) {
        Entry::Vacant(free) => {
            free.insert(path.to_path_buf());
        }
        Entry::Occupied(taken) if taken.get() == path => {}
        Entry::Occupied(taken) => skipped.push(twice(path, taken.get())),
    }
}

/// A file that is left alone because another one has its session id.
fn twice(path: &Path, first: &Path) -> Skipped {
    skip(path, format!("{} has the same session id", first.display()))
}

fn skip(path: &Path, reason: impl Into<String>) -> Skipped {
    Skipped { path: path.display().to_string(), reason: reason.into() }
}

mod in_databases;
mod parts;
#[cfg(test)]
pub(crate) mod tests;
mod walk;
