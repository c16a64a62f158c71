//! Finds session files, and which files belong to one session.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::cline;
use crate::episodes::{self, Episode};
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::ignored::{self, Ignored};
use crate::kept;
use crate::kiro;
use crate::opencode;
use crate::output::{next, text};
use crate::sub_agents;
use crate::transcript;

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
        self.parts.iter().filter_map(|part| fs::metadata(&part.path).ok()?.modified().ok()).max()
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
        } else if path.is_file() && stem(&path).is_some() {
            take(&path, &mut files, &mut skipped);
        } else {
            let name = path.display();
            let what = "is neither a folder nor a regular .jsonl or .json file";
            return Err(Error::Usage(format!("{name} {what}")));
        }
    }
    // JSON documents come last, so that none of them takes the session id of a `.jsonl` transcript.
    for path in documents {
        take_document(&path, &mut files, &mut skipped);
    }
    let mut found = Found { skipped, ..Found::default() };
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
    opencode::join_sub_agents(&mut found.sessions);
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

/// The session of a file by its name. Copilot CLI calls all files alike, and their folders by their sessions:
/// `session-state/ID/events.jsonl`. So does Cline.
fn session_id(path: &Path) -> Option<&str> {
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

/// The entries of a folder by name, so that messages do not depend on the file system.
fn list(folder: &Path) -> Result<Vec<fs::DirEntry>> {
    let mut items: Vec<_> = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<_>>)
        .map_err(Error::io("list the folder", folder))?;
    items.sort_by_key(fs::DirEntry::file_name);
    Ok(items)
}

fn walk(
    folder: &Path,
    ignored: &Ignored,
    files: &mut BTreeMap<String, PathBuf>,
    documents: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    if let Some(database) = opencode::database(folder) {
        skipped.push(skip(&database, opencode::IN_DATABASE));
    }
    if opencode::is_storage(folder) {
        // The other folders hold messages and parts of these sessions.
        return walk_items(&folder.join("session"), ignored, files, documents, skipped);
    }
    walk_items(folder, ignored, files, documents, skipped)
}

fn walk_items(
    folder: &Path,
    ignored: &Ignored,
    files: &mut BTreeMap<String, PathBuf>,
    documents: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    let items = list(folder)?;
    let is_session = |name: &str| {
        items.iter().any(|item| {
            let path = item.path();
            let is_named = stem(&path) == Some(name) && !is_document(&path);
            is_named && item.file_type().is_ok_and(|kind| kind.is_file())
        })
    };
    let names: Vec<_> = items.iter().map(fs::DirEntry::file_name).collect();
    let names: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    for item in &items {
        let path = item.path();
        let kind = item.file_type().map_err(Error::io("look at", &path))?;
        if ignored.has(&path, kind.is_dir()) {
            if kind.is_dir() || stem(&path).is_some() {
                skipped.push(skip(&path, ignored::REASON));
            }
        } else if kind.is_dir() && sub_agents::is_folder(&path, &names) {
            // Its files are parts of the sessions beside it.
        } else if kind.is_dir() {
            // A folder with the name of a session file holds parts of that session.
            if is_session(&item.file_name().to_string_lossy()) {
                for inner in list(&path)?.iter().filter(|inner| !is_part_folder(&inner.path())) {
                    if inner.file_type().is_ok_and(|kind| kind.is_dir()) {
                        let ignored = ignored.below(&path)?.below(&inner.path())?;
                        walk(&inner.path(), &ignored, files, documents, skipped)?;
                    }
                }
            } else {
                walk(&path, &ignored.below(&path)?, files, documents, skipped)?;
            }
        } else if kind.is_symlink() && path.is_dir() {
            skipped.push(skip(&path, "a link to a folder"));
        } else if path.extension().is_some_and(|end| end == "json") {
            // Only regular files, because each document is opened later to look at its beginning.
            if kind.is_file() && stem(&path).is_some() && !kiro::is_description(&path) {
                documents.push(path);
            }
        } else if path.extension().is_some_and(|end| end == "jsonl" || end == "gz") {
            if kind.is_file() && stem(&path).is_some() {
                if is_document(&path) { documents.push(path) } else { take(&path, files, skipped) }
            } else if !kind.is_file() {
                skipped.push(skip(&path, "a link or no regular file"));
            } else if !path.to_string_lossy().ends_with(".gz") {
                skipped.push(skip(&path, "the file name gives no session id"));
            }
        }
    }
    Ok(())
}

