//! `dreaming loaded`: what an agent sees at its start in a project.

mod here;
mod imports;
mod listed;
mod look;
mod orphans;
mod seen;
mod start;
pub mod statements;
mod text;
mod told;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use self::here::Here;
use self::look::{Look, look};
use self::orphans::Orphans;
use self::seen::{Problem, Seen};
use self::start::Start;
use self::statements::Twice;
use self::text::Size;
use crate::cli::Common;
use crate::commands::page;
use crate::error::{Error, Result};
use crate::homes::all::Kind;
use crate::homes::loads::{self, Base};
use crate::homes::own;
use crate::output::page::Page;
use crate::output::{Reply, text as words};
use crate::standard;
use crate::whole::Whole;

/// `dreaming loaded`.
#[derive(Debug, Args)]
#[command(after_help = "\
It reads only, and answers from the documentation of each agent: no agent is started.

Examples:
  dreaming loaded                                # all agents for which something is here
  dreaming loaded services/api --agent codex     # Codex, started in that folder
  dreaming loaded --agent claude-code --agent gemini --json
  dreaming loaded --memory notes                 # also which of these memories an agent sees
  dreaming loaded --html loaded.html             # as a page that loads and sends nothing")]
pub struct Wanted {
    /// The folder in which the agent starts [default: the current folder].
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Agents: agents, claude-code, codex, copilot, cursor, gemini, opencode, qwen, windsurf
    /// [default: those for which something is here].
    #[arg(long = "agent", value_name = "NAME", value_delimiter = ',')]
    pub agents: Vec<String>,
    /// Writes the answer as one HTML page that needs nothing else.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// What one agent loads, and what there is to say of it.
struct Answer<'a> {
    /// The name that people type.
    name: &'static str,
    look: Look<'a>,
    total: Size,
    folders: Vec<Orphans>,
    twice: Vec<Twice>,
    /// Files that are only on this machine, each with the reason.
    only_here: Vec<(String, &'static str)>,
}

/// Says what each agent loads.
///
/// # Errors
/// [`Error::Usage`] for an agent that is not known or a folder that is not there.
pub fn loaded(common: &Common, wanted: &Wanted) -> Result<Reply> {
    let mut agents = wanted.agents.clone();
    agents.extend(Kind::named(common).map(|kind| kind.option().to_owned()));
    for name in &agents {
        if !loads::all().contains_key(name) {
            let known: Vec<&str> = loads::all().keys().map(String::as_str).collect();
            return Err(Error::Usage(format!(
                "--agent takes the name of an agent ({}), and `{}` is none",
                known.join(", "),
                words::one_line(name)
            )));
        }
    }
    let of_option = common.of_projects().into_iter().find_map(|(_, project)| project);
    let folder = wanted.folder.as_deref().or(of_option).unwrap_or(Path::new("."));
    let start = Start::of(folder)?;
    let mut looks = Vec::new();
    for (name, agent) in loads::all() {
        if !agents.is_empty() && !agents.contains(name) {
            continue;
        }
        let look = look(agent, &start);
        let own = own::folder(agent).and_then(|own| own::memory(agent, &own, &start.folder));
        let keeps = own.filter(|own| {
            agent.places.iter().any(|place| place.base == Base::Memory) && own.is_dir()
        });
        if !agents.is_empty() || !look.files.is_empty() || keeps.is_some() {
            looks.push((name.as_str(), look, keeps));
        }
    }
    let paths = looks.iter().flat_map(|(_, look, _)| &look.files).map(|file| file.path.as_path());
    let here = Here::of(paths, &start);
    let answers: Vec<Answer<'_>> = looks
        .into_iter()
        .map(|(name, look, keeps)| answer(name, look, keeps.as_deref(), common, (&start, &here)))
        .collect();
    let reply = told::told(&answers, common, &start, &here);
    match &wanted.html {
        Some(file) => {
            let folders = answers.iter().flat_map(|answer| &answer.folders);
            let memories: Vec<&Path> = folders.map(|folder| folder.folder.as_path()).collect();
            page(&reply.json, answers.len(), (file, &memories), common.json)
        }
        None => Ok(reply),
    }
}

/// Those of `agents` that load two or more of `files` at their start in `folder`: the name of each, and the files.
///
/// # Errors
/// [`Error::Io`] when there is no such folder.
pub fn more_than_one<'a>(
    folder: &Path,
    agents: impl Iterator<Item = &'a str>,
    files: &[&Path],
) -> Result<Vec<(&'a str, Vec<String>)>> {
    let start = Start::of(folder)?;
    let loads = |name: &'a str| {
        let look = look(loads::all().get(name)?, &start);
        let is_meant = |seen: &&Seen| {
            seen.load.is_now()
                && seen.path.canonicalize().is_ok_and(|real| files.contains(&real.as_path()))
        };
        let found: Vec<String> =
            look.files.iter().filter(is_meant).map(|seen| seen.shown.clone()).collect();
        (found.len() > 1).then_some((name, found))
    };
    Ok(agents.filter_map(loads).collect())
}

/// Writes the answer as a page.
fn page(
    given: &Value,
    agents: usize,
    (file, memories): (&Path, &[&Path]),
    as_json: bool,
) -> Result<Reply> {
    let drawn = Page::Loaded.of(given);
    if standard::output(file, as_json)? {
        return Ok(Reply::new(drawn, Value::Null));
    }
    page::write(Whole::at(file, memories)?, &drawn, &Page::Loaded.mark(), "loaded")?;
    let file = file.to_string_lossy();
    let count = words::count(agents as u64, "agent");
    let text = format!("{} written: {count}.\n", words::one_line(&file));
    Ok(Reply::new(text, json!({"outcome": "page", "file": file, "agents": agents})))
}

fn answer<'a>(
    name: &'static str,
    mut look: Look<'a>,
    keeps: Option<&Path>,
    common: &Common,
    (start, here): (&Start, &Here),
) -> Answer<'a> {
    let mut total = Size::default();
    look.files.iter().for_each(|file| total += file.loaded);
    let own = keeps.map(|folder| (folder, true));
    let named = common.memory.as_deref().map(|folder| (folder, false));
    // The memory that is named may be the agent's own.
    let is_own = |folder: &Path| {
        keeps.is_some_and(|own| own.canonicalize().ok() == folder.canonicalize().ok())
    };
    let folders = own.into_iter().chain(named.filter(|(folder, _)| !is_own(folder)));
    let folders =
        folders.filter_map(|(folder, is_own)| orphans::of(folder, is_own, &look.files, start));
    let folders: Vec<Orphans> = folders.collect();
    for folder in &folders {
        let what = "is a link among the memories; it is not looked at here".to_owned();
        let file = |link: &String| format!("{}/{link}", folder.shown);
        let problem = |link| Problem { kind: "link", file: file(link), what: what.clone() };
        look.problems.extend(folder.links.iter().map(problem));
    }
    let now = look.files.iter().filter(|file| file.load.is_now());
    let twice = statements::twice(now.map(|file| (file.shown.as_str(), file.text.as_str())));
    let only_here = look
        .files
        .iter()
        .filter_map(|file| Some((file.shown.clone(), here.why(&file.path)?)))
        .collect();
    Answer { name, look, total, folders, twice, only_here }
}
