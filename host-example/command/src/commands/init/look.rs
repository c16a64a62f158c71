//! Looks for the memories, sessions and configuration files of a project. Writes nothing.

use std::env;
use std::path::{Path, PathBuf};

use super::Init;
use super::project_places;
use super::source::{Batch, Memory, Origin};
use crate::cli::Common;
use crate::config::{
    self,
    known::{self, Known},
};
use crate::error::{Error, Result};
use crate::find_store;
use crate::folder::{Folder, Skipped};
use crate::homes::{self, all::Kind};
use crate::output::next;

/// The folder of a project that is offered for memories. Chosen by us: the one of our examples.
pub const NOTES: &str = "notes";

/// The folder of a project in which sessions may lie. Chosen by us: the name in our examples.
const SESSIONS: &str = "sessions";

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The current folder, or that of `--claude-code PROJECT`, with its links resolved.
    pub start: PathBuf,
    /// The folder of the project.
    pub project: PathBuf,
    /// Sessions; the batch that is most about this project comes first.
    pub batches: Vec<Batch>,
    /// Folders of memories; the default comes first.
    pub memories: Vec<Memory>,
    /// Agents that have nothing here, and why.
    pub missing: Vec<(Kind, String)>,
    /// The configuration file of the folder, or why it is refused.
    pub folders: std::result::Result<Known, String>,
    /// Configuration files beside memories that lie elsewhere.
    pub beside: Vec<Known>,
    /// The user's configuration file, or why it is refused.
    pub users: std::result::Result<Option<Known>, String>,
}

impl Found {
    /// Checks that the existing files can be used, and that there are sessions to read.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::NotYet`].
    pub fn check(&self, common: &Common) -> Result<()> {
        let refused = self.folders.as_ref().err().or(self.users.as_ref().err());
        if let Some(why) = refused {
            return Err(Error::Usage(format!("{why}; nothing was written: mend that file first")));
        }
        if self.batches.is_empty() {
            let notes = if common.memory.is_some() { "" } else { "--memory notes " };
            return Err(Error::NotYet {
                what: format!("there are no sessions of {} yet", self.project.display()),
                todo: format!(
                    "work there with an agent first, and type this line again; or name sessions: {}",
                    next::again_without(
                        &format!("{notes}--sessions PATH"),
                        &["--yes", "-y", "--dry-run"]
                    )
                ),
            });
        }
        Ok(())
    }

    /// The user's configuration file, if it can be used.
    pub fn own(&self) -> Option<&Known> {
        self.users.as_ref().ok()?.as_ref()
    }

    /// The address of the model `name` in the user's file, if that file names this model.
    pub fn url_of(&self, name: &str) -> Option<String> {
        let own = self.own().filter(|own| own.model.as_deref() == Some(name));
        own.and_then(|own| own.model_url.clone())
    }

    /// A path as it can be typed in the current folder.
    pub fn shown(&self, path: &Path) -> String {
        let here = env::current_dir().ok().and_then(|here| here.canonicalize().ok());
        let below = here.and_then(|here| Some(path.strip_prefix(here).ok()?.to_path_buf()));
        match below {
            Some(below) if below.as_os_str().is_empty() => ".".into(),
            Some(below) => below.to_string_lossy().into_owned(),
            None => path.to_string_lossy().into_owned(),
        }
    }
}

/// Looks for everything.
///
/// # Errors
/// [`Error::Usage`] for a path that was given and makes no sense; [`Error::NotYet`] when the agent
/// that was named has not worked here; [`Error::Engine`].
pub fn look(common: &Common, args: &Init) -> Result<Found> {
    let here = common.of_projects().into_iter().find_map(|(_, project)| project);
    let here = here.unwrap_or(Path::new("."));
    let start = here.canonicalize().map_err(Error::io("open the project", here))?;
    let project = project_places::project(&start);
    let folders = known::folder(&project).map_err(|error| error.to_string());
    let users = known::user().map_err(|error| error.to_string());
    let mut batches = Vec::new();
    let mut missing = Vec::new();
    for kind in Kind::ALL {
        match homes::all::agent(kind, &start) {
            Ok(agent) => {
                let batch = project_places::batch(
                    Origin::Agent(kind),
                    agent.sessions,
                    agent.project.as_ref(),
                )?;
                batches.push(Batch { memory: agent.memory, ..batch });
            }
            Err(error) if Kind::named(common) == Some(kind) => return Err(error),
            Err(Error::NotYet { what, .. }) => missing.push((kind, what)),
            Err(error) => missing.push((kind, error.to_string())),
        }
    }
    let in_file = [folders.as_ref().ok(), users.as_ref().ok().and_then(Option::as_ref)];
    let in_file = in_file.into_iter().flatten().map(|known| known.sessions.clone());
    let in_file = in_file.into_iter().find(|paths| !paths.is_empty()).unwrap_or_default();
    let at_hand = Some(project.join(SESSIONS)).filter(|path| project_places::is_folder(path));
    let at_hand = at_hand.filter(|path| !in_file.contains(path));
    let others = [
        (Origin::Project, at_hand.into_iter().collect()),
        (Origin::File, in_file),
        (Origin::Given, args.sessions.iter().map(|path| project_places::whole(path)).collect()),
    ];
    for (origin, paths) in others {
        let paths: Vec<PathBuf> = paths;
        if !paths.is_empty() {
            batches.push(project_places::batch(origin, paths, None)?);
        }
    }
    let named = Kind::named(common);
    // A folder called `sessions` may hold other files.
    batches.retain(|batch| batch.sessions > 0 || batch.origin != Origin::Project);
    batches.sort_by_key(|batch| rank(batch, named));
    let memories = memories(common, &project, &batches, &folders, &users)?;
    let parents = memories.iter().filter_map(|memory| memory.path.parent());
    let parents = parents.filter(|parent| *parent != project);
    // A refused file is ignored here; it is reported when somebody chooses its memories.
    let beside = parents.filter_map(|parent| known::folder(parent).ok());
    let beside = beside.filter(|known| known.is_there).collect();
    Ok(Found { beside, start, project, batches, memories, missing, folders, users })
}

