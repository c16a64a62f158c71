//! `dreaming doctor`: everything that could be wrong, each with what to do about it.

mod links;
mod memories;
pub mod model;
mod schedule;
mod sessions;
mod store;

use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::Style;
use clap::Args;
use dreaming_wasmtime::{Engine, Job};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Place, take_over};
use crate::cli::Common;
use crate::component;
use crate::error::Result;
use crate::folder::{Contents, Folder};
use crate::output::{Reply, next, text, theme};
use crate::project::Project;
use crate::state::Access;

/// Items of a finding that are listed for people; `--json` has all. Chosen by us: a screen.
const SHOWN: usize = 10;

/// `dreaming doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming doctor --memory notes
  dreaming doctor --claude-code --json
  dreaming doctor --memory notes --memories      # only what the memories say, for CI")]
pub struct Doctor {
    /// Sessions to look at [default: those of the last run].
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub sessions: Vec<PathBuf>,
    /// Look only at what the memories say (conflicts of git, links, index, secrets), and end with 1 when anything is to be
    /// looked at: for CI.
    #[arg(long, conflicts_with = "sessions")]
    pub memories: bool,
    /// The project in which they must have run; `None` = anywhere.
    #[arg(skip)]
    pub project: Option<Project>,
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// Commands will fail.
    Fail,
}

impl Grade {
    fn word(self) -> (Style, &'static str) {
        match self {
            Self::Ok => (theme::OK, "ok  "),
            Self::Warn => (theme::WARNING, "warn"),
            Self::Fail => (theme::ERROR, "fail"),
        }
    }
}

/// One check and its result.
#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    grade: Grade,
    found: String,
    /// What to do.
    #[serde(rename = "do")]
    todo: Option<String>,
    /// The files or places in question.
    items: Vec<String>,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, grade: Grade::Ok, found: found.into(), todo: None, items: Vec::new() }
    }

    fn warn(name: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { grade: Grade::Warn, todo: Some(todo.into()), ..Self::ok(name, found) }
    }

    fn fail(name: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { grade: Grade::Fail, todo: Some(todo.into()), ..Self::ok(name, found) }
    }

    fn items(self, items: Vec<String>) -> Self {
        Self { items, ..self }
    }

    fn write(&self, out: &mut String) {
        let (style, word) = self.grade.word();
        let found = text::one_line(&self.found);
        let _ = writeln!(out, "{style}{word}{style:#}  {}: {found}", self.name);
        for item in self.items.iter().take(SHOWN) {
            let _ = writeln!(out, "        {}", text::one_line(item));
        }
        if self.items.len() > SHOWN {
            let _ =
                writeln!(out, "        and {} more (all with --json)", self.items.len() - SHOWN);
        }
        if let Some(todo) = &self.todo {
            let _ = writeln!(out, "      → {}", text::one_line(todo));
        }
    }
}

/// Looks at everything and changes nothing.
///
/// # Errors
/// None; what fails is a finding.
pub fn doctor(common: &Common, args: &Doctor) -> Result<Reply> {
    if args.memories {
        return only_memories(common);
    }
    let mut findings = Vec::new();
    let mut job = engine(component::load_without_state(), &mut findings);
    model::look(common, &mut findings);
    schedule::look(&mut findings);
    let folder = store::folder(common.memory(), &mut findings);
    let place = folder.as_ref().and_then(|folder| store::place(folder, common, &mut findings));
    let state = match (&folder, place) {
        (Some(folder), Some(dir)) => store::state(dir, folder, job.as_mut(), &mut findings),
        _ => None,
    };
    if let Ok(place) = Place::open_as_it_is(common, Access::Read) {
        let lost = take_over::lost(&place).into_iter();
        let lost = lost.map(|lost| {
            Finding::warn(
                "history",
                format!("{} is gone and its history is left", lost.folder),
                lost.todo,
            )
        });
        findings.extend(lost);
    }
    // A state that cannot be read has its finding; then the printed run asks for sessions.
    if state
        .as_ref()
        .is_some_and(|state| super::run::knows_sessions(state, common).unwrap_or(false))
    {
        next::sessions_are_known();
    }
    if let Some(folder) = &folder {
        look_at_memories(folder, job.as_mut(), &mut findings);
    }
    if let (Some(state), Some(folder)) = (&state, &folder) {
        memories::loaded(state, folder, &mut findings);
    }
    if let Some(state) = &state {
        sessions::look(state, args, job.as_mut(), &mut findings);
    }
    Ok(reply(&findings))
}

/// The reply where an agent has no folders yet: there is nothing else to look at.
pub fn not_yet(what: &str, todo: &str) -> Reply {
    let mut findings = Vec::new();
    engine(component::load_without_state(), &mut findings);
    findings.push(Finding::fail("agent", what, todo));
    reply(&findings)
}

fn look_at_memories(folder: &Folder, job: Option<&mut Job>, findings: &mut Vec<Finding>) {
    // A folder that cannot be read has its finding already.
    let Ok(contents) = folder.read() else { return };
    memories::skipped(&contents, findings);
    memories::dates(folder, &contents, findings);
    what_they_say(folder, &contents, job, findings);
}

fn what_they_say(
    folder: &Folder,
    contents: &Contents,
    job: Option<&mut Job>,
    findings: &mut Vec<Finding>,
) {
    memories::unmerged(contents, findings);
    memories::index(folder, contents, findings);
    links::look(&contents.memories, findings);
    if let Some(job) = job {
        memories::secrets(job, contents, findings);
    }
}

/// What `--memories` looks at. A warning counts, for nobody reads what CI prints when it is green.
fn only_memories(common: &Common) -> Result<Reply> {
    let mut findings = Vec::new();
    let mut job = engine(component::load_without_state(), &mut findings);
    let folder = Folder::open(common.memory())?;
    what_they_say(&folder, &folder.read()?, job.as_mut(), &mut findings);
    let reply = reply(&findings);
    let is_clean = findings.iter().all(|finding| finding.grade == Grade::Ok);
    Ok(Reply { code: u8::from(!is_clean), ..reply })
}

/// Loads the component and reports its fingerprint.
fn engine(loaded: Result<Engine>, findings: &mut Vec<Finding>) -> Option<Job> {
    const NAME: &str = "engine";
    let job = loaded.and_then(|engine| engine.job().map_err(component::refused));
    let asked = job.and_then(|mut job| {
        let fingerprint = job.fingerprint().map_err(component::refused)?;
        Ok((job, String::from_utf8_lossy(&fingerprint).into_owned()))
    });
    match asked {
        Ok((job, fingerprint)) => {
            let version = env!("CARGO_PKG_VERSION");
            findings
                .push(Finding::ok(NAME, format!("dreaming {version}, fingerprint {fingerprint}")));
            Some(job)
        }
        Err(error) => {
            let todo = "the program is damaged: install it again";
            findings.push(Finding::fail(NAME, error.to_string(), todo));
            None
        }
    }
}

fn reply(findings: &[Finding]) -> Reply {
    let mut out = String::new();
    findings.iter().for_each(|finding| finding.write(&mut out));
    let count = |grade: Grade| findings.iter().filter(|f| f.grade == grade).count() as u64;
    let (failed, warned) = (count(Grade::Fail), count(Grade::Warn));
    let warned_text = text::count(warned, "warning");
    let _ = writeln!(
        out,
        "{}: {failed} failed, {warned_text}.",
        text::count(findings.len() as u64, "check")
    );
    let json: Value = json!({"failed": failed, "warnings": warned, "checks": findings});
    Reply { code: u8::from(failed > 0), ..Reply::new(out, json) }
}