fn is_part_folder(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "subagents" || name == "tool-results")
}

fn skip(path: &Path, reason: impl Into<String>) -> Skipped {
    Skipped { path: path.display().to_string(), reason: reason.into() }
}

/// The session with its parts and their lengths; `None` when the main file cannot be read.
fn describe(id: String, main: &Path, skipped: &mut Vec<Skipped>) -> Option<Session> {
    let mut parts = Vec::new();
    add_part("main".into(), main, &mut parts, skipped);
    if parts.is_empty() {
        return None;
    }
    let beside = main.with_file_name(stem(main).unwrap_or(&id));
    for (folder, all) in [("subagents", false), ("tool-results", true)] {
        let below = beside.join(folder);
        if fs::symlink_metadata(&below).is_ok_and(|meta| meta.is_dir()) {
            collect_parts(&below, folder, all, &mut parts, skipped);
        }
    }
    for below in sub_agents::folders(main) {
        collect_parts(&below, "subagents", false, &mut parts, skipped);
    }
    for path in cline::sub_agents(main) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        add_part(format!("subagents/{name}"), &path, &mut parts, skipped);
    }
    add_outcome(&id, main, &mut parts, skipped);
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Some(Session { id, parts })
}

/// Name endings of a file beside a transcript in which a host says how the session went, for whom
/// and for what task (format `dreaming.session/1`).
pub const OUTCOMES: [&str; 2] = ["outcome.json", "dreaming.json"];

/// Adds the file beside a transcript as a part of its session: the first of [`OUTCOMES`] that
/// exists.
fn add_outcome(id: &str, main: &Path, parts: &mut Vec<Part>, skipped: &mut Vec<Skipped>) {
    let mut found = false;
    for end in OUTCOMES {
        let path = main.with_file_name(format!("{id}.{end}"));
        match fs::symlink_metadata(&path) {
            Err(_) => {}
            Ok(meta) if !meta.is_file() => skipped.push(skip(&path, "a link or no regular file")),
            Ok(_) if found => skipped.push(skip(&path, "another file says how the session went")),
            Ok(_) => {
                found = true;
                add_part(OUTCOMES[0].into(), &path, parts, skipped);
            }
        }
    }
}

fn collect_parts(
    folder: &Path,
    name: &str,
    all: bool,
    parts: &mut Vec<Part>,
    skipped: &mut Vec<Skipped>,
) {
    let items = match list(folder) {
        Ok(items) => items,
        Err(error) => return skipped.push(skip(folder, error.to_string())),
    };
    for item in items {
        let path = item.path();
        let Some(last) = item.file_name().to_str().map(str::to_owned) else {
            skipped.push(skip(&path, "the file name is not UTF-8"));
            continue;
        };
        let name = format!("{name}/{last}");
        match item.file_type() {
            Ok(kind) if kind.is_dir() => collect_parts(&path, &name, all, parts, skipped),
            Ok(kind) if kind.is_file() => {
                if all || (stem(&path).is_some() && !is_document(&path)) {
                    add_part(name, &path, parts, skipped);
                }
            }
            _ => skipped.push(skip(&path, "a link or no regular file")),
        }
    }
}

fn add_part(name: String, path: &Path, parts: &mut Vec<Part>, skipped: &mut Vec<Skipped>) {
    match transcript::length(path) {
        Ok(bytes) => parts.push(Part { name, path: path.to_path_buf(), bytes, start: 0 }),
        Err(error) => skipped.push(skip(path, error.to_string())),
    }
}

#[cfg(test)]
pub(crate) mod tests;
