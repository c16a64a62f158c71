//! Finds the store when a person names none: `./.dreaming/notes` holds the history of `./notes`,
//! Claude Code keeps memories for a project in its own folder, and a store may lie deeper in the
//! project, such as `docs/notes`.

use std::env;
use std::path::{Path, PathBuf};

pub use self::search::has_history;
use self::search::{Above, above, around, below_ignored, stores, stores_of};
pub use self::search::{PLACES, below, of_name};
use crate::cli::{Cli, Command, Common};
use crate::commands::left_out::ENTRANCES;
use crate::config;
use crate::error::{Error, Result};
use crate::homes::{
    self,
    all::{self, Kind},
};
use crate::output::{self, next, text};
use crate::state::{self, place};

mod search;

/// Chooses the memories of a command when nothing names them and the current folder has no history
/// itself. It takes the memory in which the current folder lies; else the only folder here that has a history; else the
/// only one in a folder above, as far as the project reaches and no folder on the way has memories of its own; else the
/// memories that Claude Code keeps for this project, if they have a history or a configuration file; else the only store
/// deeper in this project.
///
/// # Errors
/// [`Error::Usage`] when there are several, with what to type; [`Error::Linked`]; those of reading
/// configuration files.
pub fn name_memory(cli: &mut Cli) -> Result<()> {
    let common = &mut cli.common;
    let is_open = common.memory.is_none() && common.state.is_none() && !is_variable_set();
    if finds(&cli.command)
        && is_open
        && let Some(project) = homes::without_memory(common)
    {
        return of_project(common, &project);
    }
    if is_named(common)? || has_history(Path::new(".")) {
        return Ok(());
    }
    if let Command::Run(run) = &cli.command
        && !run.sessions.is_empty()
    {
        begins_beside(&stores()?)?;
        begins_beside(&below(Path::new(".")))?;
        begins_beside(&Vec::from_iter(around()))?;
        begins_beside(&above()?.stores)?;
        return begins_beside_lost();
    }
    if !finds(&cli.command) {
        return Ok(());
    }
    let mut found = stores()?;
    if found.is_empty() {
        found.extend(around());
    }
    if found.is_empty() {
        let Above { stores, is_behind_others } = above()?;
        // Folders beside this one are not this project unless one repository has both, so they are named and not used.
        let is_own = |name: &String| !is_another(Path::new(name));
        match is_in_repository() && !is_behind_others && stores.iter().all(is_own) {
            true => found = stores,
            false => name_others(common, "beside this folder", &stores),
        }
    }
    if found.len() > 1 {
        return Err(several(&found));
    }
    let of_claude = of_claude().filter(|_| found.is_empty());
    if found.is_empty() && of_claude.is_none() {
        found = below(Path::new("."));
    }
    if found.len() > 1 {
        return Err(several(&found));
    }
    let Some(name) = found.pop() else {
        if of_claude.is_none() {
            name_others(common, "that git ignores", &below_ignored(Path::new(".")));
        }
        if let Some(memory) = of_claude {
            if !common.json {
                let memory = text::one_line(&memory.to_string_lossy());
                output::note(&format!(
                    "These are the memories that Claude Code keeps for this project: {memory}."
                ));
            }
            common.claude_code = Some(".".into());
        }
        return Ok(());
    };
    say(common, &name);
    common.memory = Some(name.into());
    Ok(())
}

/// Chooses the store of a project whose sessions Codex keeps: the folder itself, a folder in it, or
/// one deeper in it. If the project has none, looks the same way in the root of its repository.
fn of_project(common: &mut Common, project: &Path) -> Result<()> {
    if config::names_memory()? {
        return Ok(());
    }
    let root = project.canonicalize().ok();
    let root = root
        .and_then(|real| Some(real.ancestors().find(|at| at.join(".git").exists())?.to_path_buf()));
    for folder in [Some(project.to_path_buf()), root].into_iter().flatten() {
        if has_history(&folder) {
            common.memory = Some(folder);
            return Ok(());
        }
        let mut found = stores_of(&folder)?;
        if found.is_empty() {
            found = below(&folder);
        }
        let within = |name: String| match folder == Path::new(".") {
            true => name,
            false => folder.join(name).to_string_lossy().into_owned(),
        };
        let mut found: Vec<String> = found.into_iter().map(within).collect();
        if found.len() > 1 {
            return Err(several(&found));
        }
        if let Some(name) = found.pop() {
            say(common, &name);
            common.memory = Some(name.into());
            return Ok(());
        }
    }
    Ok(())
}

/// Refuses to begin a history of the current folder beside memories in it, which the person
/// may have meant.
fn begins_beside(found: &[String]) -> Result<()> {
    let Some(first) = found.first() else { return Ok(()) };
    let all: Vec<String> = found.iter().map(|name| text::one_line(name)).collect();
    let has = match (found.iter().all(|name| has_history(Path::new(name))), found.len()) {
        (true, 1) => "has its history",
        (true, _) => "have their histories",
        (false, 1) => "is set up",
        (false, _) => "are set up",
    };
    Err(Error::Usage(format!(
        "which memories? {} {has} here: add `--memory {}`; `--memory .` begins a history of this folder itself",
        all.join(", "),
        next::quoted(first)
    )))
}