/// The order of batches: first sessions that the person named, then those of a configuration file,
/// then those of this project alone.
fn rank(batch: &Batch, named: Option<Kind>) -> u8 {
    match batch.origin {
        Origin::Given => 0,
        Origin::Agent(kind) if named == Some(kind) => 0,
        _ if batch.sessions == 0 => 5,
        Origin::File => 1,
        Origin::Agent(kind) if kind.is_of_project() => 2,
        Origin::Project => 3,
        Origin::Agent(_) => 4,
    }
}

fn memories(
    common: &Common,
    project: &Path,
    batches: &[Batch],
    folders: &std::result::Result<Known, String>,
    users: &std::result::Result<Option<Known>, String>,
) -> Result<Vec<Memory>> {
    let said = |known: Option<&Known>| known.and_then(|known| known.memory.clone());
    let mut all: Vec<Memory> = Vec::new();
    let mut add = |path: PathBuf, of: Option<Kind>| -> Result<()> {
        let memory = memory(path, of)?;
        if all.iter().all(|other| other.path != memory.path) {
            all.push(memory);
        }
        Ok(())
    };
    let own = |batch: &Batch| match batch.origin {
        Origin::Agent(kind) => batch.memory.clone().map(|path| (path, kind)),
        _ => None,
    };
    let variable = env::var_os(config::MEMORY).filter(|value| !value.is_empty());
    let variable = variable.filter(|_| Kind::named(common).is_none()).map(PathBuf::from);
    if let Some(given) = common.memory.clone().or(variable) {
        add(project_places::beside_what_is_there(&given)?, None)?;
    }
    let files = [said(folders.as_ref().ok()), said(users.as_ref().ok().and_then(Option::as_ref))];
    for path in files.into_iter().flatten() {
        add(project_places::beside_what_is_there(&path)?, None)?;
    }
    // The memories of the agent whose sessions are read come first, and existing folders before
    // those that would be made.
    let first = batches.first().and_then(own);
    for path in project_places::with_history(project)
        .into_iter()
        .filter(|path| project_places::is_folder(path))
    {
        if memory(path.clone(), None)?.files > 0 {
            add(path, None)?;
        }
    }
    if let Some((path, kind)) = first.clone().filter(|(path, _)| find_store::is_set_up(path)) {
        add(path, Some(kind))?;
    }
    for name in find_store::below(project) {
        add(project.join(name), None)?;
    }
    if let Some((path, kind)) = first.clone().filter(|(path, _)| path.is_dir()) {
        add(path, Some(kind))?;
    }
    let named = find_store::PLACES.map(|name| project.join(name)).into_iter();
    let is_within = |path: &PathBuf| {
        let mut way = path.ancestors().take_while(|folder| *folder != project);
        way.all(project_places::is_folder)
    };
    for path in named.filter(is_within) {
        if memory(path.clone(), None)?.files > 0 {
            add(path, None)?;
        }
    }
    for (path, kind) in batches.iter().filter_map(own) {
        if path.is_dir() || kind.is_of_project() {
            add(path, Some(kind))?;
        }
    }
    if all.is_empty() {
        all.push(memory(project.join(find_store::PLACES[0]), None)?);
    }
    Ok(all)
}

/// Reads a folder of memories.
///
/// # Errors
/// [`Error::Usage`] when something else is there.
pub fn memory(path: PathBuf, of: Option<Kind>) -> Result<Memory> {
    if path.exists() && !path.is_dir() {
        return Err(Error::Usage(format!(
            "{} is no folder: name one with --memory",
            path.display()
        )));
    }
    let path = path.canonicalize().unwrap_or(path);
    let mut memory = Memory { is_there: path.is_dir(), path, files: 0, left: Vec::new(), of };
    if memory.is_there {
        match Folder::open(&memory.path).and_then(|folder| folder.read()) {
            Ok(contents) => {
                memory.files = contents.memories.len() as u64;
                memory.left = contents.skipped;
            }
            Err(error) => {
                let path = memory.path.to_string_lossy().into_owned();
                memory.left.push(Skipped { path, reason: error.to_string() });
            }
        }
    }
    Ok(memory)
}
