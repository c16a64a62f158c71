//! What each agent keeps for a project.

use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use serde_json::Value;

use super::{Home, base, claude_code, codex, copilot, gemini, opencode};
use crate::cli::Common;
use crate::error::Result;
use crate::project::Project;

/// An agent whose folders are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Claude Code: sessions and memories of a project.
    ClaudeCode,
    /// Codex: sessions of a project; its own memories are for all projects.
    Codex,
    /// GitHub Copilot CLI: sessions of a project.
    Copilot,
    /// Gemini CLI: sessions of all projects.
    Gemini,
    /// OpenCode: sessions of all projects.
    OpenCode,
}

impl Kind {
    /// All agents; the one that keeps the most for a project comes first.
    pub const ALL: [Self; 5] =
        [Self::ClaudeCode, Self::Codex, Self::Copilot, Self::Gemini, Self::OpenCode];

    /// The name of the agent.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::Copilot => "GitHub Copilot CLI",
            Self::Gemini => "Gemini CLI",
            Self::OpenCode => "OpenCode",
        }
    }

    /// The option for the agent, without the dashes.
    pub fn option(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Copilot => "copilot",
            Self::Gemini => "gemini",
            Self::OpenCode => "opencode",
        }
    }

    /// Whether the agent's sessions can be chosen by project.
    pub fn is_of_project(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Codex | Self::Copilot)
    }

    /// The agent that the command line names.
    pub fn named(common: &Common) -> Option<Self> {
        let given = [
            common.claude_code.is_some(),
            common.codex.is_some(),
            common.copilot.is_some(),
            common.gemini,
            common.opencode,
        ];
        Self::ALL.into_iter().zip(given).find(|(_, is_given)| *is_given).map(|(kind, _)| kind)
    }
}

impl Common {
    /// Whether the command line names agents, which say where sessions are.
    pub fn names_agent(&self) -> bool {
        let of_projects = self.of_projects();
        let of_all = self.gemini || self.opencode || !self.sessions_of.is_empty();
        of_all || of_projects.iter().any(|(_, project)| project.is_some())
    }

    /// The options that take a project, without their dashes, and the project that each has.
    pub fn of_projects(&self) -> [(&'static str, Option<&Path>); 4] {
        [
            ("claude-code", self.claude_code.as_deref()),
            ("codex", self.codex.as_deref()),
            ("copilot", self.copilot.as_deref()),
            ("all-agents", self.all_agents.as_deref()),
        ]
    }
}

/// The folders of an agent that has worked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Which one.
    pub kind: Kind,
    /// Its memory folder, even when it does not exist; `None` when the agent keeps no memories in a
    /// folder.
    pub memory: Option<PathBuf>,
    /// Its sessions.
    pub sessions: Vec<PathBuf>,
    /// The project in which the sessions must have run; `None` when all sessions in the folders
    /// count.
    pub project: Option<Project>,
}

/// What `kind` keeps for the project in the folder `start`, or the nearest one above it.
///
/// # Errors
/// [`crate::error::Error::NotYet`] when it has not worked there, [`crate::error::Error::Usage`]
/// without a home folder.
pub fn agent(kind: Kind, start: &Path) -> Result<Agent> {
    let Home { memory, sessions, project, .. } = match kind {
        Kind::ClaudeCode => claude_code(&base("CLAUDE_CONFIG_DIR", ".claude")?, start)?,
        Kind::Codex => codex(&base("CODEX_HOME", ".codex")?, Project::of(start))?,
        Kind::Copilot => copilot(&base("COPILOT_HOME", ".copilot")?, Project::of(start))?,
        Kind::Gemini => gemini(&base("GEMINI_CLI_HOME", "")?.join(".gemini"))?,
        Kind::OpenCode => opencode(&base("XDG_DATA_HOME", ".local/share")?.join("opencode"))?,
    };
    Ok(Agent { kind, memory, sessions, project })
}

/// The settings of Claude Code that hold for all projects.
pub fn claude_settings() -> Option<PathBuf> {
    Some(base("CLAUDE_CONFIG_DIR", ".claude").ok()?.join("settings.json"))
}

/// The settings of Claude Code in `text`, which may have comments and commas behind the last element; `None` when it has
/// none.
pub fn settings_in(text: &str) -> Option<Value> {
    jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).ok()
}