/// The command that goes on in `memory` with the history in `state`.
pub fn typed(state: &Path, memory: &str) -> String {
    let state = next::quoted(&state.to_string_lossy());
    format!("dreaming take-over --from {state} --memory {memory}")
}

/// The folders in `root` that are gone and have left a history, as text for people, each with what
/// to type to go on with it.
pub fn lost_inside(root: &Path) -> Vec<(String, String)> {
    let lost = state::orphans(&root.join(place::BESIDE).join("-")).into_iter();
    let lost = lost.map(|(state, folder)| {
        let now = of_name(root, folder.file_name().unwrap_or_default());
        let now = match now.as_slice() {
            [one] => next::quoted(&root.join(one).to_string_lossy()),
            _ => "FOLDER".into(),
        };
        let line = format!("`{}`", typed(&state, &now));
        (text::one_line(&folder.to_string_lossy()), line)
    });
    lost.collect()
}

/// As [`begins_beside`], of a folder in the current one that is gone and has left its history.
fn begins_beside_lost() -> Result<()> {
    match lost_inside(Path::new(".")).first() {
        None => Ok(()),
        Some((folder, line)) => Err(Error::Usage(format!(
            "which memories? {folder} is gone and its history is left: where that folder is now, {line} goes on with it; \
             `--memory .` begins a history of this folder itself"
        ))),
    }
}

/// Tells a person which memories were found.
fn say(common: &Common, name: &str) {
    if !common.json {
        let (above, last) = name.rsplit_once('/').map_or(("", name), |(above, last)| (above, last));
        let state = Path::new(above).join(place::BESIDE).join(last);
        let (name, state) = (text::one_line(name), text::one_line(&state.to_string_lossy()));
        output::note(&format!(
            "These are the memories in {name}, which has its history in {state}."
        ));
    }
}

/// The error when several stores are found: the person has to name one.
fn several(found: &[String]) -> Error {
    let lines: Vec<String> =
        found.iter().map(|name| next::again(&format!("--memory {}", next::quoted(name)))).collect();
    let all = lines.join(", ");
    Error::Usage(format!("which memories? several folders here have a history: {all}"))
}

/// Whether a command needs an existing store, so that a store is looked for. Other commands begin
/// something new, and so does a run that names sessions: they use the folder that they are given,
/// or the current one; such a run begins nothing beside a store (see [`begins_beside`]).
fn finds(command: &Command) -> bool {
    match command {
        Command::Run(run) => run.sessions.is_empty(),
        Command::Init(_)
        | Command::TakeOver(_)
        | Command::Policy(_)
        | Command::Completions(_)
        | Command::Man(_) => false,
        _ => true,
    }
}

/// The memories that Claude Code keeps for the project of the current folder, when they have a
/// history or a configuration file.
fn of_claude() -> Option<PathBuf> {
    let here = Path::new(".").canonicalize().ok()?;
    let memory = all::agent(Kind::ClaudeCode, &here).ok()?.memory?;
    is_set_up(&memory).then_some(memory)
}

/// Whether a folder of memories is there and has a history or a configuration file.
pub fn is_set_up(memory: &Path) -> bool {
    let file = || place::beside(memory.parent()?).ok();
    let has_file = || file().is_some_and(|beside| beside.join(config::FILE).is_file());
    memory.is_dir() && (has_history(memory) || has_file())
}

/// Whether the command line, the environment or a configuration file says which memories are meant.
fn is_named(common: &Common) -> Result<bool> {
    let is_named = common.memory.is_some()
        || common.state.is_some()
        || common.names_agent()
        || is_variable_set();
    Ok(is_named || config::names_memory()?)
}

/// Whether the environment names the memories.
fn is_variable_set() -> bool {
    env::var_os(config::MEMORY).is_some_and(|value| !value.is_empty())
}

/// Whether the current folder is in a repository.
fn is_in_repository() -> bool {
    let here = env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    here.is_some_and(|here| here.ancestors().any(|folder| folder.join(".git").exists()))
}

/// Whether a folder of memories is a project beside the current folder: it has a file that agents load because of its
/// name, and the current folder does not lie in it.
fn is_another(memory: &Path) -> bool {
    let here = env::current_dir().and_then(|here| here.canonicalize());
    let is_around =
        here.is_ok_and(|here| memory.canonicalize().is_ok_and(|real| here.starts_with(real)));
    !is_around && ENTRANCES.into_iter().any(|name| memory.join(name).is_file())
}

/// Names the memories elsewhere that a person may have meant.
fn name_others(common: &Common, which: &str, found: &[String]) {
    if !common.json && !found.is_empty() {
        let options: Vec<String> = found
            .iter()
            .take(SHOWN)
            .map(|name| format!("`--memory {}`", next::quoted(name)))
            .collect();
        output::note(&format!(
            "{} with a history {which}, if you mean one: {}.",
            text::count(found.len() as u64, "memory folder"),
            options.join(", ")
        ));
    }
}

/// Memories elsewhere that are named, at most. Chosen by us: they fit a line.
const SHOWN: usize = 3;
