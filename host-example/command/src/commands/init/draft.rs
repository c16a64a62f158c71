//! Works out from what was found and chosen which folders would be made and which files written.

use std::path::{Path, PathBuf};

use dreaming_models::name::Name;
use dreaming_models::secret;
use serde_json::{Value, json};
use toml_edit::Array;

use super::choice::{self, Choice, Model, Named, parsed};
use super::files::{self, File};
use super::goal::Goal;
use super::look::Found;
use super::source::Origin;
use super::{Trigger, edit, paste};
use crate::cli::Common;
use crate::commands::schedule::changes::{self, Change};
use crate::commands::schedule::claude_code::{self, Hook};
use crate::commands::schedule::job::{self, Kind};
use crate::commands::schedule::record::Record;
use crate::commands::{Place, clock, take_over, waiting};
use crate::config::known;
use crate::error::{Error, Result};
use crate::find_store;
use crate::homes::instructions;
use crate::output::next::quoted;
use crate::output::text::one_line;
use crate::state::{Access, place};

/// Longest configuration file in bytes, the same limit as for reading one.
const MAX_BYTES: u64 = 1 << 20;

/// The first lines of a new configuration file beside memories.
const FOLDERS: &str = "\
# What holds for these memories; `dreaming config` prints all of it. A folder may be a stranger's, so this file
# names no model and no budget: they stand in your own file.
";

/// The first lines of a new configuration file of the user.
const USERS: &str = "\
# What holds for all your stores; `dreaming config` prints it. `--no-model` asks no model for once.
";

/// What would be made and written.
#[derive(Debug)]
pub struct Draft {
    /// Folders to make.
    pub makes: Vec<PathBuf>,
    /// Files that change.
    pub files: Vec<File>,
    /// The state folder of the memories, whether it exists or not.
    pub state: PathBuf,
    /// Lines that a person pastes.
    pub lines: Option<String>,
    /// Notes for the person.
    pub notes: Vec<String>,
    /// What to type next.
    pub next: Next,
}

/// The next command.
#[derive(Debug)]
pub struct Next {
    /// As it can be typed.
    pub command: String,
    /// What it does.
    pub what: String,
}

impl Next {
    /// For programs.
    pub fn json(&self) -> Value {
        json!({"command": self.command, "what": self.what})
    }
}

impl Draft {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.makes.is_empty() && self.files.is_empty()
    }
}

/// What `choice` makes and writes.
///
/// # Errors
/// [`Error::Usage`] and [`Error::Linked`] for files that must not be written; the errors of opening
/// an existing history.
pub fn draft(found: &Found, choice: &Choice, common: &Common) -> Result<Draft> {
    choice::check_trigger(found, choice, common)?;
    let goal = Goal::of(found, choice, common)?;
    let memory = &choice.memory.path;
    let (parent, name) = memory.parent().zip(memory.file_name()).ok_or_else(|| {
        Error::Usage("this memory folder has no folder around it: name another".into())
    })?;
    let state = place::beside(parent)?.join(name);
    let mut files = vec![folders(parent, &name.to_string_lossy(), &goal)?];
    files.extend(users(found, choice)?);
    let mut notes = Vec::new();
    if choice.trigger == Trigger::Hook {
        match hook(found, &goal)? {
            Ok(written) => files.extend(written),
            Err(path) => notes.push(format!(
                "{} has a hook that starts a dream already; it is left as it is.",
                path.display()
            )),
        }
    }
    files.retain(File::changes);
    let makes = if choice.memory.is_there { Vec::new() } else { vec![memory.clone()] };
    if let Origin::Agent(kind) = goal.batch.origin
        && !kind.is_of_project()
    {
        let kind = kind.name();
        notes.push(format!(
            "{kind} keeps the sessions of all projects together: what is learned may be of another one."
        ));
    }
    if goal.names_sessions {
        notes.push(format!(
            "No file names these sessions, because they lie outside {}: `--sessions` names them each time.",
            one_line(&parent.to_string_lossy())
        ));
    }
    notes.extend(beside_notes(found, choice, &name.to_string_lossy()));
    notes.extend(model_notes(found, choice)?);
    // A folder of another name may be the one that this history lost; only the person knows.
    if !choice.memory.is_there {
        notes.extend(find_store::lost_inside(&found.project).into_iter().map(|(folder, line)| {
            format!("{folder} is gone and its history is left: where that folder is now, {line} goes on with it.")
        }));
    }
    let next = next(found, choice, common, &goal)?;
    let lines = paste::lines(choice.trigger, &goal);
    Ok(Draft { makes, files, state, lines, notes, next })
}

