//! The options of every command.

use std::path::{Path, PathBuf};

use clap::Args;
use colorchoice_clap::Color;

use crate::config::Config;

/// The options of every command: which store, and how to print.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Common {
    /// Folder of Markdown files that holds the memories [default: DREAMING_MEMORY, what a
    /// `dreaming.toml` says (`dreaming config`), or `.`].
    #[arg(long, global = true, value_name = "DIR")]
    pub memory: Option<PathBuf>,
    /// Folder of revisions, plans and progress [default: <parent>/.dreaming/<folder name>]. Never
    /// inside the memory folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Prints one JSON document on stdout, also for errors.
    #[arg(long, global = true)]
    pub json: bool,
    /// How long to wait while another process writes this state [default: 1].
    #[arg(long, global = true, value_name = "SECONDS")]
    pub wait: Option<u32>,
    /// Memories and sessions are those that Claude Code keeps for the project in this folder or the
    /// nearest one above it [default: the current folder].
    #[arg(
        long, global = true, value_name = "PROJECT", num_args = 0..=1, default_missing_value = ".",
        group = "agent"
    )]
    pub claude_code: Option<PathBuf>,
    /// Sessions are those that Codex keeps of the project in this folder, or of the repository
    /// around it, with all its work trees [default: the current folder]. Memories are the store
    /// that lies in the project, or those that --memory names. With `/` sessions and memory are
    /// those of all projects.
    #[arg(
        long, global = true, value_name = "PROJECT", num_args = 0..=1, default_missing_value = ".",
        group = "agent"
    )]
    pub codex: Option<PathBuf>,
    /// As --codex, of GitHub Copilot CLI. It has no folder of memories of its own.
    #[arg(
        long, global = true, value_name = "PROJECT", num_args = 0..=1, default_missing_value = ".",
        group = "agent"
    )]
    pub copilot: Option<PathBuf>,
    /// Sessions are those of all agents that are known here and ran in the project in this folder,
    /// or in the repository around it [default: the current folder]. Memories as with --codex.
    #[arg(
        long, global = true, value_name = "PROJECT", num_args = 0..=1, default_missing_value = ".",
        group = "agent"
    )]
    pub all_agents: Option<PathBuf>,
    /// Sessions are those that these agents keep and that ran in the project of the current folder: one
    /// or several of claude-code, cline, codex, copilot, copilot-chat, factory-droid, gemini, goose, kiro,
    /// oh-my-pi, openclaw, opencode, openhands, pi, qwen, roo. Memories as with --codex.
    #[arg(long, global = true, value_name = "AGENT", value_delimiter = ',', group = "agent")]
    pub sessions_of: Vec<String>,
    /// Sessions are those that Gemini CLI keeps, of all projects. It has no folder of memories:
    /// name one with --memory.
    #[arg(long, global = true, group = "agent")]
    pub gemini: bool,
    /// Sessions are those that OpenCode keeps in its storage folder, of all projects. It has no
    /// folder of memories: name one with --memory.
    #[arg(long, global = true, group = "agent")]
    pub opencode: bool,
    /// What the configuration files say.
    #[arg(skip)]
    pub config: Config,
    /// When to print in colour. NO_COLOR and CLICOLOR_FORCE are respected.
    #[command(flatten, next_help_heading = "Options of every command")]
    pub color: Color,
}

impl Common {
    /// Folder of the memories.
    pub fn memory(&self) -> &Path {
        self.memory.as_deref().unwrap_or(Path::new("."))
    }
}
