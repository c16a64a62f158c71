//! The store of a person who names none: in `./.dreaming/notes` lies the history of `./notes`, and Claude Code keeps
//! memories for a project in its own folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{self, Cli, Command, Common};
use crate::config;
use crate::error::{Error, Result};
use crate::homes::all::{self, Kind};
use crate::output::{self, next, text};
use crate::state::place;

/// Names the memories of a command, where nothing else names them and the current folder has no history of its own:
/// those of the one folder here that has one, else those that Claude Code keeps for this project, when somebody has
/// set them up or dreamt over them.
///
/// # Errors
/// [`Error::Usage`] when there are several, with what to type; [`Error::Linked`]; those of reading configuration
/// files.
pub fn name_memory(cli: &mut Cli) -> Result<()> {
    let common = &mut cli.common;
    if !finds(&cli.command) || is_named(common)? || has_history(Path::new(".")) {
        return Ok(());
    }
    let mut found = stores()?;
    if found.len() > 1 {
        let command = cli::subcommand();
        let line = |name: &String| {
            let memory = next::quoted(name);
            format!("`dreaming {command} --memory {memory}`")
        };
        let lines: Vec<String> = found.iter().map(line).collect();
        let all = lines.join(", ");
        return Err(Error::Usage(format!(
            "which memories? several folders here have a history: {all}"
        )));
    }
    let Some(name) = found.pop() else {
        if let Some(memory) = of_claude() {
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
    if !common.json {
        let name = text::one_line(&name);
        output::note(&format!(
            "These are the memories in {name}, which has its history in .dreaming/{name}."
        ));
    }
    common.memory = Some(name.into());
    Ok(())
}

/// Whether a command goes on with a history, or shows what is set up. The others begin something, and say with what;
/// so does a run that names sessions.
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

/// The memories that Claude Code keeps for the project of the current folder, when they have a history or a
/// configuration file.
fn of_claude() -> Option<PathBuf> {
    let here = Path::new(".").canonicalize().ok()?;
    let memory = all::agent(Kind::ClaudeCode, &here).ok()?.memory?;
    let file = || place::beside(memory.parent()?).ok();
    let is_set_up = || file().is_some_and(|beside| beside.join(config::FILE).is_file());
    (memory.is_dir() && (has_history(&memory) || is_set_up())).then_some(memory)
}

/// Whether the command line, the environment or a configuration file says which memories are meant.
fn is_named(common: &Common) -> Result<bool> {
    let agent =
        common.claude_code.is_some() || common.codex.is_some() || common.gemini || common.opencode;
    let variable = env::var_os(config::MEMORY).is_some_and(|value| !value.is_empty());
    let is_named = common.memory.is_some() || common.state.is_some() || agent || variable;
    Ok(is_named || config::names_memory()?)
}

/// Whether `folder` has a history where folders have theirs.
fn has_history(folder: &Path) -> bool {
    let state =
        |folder: PathBuf| Some(folder.parent()?.join(place::BESIDE).join(folder.file_name()?));
    let state = folder.canonicalize().ok().and_then(state);
    state.is_some_and(|state| state.join(place::FILE).is_file())
}

/// The folders here that have a history, by name.
fn stores() -> Result<Vec<String>> {
    let states = fs::read_dir(place::beside(Path::new("."))?).into_iter().flatten().flatten();
    let names = states.filter_map(|state| state.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| Path::new(name).is_dir() && has_history(Path::new(name))).collect();
    names.sort();
    Ok(names)
}