/// The settings with the hook of Claude Code, and the record by which `dreaming schedule remove` takes it out; the file
/// that has such a hook already.
fn hook(found: &Found, goal: &Goal<'_>) -> Result<std::result::Result<[File; 2], PathBuf>> {
    let program = job::program();
    let options = claude_code::options(goal.memory_of_hook());
    let command = claude_code::command(&quoted(&program), &options);
    let path = claude_code::place(&found.project);
    claude_code::check(&found.project)?;
    let before = changes::read(&path)?;
    let after = match claude_code::hook(&found.project, &command, before.as_deref())? {
        Hook::There(path) => return Ok(Err(path)),
        Hook::New(after) => after,
    };
    let change = Change { path, before, after: Some(after) };
    let changes = [change.clone()];
    let mut record = Record::new(Kind::ClaudeCode, goal.memory(), program, command, &changes);
    // One record in the place of another would leave a hook that nothing takes out any more.
    let known = record.as_it_is()?;
    let other = known.map(|known| known.stands_beside(&change.path)).transpose()?;
    if let Some(other) = other.flatten() {
        let (memory, other) = (quoted(&goal.memory().to_string_lossy()), other.display());
        return Err(Error::Usage(format!(
            "--trigger hook: {other} has the hook for these memories already, of another project: \
             `dreaming schedule remove claude-code --memory {memory}` takes it out first"
        )));
    }
    let place = record.path()?;
    let folders = [&change.path, &place].into_iter().filter_map(|path| path.parent());
    record.folders = changes::missing(folders);
    let files = [record.written()?, change].map(|change| File {
        path: change.path,
        before: change.before,
        after: change.after.unwrap_or_default(),
    });
    Ok(Ok(files))
}

/// Where the project has notes for agents already and the memories are a new folder: what becomes of both.
fn beside_notes(found: &Found, choice: &Choice, memory: &str) -> Option<String> {
    let there = instructions::read(std::slice::from_ref(&found.project));
    let names = there.iter().filter_map(|(path, _)| path.strip_prefix(&found.project).ok());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    (!choice.memory.is_there && !names.is_empty()).then(|| {
        format!(
            "{} is yours and stays as it is: what is learned goes into {memory}, and a dream says which line to add, so that \
             agents load that too.",
            names.join(", ")
        )
    })
}

/// The configuration file beside the memories with its new values.
fn folders(parent: &Path, name: &str, goal: &Goal<'_>) -> Result<File> {
    let known = known::folder(parent)?;
    let path = known.path;
    if path.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
        let why = "is a link, and none is followed there: put a file in its place";
        return Err(Error::Usage(format!("{} {why}", path.display())));
    }
    let mut values = Vec::new();
    let is_said = known.memory.as_ref().and_then(|memory| memory.canonicalize().ok());
    if known.memory != Some(parent.join(name)) && is_said != Some(parent.join(name)) {
        values.push(("memory", Some(name.into())));
    }
    if let Some(sessions) = &goal.in_file {
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        let said = sessions.iter().map(|path| real(parent.join(path)));
        if !known.sessions.iter().cloned().map(real).eq(said) {
            values.push(("sessions", Some(sessions.iter().collect::<Array>().into())));
        }
    }
    changed(path, FOLDERS, &values)
}

/// The user's configuration file with its new values; `None` if it stays as it is.
fn users(found: &Found, choice: &Choice) -> Result<Option<File>> {
    let values = match &choice.model {
        Model::AsItIs => return Ok(None),
        // Remove the address too, because it belongs to the model that goes.
        Model::None => vec![("model", None), ("model-url", None)],
        Model::Named(Named { name, max_cost, url, prices }) => {
            let prices = prices.as_ref().filter(|prices| {
                found.own().is_none_or(|own| own.prices.as_ref() != Some(*prices))
            });
            let prices =
                prices.map(|path| ("prices", Some(path.to_string_lossy().as_ref().into())));
            let named = [
                ("model", Some(name.as_str().into())),
                // An address that belongs to another model is removed.
                ("model-url", url.as_deref().map(Into::into)),
                ("max-cost", max_cost.map(Into::into)),
            ];
            named.into_iter().chain(prices).collect()
        }
    };
    let Some(own) = found.own() else {
        let why = "no home folder, so no file of yours: set HOME or XDG_CONFIG_HOME";
        return Err(Error::Usage(why.into()));
    };
    if !own.is_there && choice.model == Model::None {
        return Ok(None);
    }
    changed(own.path.clone(), USERS, &values).map(Some)
}

