//! Finds the folder of a project, its sessions and its histories.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Batch, Origin};
use crate::component;
use crate::config;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::formats;
use crate::homes;
use crate::output::next::quoted;
use crate::project::Project;
use crate::sessions::{self, NotUnderstood, Session};
use crate::state::place;

/// The project of the folder `start`: the nearest folder up to the root of its repository that has
/// a configuration file, else that root; outside of a repository `start` itself. A repository that
/// contains the home folder does not count, because it holds all files of the user.
pub fn project(start: &Path) -> PathBuf {
    let home = homes::home().and_then(|home| home.canonicalize().ok());
    let is_root = |folder: &&Path| folder.join(".git").exists();
    let root = start.ancestors().find(is_root);
    let root = root.filter(|root| home.is_none_or(|home| !home.starts_with(root)));
    let Some(root) = root else { return start.to_path_buf() };
    let within = start.ancestors().take_while(|folder| folder.starts_with(root));
    let has_file = |folder: &&Path| {
        place::beside(folder).is_ok_and(|beside| beside.join(config::FILE).is_file())
    };
    within.into_iter().find(has_file).unwrap_or(root).to_path_buf()
}

/// Whether `path` is a folder and no link: in the project of a stranger a link may lead anywhere.
pub fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// The folders in `project` that have a history beside them.
pub fn with_history(project: &Path) -> Vec<PathBuf> {
    let Ok(beside) = place::beside(project) else { return Vec::new() };
    let items = fs::read_dir(beside).into_iter().flatten().flatten();
    let items = items.filter(|item| item.path().join(place::FILE).is_file());
    let mut folders: Vec<PathBuf> = items.map(|item| project.join(item.file_name())).collect();
    folders.sort();
    folders
}

/// Makes a given path absolute and resolves its links.
pub fn whole(path: &Path) -> PathBuf {
    let absolute = env::current_dir().map_or_else(|_| path.to_path_buf(), |here| here.join(path));
    absolute.canonicalize().unwrap_or(absolute)
}

/// Makes the path of a named folder absolute. The folder need not exist; then the links of its
/// parent are resolved.
///
/// # Errors
/// [`Error::Usage`] when the folder that would hold it is not there.
pub fn beside_what_is_there(path: &Path) -> Result<PathBuf> {
    let whole = whole(path);
    if whole.exists() {
        return Ok(whole);
    }
    let parent = whole.parent().and_then(|parent| parent.canonicalize().ok());
    let made = parent.zip(whole.file_name()).map(|(parent, name)| parent.join(name));
    made.ok_or_else(|| {
        let parent = path.parent().unwrap_or(path).to_string_lossy();
        let make = format!("make it (`mkdir -p {}`), or name another", quoted(&parent));
        let why = "the folder that would hold it is not there";
        Error::Usage(format!("--memory {}: {why}: {make}", path.display()))
    })
}

/// The sessions in `paths` that ran in `project`, counted; without a project all of them.
///
/// # Errors
/// [`Error::Engine`]; [`Error::Usage`] and [`Error::Io`] for paths that the command line names.
pub fn batch(origin: Origin, paths: Vec<PathBuf>, project: Option<&Project>) -> Result<Batch> {
    let mut found = match sessions::find(&paths) {
        Ok(found) => found,
        Err(error) if origin == Origin::Given => return Err(error),
        Err(error) => {
            let path = paths.first().map(|path| path.to_string_lossy().into_owned());
            let left = vec![Skipped { path: path.unwrap_or_default(), reason: error.to_string() }];
            let batch = Batch { left, ..Batch::empty(origin, paths) };
            return Ok(batch);
        }
    };
    if let Some(project) = project {
        project.leave_others(&mut found);
    }
    if !found.sessions.is_empty() {
        let mut job = component::load_without_state()?.job().map_err(component::refused)?;
        formats::leave_unknown_without_state(&mut job, &mut found)?;
    }
    let size = |session: &Session| session.parts.iter().map(|part| part.bytes).sum::<u64>();
    let mut left = found.skipped;
    left.extend(found.unknown.iter().map(NotUnderstood::skipped));
    Ok(Batch {
        origin,
        paths,
        sessions: found.sessions.len() as u64,
        bytes: found.sessions.iter().map(size).sum(),
        newest: found.sessions.iter().filter_map(Session::written).max(),
        left,
        elsewhere: found.elsewhere,
        ..Batch::empty(origin, Vec::new())
    })
}
