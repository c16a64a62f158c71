//! Sessions that only the archive has, because the folder in which their agent kept them is gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::Common;
use crate::commands::Place;
use crate::error::{Error, Result};
use crate::output::next::quoted;
use crate::sessions::Found;
use crate::snapshot;
use crate::state::Access;

/// The error for an agent whose folders are not here, with the command that reads what the archive has from folders that
/// are gone.
pub fn named(common: &Common, error: Error) -> Error {
    let mut projects = common.of_projects().into_iter().filter_map(|(_, project)| project);
    let is_gone = projects.any(|project| !project.exists());
    match error {
        Error::NotYet { what, todo } => match command(common) {
            Some(command) => {
                let todo =
                    format!("{command} reads the sessions that `dreaming keep` copied; or {todo}");
                Error::NotYet { what, todo }
            }
            None => Error::NotYet { what, todo },
        },
        Error::Usage(why) if is_gone => match command(common) {
            Some(command) => Error::Usage(format!(
                "{why}; {command} reads the sessions that `dreaming keep` copied"
            )),
            None => Error::Usage(why),
        },
        error => error,
    }
}

/// The command that reads them, between backticks; `None` when there are none. It names no agent, whose folders it would
/// look for again.
fn command(common: &Common) -> Option<String> {
    let memory = common.memory.as_deref()?;
    let gone = gone(common).ok().filter(|gone| !gone.is_empty())?;
    let word = |path: &Path| quoted(&path.to_string_lossy());
    let state = common.state.as_deref().map(|state| format!(" --state {}", word(state)));
    let paths: Vec<String> = gone.iter().map(|path| word(path)).collect();
    Some(format!(
        "`dreaming run --memory {}{} --sessions {}`",
        word(memory),
        state.unwrap_or_default(),
        paths.join(" ")
    ))
}

/// The folders that are gone and from which sessions came that no dream has read.
fn gone(common: &Common) -> Result<BTreeSet<PathBuf>> {
    let state = Place::open_as_it_is(common, Access::Read)?.state;
    let head = state.head()?.map_or(0, |head| head.number);
    let mut found = Found::default();
    state.archive()?.join(&snapshot::cursor(&state.ledger_at(head)?)?, &[], &mut found);
    Ok(found.kept.places.iter().filter_map(|place| outermost(place)).collect())
}

/// The outermost folder of a path that is not there; `None` when all of it is there.
fn outermost(path: &Path) -> Option<PathBuf> {
    path.ancestors().take_while(|folder| !folder.exists()).last().map(Path::to_path_buf)
}