fn changed(path: PathBuf, head: &str, values: &[(&str, Option<toml_edit::Value>)]) -> Result<File> {
    let before = files::read(&path, MAX_BYTES)?;
    let after = match (&before, values) {
        (Some(before), []) => before.clone(),
        (before, values) => edit::set(before.as_deref(), head, values)
            .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?,
    };
    Ok(File { path, before, after })
}

/// The environment variables that hold the key of a model, and whether one of them is set. `None`
/// for a model at an address of the user, which may need no key.
pub fn key(name: &str, url: Option<&str>) -> Result<Option<(&'static str, bool)>> {
    if url.is_some() {
        return Ok(None);
    }
    let variables: &[&str] = match parsed(name)? {
        Name::Anthropic(_) => &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
        Name::OpenAi(_) => &["OPENAI_API_KEY"],
        Name::Exec(_) | Name::Agent(_) => &[],
    };
    let is_set = variables.iter().any(|name| secret::is_set(name));
    Ok(variables.first().map(|first| (*first, is_set)))
}

fn model_notes(found: &Found, choice: &Choice) -> Result<Vec<String>> {
    let Some(Named { name, max_cost, url, .. }) = choice.model_then(found) else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    if let Some((variable, is_set)) = key(&name, url.as_deref())? {
        notes.push(if is_set {
            format!("The key of the model is in the environment ({variable}); it is kept nowhere.")
        } else {
            format!("The model needs a key: set {variable} where you type; it is kept nowhere.")
        });
        if matches!(choice.trigger, Trigger::Cron | Trigger::Systemd) {
            notes.push(format!(
                "{variable} of your shell is not known there: set it there too, or add --model-key-file FILE."
            ));
        }
    }
    if max_cost.is_none() {
        notes.push("What a dream may spend is not limited in dollars (`max-cost`).".into());
    }
    if choice.model != Model::AsItIs {
        notes.push(
            "Your own file names the model for all your stores, not for this project alone.".into(),
        );
    }
    Ok(notes)
}

/// What to type next: a dream, its estimate when the key is not set, or the review of a waiting
/// plan.
fn next(found: &Found, choice: &Choice, common: &Common, goal: &Goal<'_>) -> Result<Next> {
    let mut is_new = true;
    if choice.memory.is_there {
        let common = Common { memory: Some(choice.memory.path.clone()), ..common.clone() };
        let place = Place::open(&common, Access::Read)?;
        if waiting::decides(&place, clock())? {
            let what = "goes through the plan of an earlier dream, which waits for you".into();
            return Ok(Next { command: goal.here("review"), what });
        }
        if let Some((state, folder)) = take_over::left_behind(&place).into_iter().next() {
            let from = quoted(&found.shown(&state));
            let what = format!(
                "goes on with the history of {}, which is gone and had these memories",
                one_line(&folder.to_string_lossy())
            );
            let mut command = goal.here(&format!("take-over --from {from}"));
            if !command.contains(" --memory ") {
                // What init writes may name the folder, and a dry run writes nothing.
                command
                    .push_str(&format!(" --memory {}", quoted(&found.shown(&choice.memory.path))));
            }
            return Ok(Next { command, what });
        }
        is_new = place.state.head()?.is_none();
    }
    let batch = choice.sessions(found)?;
    let read = batch.amount();
    let read = if is_new { read } else { format!("what is new of {read}") };
    let model = choice.model_then(found);
    if let Some(Named { name, url, .. }) = &model
        && key(name, url.as_deref())?.is_some_and(|(_, is_set)| !is_set)
    {
        let shown = parsed(name)?;
        let what = format!("says what {shown} would cost for {read}, and asks nobody");
        return Ok(Next { command: goal.here("run --estimate"), what });
    }
    let asks = match model {
        None => "asks no model".into(),
        Some(Named { name, max_cost: None, .. }) => format!("asks {}", parsed(&name)?),
        Some(Named { name, max_cost: Some(dollars), .. }) => {
            format!("asks {} for ${dollars:.2} at most", parsed(&name)?)
        }
    };
    let memories = crate::output::text::count(choice.memory.files, "memory file");
    let what =
        format!("reads {read} and {memories}, {asks}, and changes nothing before you accept it");
    Ok(Next { command: goal.here("run"), what })
}
