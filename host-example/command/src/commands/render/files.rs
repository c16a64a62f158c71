//! The files that are meant, and what they hold.

use std::env;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use dreaming_wasmtime::{Error as JobError, Room};

use super::Render;
use crate::commands::Place;
use crate::commands::init::files as whole;
use crate::component;
use crate::error::{Error, Result};
use crate::homes::instructions::is_mark;
use crate::homes::{forms, loads};
use crate::output::{self, text};

/// Longest file in bytes, from the interface (`homes.render`).
pub const MAX_FILE: u64 = 1 << 20;

/// A file for the block.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its path with links resolved, as far as it exists.
    pub path: PathBuf,
    /// Its path as people know it.
    pub shown: String,
    /// What it holds; `None` when it is not there.
    pub before: Option<String>,
    /// What a new one begins with.
    pub head: String,
    /// How much its agents load of it.
    pub room: Room,
    /// The agents that load it.
    pub agents: Vec<&'static str>,
    /// Their names, as people type them.
    pub names: Vec<&'static str>,
}

impl Target {
    /// The file with another text.
    pub fn file(&self, after: String) -> whole::File {
        // A file that would be new and has nothing to say is not made.
        let before = self.before.clone();
        let after = match (&before, after == self.head) {
            (None, true) => String::new(),
            _ => after,
        };
        let before =
            if before.is_none() && after.is_empty() { Some(String::new()) } else { before };
        whole::File { path: self.path.clone(), before, after }
    }

    /// The error of the engine for this file.
    pub fn refused(&self, error: JobError) -> Error {
        match error {
            JobError::Engine(dreaming_wasmtime::EngineError::InvalidDocument(invalid)) => {
                Error::Usage(format!(
                    "the block in {}: {}",
                    text::one_line(&self.shown),
                    invalid.why
                ))
            }
            other => component::refused(other),
        }
    }
}

/// The files that the command line names; without any, those of all agents that have a block.
pub fn targets(place: &Place, root: &Path, args: &Render) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for file in &args.files {
        let head = String::new();
        let target = Target {
            path: file.clone(),
            shown: file.display().to_string(),
            before: None,
            head,
            room: Room { bytes: None, lines: None },
            agents: Vec::new(),
            names: Vec::new(),
        };
        add(&mut targets, within(target, None, place)?);
    }
    for name in &args.agents {
        if !loads::all().contains_key(name) && !forms::all().contains_key(name) {
            return Err(Error::Usage(format!(
                "--for takes the name of an agent or a home ({}), and `{}` is none; a file can be named without --for",
                known(),
                text::one_line(name)
            )));
        }
    }
    let is_asked = !args.files.is_empty() || !args.agents.is_empty();
    for (name, loaded) in loads::all() {
        if is_asked && !args.agents.contains(name) {
            continue;
        }
        let target = Target {
            path: root.join(&loaded.file),
            shown: loaded.file.clone(),
            before: None,
            head: loaded.head.clone(),
            room: Room { bytes: loaded.bytes, lines: loaded.lines },
            agents: vec![&loaded.title],
            names: vec![name],
        };
        let target = match within(target, Some(root), place) {
            Err(error) if !is_asked => {
                let is_there = root.join(&loaded.file).symlink_metadata().is_ok();
                // A project that is its own memory folder has no file for a block.
                if is_there && !root.starts_with(place.folder.root()) {
                    output::note(&format!("{} is left out: {error}", loaded.file));
                }
                continue;
            }
            target => target?,
        };
        let has_block = |text: &String| text.lines().any(is_mark);
        if is_asked || target.before.as_ref().is_some_and(has_block) {
            add(&mut targets, target);
        }
    }
    Ok(targets)
}

/// The error when nothing is named, and nothing was rendered before.
pub fn nothing(root: &Path) -> Error {
    Error::Usage(format!(
        "no file that an agent loads by itself has the block in {}: name agents with --for ({}), or the file",
        text::one_line(&root.display().to_string()),
        known()
    ))
}

/// The names that `--for` takes.
fn known() -> String {
    let known = loads::all().keys().chain(forms::all().keys());
    known.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Adds a file, or its agents to a file that is there already; then the narrower room counts.
fn add(targets: &mut Vec<Target>, target: Target) {
    let narrower = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    match targets.iter_mut().find(|known| known.path == target.path) {
        Some(known) => {
            known.room = Room {
                bytes: narrower(known.room.bytes, target.room.bytes),
                lines: narrower(known.room.lines, target.room.lines),
            };
            known.agents.extend(target.agents);
            known.names.extend(target.names);
        }
        None => targets.push(target),
    }
}

/// Reads a file. `root`: a link must not lead out of there, for the project may be a stranger's.
fn within(target: Target, root: Option<&Path>, place: &Place) -> Result<Target> {
    let shown = text::one_line(&target.shown);
    let real = real(&target.path)?;
    if let Some(root) = root
        && !real.starts_with(root)
    {
        let why = "is a link that leads out of the project: name the file itself";
        return Err(Error::Usage(format!("{shown} {why}")));
    }
    if real.starts_with(place.folder.root()) {
        return Err(Error::Usage(format!(
            "{shown} lies in the memory folder ({}), where it would be a memory: name another folder with --memory, or \
             another place for the file",
            text::one_line(&place.folder.root().display().to_string())
        )));
    }
    let before = whole::read(&real, MAX_FILE)?;
    Ok(Target { path: real, before, ..target })
}

/// A path with its links resolved; of one that does not exist the part that does.
pub fn real(path: &Path) -> Result<PathBuf> {
    if path.components().any(|part| part == Component::ParentDir) || path.file_name().is_none() {
        return Err(Error::Usage(format!("{} is no file: name one, without `..`", path.display())));
    }
    let whole = env::current_dir().map_err(Error::io("find", path))?.join(path);
    let mut missing = Vec::new();
    let mut at = whole.as_path();
    loop {
        if let Ok(found) = at.symlink_metadata() {
            let real = at.canonicalize().map_err(|error| match error.kind() {
                ErrorKind::NotFound if found.is_symlink() => Error::Usage(format!(
                    "{} is a link to something that is not there: make that file, or take the link away",
                    text::one_line(&at.display().to_string())
                )),
                _ => Error::io("read", at)(error),
            })?;
            return Ok(missing.iter().rev().fold(real, |real, name| real.join(name)));
        }
        let (Some(above), Some(name)) = (at.parent(), at.file_name()) else { return Ok(whole) };
        missing.push(name.to_owned());
        at = above;
    }
}

/// The root of the project.
pub fn project(place: &Place, args: &Render) -> Result<PathBuf> {
    match &args.project {
        Some(project) => project.canonicalize().map_err(Error::io("open", project)),
        None => around(place),
    }
}

/// The root of the repository around the memory folder, else the current folder.
pub fn around(place: &Place) -> Result<PathBuf> {
    let around = place.folder.root().ancestors().find(|folder| folder.join(".git").exists());
    match around {
        Some(root) => Ok(root.to_path_buf()),
        None => {
            let here = Path::new(".");
            here.canonicalize().map_err(Error::io("open", here))
        }
    }
}
