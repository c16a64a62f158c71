//! The folder of an agent in the home of a person, and the memories of a project in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::loads::{Loaded, Memory};
use super::{Home, claude_code, home, memory_setting, slug};

/// The agent's own folder, also when it is not there.
pub fn folder(agent: &Loaded) -> Option<PathBuf> {
    let named = agent.variable.as_ref().and_then(env::var_os).filter(|named| !named.is_empty());
    let named = named.map(PathBuf::from).map(|named| match &agent.variable_holds {
        Some(folder) => named.join(folder),
        None => named,
    });
    named.or_else(|| Some(home()?.join(agent.folder.as_ref()?)))
}

/// The memory folder of the project in which an agent starts in `start`, also when it is not there; `None` for an agent
/// without one. `own` is the agent's own folder.
pub fn memory(agent: &Loaded, own: &Path, start: &Path) -> Option<PathBuf> {
    let root = start.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(start);
    let of_path = || own.join("projects").join(slug(root)).join("memory");
    match agent.memory? {
        Memory::Path => Some(of_path()),
        Memory::ClaudeCode => match claude_code(own, start) {
            Ok(Home { memory: Some(memory), .. }) => Some(memory),
            _ => Some(memory_setting(own).unwrap_or_else(of_path)),
        },
        Memory::Marked => {
            let folders = fs::read_dir(own.join("tmp")).into_iter().flatten().flatten();
            let mut folders: Vec<PathBuf> = folders.map(|item| item.path()).collect();
            folders.sort();
            let marks = |folder: &PathBuf| {
                let marked = fs::read_to_string(folder.join(".project_root")).unwrap_or_default();
                [start, root].contains(&Path::new(marked.trim()))
            };
            Some(folders.into_iter().find(marks)?.join("memory"))
        }
    }
}
