//! A history of the same memory in another work tree of its repository.

use std::path::PathBuf;

use super::{Place, go_on, has_history};
use crate::find_store;
use crate::output::text;
use crate::project::Project;
use crate::state::place;

/// Says that this memory has a history in another work tree, of which this one knows nothing; `None` when it has one
/// of its own, or no other tree has.
pub fn elsewhere(here: &Place) -> Option<String> {
    if has_history(here) {
        return None;
    }
    let memory = here.folder.root().canonicalize().ok()?;
    let root = memory.ancestors().find(|above| above.join(".git").exists())?;
    let within = memory.strip_prefix(root).ok()?;
    let trees = Project::of(&memory)?;
    let others = trees.folders().map(|tree| PathBuf::from(tree).join(within));
    let other =
        others.into_iter().find(|other| *other != memory && find_store::has_history(other))?;
    let state = other.parent()?.join(place::BESIDE).join(other.file_name()?);
    Some(format!(
        "{} has this memory in another work tree, and its history: what was rejected or erased there may be proposed again \
         here. Dream there, or {} goes on with a copy of it",
        text::one_line(&other.to_string_lossy()),
        go_on(&state)
    ))
}
