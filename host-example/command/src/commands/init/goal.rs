//! Builds the commands that use what is set up: typed here, or started from any folder.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::choice::Choice;
use super::look::Found;
use super::source::{Batch, Origin};
use crate::cli::Common;
use crate::config::{self, known};
use crate::error::Result;
use crate::homes::all::{self, Kind};
use crate::output::next::quoted;

/// Which options these commands need.
#[derive(Debug)]
pub struct Goal<'f> {
    found: &'f Found,
    common: &'f Common,
    memory: PathBuf,
    /// The sessions.
    pub batch: &'f Batch,
    /// Whether the memories are the ones that the agent's option (such as `--claude-code`) stands
    /// for.
    is_own: bool,
    /// The paths of the sessions as the file beside the memories will name them; `None` when it
    /// will not name them.
    pub in_file: Option<Vec<String>>,
    /// Whether a command has to name the sessions, because no agent keeps them and no configuration
    /// file names them.
    pub names_sessions: bool,
}

/// The way from one folder to a path; both are whole.
fn from(folder: &Path, path: &Path) -> PathBuf {
    let above = folder.ancestors().find(|above| path.starts_with(above)).unwrap_or(folder);
    let up = folder.strip_prefix(above).map_or(0, |rest| rest.components().count());
    let down = path.strip_prefix(above).unwrap_or(path);
    std::iter::repeat_n(Path::new(".."), up).chain([down]).collect()
}

impl<'f> Goal<'f> {
    /// The options that `choice` makes necessary.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] without sessions.
    pub fn of(found: &'f Found, choice: &Choice, common: &'f Common) -> Result<Self> {
        let batch = choice.sessions(found)?;
        let memory = choice.memory.path.clone();
        let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
        let is_own = matches!(batch.origin, Origin::Agent(_))
            && batch.memory.as_ref().map(real).as_ref() == Some(&memory);
        let parent = memory.parent().unwrap_or(&memory);
        let below = |path: &PathBuf| {
            Some(path).filter(|path| known::may_name(parent, path))?;
            Some(from(parent, path).to_string_lossy().replace('\\', "/"))
        };
        let in_file = match batch.origin {
            Origin::Given | Origin::Project => batch.paths.iter().map(below).collect(),
            Origin::Agent(_) | Origin::File => None,
        };
        let names_sessions = match batch.origin {
            Origin::Agent(_) => false,
            Origin::Given | Origin::Project => in_file.is_none(),
            Origin::File => {
                let said = [Some(known::folder(parent)?), known::user()?].into_iter().flatten();
                let said = said.map(|known| known.sessions).find(|paths| !paths.is_empty());
                said.as_ref() != Some(&batch.paths)
            }
        };
        Ok(Self { found, common, memory, batch, is_own, in_file, names_sessions })
    }

    /// A command that can be typed in the current folder, such as `run`.
    pub fn here(&self, words: &str) -> String {
        let mut out = format!("dreaming {words}");
        let several = self.several();
        if (!self.is_own || several.is_some()) && !self.is_named_here() {
            let _ = write!(out, " --memory {}", quoted(&self.found.shown(&self.memory)));
        }
        if let Some(several) = several {
            for word in several {
                let _ = write!(out, " {}", quoted(&word));
            }
        } else if let Origin::Agent(kind) = self.batch.origin {
            let _ = write!(out, " --{}", kind.option());
            let typed = match kind {
                Kind::ClaudeCode => self.common.claude_code.as_deref(),
                Kind::Codex => self.common.codex.as_deref(),
                Kind::Copilot => self.common.copilot.as_deref(),
                Kind::Gemini | Kind::OpenCode => None,
            };
            if let Some(project) = typed.filter(|path| *path != Path::new(".")) {
                let _ = write!(out, " {}", quoted(&project.to_string_lossy()));
            }
        }
        if let Some(state) = &self.common.state {
            let _ = write!(out, " --state {}", quoted(&state.to_string_lossy()));
        }
        if words.starts_with("run") {
            out.push_str(&self.sessions(&|path| self.found.shown(path)));
        }
        out
    }

    /// The options for the sessions of several agents, when the person named them. Their memory belongs to none of
    /// these agents, so it is named too.
    fn several(&self) -> Option<Vec<String>> {
        if let Some(project) = &self.common.all_agents {
            let named = Some(project).filter(|path| **path != Path::new("."));
            let named = named.map(|path| path.to_string_lossy().into_owned());
            return Some(["--all-agents".to_owned()].into_iter().chain(named).collect());
        }
        let names = self.common.sessions_of.join(",");
        (!names.is_empty()).then(|| vec!["--sessions-of".into(), names])
    }

    /// The words after `dreaming run --if-due` for a trigger, which has no current folder.
    pub fn anywhere(&self) -> Vec<String> {
        let whole = |path: &Path| path.to_string_lossy().into_owned();
        let mut words = Vec::new();
        let several = self.several();
        if !self.is_own || several.is_some() {
            words.extend(["--memory".into(), whole(&self.memory)]);
        }
        if several.is_some() && self.common.all_agents.is_some() {
            words.extend(["--all-agents".into(), whole(&self.found.start)]);
        } else if let Origin::Agent(kind) = self.batch.origin {
            words.push(format!("--{}", kind.option()));
            match kind {
                Kind::ClaudeCode => words.push(whole(self.project_of_claude())),
                Kind::Codex | Kind::Copilot => words.push(whole(&self.found.start)),
                Kind::Gemini | Kind::OpenCode => {}
            }
        }
        if let Some(state) = &self.common.state {
            words.extend(["--state".into(), whole(&super::project_places::whole(state))]);
        }
        if self.names_sessions {
            words.push("--sessions".into());
            words.extend(self.batch.paths.iter().map(|path| whole(path)));
        }
        words
    }

    /// The memory folder, a whole path.
    pub fn memory(&self) -> &Path {
        &self.memory
    }

    /// The memory folder, if a hook has to name it.
    pub fn memory_of_hook(&self) -> Option<&Path> {
        (!self.is_own).then_some(&*self.memory)
    }

    /// The folder by which Claude Code's sessions are found: the project, or the current folder if
    /// Claude Code has worked only there.
    fn project_of_claude(&self) -> &Path {
        let found = all::agent(Kind::ClaudeCode, &self.found.project);
        let is_same = found.is_ok_and(|agent| agent.memory == self.batch.memory);
        if is_same { &self.found.project } else { &self.found.start }
    }

    fn sessions(&self, shown: &dyn Fn(&Path) -> String) -> String {
        if !self.names_sessions {
            return String::new();
        }
        let paths: Vec<String> = self.batch.paths.iter().map(|path| quoted(&shown(path))).collect();
        format!(" --sessions {}", paths.join(" "))
    }

    /// Whether the configuration file of the current folder will name the memories, with no
    /// variable or agent option that would override it.
    fn is_named_here(&self) -> bool {
        let here = env::current_dir().ok().and_then(|here| here.canonicalize().ok());
        let is_free = env::var_os(config::MEMORY).is_none_or(|value| value.is_empty());
        let is_agent = matches!(self.batch.origin, Origin::Agent(_));
        is_free && !is_agent && here.as_deref() == self.memory.parent()
    }
}
